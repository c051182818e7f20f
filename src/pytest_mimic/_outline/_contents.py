"""Tell in a few bytes of the contents of arrays and frames, to say later where they differ.

What is short is written out. Of the rest the cells, in the order in which they stand, are divided
into blocks, and each block has a short digest; where there are few cells, each is a block.
"""

from __future__ import annotations

import base64
import collections
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import xxhash

from pytest_mimic._outline._atoms import namespace_of_module
from pytest_mimic._outline._secrets import tells_secret

# Bytes of a digest: enough that of many millions of cells that differ one goes unnoticed.
_WIDTH: Final = 3
# Bytes; hashing more than that twice is not worth a better message.
_LARGEST: Final = 1 << 28
_NUMBERS: Final = frozenset("biuf")
_TEXTS: Final = frozenset("SU")
_PLAIN: Final = _NUMBERS | _TEXTS | frozenset("cmM")
_MOST_COLUMNS: Final = 24
_MOST_SEARCHED: Final = 20_000
_SHORT: Final = 8
_DIGEST: Final = "digest "


class Room(NamedTuple):
    """How much may be told of one value.

    Args:
        characters: The most that is written out.
        blocks: The most that have a digest.
    """

    characters: int
    blocks: int


WHOLE: Final = Room(800, 384)  # for what is an argument itself
PART: Final = Room(120, 16)  # for what is somewhere in one

Digest = Callable[[object], str]


def contents(
    value: Any, digest: Digest | None, is_secret: Callable[[str], bool], room: Room = WHOLE
) -> dict[str, Any]:
    """Tell of the contents of an array, a series or a frame.

    Args:
        value: Any value.
        digest: What computes the digests of what is not made of plain cells, if anything does.
        is_secret: Whether a name is a secret's.
        room: How much may be told.

    Returns:
        ``values``, the cells of a short array; ``cells``, digests of their blocks; ``contents``,
        these by column of a frame; ``index``, a digest of that; nothing for other values.
    """
    kind = type(value)
    if kind is _held("numpy").get("ndarray"):
        return _of_array(value, room)
    pandas = _held("pandas")
    if kind is pandas.get("Series"):
        told = _of_array(value.to_numpy(), room) if _is_plain(value) else {}
        return told | _of_index(value, digest)
    if kind is pandas.get("DataFrame"):
        return _of_frame(value, digest, is_secret, room) | _of_index(value, digest)
    return {}


def tells_secrets(value: Any) -> bool:
    """Search the cells of an array, a series or a frame for texts that seem to hold a secret.

    Args:
        value: Any value.

    Returns:
        Whether one does, or there are too many to be searched.
    """
    kind = type(value)
    pandas = _held("pandas")
    if kind is pandas.get("DataFrame"):
        columns = (value.iloc[:, place] for place in range(value.shape[1]))
        return any(map(_tell, (value.index, *columns)))
    if kind is pandas.get("Series"):
        return _tell(value.index) or _tell(value)
    return kind is _held("numpy").get("ndarray") and _tell(value)


def parted(recorded: str, called: str, size: int) -> tuple[int, int, int, bool] | None:
    """Compare the cells of two values, of which different things are told at the same length.

    Args:
        recorded: What was told of the one's cells.
        called: What was told of the other's.
        size: How many cells each has.

    Returns:
        How many blocks differ, the first cell of the first and its last, and whether each block is
        a single cell; None where no more is known.
    """
    if _DIGEST in (recorded[: len(_DIGEST)], called[: len(_DIGEST)]):
        return None
    pairs = list(zip(_blocks(recorded), _blocks(called), strict=False))
    apart = [place for place, pair in enumerate(pairs) if pair[0] != pair[1]]
    if not apart:
        return None
    first, end = _bounds(size, len(pairs))[apart[0]]
    return len(apart), first, end - 1, len(pairs) == size


def _blocks(told: str) -> list[bytes]:
    try:
        data = base64.b64decode(told)
    except ValueError:
        # A card that was edited may hold anything.
        return []
    return [data[start : start + _WIDTH] for start in range(0, len(data), _WIDTH)]


def _bounds(size: int, count: int) -> list[tuple[int, int]]:
    return [(size * block // count, size * (block + 1) // count) for block in range(count)]


def _held(library: str) -> dict[str, Any]:
    module = sys.modules.get(library)
    return {} if module is None else namespace_of_module(module)


def _is_plain(value: Any) -> bool:
    """Tell whether an array's or a column's cells are numpy's own, and worth hashing."""
    kind = getattr(value.dtype, "kind", "")
    ours = type(value.dtype).__module__.partition(".")[0] == "numpy"
    return ours and kind in _PLAIN and value.nbytes <= _LARGEST


def _of_array(value: Any, room: Room) -> dict[str, Any]:
    if not _is_plain(value) or not value.size:
        return {}
    if value.dtype.kind in _NUMBERS and value.size * 2 <= room.characters:
        text = " ".join(map(str, value.ravel()))
        if len(text) <= room.characters:
            return {"values": text}
    return {"cells": _cells(value, room.blocks)} if not _tell(value) else {}


def _cells(value: Any, most: int) -> str:
    """Digest the cells of an array in blocks, none of which takes a copy of all of it."""
    contiguous = _held("numpy")["ascontiguousarray"]
    flat = value.reshape(-1) if value.flags.c_contiguous else value.flat
    # As bytes: dates and texts of numpy have no buffers that others understand.
    digests = (
        xxhash.xxh3_64_digest(contiguous(flat[start:end]).view("u1"))[:_WIDTH]
        for start, end in _bounds(value.size, min(value.size, most))
    )
    return base64.b64encode(b"".join(digests)).decode("ascii")


def _of_index(value: Any, digest: Digest | None) -> dict[str, Any]:
    if digest is None or _tell(value.index):
        return {}
    return {"index": digest(value.index)[:_SHORT]}


def _of_frame(
    value: Any, digest: Digest | None, is_secret: Callable[[str], bool], room: Room
) -> dict[str, Any]:
    counts = collections.Counter(value.columns)
    names = [
        name
        for name in list(value.columns)[:_MOST_COLUMNS]
        if type(name) is str and counts[name] == 1 and not is_secret(name)
    ]
    most = max(1, room.blocks // max(1, len(names)))
    columns = ((name, _of_column(value[name], digest, most)) for name in names)
    told = {name: text for name, text in columns if text}
    return {"contents": told} if told else {}


def _of_column(column: Any, digest: Digest | None, most: int) -> str:
    if not len(column) or _tell(column):
        return ""
    if _is_plain(column):
        return _cells(column.to_numpy(), most)
    return "" if digest is None else _DIGEST + digest(column)[:_SHORT]


def _tell(cells: Any) -> bool:
    """Search an array or a column."""
    if getattr(cells.dtype, "kind", "") in _PLAIN - _TEXTS:
        return False
    if cells.size > _MOST_SEARCHED:
        return True
    return any(map(tells_secret, _texts(cells)))


def _texts(cells: Any) -> Iterator[str]:
    for cell in getattr(cells, "flat", cells):
        if isinstance(cell, tuple):
            yield from (text for text in cell if isinstance(text, str))
        elif isinstance(cell, str):
            yield cell
        elif isinstance(cell, bytes):
            yield cell.decode("latin-1")
