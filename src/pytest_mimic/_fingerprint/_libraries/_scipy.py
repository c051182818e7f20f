"""scipy: sparse matrices by the entries that they store, trees without the places of their nodes.

A function sees how many entries there are, zeros and duplicates among them, and changes them where
they lie. The type of the indices, which is another on other machines, does not count. What somebody
else set on a matrix does, or what a class derived from one of scipy's sets.

A distribution that was given no generator of random numbers has numpy's global one, as functions
do that were given none: its state is no part of what it is. Nor are its texts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts, State
from pytest_mimic._fingerprint._objects import (
    Rule,
    attributes_of,
    object_rule,
    set_by_others,
    stand_in,
)

_OF_ALL: Final = frozenset({"_shape", "data", "dtype", "maxprint"})
_OF_FORMATS: Final = frozenset(
    {"_dict", "col", "coords", "indices", "indptr", "offsets", "row", "rows"}
)
_FLAGS: Final = ("has_canonical_format", "has_sorted_indices")
_OWN: Final = _OF_ALL | _OF_FORMATS | {*_FLAGS, *(f"_{flag}" for flag in _FLAGS)}
"""The attributes of scipy: the entries themselves, and what it noted of them on the way."""


def _compressed(value: Any) -> tuple[Any, ...]:
    # Behind the entries there may be room for more.
    stored = int(value.indptr[-1])
    return value.indptr, value.indices[:stored], value.data[:stored]


def _coordinates(value: Any) -> tuple[Any, ...]:
    coordinates: tuple[Any, ...] | None = getattr(value, "coords", None)
    return *((value.row, value.col) if coordinates is None else coordinates), value.data


def _diagonals(value: Any) -> tuple[Any, ...]:
    return value.offsets, value.data


def _sorted(value: Any) -> tuple[Any, ...]:
    """The entries of what lists them in no order of its own."""
    numpy: Any = sys.modules["numpy"]
    *places, data = _coordinates(value.tocoo())
    order = numpy.lexsort(places[::-1])
    return *(place[order] for place in places), data[order]


_DISTRIBUTIONS: Final = frozenset({"rv_generic", "multi_rv_generic", "multi_rv_frozen"})

_ENTRIES: Final[dict[str, Callable[[Any], tuple[Any, ...]]]] = {
    **dict.fromkeys(("csr", "csc", "bsr"), _compressed),
    "coo": _coordinates,
    "dia": _diagonals,
}


def _take_sparse(value: Any) -> tuple[str, object]:
    *places, data = _ENTRIES.get(value.format, _sorted)(value)
    whole = [place.astype("int64") for place in places]
    parts: tuple[object, ...] = (type(value), value.shape, value.dtype, whole, data)
    return "sparse", Parts((*parts, *set_by_others(value, _OWN)))


def _take_tree(value: Any) -> tuple[str, object]:
    _, *state = value.__getstate__()  # before the rest stand the nodes, with where they lie
    return "object", Parts((type(value), value.size, *state, State(attributes_of(value))))


def _distribution_rule(kind: type) -> Rule:
    rule = object_rule(kind)

    def take(value: object) -> tuple[str, object]:
        # Texts are indented otherwise by some versions of Python, and left out under -OO.
        without = {"__doc__", "extradoc"}
        drawn_from = attributes_of(value).get("_random_state")
        if drawn_from is getattr(sys.modules.get("numpy.random.mtrand"), "_rand", value):
            without.add("_random_state")
        return rule(stand_in(value, kind, without))

    return take


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of scipy, or of one derived from it."""
    if any(base.__name__ in _DISTRIBUTIONS for base in kind.__mro__):
        return _distribution_rule(kind)
    if any(base.__name__ == "cKDTree" for base in kind.__mro__):
        return _take_tree
    sparse = sys.modules.get("scipy.sparse")
    base = getattr(sparse, "spmatrix", None), getattr(sparse, "sparray", None)
    families = tuple(each for each in base if each is not None)
    return _take_sparse if issubclass(kind, families) else None
