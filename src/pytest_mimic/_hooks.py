"""The pytest hooks of a run that has targets: they hand on what pytest says, and decide nothing."""

from __future__ import annotations

import contextlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._config import RECORDING, MimicConfig
from pytest_mimic._conftests import Conftests
from pytest_mimic._engine import Engine
from pytest_mimic._outbox import Inbox
from pytest_mimic._phases import went_as_foretold
from pytest_mimic._report import Ledger
from pytest_mimic._usage import Usage
from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from contextlib import ExitStack

    from pytest_mimic._display import Display
    from pytest_mimic._mimic_calls import MimicCalls
    from pytest_mimic._report._progress import Progress
    from pytest_mimic._report._unused import Completeness

# What a report, or the output of an xdist worker, carries of ours from process to process.
_USAGE = "mimic_usage"
_COLLECTED = "mimic_collected"


# The recordings of a test that fails whose versions are looked at.
_MOST_LOOKED_AT = 20

_markers: pytest.StashKey[ExitStack] = pytest.StashKey()
_calls: pytest.StashKey[MimicCalls] = pytest.StashKey()
_usage: pytest.StashKey[Usage | None] = pytest.StashKey()


class Preparation:
    """Prepares each test; what goes wrong here is an error of the test's setup.

    Args:
        engine: Patches what the test is about to call.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Patches what was imported by other means, and what the test's markers name."""
        self._engine.prepare_test()
        if item.get_closest_marker("mimic") is not None:
            from pytest_mimic._api import enter_markers

            item.stash[_markers] = enter_markers(item)


class Attendance:
    """Notes what becomes of every test, where a run is to prove recordings unused.

    Args:
        config: pytest's configuration.
        completeness: Where it is noted.
    """

    def __init__(self, config: pytest.Config, completeness: Completeness) -> None:
        self._config = config
        self._completeness = completeness

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Notes a test that this run may or may not run."""
        self._completeness.collected.add(item.nodeid)

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        """Notes tests that this run leaves out."""
        for item in items:
            self._completeness.troubled[item.nodeid] = "deselected"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes how a collector ended."""
        self._completeness.note(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes how a phase of a test ended, wherever it ran."""
        self._completeness.note(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Notes what narrowed the run, and that nothing stopped it before its end."""
        # Once all plugins had their say: pytest-picked puts other paths for those given.
        self._completeness.narrow(self._config)
        result = yield
        self._completeness.ended = True
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Tells the controller which tests this worker has found."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_COLLECTED] = sorted(self._completeness.collected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # xdist's types are its own
        """Notes which tests an xdist worker has found, or that it died."""
        output = getattr(node, "workeroutput", {})
        if error or _COLLECTED not in output:
            self._completeness.died.append(node.gateway.id)
        else:
            self._completeness.collected.update(output[_COLLECTED])


class MimicHooks:
    """The hooks of one run; registered by the entry point once there is a target or a flag.

    Args:
        config: pytest's configuration; its clean-up restores all that is patched.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._settings = MimicConfig.of(config)
        self._config = config
        self._inbox = Inbox()
        config.add_cleanup(self._inbox.close)
        self._conftests = Conftests(config.hook)
        self._display = self._display_of(config)
        self._engine = Engine(self._settings, self._inbox.folder, self._conftests, self._display)
        self._phases = self._engine.phases
        self._ledger = Ledger(self._settings, lambda: self._engine.vault)
        # What was used outside of any test, until a report takes it along.
        self._outside = Usage()
        # What the reports of the present test carry, as long as nobody has logged them.
        self._unlogged: list[dict[str, Any]] = []
        config.add_cleanup(self._engine.stop)
        self._engine.start()
        config.pluginmanager.register(Preparation(self._engine), "mimic-preparation")
        if self._ledger.completeness is not None:
            attendance = Attendance(config, self._ledger.completeness)
            config.pluginmanager.register(attendance, "mimic-attendance")

    def calls_of(self, item: pytest.Item) -> MimicCalls:
        """Gives the calls that a test has made, from its set-up on or from now on."""
        if _calls not in item.stash:
            from pytest_mimic._mimic_calls import MimicCalls

            item.stash[_calls] = MimicCalls()
            self._conftests.collect(item.stash[_calls])
        return item.stash[_calls]

    def pytest_plugin_registered(self) -> None:
        """Takes in the hooks of a plugin, or of the conftest of a sub-folder."""
        self._conftests.hear()

    def pytest_configure(self) -> None:
        """Patches what was imported before the finder was there."""
        self._engine.interception.sweep()

    def pytest_report_header(self) -> str:
        """Says what this run does."""
        return self._ledger.header()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Fails a collector whose import met a problem and swallowed it, or shows it."""
        self._phases.where = f"the collection of {collector.nodeid or 'the root'}"
        self._conftests.hear(collector.ihook)
        report = yield
        self._hear_children()
        if report.failed:
            report.sections.extend(self._phases.take_sections_beside(str(report.longrepr)))
        problems = self._phases.take_problems()
        if report.passed and not problems:
            problems += filter(None, [self._engine.settle(passed=True)])
        if report.passed and problems:
            report.outcome = "failed"
            report.longrepr = "\n\n".join(map(str, problems))
            report.result = []
        self._engine.settle(passed=False)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Ends the run in our own words where a problem is met outside of collectors and tests.

        That is in a package on the way to what ``--pyargs`` names, or in another plugin's hook.
        """
        # Of a worker's end in order, the controller would not hear why.
        if _is_ours(excinfo) and not hasattr(self._config, "workeroutput"):
            pytest.exit(str(excinfo.value), pytest.ExitCode.USAGE_ERROR)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Guards the fixtures."""
        __tracebackhide__ = True
        if not self._inbox.is_ours:
            self._become_runner()
        self._engine.begin_test()
        self._take_back()
        self._conftests.hear(item.ihook)
        self._conftests.collect(None)
        if _calls in item.stash:  # it is run once more
            del item.stash[_calls]
        if "mimic" in getattr(item, "fixturenames", ()):
            self.calls_of(item)
        usage = self._engine.drain()
        if usage:
            self._outside.add(usage)
        item.stash[_usage] = None
        return (yield from self._guard(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Guards the test itself."""
        __tracebackhide__ = True
        return (yield from self._guard(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Guards the finalizers of fixtures."""
        __tracebackhide__ = True
        with item.stash.get(_markers, None) or nullcontext():
            return (yield from self._guard(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Lets usage travel with the report, and settles what waits for the phase's outcome."""
        report = yield
        problem = self._engine.settle(passed=went_as_foretold(item, report))
        if problem is not None:
            report.outcome = "failed"
            report.longrepr = str(problem)
        report.sections += self._phases.take_sections()
        usage = self._engine.drain()
        whole = item.stash.get(_usage, None)
        if usage:
            # Most phases of most tests use nothing, and are spared the rest.
            whole = item.stash[_usage] = whole or Usage()
            whole.add(usage)
        if report.when == "teardown":
            item.stash[_usage] = None
        if whole is not None:
            self._tell(whole, report, is_ours=problem is not None or _is_ours(call.excinfo))
        handed_over = self._hand_over(usage)
        if handed_over:
            setattr(report, _USAGE, handed_over)
            self._unlogged.append(handed_over)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes in how a phase of a test ended and what it used, wherever it ran."""
        if self._display is not None:
            self._display.erase()  # pytest writes next, and a thread of the test's may run on
        usage = getattr(report, _USAGE, None)
        if usage is not None:
            self._unlogged = [each for each in self._unlogged if each is not usage]
            self._take_in(usage)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hands the rest to the controller, or closes the books."""
        self._take_back()
        self._hear_children()
        self._engine.finish()
        rest = self._hand_over(self._engine.drain())
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_USAGE] = rest
            return
        self._take_in(rest)
        # As it is now: another plugin may have changed what pytest decided.
        session.exitstatus = self._ledger.close(
            int(session.exitstatus),
            self._phases.take_problems(),
            self._progress,
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # xdist's types are its own
        """Takes in what an xdist worker had left."""
        if not error:
            self._take_in(getattr(node, "workeroutput", {}).get(_USAGE, {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says what the run did."""
        for line in self._ledger.summary(terminalreporter.verbosity):
            terminalreporter.write_line(line)

    def pytest_enter_pdb(self) -> None:
        """Leaves the terminal to the debugger."""
        if self._display is not None:
            self._display.pause()

    def pytest_leave_pdb(self) -> None:
        """Takes the terminal back."""
        if self._display is not None:
            self._display.resume()

    def _display_of(self, config: pytest.Config) -> Display | None:
        """Makes what shows calls that run live for long, where they are recorded."""
        if self._settings.mode not in RECORDING:
            return None
        from pytest_mimic._display import display_of

        display = display_of(config, self._settings)
        config.add_cleanup(display.close)
        return display

    def _progress(self) -> Progress:
        from pytest_mimic._report._progress import Progress

        return Progress.of(self._config)

    def _tell(self, whole: Usage, report: pytest.TestReport, *, is_ours: bool) -> None:
        """Says in a report what its test has used so far."""
        # Deferred for start-up time, and kept by Python: many a run calls nothing.
        from pytest_mimic._report._summary import properties, replays

        if report.failed and not is_ours:
            report.sections.extend(replays(whole, self._changed_since(whole)))
        if report.when == "teardown":
            report.user_properties += properties(whole.total())

    def _guard(self, item: pytest.Item) -> Generator[None, object, object]:
        return self._phases.guard(item.nodeid, self._hear_children)

    def _hear_children(self) -> None:
        if self._engine.has_children:  # each look takes the system its time
            self._engine.take_in(self._inbox.collect())

    def _hand_over(self, usage: Usage | None) -> dict[str, Any]:
        if self._outside:
            outside, self._outside = self._outside, Usage()
            if usage:
                outside.add(usage)
            usage = outside
        return usage.to_json() if usage else {}

    def _become_runner(self) -> None:
        """Goes on in a fork that a plugin made to run a test in, as pytest-forked does."""
        self._inbox = Inbox(self._inbox.folder)
        self._engine.become_runner(self._inbox.folder)
        # The parent has these, and will report them.
        self._outside = Usage()
        self._unlogged = []

    def _take_back(self) -> None:
        """Takes back what stood on reports that a plugin dropped, to run the test once more."""
        unlogged, self._unlogged = self._unlogged, []
        for usage in unlogged:
            self._outside.add(Usage.from_json(usage))
            usage.clear()  # if the report is logged after all, this is not counted again

    def _changed_since(self, usage: Usage) -> list[str]:
        """Finds the versions that are others here than where recordings were made."""
        from pytest_mimic._versions import changed_since

        changed: dict[str, None] = {}
        with contextlib.suppress(MimicError):  # what is damaged is told of where it is called for
            for recording_id in sorted(usage.used)[:_MOST_LOOKED_AT]:
                card = self._engine.vault.read_card(*recording_id)
                found = changed_since(card.python, card.distributions) if card else ()
                changed.update(dict.fromkeys(found))
        return list(changed)

    def _take_in(self, usage: dict[str, Any]) -> None:
        if usage:
            self._ledger.usage.add(Usage.from_json(usage))


def _is_ours(failure: pytest.ExceptionInfo[BaseException] | None) -> bool:
    return failure is not None and isinstance(failure.value, MimicError)
