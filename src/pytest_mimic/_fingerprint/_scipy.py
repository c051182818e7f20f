"""scipy: sparse matrices by the elements that are not zero, however they are stored."""

from __future__ import annotations

import sys
from typing import Any

from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import Rule


def _take_sparse(value: Any) -> tuple[str, object]:
    """Duplicates are summed and stored zeros left out, so that what is left is in one order."""
    entries = value.tocoo(copy=True)
    entries.sum_duplicates()
    entries.eliminate_zeros()
    places = [place.astype("int64") for place in _places(entries)]
    return "sparse", Parts((type(value), value.shape, value.dtype, places, entries.data))


def _places(entries: Any) -> tuple[Any, ...]:
    places: tuple[Any, ...] | None = getattr(entries, "coords", None)
    return (entries.row, entries.col) if places is None else places


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of scipy, or of one derived from it."""
    sparse = sys.modules.get("scipy.sparse")
    base = getattr(sparse, "spmatrix", None), getattr(sparse, "sparray", None)
    families = tuple(each for each in base if each is not None)
    return _take_sparse if issubclass(kind, families) else None
