"""The items of a stream of somebody's own class, and how far it says that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._fingerprint import FLAT
from pytest_mimic._outcome._objects._families import state_of
from pytest_mimic._outline import looks_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 1000
"""Characters of the longest text that is stored beside an item."""


class Items:
    """The items of a live stream, whose class passes them on from here.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._kind: Any = type(stream)
        self._seen = _progress(stream)

    def __next__(self) -> Any:
        return self._kind.__next__(self._stream)

    def __anext__(self) -> Any:
        return self._kind.__anext__(self._stream)

    def moved(self) -> dict[str, object]:
        """Return the attributes of the stream that changed since this was last asked."""
        seen, self._seen = self._seen, _progress(self._stream)
        return {
            name: value
            for name, (kind, value) in self._seen.items()
            if seen.get(name) != (kind, value)
        }


def moved(items: object) -> dict[str, object]:
    """Return what changed of a stream beside its items, if it is of somebody's own class."""
    return items.moved() if isinstance(items, Items) else {}


def _progress(stream: object) -> Mapping[str, tuple[type, object]]:
    """Return the attributes that count or say something: those that cannot change themselves."""
    return {
        name: (type(value), value)
        for name, value in state_of(stream).items()
        if type(value) in FLAT
        and not looks_secret(name)
        and len(value if isinstance(value, str | bytes) else "") <= LONGEST
    }
