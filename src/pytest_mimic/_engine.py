"""The parts of a run put together, in the process that pytest runs in and in its children."""

from __future__ import annotations

import dataclasses
import os
import weakref
from typing import TYPE_CHECKING, Any

from pytest_mimic._config import Mode
from pytest_mimic._conftests import Conftests, UnheardConftests
from pytest_mimic._display import Display
from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Interception, Survey
from pytest_mimic._outbox import Outbox
from pytest_mimic._session import Session
from pytest_mimic._standard_library import StandardLibrary
from pytest_mimic._threads import Threads
from pytest_mimic._vault import open_vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._standard_library import Around
    from pytest_mimic._trampoline import Values
    from pytest_mimic._usage import Usage

# Where multiprocessing describes a child to itself; what we add there wakes us up in the child.
# The idea is from coverage's support of multiprocessing.
_DESCRIBE = "multiprocessing.spawn:get_preparation_data"
_STOWAWAY = "pytest_mimic"

# In these, no live code is part of a recording.
_NOTHING_RECORDED = frozenset({Mode.REPLAY, Mode.LIVE})


class Engine:
    """Everything that intercepts, replays and records in one process.

    Args:
        settings: What the run is set to do.
        inbox: The folder in which the run looks for what its child processes did.
        conftests: Have a say in keys, in what is stored and in what is shown.
        display: Shows what runs live for long.
    """

    def __init__(
        self,
        settings: MimicConfig,
        inbox: str,
        conftests: Conftests | None = None,
        display: Display | None = None,
    ) -> None:
        self.vault = open_vault(settings.vault_path)
        self.conftests = conftests or UnheardConftests()
        self._display = display or Display()
        fingerprinter = Fingerprinter(conftests.fingerprint if conftests else None)
        self.session = Session(settings, self.vault, fingerprinter, self.conftests, self._display)
        # Where everything is live there is nothing to answer, and no call is to notice us.
        intercept = Survey if settings.mode is Mode.LIVE else Interception
        self.interception = intercept(
            settings.lines, self.session.dispatch, self.session.engagement.variable
        )
        self._settings = settings
        self._inbox = inbox
        self._finder = MimicFinder(self.interception)
        self._followed = StandardLibrary({_DESCRIBE: self._describe, **self._into_threads()})
        self._followed_finder = MimicFinder(self._followed)

    def start(self) -> None:
        """Begins to intercept."""
        self._followed_finder.install()
        self._finder.install()
        self._followed.watch_imported()
        os.register_at_fork(after_in_child=_weakly(self._become_child))
        os.register_at_fork(
            before=_weakly(self._display.before_fork),
            after_in_parent=_weakly(self._display.after_fork),
            after_in_child=_weakly(self._display.become_child),
        )

    def stop(self) -> None:
        """Restores whatever was patched."""
        self._finder.uninstall()
        self._followed_finder.uninstall()
        self.interception.restore()
        self.session.listener.restore()
        self._followed.restore()
        self._inbox = ""

    def drain(self) -> Usage:
        """Gives what was used in this process since it was last asked for."""
        usage = self.session.drain()
        usage.imported = self.interception.imported_lines()
        return usage

    def _into_threads(self) -> dict[str, Around]:
        if self._settings.mode in _NOTHING_RECORDED:
            return {}
        return Threads(self.session.engagement.variable, self.session.listener.hearing).around()

    def _become_child(self) -> None:
        if self._inbox:
            self.interception.become_child()
            self.session.become_child(Outbox(self._inbox))

    def _describe(self, describe: Callable[[Values], object], values: Values) -> object:
        """Adds to a child's description of itself what wakes the engine up in it."""
        description: Any = describe(values)
        # A child of a recorded call is part of that call.
        if not self.session.engagement.variable.get():
            settings = dataclasses.replace(self._settings, lines=self.interception.lines)
            description[_STOWAWAY] = Stowaway(
                settings, self._inbox, self.session.phases.where, tuple(self.conftests.names)
            )
        return description


class Stowaway:
    """Travels to a spawned child, and wakes the engine up there when it is unpickled.

    Args:
        settings: What the run is set to do.
        inbox: The folder in which the run looks for what the child did.
        where: The test that started the child.
        hooks: The names of the hooks that conftests implement.
    """

    def __init__(
        self, settings: MimicConfig, inbox: str, where: str, hooks: tuple[str, ...] = ()
    ) -> None:
        self._arguments = (settings, inbox, where, hooks)

    def __reduce__(self) -> tuple[object, ...]:
        return _wake, self._arguments


def _wake(settings: MimicConfig, inbox: str, where: str, hooks: tuple[str, ...]) -> Engine:
    engine = Engine(settings, inbox, UnheardConftests(hooks))
    engine.session.phases.where = where
    engine.session.become_child(Outbox(inbox))
    engine.start()
    engine.interception.sweep()
    return engine


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Makes a function that calls a method as long as its object lives.

    What is registered to run at a fork stays registered, in this process and in its children.
    """
    reference = weakref.WeakMethod(method)

    def call() -> None:
        alive = reference()
        if alive is not None:
            alive()

    return call
