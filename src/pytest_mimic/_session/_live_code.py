"""The live code of one call, watched while it runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_mimic._emissions import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_mimic._display import Display
    from pytest_mimic._emissions import Emission, Listener


class LiveCode:
    """Sums up the seconds in which the code ran, shows that it runs, and hears what it emits.

    Args:
        listener: Hears it.
        display: Shows it, where it runs for long.
        describe: Gives the call as a user would write it.

    Attributes:
        seconds: How long it ran, so far.
        emitted: What it emitted, counted.
    """

    def __init__(self, listener: Listener, display: Display, describe: Callable[[], str]) -> None:
        self.display = display
        self.describe = describe
        self.seconds = 0.0
        self.emitted: dict[str, int] = {}
        self._listener = listener
        self._heard: list[Emission] = []

    def __call__(self) -> _Stretch:
        """Makes a context for a stretch of the code."""
        return _Stretch(self, self._listener, self._heard)

    def take_emissions(self) -> Sequence[Emission]:
        """Gives what was emitted since this was last asked."""
        if not self._heard:
            return ()
        taken = list(self._heard)
        self._heard.clear()
        for what, count in counted(taken).items():
            self.emitted[what] = self.emitted.get(what, 0) + count
        return taken


class _Stretch:
    """A stretch in which the code runs."""

    # Held where no library that fakes the time looks for it.
    _clock: Callable[[], float] = staticmethod(time.perf_counter)

    __slots__ = ("_code", "_listening", "_started")

    def __init__(self, code: LiveCode, listener: Listener, heard: list[Emission]) -> None:
        self._code = code
        self._listening = listener(heard)

    def __enter__(self) -> None:
        self._code.display.begin(self, self._code.seconds, self._code.describe)
        self._listening.__enter__()
        self._started = self._clock()

    def __exit__(self, *raised: object) -> None:
        self._code.seconds += self._clock() - self._started
        self._listening.__exit__(*raised)
        self._code.display.end(self)
