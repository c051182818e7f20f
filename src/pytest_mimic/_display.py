"""Shows on the terminal what runs live for long, while it runs."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from os import close, dup, get_terminal_size, write
from threading import Event, RLock, Thread
from time import sleep
from typing import TYPE_CHECKING, NamedTuple

from pytest_mimic._config import RECORDING
from pytest_mimic._quantities import elapsed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_mimic._config import MimicConfig

# Seconds.
_LONG = 1.0
_TICK = 0.25
# How often the thread finds nothing running before it ends.
_PATIENCE = 4

# The line below the one that pytest is writing is ours. To be sure that there is one, the cursor
# goes down, which scrolls at the bottom, and up again, both without leaving its column.
_MAKE_ROOM = "\x1bD\x1bM"
_BELOW = "\x1b7\r\n"
_CLEAR = "\x1b[K"
_BACK = "\x1b8"
_USUAL_WIDTH = 80
_NONE = -1


class _Running(NamedTuple):
    """A call that runs.

    Args:
        since: When it started.
        describe: Gives the call as a user would write it.
    """

    since: float
    describe: Callable[[], str]


def display_of(config: pytest.Config, settings: MimicConfig) -> Display:
    """Makes the display of a run; to be called while pytest does not capture.

    Args:
        config: pytest's configuration.
        settings: What the run is set to do.

    Returns:
        One that shows nothing where the run does not record, or writes to no terminal of its own.
    """
    given = config.known_args_namespace
    if settings.mode not in RECORDING:
        return Display()
    if config.pluginmanager.is_blocked("terminal"):
        return Display()
    # Uncaptured, the terminal is the tests' to write to.
    if given.capture in ("no", "tee-sys"):
        return Display()
    return Display(_terminal())


def _terminal() -> int:
    """Duplicates the descriptor that pytest writes to, as what it captures is redirected below."""
    # Escape sequences are not for every terminal of Windows.
    if sys.platform == "win32":
        return _NONE
    if os.environ.get("TERM", "dumb") == "dumb":
        return _NONE
    # Whatever stands for it in an IDE may have neither.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if sys.stdout.isatty():
            return dup(sys.stdout.fileno())
    return _NONE


class Display:
    """A line of the terminal, and a thread that fills it while calls run for long.

    Args:
        terminal: The terminal's descriptor, which is closed in the end; without one, nothing is
            ever shown.
    """

    # Held where no library that fakes the time looks for it.
    _clock: Callable[[], float] = staticmethod(time.perf_counter)

    def __init__(self, terminal: int = _NONE) -> None:
        self._terminal = terminal
        self._running: dict[object, _Running] = {}
        # A collection of garbage may end a call while one begins.
        self._lock = RLock()
        self._thread: Thread | None = None
        self._stop = Event()
        self._shown = ""
        self._paused = False

    @property
    def is_on(self) -> bool:
        """Whether it shows anything."""
        return self._terminal != _NONE

    def begin(self, watch: object, elapsed: float, describe: Callable[[], str]) -> None:
        """Hears that a call runs.

        Args:
            watch: What stands for it until it ends.
            elapsed: The seconds that it ran before, if it was suspended.
            describe: Gives the call as a user would write it.
        """
        if self.is_on:
            with self._lock:
                self._running[watch] = _Running(self._clock() - elapsed, describe)
                self._awake()

    def end(self, watch: object) -> None:
        """Hears that a call runs no more."""
        if self.is_on:
            with self._lock:
                self._running.pop(watch, None)
                self.erase()

    def erase(self) -> None:
        """Makes the line as it was, for others to write on."""
        with self._lock:
            if self._shown:
                self._shown = ""
                self._write(_BELOW + _CLEAR + _BACK)

    def pause(self) -> None:
        """Leaves the terminal to a debugger."""
        self._paused = True
        self.erase()

    def resume(self) -> None:
        """Takes the terminal back."""
        self._paused = False

    def before_fork(self) -> None:
        """Ends the thread: forking with a thread is warned of, and a test may see the warning."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
        if thread is not None:
            thread.join()
            _wait_until_gone(thread)

    def after_fork(self) -> None:
        """Goes on in the parent."""
        with self._lock:
            if self._running:
                self._awake()

    def become_child(self) -> None:
        """Leaves the terminal to the parent."""
        self._lock = RLock()  # another thread of the parent's may have held it
        self._terminal = _NONE
        self._thread = None
        self._running = {}
        self._shown = ""

    def close(self) -> None:
        """Leaves the terminal as it was."""
        self.before_fork()
        with self._lock:
            self.erase()
            if self.is_on:
                close(self._terminal)
            self._terminal = _NONE

    def _awake(self) -> None:
        if self._thread is not None:
            return
        self._stop = Event()
        thread = Thread(target=self._watch, args=(self._stop,), name="mimic-display", daemon=True)
        # Without a thread there is no display, and that is all.
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _watch(self, stop: Event) -> None:
        idle = 0
        while not stop.wait(_TICK):
            with self._lock:
                idle = 0 if self._running else idle + 1
                if idle > _PATIENCE:
                    self._thread = None
                    return
                self._show()

    def _show(self) -> None:
        now = self._clock()
        long = [one for one in self._running.values() if now - one.since >= _LONG]
        if not long or self._paused:
            return
        first = min(long)
        more = f" and {len(long) - 1} more" if len(long) > 1 else ""
        text = f"mimic: running for {elapsed(now - first.since)}{more}: {first.describe()}"
        if text != self._shown:
            room = "" if self._shown else _MAKE_ROOM
            self._shown = text
            self._write(f"{room}{_BELOW}{text[: self._width()]}{_CLEAR}{_BACK}")

    def _width(self) -> int:
        width = 0
        with contextlib.suppress(OSError):
            width = get_terminal_size(self._terminal).columns
        # Some terminals do not know how wide they are.
        return (width or _USUAL_WIDTH) - 1

    def _write(self, text: str) -> None:
        # A terminal that is gone gets no more.
        with contextlib.suppress(OSError):
            write(self._terminal, text.encode("utf-8", "replace"))


def _wait_until_gone(thread: Thread) -> None:
    """Waits until the system, too, knows that a joined thread has ended."""
    for _ in range(100):
        sleep(0.001 * os.path.exists(f"/proc/self/task/{thread.native_id}"))
