"""The plugin's share of the CPU that the suites of others take when their calls are replayed.

The suites come with the wheels of networkx and scikit-learn. A signal asks every millisecond of CPU
whether a function of the plugin is being run, by itself or on behalf of a test.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.progress import say
from tests.benchmarks.results import OURS, Result
from tests.benchmarks.suite import environment

if TYPE_CHECKING:
    from pathlib import Path

PART = "Real suites replayed, share of the CPU"
SAMPLER = """
import signal, sys

asked = found = 0

def ask(number, frame):
    global asked, found
    asked += 1
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("pytest_mimic"):
            found += 1
            return
        frame = frame.f_back

def pytest_sessionstart():
    signal.signal(signal.SIGPROF, ask)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)

def pytest_unconfigure():
    signal.setitimer(signal.ITIMER_PROF, 0)
    sys.stderr.write(f"\\n{100 * found / max(asked, 1)}")
"""


class Suite(NamedTuple):
    """A suite that is installed with its library.

    Args:
        library: The library.
        tests: The module or package of its tests.
        targets: What is replayed.
    """

    library: str
    tests: str
    targets: tuple[str, ...]


SUITES = (
    Suite(
        "networkx",
        "networkx.algorithms.centrality",
        # Not all of closeness: one of its tests draws a graph that is another one each time.
        tuple(
            f"networkx.algorithms.centrality.{target}"
            for target in (
                "betweenness:*",
                "closeness:closeness_centrality",
                "eigenvector:*",
                "degree_alg:*",
            )
        ),
    ),
    Suite(
        "sklearn",
        "sklearn.linear_model.tests.test_base",
        ("sklearn.linear_model._base:LinearModel.predict",),
    ),
)


def measure(folder: Path) -> list[Result]:
    """Records each suite that is installed, and replays it.

    Args:
        folder: Where.

    Returns:
        The shares, in percent; nothing where the system has no such signal.
    """
    if sys.platform == "win32":
        return []
    return [
        Result(PART, suite.tests, OURS, _share(folder / suite.library, suite), "%")
        for suite in SUITES
        if find_spec(suite.library) is not None
    ]


def _share(folder: Path, suite: Suite) -> float:
    folder.mkdir()
    (folder / "sampler.py").write_text(SAMPLER, encoding="utf-8")
    targets = "".join(f"    {target}\n" for target in suite.targets)
    ini = f"[pytest]\nfilterwarnings = ignore\nmimic_functions =\n{targets}"
    (folder / "pytest.ini").write_text(ini, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "sampler"]
    command += ["-c", "pytest.ini", "--rootdir", ".", "--pyargs", suite.tests]
    for mode in (["--mimic-record"], []):
        say(f"suites: {'recording' if mode else 'replaying'} {suite.tests}")
        done = subprocess.run(
            [*command, *mode],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            env=environment(),
        )
    return float(done.stderr.splitlines()[-1])
