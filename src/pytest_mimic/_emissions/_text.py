"""Text written to ``sys.stdout`` and ``sys.stderr``.

The streams stay what they are: for as long as live code runs, each has a ``write`` of its own that
notes what it writes. What live code redirects elsewhere is not heard, and no caller sees it.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from pytest_mimic._emissions._emission import STDERR, STDOUT, Hearing

if TYPE_CHECKING:
    from collections.abc import Callable

_STREAMS = (STDOUT, STDERR)


class TextTap:
    """Hears what is written.

    Args:
        hearing: Who hears in this thread or task.
    """

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._lock = threading.RLock()
        # By the stream's id, as several threads and tasks may listen at once.
        self._tapped: dict[int, _Tapped] = {}

    def open(self) -> list[Any]:
        """Begins to hear; gives what ``close`` wants."""
        with self._lock:
            streams = [(name, getattr(sys, name, None)) for name in _STREAMS]
            return [
                stream for name, stream in streams if stream is not None and self._tap(name, stream)
            ]

    def close(self, streams: list[Any]) -> None:
        """Hears no more."""
        with self._lock:
            for stream in streams:
                tapped = self._tapped[id(stream)]
                tapped.listeners -= 1
                if not tapped.listeners:
                    del self._tapped[id(stream)]
                    tapped.undo()

    def _tap(self, name: str, stream: Any) -> bool:
        tapped = self._tapped.get(id(stream))
        if tapped is None:
            try:
                tapped = _Tapped(name, stream, self._hearing)
            except (AttributeError, TypeError):
                return False  # a stream that takes no attribute, or is none
            self._tapped[id(stream)] = tapped
        tapped.listeners += 1
        return True


class _Tapped:
    """A stream with a ``write`` of its own."""

    def __init__(self, name: str, stream: Any, hearing: Hearing) -> None:
        self.listeners = 0
        self._stream = stream
        self._had = vars(stream).get("write")
        stream.write = _noting(name, stream.write, hearing)

    def undo(self) -> None:
        """Gives the stream back the ``write`` that it had."""
        if self._had is None:
            del self._stream.write
        else:
            self._stream.write = self._had


def _noting(name: str, write: Callable[[str], Any], hearing: Hearing) -> Callable[[str], Any]:
    def noting(text: str) -> Any:
        written = write(text)
        ear = hearing.get()
        if ear:
            heard = ear.heard
            if heard and heard[-1][0] == name:
                heard[-1] = name, heard[-1][1] + text
            else:
                heard.append((name, text))
        return written

    return noting


def write(name: str, text: str) -> None:
    """Write recorded text.

    Args:
        name: ``stdout`` or ``stderr``.
        text: The text.
    """
    stream = getattr(sys, name, None)
    if stream is not None:
        stream.write(text)
