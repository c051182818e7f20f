"""The memory that recording and replaying take, beside what joblib.Memory takes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.progress import say
from tests.benchmarks.results import Result
from tests.benchmarks.suite import environment

if TYPE_CHECKING:
    from pathlib import Path

PART = "Memory, peak of a whole run"
GROWTH = "Memory, growth over equal calls"
WORK = """
import numpy as np

def takes(array):
    return float(array[0])

def gives():
    return np.arange({entries}, dtype=float)

def small(a):
    return [a]
"""
TEST = """
import os, resource, sys
import pytest, work

@pytest.fixture
def wrap(request):
    if request.config.getoption("contestant") != "joblib.Memory":
        return lambda function: function
    import joblib
    return joblib.Memory("store", verbose=0).cache

def test_argument(wrap):
    import numpy as np
    wrap(work.takes)(np.arange({entries}, dtype=float))

def test_result(wrap):
    wrap(work.gives)()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

def test_growth(wrap, request):
    function = wrap(work.small)
    for _ in range({calls} // 10):
        function(1)
    before = resident()
    for _ in range({calls}):
        function(1)
    request.config.found = resident() - before
"""
CONFTEST = """
import resource, sys

def pytest_addoption(parser):
    parser.addoption("--contestant")

def pytest_unconfigure(config):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    sys.stderr.write(f"\\n{getattr(config, 'found', peak)}")
"""


def measure(folder: Path, megabytes: int, calls: int) -> list[Result]:
    """Runs each case in a process of its own, plain, recording and replaying.

    Args:
        folder: Where.
        megabytes: The size of the array.
        calls: How many equal calls are replayed to see whether memory grows.

    Returns:
        The peaks, in megabytes; nothing where the system does not tell.
    """
    if not sys.platform.startswith("linux"):
        return []
    entries = megabytes * 125_000
    texts = {"work.py": WORK, "test_work.py": TEST}
    for name, text in texts.items():
        (folder / name).write_text(text.format(entries=entries, calls=calls), encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmimic_functions = work:*\n", encoding="utf-8")
    results = []
    for case in ("argument", "result"):
        for contestant, runs in _RUNS.items():
            say(f"memory: {case}, {contestant}")
            for did, options in runs.items():
                peak = _run(folder, f"test_{case}", contestant, options)
                work = f"{case} of {megabytes} MB, {did}"
                results.append(Result(PART, work, contestant, peak, "MB"))
    say(f"memory: growth over {calls:,} replays")
    _run(folder, "test_growth", "mimic", ("--mimic-record",))
    grown = _run(folder, "test_growth", "mimic", ())
    results.append(Result(GROWTH, f"{calls:,} replays of one call", "mimic", grown, "MB"))
    return results


_RUNS: dict[str, dict[str, tuple[str, ...]]] = {
    "plain": {"recording": ("-p", "no:mimic"), "replaying": ("-p", "no:mimic")},
    "mimic": {"recording": ("--mimic-record",), "replaying": ()},
    "joblib.Memory": {"recording": ("-p", "no:mimic"), "replaying": ("-p", "no:mimic")},
}


def _run(folder: Path, test: str, contestant: str, options: tuple[str, ...]) -> float:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
    command += [f"--contestant={contestant}", *options, f"test_work.py::{test}"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, env=environment()
    )
    return float(done.stderr.splitlines()[-1])
