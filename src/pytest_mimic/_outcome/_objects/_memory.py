"""What shares its memory with an argument: an array, tensor or view of the caller's own.

What is written to either is seen in both. A recording says which part of the argument a view shows;
its elements are for arguments that are equal, and lie otherwise in memory.
"""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._state import Content
from pytest_mimic._outcome._objects._strides import (
    address_of,
    bare,
    extent_of,
    is_writeable,
    layout_of,
)
from pytest_mimic._outcome._objects._tensors import reduce_tensor_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_mimic._outcome._objects._node import Node


_FAMILIES = frozenset({"ndarray", "tensor", "bytearray", "memoryview", "array"})
# The forms of numbers that a view of memory can be made to have.
_FORMS = frozenset("cbBhHiIlLqQnNfd?")


class _Owner(NamedTuple):
    """An argument that lies in one piece, and how it lay before the call."""

    start: int
    end: int
    layout: str
    value: Any


class Memory:
    """The memory of the arguments of a call, as it lay before the call.

    Args:
        nodes: The objects in the arguments. Those of ignored arguments do not count, for nothing
            says what lies in their memory at replay.
    """

    __slots__ = ("_contents", "_owners", "_starts")

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._contents: dict[int, object] = {}
        owners = [
            _Owner(*extent, layout, node.value)
            for node in nodes
            if node.family in _FAMILIES and node.origin is False
            if (extent := extent_of(bare(node.value))) and (layout := layout_of(node.value))
        ]
        self._owners = _outermost(owners)
        self._starts = [owner.start for owner in self._owners]

    def reduce(self, value: Any) -> Any:
        """Store a view of an argument as that.

        Args:
            value: Any object.

        Returns:
            As ``__reduce__`` does; None where it shares no memory with an argument.
        """
        if type(value) is Content:
            self._contents[id(value.array)] = value.array
            return _rebuild.content, (value.array,)
        extent = extent_of(value) if self._owners and id(value) not in self._contents else None
        if extent is None:
            return None
        owner = self._owners[bisect(self._starts, extent[0]) - 1]
        if not owner.start <= extent[0] <= extent[1] <= owner.end:
            return None
        # What the call itself laid otherwise does not lie so before a replay.
        here = extent_of(bare(owner.value)), layout_of(owner.value)
        is_moved = here != (owner[:2], owner.layout)
        return None if is_moved else _view(value, owner)


def _outermost(owners: Iterable[_Owner]) -> list[_Owner]:
    """Return the owners that lie in no other, in the order of their addresses."""
    outermost: list[_Owner] = []
    for owner in sorted(owners, key=lambda one: (one.start, -one.end)):
        if not outermost or owner.end > outermost[-1].end:
            outermost.append(owner)
    return outermost


def _view(value: Any, owner: _Owner) -> Any:
    if type(value) is memoryview:
        return _view_of_buffer(value, owner)
    if type(value).__module__ != "numpy":  # pragma: no cover - torch
        return reduce_tensor_view(value, owner.value, owner.layout)
    offset = address_of(value) - owner.start
    place = (offset, value.dtype, value.shape, value.strides, is_writeable(value))
    return _rebuild.array_view, (owner.value, owner.layout, *place, Content(value.view()))


def _view_of_buffer(value: memoryview, owner: _Owner) -> Any:
    """Store a view of memory as one of an argument; None where none can be made like it."""
    stride = value.itemsize if value.c_contiguous else (value.strides or (0,))[0]
    if value.format not in _FORMS or stride % value.itemsize:
        return None
    start, end = (address - owner.start for address in extent_of(value) or ())
    part = (owner.value, owner.layout, start, end, stride // value.itemsize)
    return _rebuild.view, (bytearray(value.tobytes()), value.format, value.shape, part)
