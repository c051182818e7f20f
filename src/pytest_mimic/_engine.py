"""The parts of a run put together, in the process that pytest runs in and in its children."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pytest_mimic import _system  # noqa: F401  # before code under test can change the system's calls
from pytest_mimic._config import Mode
from pytest_mimic._conftests import Conftests, UnheardConftests
from pytest_mimic._engagement import Engagement
from pytest_mimic._followed import FollowedFunctions
from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Interception
from pytest_mimic._outbox import Outbox
from pytest_mimic._phases import Phases
from pytest_mimic._usage import Usage
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._display import Display
    from pytest_mimic._followed import Around
    from pytest_mimic._interception import Callee
    from pytest_mimic._outbox import News
    from pytest_mimic._session import Session
    from pytest_mimic._trampoline import Values
    from pytest_mimic._vault import AnyVault
    from pytest_mimic.errors import MimicError

# Where multiprocessing, and what goes its way in other libraries, describes a child to itself; what
# we add there wakes us up in the child. The idea is from coverage's support of multiprocessing.
_DESCRIBE = tuple(
    f"{module}:get_preparation_data"
    for module in (
        "multiprocessing.spawn",
        "billiard.spawn",
        "joblib.externals.loky.backend.spawn",
        "loky.backend.spawn",
        "multiprocess.spawn",
    )
)
_STOWAWAY = "pytest_mimic"

# What an installation without dependencies lacks.
_REQUIRED = ("dill", "xxhash")

# In these, no live code is part of a recording.
_NOTHING_RECORDED = frozenset({Mode.REPLAY, Mode.LIVE})

# What puts fakes in the place of modules, and of types in every module that is loaded meanwhile.
# Where a test may use one of these, what answers calls is loaded before the test.
_FAKING = frozenset({"freezegun", "pyfakefs"})


class Engine:
    """Everything that intercepts, replays and records in one process.

    What answers calls, the session, is imported with the first call of a run that replays: many a
    run makes none. One that runs calls live has it from the start.

    Args:
        settings: What the run is set to do.
        inbox: The folder in which the run looks for what its child processes did.
        conftests: Have a say in keys, in what is stored and in what is shown.
        display: Shows what runs live for long, where that is recorded.

    Attributes:
        has_children: Whether a child process was started that may leave something in that folder.
    """

    def __init__(
        self,
        settings: MimicConfig,
        inbox: str,
        conftests: Conftests | None = None,
        display: Display | None = None,
    ) -> None:
        self.phases = Phases()
        self.engagement = Engagement(self.phases.note, always=settings.mode is Mode.LIVE)
        self.conftests = conftests or UnheardConftests()
        self._custom = conftests.fingerprint if conftests else None
        self._display = display
        self._vault: AnyVault | None = None
        self._session: Session | None = None
        # The package's modules, once the session is there.
        self._loaded: dict[str, ModuleType] = {}
        self._loading = threading.RLock()
        # In a child process: where its parent looks for what it did.
        self._outbox: Outbox | None = None
        self._settings = settings
        self.interception = self._interception()
        # The lines whose import is on its way to whoever sums up.
        self._told: set[str] = set()
        self._inbox = inbox
        self.has_children = False
        self._finder = MimicFinder(self.interception)
        self._followed = FollowedFunctions(
            {**dict.fromkeys(_DESCRIBE, self._describe), **self._into_threads()}
        )
        self._followed_finder = MimicFinder(self._followed)

    @property
    def vault(self) -> AnyVault:
        """The recordings."""
        if self._vault is None:
            # What is called meanwhile is not called by the code under test.
            with self.engagement():
                from pytest_mimic._vault import open_vault

                self._vault = open_vault(self._settings.vault_path)
        return self._vault

    @property
    def session(self) -> Session:
        """What answers the calls."""
        return self._session or self._load()

    def start(self) -> None:
        """Begins to intercept."""
        if isinstance(self._settings.vault_path, str):
            _ = self.vault  # what its URL needs may not be installed, and that is said at once
        if any(line.is_of_the_standard_library() for line in self._settings.lines):
            # Its modules call one another while they are imported, also those that we need.
            _ = self.session
        self._followed_finder.install()
        self._finder.install()
        self._followed.watch_imported()
        os.register_at_fork(
            before=_weakly(self._expect_child), after_in_child=_weakly(self._become_child)
        )
        if self._display is not None:
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
        if self._session is not None:
            self._session.listener.restore()
        self._followed.restore()
        self._inbox = ""

    def prepare_test(self) -> None:
        """Patches what was imported by other means, and sees to it that calls can be answered."""
        self.interception.sweep()
        if not sys.modules.keys().isdisjoint(_FAKING):
            _ = self.session
            _keep_real(self._loaded)
        if self._loaded and "pytest_mimic._session" not in sys.modules:
            # A test has put back sys.modules as it was before the first call. A second copy of a
            # module would not know the classes of the first.
            sys.modules.update(self._loaded)

    def begin_test(self) -> None:
        """Starts counting the equal calls of another test."""
        if self._session is not None:
            self._session.begin_test()

    def take_in(self, news: News) -> None:
        """Takes in what child processes did."""
        if news:
            self.session.books.take_in(news)

    def settle(self, *, passed: bool) -> MimicError | None:
        """Stores the drafts that were kept back, or drops them.

        Args:
            passed: Whether the phase in which their exceptions were raised passed.

        Returns:
            What kept them from being stored, if anything did.
        """
        return None if self._session is None else self._session.books.settle(passed=passed)

    def finish(self) -> None:
        """Completes the recordings of the streams that are still being consumed."""
        if self._session is not None:
            self._session.books.finish()

    def drain(self) -> Usage | None:
        """Gives what was used in this process since it was last asked for, if anything was."""
        usage = None if self._session is None else self._session.drain()
        imported = self.interception.imported_lines() - self._told
        if imported:
            self._told |= imported
            usage = usage or Usage()
            usage.imported = imported
        return usage or None

    def _interception(self) -> Interception:
        kind = Interception
        if self._settings.mode is Mode.LIVE:
            # There is nothing to answer, and no call is to notice us.
            from pytest_mimic._interception._survey import Survey

            kind = Survey
        return kind(self._settings.lines, self._dispatch, self.engagement.variable)

    def _into_threads(self) -> dict[str, Around]:
        if self._settings.mode in _NOTHING_RECORDED:
            return {}
        from pytest_mimic._threads import Threads

        return Threads(self.engagement.variable, self.session.listener.hearing).around()

    def _dispatch(self, callee: Callee, values: Values, raw: Values) -> object:
        __tracebackhide__ = True
        return (self._session or self._load()).dispatch(callee, values, raw)

    def _load(self) -> Session:
        with self._loading, self.engagement():
            if self._session is None:
                self._session = self._make_session()
                known = list(sys.modules.items())
                self._loaded = {
                    name: each for name, each in known if name.startswith("pytest_mimic.")
                }
            return self._session

    def _make_session(self) -> Session:
        missing = [each for each in _REQUIRED if each not in sys.modules and not find_spec(each)]
        if missing:
            error = MimicUsageError(
                f"pytest-mimic was installed without what it depends on: {', '.join(missing)}\n"
                f"Install it: pip install {' '.join(missing)}"
            )
            self.phases.note(error)  # the code under test may swallow it
            raise error
        from pytest_mimic._fingerprint import Fingerprinter
        from pytest_mimic._session import Session

        session = Session(
            self._settings,
            self.vault,
            Fingerprinter(self._custom),
            self.conftests,
            self._display,
            self.phases,
            self.engagement,
        )
        if self._outbox is not None:
            session.become_child(self._outbox)
        return session

    def become_child(self) -> None:
        """Goes on in a child process, which tells its parent what it does."""
        self._go_on_in_child(Outbox(self._inbox))

    def become_runner(self, inbox: str) -> None:
        """Goes on in a child process that runs tests, and makes reports of them.

        Args:
            inbox: The folder in which it looks for what its own children did.
        """
        self._inbox = inbox
        self._go_on_in_child(None)

    def _go_on_in_child(self, outbox: Outbox | None) -> None:
        self._loading = threading.RLock()
        self._outbox = outbox
        self.phases.become_child(None if outbox is None else outbox.leave_problem)
        if self._session is not None:
            self._session.become_child(outbox)

    def _expect_child(self) -> None:
        self.has_children = True

    def _become_child(self) -> None:
        if self._inbox:
            self.interception.become_child()
            self.become_child()

    def _describe(self, describe: Callable[[Values], object], values: Values) -> object:
        """Adds to a child's description of itself what wakes the engine up in it."""
        description: Any = describe(values)
        # A child of a recorded call is part of that call.
        if not self.engagement.variable.get():
            self._expect_child()
            settings = self._settings._replace(lines=self.interception.lines)
            description[_STOWAWAY] = Stowaway(
                settings, self._inbox, self.phases.where, tuple(self.conftests.names)
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
    engine.phases.where = where
    engine.become_child()
    engine.start()
    engine.interception.sweep()
    return engine


def _keep_real(modules: Iterable[str]) -> None:
    """Has pyfakefs leave these modules alone: the vault is where it was, whatever a test fakes."""
    fakes: Any = sys.modules.get("pyfakefs.fake_filesystem_unittest")
    if fakes is not None:
        fakes.Patcher.SKIPNAMES.update(modules)


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
