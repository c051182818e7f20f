"""Whether a run proves anything about what it did not use.

Only a run that could have used every recording tells which are unused, so each doubt counts as a
reason against it.
"""

from __future__ import annotations

import glob
import re
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pytest

# Options that leave tests out, or run less of them, whatever they select in the end.
_NARROWING_OPTIONS = {
    "keyword": "-k",
    "markexpr": "-m",
    "deselect": "--deselect",
    "ignore": "--ignore",
    "ignore_glob": "--ignore-glob",
    "lf": "--lf",
    "stepwise": "--sw",
    "stepwise_skip": "--sw-skip",
    "collectonly": "--collect-only",
    "setuponly": "--setup-only",
    "setupplan": "--setup-plan",
    "noconftest": "--noconftest",
    "testmon": "--testmon",  # of pytest-testmon, which leaves out files and tells nobody
}

# Ini options that decide what is collected, or what of it is recorded; overridden for one run, they
# narrow that run.
_COLLECTING_INI_OPTIONS = (
    "mimic_functions",
    "testpaths",
    "norecursedirs",
    "python_files",
    "python_classes",
    "python_functions",
    "collect_imported_tests",
    "usefixtures",
    "addopts",
)

# How pytest-rerunfailures calls a failure after which it runs the test once more, which tells.
_RERUN = "rerun"

# Plugins of pytest itself that find tests.
_COLLECTING_PLUGINS = frozenset({"python", "unittest", "doctest"})


class Completeness:
    """What became of the tests of a run.

    Attributes:
        narrowed: What narrowed the run from the command line.
        collected: Node ids of all tests that were found, selected or not.
        passed: Node ids of the tests that passed in every phase so far.
        troubled: Outcome of each other test and collector: failed, skipped, xfailed, deselected.
        died: Names of the xdist workers that died.
        ended: Whether the run came to its end, and nothing stopped it before.
    """

    __slots__ = ("collected", "died", "ended", "narrowed", "passed", "troubled")

    def __init__(self) -> None:
        self.narrowed: list[str] = []
        self.collected: set[str] = set()
        self.passed: set[str] = set()
        self.troubled: dict[str, str] = {}
        self.died: list[str] = []
        self.ended = False

    def narrow(self, config: pytest.Config) -> None:
        """Takes in what on the command line keeps the run from using everything."""
        self.narrowed += narrowings(config)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        """Takes in how one phase of a test, or a collector, ended."""
        outcome = _outcome(report)
        if outcome == _RERUN:
            return
        if outcome == "passed":
            if report.when == "teardown":
                self.passed.add(report.nodeid)
        else:
            self.troubled[report.nodeid] = outcome

    def doubts(self, exit_status: int) -> Iterator[str]:
        """Gives each reason why the run proves nothing; none for a complete run.

        Args:
            exit_status: What pytest will exit with, before anything about unused recordings.
        """
        yield from (f"{option} narrowed the run" for option in self.narrowed)
        yield from (f"worker {worker} died" for worker in self.died)
        for outcome in sorted(set(self.troubled.values())):
            yield _counted([node for node, was in self.troubled.items() if was == outcome], outcome)
        unreported = self.collected - self.passed - self.troubled.keys()
        if unreported:
            yield _counted(sorted(unreported), "collected but not run to the end")
        if exit_status:
            yield f"the exit status is {int(exit_status)}"
        elif not self.ended:
            yield "it was stopped before its end"
        elif not self.passed:
            yield "no test ran"


def _outcome(report: pytest.TestReport | pytest.CollectReport) -> str:
    if report.outcome == "skipped" and hasattr(report, "wasxfail"):
        return "xfailed"
    return report.outcome


def _counted(nodes: Sequence[str], outcome: str) -> str:
    what = "1 test or collector" if len(nodes) == 1 else f"{len(nodes)} tests or collectors"
    return f"{what} {outcome} (first: {nodes[0] or 'the root'})"


def narrowings(config: pytest.Config) -> list[str]:
    """Lists what on the command line keeps a run from using everything.

    Args:
        config: The configuration of the run, fully parsed.

    Returns:
        The options and paths, as a user writes them.
    """
    options = [flag for name, flag in _NARROWING_OPTIONS.items() if config.getoption(name, None)]
    return [*options, *_overridden(config), *_blocked(config), *_narrowing_arguments(config)]


def _overridden(config: pytest.Config) -> Iterator[str]:
    overrides = config.getoption("override_ini", None) or ()
    yield from (
        f"-o {override}"
        for override in overrides
        if override.partition("=")[0].strip() in _COLLECTING_INI_OPTIONS
    )


def _blocked(config: pytest.Config) -> Iterator[str]:
    """Lists the plugins that may find tests, and that this run alone does without."""
    given = " ".join(map(str, config.invocation_params.args))
    blocked = set(re.findall(r"(?:^| )-p ?no:(\S+)", given))
    if blocked:
        installed = {entry.name for entry in entry_points(group="pytest11")}
        yield from sorted(f"-p no:{name}" for name in blocked & (installed | _COLLECTING_PLUGINS))


def _narrowing_arguments(config: pytest.Config) -> Iterator[str]:
    if config.getoption("pyargs", False):
        yield "--pyargs"
        return
    nodes = [argument for argument in config.args if "::" in argument]
    if nodes:
        yield from nodes
        return
    start = config.invocation_params.dir
    given = [(start / argument).resolve() for argument in config.args]
    for needed in _needed_paths(config):
        if not _covers(given, needed.resolve()):
            yield f"running only {', '.join(config.args)}, which leaves out {needed}"


def _needed_paths(config: pytest.Config) -> list[Path]:
    root = config.rootpath
    patterns = config.getini("testpaths")
    paths = [path for pattern in patterns for path in glob.glob(pattern, root_dir=root)]
    return [root / path for path in paths] or [root]


def _covers(given: Iterable[Path], needed: Path) -> bool:
    return any(path == needed or path in needed.parents for path in given)
