"""Where the commands print, and what may go wrong there."""

from __future__ import annotations

import contextlib
import sys
import unicodedata
from typing import TextIO


class Console:
    """Standard output and standard error."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            # What a terminal has no sign for is escaped, not a reason to stop.
            with contextlib.suppress(AttributeError):
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # see above

    def say(self, text: str) -> None:
        """Prints a line."""
        _print(text, sys.stdout)

    def complain(self, text: str) -> None:
        """Prints a line about what went wrong."""
        _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    stream.write(f"{_harmless(text)}\n")


def _harmless(text: str) -> str:
    """Escapes what would steer the terminal: a card may hold any text."""
    if text.isprintable():
        return text
    return "".join(
        char if char in "\n\t" or unicodedata.category(char)[0] != "C" else ascii(char)[1:-1]
        for char in text
    )
