"""The layout of a payload: a pickle, what lies behind it, and how it is to be read.

A payload is a pickle, then the large buffers, each on a boundary of 64 bytes, then their places,
then one byte of flags. A pickle loader stops at the pickle's end, so a payload without references
to arguments and without large buffers can be read by anything that reads pickles.
"""

from __future__ import annotations

import struct
from typing import Any

Buffer = bytes | bytearray | memoryview


class Flags:
    """The last byte of a payload: how it is to be read."""

    PLAIN = 0
    RAISED = 1
    STREAMED = 2
    EXTRAS = 4  # the pickle is a tuple: value, effects, random states, kind of awaitable
    REFERENCES = 8  # it refers to arguments
    BUFFERS = 16  # buffers and their places lie behind the pickle
    DILL = 32  # dill wrote it
    EMISSIONS = 64  # the pickle is a pair: what the other flags say, and what the call emitted


# From here on a buffer is kept out of the pickle, so that a reader may map it instead of copying.
LARGE = 1 << 16
_BOUNDARY = 64
_PLACE = struct.Struct("<QQ")
_COUNT = struct.Struct("<I")


def lay_behind(parts: list[Buffer], buffers: list[memoryview]) -> None:
    """Put the large buffers and the table of their places behind the pickle."""
    end = sum(map(len, parts))
    table = bytearray()
    for buffer in buffers:
        gap = -end % _BOUNDARY
        parts.append(bytes(gap))
        parts.append(buffer)
        table += _PLACE.pack(end + gap, buffer.nbytes)
        end += gap + buffer.nbytes
    parts.append(bytes(table + _COUNT.pack(len(buffers))))


def parted(payload: Buffer, flags: int) -> tuple[Buffer, list[Any]]:
    """Return the pickle of a payload, and the buffers behind it."""
    if not flags & Flags.BUFFERS:
        return payload, []
    view = memoryview(payload)
    end, buffers = _buffers_behind(view)
    return view[:end], buffers


def unpacked(loaded: Any, flags: int) -> tuple[Any, ...]:
    """Take apart what the pickle of a payload holds.

    Returns:
        The value, the effects, the random states, the kind of awaitable, the emissions.
    """
    emissions: Any = ()
    if flags & Flags.EMISSIONS:
        loaded, emissions = loaded
    if not flags & Flags.EXTRAS:
        return loaded, (), None, None, emissions
    value, effects, random, awaited = loaded
    return value, effects, random, awaited, emissions


def _buffers_behind(payload: memoryview) -> tuple[int, list[Any]]:
    """Return where the buffers behind a pickle begin, and the buffers, writable each."""
    (count,) = _COUNT.unpack_from(payload, len(payload) - 1 - _COUNT.size)
    table = len(payload) - 1 - _COUNT.size - count * _PLACE.size
    places = [_PLACE.unpack_from(payload, table + at * _PLACE.size) for at in range(count)]
    found: list[Any] = []
    for start, size in places:
        piece = payload[start : start + size]
        found.append(bytearray(piece) if payload.readonly else piece)
    return places[0][0], found
