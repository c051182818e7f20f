"""A pytest plugin that notes how each test ended, and how often the code of the targets really ran.

It knows nothing of pytest-mimic, and asks nothing of it: the code of a target is compiled here from
its source, and a frame counts when what it runs is that code. So the count is a proof.

Environment:
    OBSERVED: The targets, ``module:qualname`` each, one a line.
    OBSERVATIONS: The folder that gets a file of notes from each process, a literal of Python.
"""

from __future__ import annotations

import inspect
import itertools
import os
import random
import re
import sys
import threading
from collections import Counter
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

    import pytest

SEED = 20
ASSIGNS = re.compile(rb"\s*@\w+\.(setter|deleter)\b")

Code = tuple[str, int, bytes]  # the file, the first line, and the instructions


class Observer:
    """Notes what happens in one process.

    Args:
        targets: ``module:qualname`` each.
        folder: Where the notes go.
    """

    def __init__(self, targets: list[str], folder: Path) -> None:
        self.folder = folder
        codes = [(code, target) for target in targets for code in codes_of(target)]
        self.codes = {identity(code): target for code, target in codes}
        self.names = {code.co_name for code, _ in codes}
        self.unobservable = sorted(set(targets) - set(self.codes.values()))
        self.executions: Counter[str] = Counter()
        self.outcomes: dict[str, list[str]] = {}

    def count(self, code: CodeType) -> bool:
        """Counts code that starts to run, if it is a target's."""
        target = self.codes.get(identity(code)) if code.co_name in self.names else None
        if target is not None:
            self.executions[target] += 1
        return target is not None

    def start(self) -> None:
        """Watches all code that starts to run from now on."""
        if sys.version_info >= (3, 12):
            monitoring = sys.monitoring
            monitoring.use_tool_id(monitoring.PROFILER_ID, "suites")
            monitoring.register_callback(
                monitoring.PROFILER_ID,
                monitoring.events.PY_START,
                # What is no target's is not asked about again: nearly free.
                lambda code, _offset: None if self.count(code) else monitoring.DISABLE,
            )
            monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.PY_START)
        else:
            threading.setprofile(self._profile)
            sys.setprofile(self._profile)

    def _profile(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self.count(frame.f_code)

    def pytest_runtest_setup(self) -> None:
        """Seeds what tests draw from without a seed of their own: all runs are to draw the same."""
        random.seed(SEED)
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(SEED)

    def pytest_collectstart(self) -> None:
        """Seeds what modules of tests draw from while they are imported, likewise."""
        self.pytest_runtest_setup()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = f"{report.when} {report.outcome}"
        if hasattr(report, "wasxfail"):
            outcome += " (xfail)"
        self.outcomes.setdefault(report.nodeid, []).append(outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self.outcomes.setdefault(report.nodeid, []).append(f"collect {report.outcome}")

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        is_worker = hasattr(config, "workerinput")
        notes = {
            "executions": dict(self.executions),
            "outcomes": {} if is_worker else self.outcomes,
            "unobservable": self.unobservable,
        }
        # What json and others have for this may be targets.
        (self.folder / f"{os.getpid()}.txt").write_text(repr(notes), encoding="utf-8")


def identity(code: CodeType) -> Code:
    """What a copy of a code object shares with it, and what put in its place does not."""
    return code.co_filename, code.co_firstlineno, code.co_code


def codes_of(target: str) -> list[CodeType]:
    """The code of a target as its source file has it; none where there is no Python source."""
    module, _, qualname = target.partition(":")
    spec = _spec_of(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return []
    source = Path(spec.origin).read_bytes()
    found = [compile(source, spec.origin, "exec", dont_inherit=True)]
    for name in qualname.split("."):
        found = [
            constant
            for code in found
            for constant in code.co_consts
            if isinstance(constant, CodeType) and _is_named(constant.co_name, name)
        ]
    lines = source.splitlines()
    return [code for code in found if _is_called(code, lines[code.co_firstlineno - 1])]


def _spec_of(module: str) -> ModuleSpec | None:
    """Find a module without importing the packages around it: that may call targets already."""
    path = None
    spec = None
    for name in itertools.accumulate(module.split("."), "{}.{}".format):
        spec = PathFinder.find_spec(name, path)
        path = None if spec is None else spec.submodule_search_locations
        if path is None:
            break
    return spec if spec is not None and spec.name == module else None


def _is_called(code: CodeType, line: bytes) -> bool:
    """Tell what a target can stand for from what has its name and runs where nobody calls it.

    That is the body of a class, which runs on import, and what assigns to a property.
    """
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and not ASSIGNS.match(line)


def _is_named(code: str, wanted: str) -> bool:
    """Tell whether a code object is what a target names, of which ``*`` names all public ones."""
    return code == wanted or (wanted == "*" and not code.startswith(("_", "<")))


def pytest_configure(config: pytest.Config) -> None:
    """Starts to observe, once the process is known to run pytest."""
    observer: Any = Observer(os.environ["OBSERVED"].splitlines(), Path(os.environ["OBSERVATIONS"]))
    config.pluginmanager.register(observer, "observer-of-suites")
    observer.start()
