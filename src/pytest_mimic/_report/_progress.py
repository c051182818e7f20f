"""How far lengthy work at the end of a run has come: a line that comes and goes on a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pytest

_Thing = TypeVar("_Thing")

# Seconds: until the line shows, and between two states of it.
_PATIENCE = 1.0
_TICK = 0.2


class Progress:
    """Shows nothing before its patience ends, and leaves nothing when the work is done.

    Args:
        reporter: What writes to the terminal; None where nothing is to be shown. What it writes to
            a file or a pipe, which somebody keeps, never gets a line of this.
    """

    # Held where no library that fakes the time looks for it.
    _clock: Callable[[], float] = staticmethod(time.perf_counter)

    def __init__(self, reporter: pytest.TerminalReporter | None = None) -> None:
        self._reporter = reporter if reporter is not None and reporter.isatty else None
        self._due = self._clock() + _PATIENCE

    @classmethod
    def of(cls, config: pytest.Config) -> Progress:
        """Shows what there is to show where a run writes its report.

        Args:
            config: pytest's configuration.
        """
        return cls(config.pluginmanager.get_plugin("terminalreporter"))

    def watch(
        self, things: Iterable[_Thing], doing: str, count: int | None = None
    ) -> Iterator[_Thing]:
        """Hands on one thing after another.

        Args:
            things: What is worked on.
            doing: What is done to them, as in "deleting recordings".
            count: How many there are, where that is known.

        Yields:
            The things.
        """
        reporter = self._reporter
        if reporter is None:
            yield from things
            return
        of_all = "" if count is None else f" of {count}"
        is_shown = False
        try:
            for number, thing in enumerate(things):
                now = self._clock()
                if now >= self._due:
                    if not is_shown:
                        reporter.ensure_newline()
                    is_shown = True
                    self._due = now + _TICK
                    reporter.rewrite(f"mimic: {doing}: {number}{of_all}", erase=True)
                    reporter.flush()
                yield thing
        finally:
            if is_shown:
                reporter.rewrite("", erase=True)
                reporter.write("\r", flush=True)
