"""Threads that a recorded call starts, and what it hands to a pool of them, are part of it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import ContextVar

    from pytest_mimic._emissions import Ear
    from pytest_mimic._followed import Around
    from pytest_mimic._trampoline import Values


class Threads:
    """Takes what marks the live code of a call along into other threads.

    Args:
        engaged: True in a context in which calls pass straight through.
        hearing: What hears the live code of a call, where that runs.
    """

    def __init__(self, engaged: ContextVar[bool], hearing: ContextVar[Ear | None]) -> None:
        self._engaged = engaged
        self._hearing = hearing

    def around(self) -> dict[str, Around]:
        """The functions of the standard library by which code gets into another thread."""
        return {
            "threading:Thread.start": self._start,
            "concurrent.futures.thread:ThreadPoolExecutor.submit": self._submit,
        }

    def _start(self, start: Callable[[Values], object], values: Values) -> object:
        thread: Any = values[0]
        ear = self._hearing.get()
        if ear is not None:
            thread.run = self._within(ear, thread.run)
        return start(values)

    def _submit(self, submit: Callable[[Values], object], values: Values) -> object:
        executor, function, *arguments = values
        ear = self._hearing.get()
        if ear is None:
            return submit(values)
        # The work is part of the call. The thread that does it may do other work later.
        token = self._hearing.set(None)
        try:
            return submit((executor, self._within(ear, function), *arguments))
        finally:
            self._hearing.reset(token)

    def _within(self, ear: Ear, function: Any) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            hearing = self._hearing.set(ear)
            # As true as the call is under way: a thread may outlive it.
            engaged = self._engaged.set(ear)  # type: ignore[arg-type]  # it is asked for its truth
            try:
                return function(*args, **kwargs)
            finally:
                self._engaged.reset(engaged)
                self._hearing.reset(hearing)

        return run
