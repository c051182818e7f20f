"""What shares its memory with an argument: an array or tensor that is a view of the caller's own.

What is written to either is seen in both. A recording says which part of the argument a view shows,
and holds none of its elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._state import Content
from pytest_mimic._outcome._strides import address_of, extent_of, layout_of
from pytest_mimic._outcome._tensors import reduce_tensor_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_mimic._outcome._identity import Node


class Memory:
    """The memory of the arguments of a call, as it lay before the call.

    Args:
        nodes: The objects in the arguments. Those of ignored arguments do not count, for nothing
            says what lies in their memory at replay.
    """

    __slots__ = ("_contents", "_owners")

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._contents: dict[int, object] = {}
        self._owners = [
            (node.value, extent, layout)
            for node in nodes
            if node.family in ("ndarray", "tensor") and node.origin is False
            if (extent := extent_of(node.value)) and (layout := layout_of(node.value))
        ]

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
        for owner, (start, end), layout in self._owners:
            if start <= extent[0] and extent[1] <= end:
                # What the call itself laid otherwise does not lie so before a replay.
                is_moved = (extent_of(owner), layout_of(owner)) != ((start, end), layout)
                return None if is_moved else _view(value, owner, layout, start)
        return None


def _view(value: Any, owner: Any, layout: object, start: int) -> Any:
    if type(value).__module__ != "numpy":  # pragma: no cover - torch
        return reduce_tensor_view(value, owner, layout)
    offset = address_of(value) - start
    place = (offset, value.dtype, value.shape, value.strides, bool(value.flags.writeable))
    return _rebuild.array_view, (owner, layout, *place)
