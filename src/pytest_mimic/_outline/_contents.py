"""Tell in a few bytes of the contents of arrays and frames, to say later where they differ."""

from __future__ import annotations

import collections
import math
import sys
from collections.abc import Callable
from typing import Any, Final

import xxhash

from pytest_mimic._outline._atoms import namespace_of_module

# So many cells are written out.
_FEW: Final = 16
_MOST_BLOCKS: Final = 16
# Bytes; hashing more than that twice is not worth a better message.
_LARGEST: Final = 1 << 28
_NUMBERS: Final = frozenset("biuf")
_PLAIN: Final = frozenset("biufcmMSU")
_MOST_COLUMNS: Final = 24
_SHORT: Final = 8


def contents(
    value: Any, digest: Callable[[object], str] | None, is_secret: Callable[[str], bool]
) -> dict[str, Any]:
    """Tell of the contents of an array or a frame.

    Args:
        value: Any value.
        digest: What computes the digest of a frame's column, if columns are to be told of.
        is_secret: Whether a name is a secret's.

    Returns:
        ``values`` of a small array; ``blocks``, short digests of the rows of a larger one, first
        to last; ``contents``, short digests of a frame's columns; nothing for other values.
    """
    numpy = _held("numpy")
    if type(value) is numpy.get("ndarray"):
        return _of_array(value, numpy["ascontiguousarray"])
    if digest is not None and type(value) is _held("pandas").get("DataFrame"):
        return _of_frame(value, digest, is_secret)
    return {}


def block_bounds(rows: int) -> list[tuple[int, int]]:
    """Divide rows into the blocks that are told of.

    Args:
        rows: How many there are.

    Returns:
        First row of each block and the one after its last.
    """
    count = min(rows, _MOST_BLOCKS)
    return [(rows * block // count, rows * (block + 1) // count) for block in range(count)]


def _held(library: str) -> dict[str, Any]:
    module = sys.modules.get(library)
    return {} if module is None else namespace_of_module(module)


def _of_array(value: Any, contiguous: Callable[[Any], Any]) -> dict[str, Any]:
    kind = value.dtype.kind
    if value.size <= _FEW:
        return {"values": list(map(_number, value.ravel().tolist()))} if kind in _NUMBERS else {}
    if kind not in _PLAIN or value.nbytes > _LARGEST:
        return {}
    # As bytes: dates and texts of numpy have no buffers that others understand.
    digests = (
        xxhash.xxh3_64_hexdigest(contiguous(value[start:end]).view("u1"))[:_SHORT]
        for start, end in block_bounds(len(value))
    )
    return {"blocks": " ".join(digests)}


def _number(number: Any) -> Any:
    return number if type(number) is not float or math.isfinite(number) else repr(number)


def _of_frame(
    value: Any, digest: Callable[[object], str], is_secret: Callable[[str], bool]
) -> dict[str, Any]:
    counts = collections.Counter(value.columns)
    told = {
        name: digest(value[name])[:_SHORT]
        for name in list(value.columns)[:_MOST_COLUMNS]
        if type(name) is str and counts[name] == 1 and not is_secret(name)
    }
    return {"contents": told} if told else {}
