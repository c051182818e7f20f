"""Listens to live code."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

from pytest_mimic._emissions._logs import LogTap
from pytest_mimic._emissions._text import TextTap
from pytest_mimic._emissions._warnings import WarningsTap, ear_for

if TYPE_CHECKING:
    from pytest_mimic._emissions._emission import Ear, Emission


class Listener:
    """Hears what live code emits, in the threads and tasks in which it is told to.

    Nothing is touched before it listens for the first time; ``restore`` puts everything back.
    """

    def __init__(self) -> None:
        self.hearing: ContextVar[Ear | None] = ContextVar("mimic_hearing", default=None)
        self._warnings = WarningsTap(self.hearing)
        self._text = TextTap(self.hearing)
        self._logs = LogTap(self.hearing)

    def __call__(self, heard: list[Emission]) -> Listening:
        """Makes a context in which what is emitted is noted.

        Args:
            heard: Where it is noted.
        """
        return Listening(self, heard)

    def open(self) -> tuple[Any, Any]:
        """Begins to hear; gives what ``close`` wants."""
        self._logs.open()
        return self._warnings.open(), self._text.open()

    def close(self, opened: tuple[Any, Any]) -> None:
        """Hears no more."""
        self._warnings.close(opened[0])
        self._text.close(opened[1])

    def restore(self) -> None:
        """Puts back what was put in the place of others."""
        self._warnings.restore()
        self._logs.restore()


class Listening:
    """A stretch of live code that is listened to."""

    __slots__ = ("_ear", "_heard", "_listener", "_opened", "_token")

    def __init__(self, listener: Listener, heard: list[Emission]) -> None:
        self._listener = listener
        self._heard = heard

    def __enter__(self) -> None:
        self._opened = self._listener.open()
        self._ear = ear_for(self._heard)
        self._token: Token[Ear | None] = self._listener.hearing.set(self._ear)

    def __exit__(self, *_: object) -> None:
        self._ear.over = True
        # A coroutine may be resumed in another context than it began in: there, nothing was set.
        # Nor is it any more where Python has forgotten it, as it may a variable of a context.
        with contextlib.suppress(ValueError, LookupError):
            self._listener.hearing.reset(self._token)
        self._listener.close(self._opened)
