"""The parts of a run put together, in the process that pytest runs in and in its children."""

from __future__ import annotations

import dataclasses
import os
import sys
import weakref
from typing import TYPE_CHECKING, Any

from pytest_mimic._config import Mode
from pytest_mimic._conftests import Conftests, UnheardConftests
from pytest_mimic._display import Display
from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import CodeExchange, Interception, Survey
from pytest_mimic._outbox import Outbox
from pytest_mimic._session import Session
from pytest_mimic._vault import open_vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType, ModuleType

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._trampoline import Values
    from pytest_mimic._usage import Usage

# Where multiprocessing describes a child to itself; what we add there wakes us up in the child.
# The idea is from coverage's support of multiprocessing.
_SPAWN = "multiprocessing.spawn"
_DESCRIBE = "get_preparation_data"
_STOWAWAY = "pytest_mimic"


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
        self._spawning = _Spawning(self._describe)
        self._spawn_finder = MimicFinder(self._spawning)

    def start(self) -> None:
        """Begins to intercept."""
        self._spawn_finder.install()
        self._finder.install()
        self._spawning.watch_imported()
        os.register_at_fork(after_in_child=_weakly(self._become_child))
        os.register_at_fork(
            before=_weakly(self._display.before_fork),
            after_in_parent=_weakly(self._display.after_fork),
            after_in_child=_weakly(self._display.become_child),
        )

    def stop(self) -> None:
        """Restores whatever was patched."""
        self._finder.uninstall()
        self._spawn_finder.uninstall()
        self.interception.restore()
        self.session.listener.restore()
        self._spawning.restore()
        self._inbox = ""

    def drain(self) -> Usage:
        """Gives what was used in this process since it was last asked for."""
        usage = self.session.drain()
        usage.imported = self.interception.imported_lines()
        return usage

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


class _Spawning:
    """Watches the function by which multiprocessing describes a child to itself.

    Args:
        describe: Is given the original and its values, and gives the description.
    """

    module_names = frozenset({_SPAWN})

    def __init__(self, describe: Callable[[Callable[[Values], object], Values], object]) -> None:
        self._describe = describe
        self._exchange: CodeExchange | None = None

    def watch_imported(self) -> None:
        """Watches it where it was imported before."""
        module = sys.modules.get(_SPAWN)
        if module is not None:
            self._patch(getattr(module, _DESCRIBE))

    def watched(self, module_name: str) -> frozenset[str]:  # noqa: ARG002  # there is one module
        """The one name."""
        return frozenset({_DESCRIBE})

    def bound(self, module: ModuleType, name: str, value: Any) -> object:  # noqa: ARG002  # one name
        """Patches it as it is bound."""
        self._patch(value)
        return value

    def unbound(self, module: ModuleType, name: str) -> None:
        """Nobody deletes it."""

    def executed(self, module: ModuleType, *, complete: bool) -> None:
        """All was done when it was bound."""

    def restore(self) -> None:
        """Puts the original code back."""
        if self._exchange is not None:
            self._exchange.undo()

    def _patch(self, function: FunctionType) -> None:
        self._exchange = exchange = CodeExchange(
            function,
            lambda: False,
            lambda values: self._describe(exchange.live, values),
            lambda: None,
        )


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
