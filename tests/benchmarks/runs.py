"""What the plugin adds to a run of pytest that calls no target: time, and instructions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.progress import say
from tests.benchmarks.results import OURS, Result, medians
from tests.benchmarks.suite import FORMER, environment

if TYPE_CHECKING:
    from pathlib import Path

PART = "Start-up, CPU time of a whole run"
COUNTED = "Start-up, instructions of a whole run (valgrind)"
MODULE = "\n\n".join(f"def f{number}(a, b='x', *, k=1.0):\n    return a" for number in range(10))
TESTS = """
import pytest
import ten

@pytest.mark.parametrize("number", range({count}))
def test_ten(number): pass
"""
TEN = "[pytest]\nmimic_functions =\n" + "".join(f"    ten:f{number}\n" for number in range(10))


class Run(NamedTuple):
    """What is run.

    Args:
        ini: pytest's configuration.
        tests: How many tests there are.
    """

    ini: str
    tests: int = 1


RUNS = {
    "installed, not configured": Run("[pytest]\n"),
    "ten targets configured, none called": Run(TEN),
    "the same, 500 tests": Run(TEN, 500),
}
WITHOUT = "without"
# What any plugin adds that declares as many flags, options and hooks, and does nothing.
IDLE = "an idle plugin"
IDLE_PLUGIN = """
import pytest

class Hooks:
    @pytest.hookspec
    def pytest_idle_one(self, value): pass

    @pytest.hookspec
    def pytest_idle_two(self, value, target): pass

    @pytest.hookspec
    def pytest_idle_three(self, value, target): pass

    @pytest.hookspec
    def pytest_idle_four(self, call): pass

def pytest_addhooks(pluginmanager):
    pluginmanager.add_hookspecs(Hooks)

def pytest_addoption(parser):
    group = parser.getgroup("idle", "does nothing")
    for number in range(8):
        group.addoption(f"--idle-{number}", action="store_true", default=False, help="does nothing")
    for number in range(4):
        parser.addini(f"idle_{number}", "does nothing")

def pytest_configure(config):
    config.addinivalue_line("markers", "idle: does nothing")

@pytest.fixture
def idle(request):
    return None
"""
# pytest goes through the files of every distribution that has a plugin, used or not.
LISTED = "mimic installed and blocked"
ADDED = "added by mimic"
GOALS = {"installed, not configured": 2e-3, "ten targets configured, none called": 10e-3}
# In each round.
TURNS = 4
BLOCKED = ("-p", "no:mimic")
# A Python and the options of pytest, by name.
Contestants = dict[str, tuple[str, tuple[str, ...]]]
# Its own use of CPU is what a child process says of itself last.
TIMED = (
    "import sys, time, pytest\n"
    "status = pytest.main(sys.argv[1:])\n"
    "sys.stderr.write(f'\\n{time.process_time()}')\n"
    "sys.exit(status)\n"
)


def contestants(wheel: str | None, bare: str | None) -> Contestants:
    """Gives the ways to run pytest with and without the plugin.

    Args:
        wheel: The Python that our wheel is installed for.
        bare: One for which it is not, but all that it depends on.
    """
    blocked: tuple[str, ...] = ()
    if wheel is None or bare is None:
        wheel = bare = sys.executable
        blocked = BLOCKED
    return {
        OURS: (wheel, ()),
        WITHOUT: (bare, blocked),
        IDLE: (bare, (*blocked, "-p", "idle")),
        LISTED: (wheel, BLOCKED),
    }


def race(folder: Path, starts: Contestants, former: str | None, rounds: int) -> list[Result]:
    """Runs pytest with and without the plugin, in turns."""
    variants = dict(starts)
    if former is not None:
        variants[FORMER] = (former, ())
        variants[f"{WITHOUT} {FORMER}"] = (former, BLOCKED)
    measured: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    # A run is short, and its times differ by more than what is looked for.
    turns = TURNS * rounds
    for number in range(turns + 1):
        say(f"runs: turn {number} of {turns}")
        for run, (ini, _) in RUNS.items():
            for name, (python, options) in variants.items():
                if FORMER in name and ini == TEN:
                    continue  # it writes its targets another way
                measured[run, name].append(_seconds(_project(folder, run), python, options))
    # The first round compiled what it imported.
    return _with_added(
        medians(PART, {key: values[1:] or values for key, values in measured.items()}), "s", GOALS
    )


def count(folder: Path, starts: Contestants) -> list[Result]:
    """Counts instructions with and without the plugin: they do not depend on what else runs."""
    if shutil.which("valgrind") is None:
        return []
    counted = []
    for run in RUNS:
        for name, (python, options) in starts.items():
            say(f"instructions: {run}, {name}")
            number = _instructions(_project(folder, run), python, options)
            if number is None:
                return []
            counted.append(Result(COUNTED, run, name, number, "instructions"))
    return _with_added(counted, "instructions", {})


def _with_added(results: list[Result], unit: str, goals: dict[str, float]) -> list[Result]:
    found = {(result.work, result.contestant): result.value for result in results}
    part = results[0].part
    for run in RUNS:
        bare = found[run, WITHOUT]
        added = found[run, OURS] - bare
        floor = found[run, IDLE] - bare + found[run, LISTED] - bare
        results.append(Result(part, run, ADDED, added, unit, goals.get(run), floor))
    return results


def _project(folder: Path, run: str) -> Path:
    project = folder / run.replace(" ", "-").replace(",", "")
    project.mkdir(exist_ok=True)
    (project / "ten.py").write_text(MODULE, encoding="utf-8")
    (project / "test_ten.py").write_text(TESTS.format(count=RUNS[run].tests), encoding="utf-8")
    (project / "idle.py").write_text(IDLE_PLUGIN, encoding="utf-8")
    (project / "pytest.ini").write_text(RUNS[run].ini, encoding="utf-8")
    return project


def _options(options: tuple[str, ...]) -> list[str]:
    return ["-q", "-p", "no:cacheprovider", "-W", "ignore", *options]


def _seconds(project: Path, python: str, options: tuple[str, ...]) -> float:
    command = [python, "-c", TIMED, *_options(options)]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=True, env=environment()
    )
    return float(done.stderr.splitlines()[-1])


def _instructions(project: Path, python: str, options: tuple[str, ...]) -> int | None:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command += [python, "-m", "pytest", *_options(options)]
    done = subprocess.run(
        command,
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**environment(), "PYTHONHASHSEED": "0"},
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found.group(1)) if found else None
