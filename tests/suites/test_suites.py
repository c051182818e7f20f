"""Suites that others wrote end the same way live, recording and replaying."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")

SUITES = {
    # Dispatcher objects, not functions; graphs as arguments.
    "networkx.algorithms.centrality.tests": [
        "networkx.algorithms.centrality.betweenness:betweenness_centrality",
        "networkx.algorithms.centrality.closeness:closeness_centrality",
    ],
    # Generators, consumed and left.
    "networkx.algorithms.tests.test_simple_paths": [
        "networkx.algorithms.simple_paths:all_simple_paths"
    ],
    # It warns at its caller, and C code warns.
    "scipy.optimize.tests.test_nnls": ["scipy.optimize._nnls:nnls"],
    # It changes its object, returns it, prints and warns.
    "sklearn.cluster.tests.test_bisect_k_means": [
        "sklearn.cluster._bisect_k_means:BisectingKMeans.fit"
    ],
    # Callbacks as arguments, which are functions and methods of the tests.
    "scipy.optimize.tests.test_slsqp": ["scipy.optimize._minimize:minimize"],
    # Classes whose methods use one another, and clones of their objects.
    "sklearn.preprocessing.tests.test_label": [
        "sklearn.preprocessing._label:LabelEncoder.*",
        "sklearn.preprocessing._label:LabelBinarizer.*",
    ],
    # Frames in lists and dicts, with time zones.
    "pandas.tests.reshape.concat.test_datetimes": ["pandas.core.reshape.concat:concat"],
    # Expressions, of which there is one for all that are equal.
    "sympy.solvers.tests.test_polysys": ["sympy.solvers.polysys:solve_poly_system"],
    # A method, inherited by many; estimators as self, arrays and sparse matrices as arguments.
    "sklearn.linear_model.tests.test_base": ["sklearn.linear_model._base:LinearModel.predict"],
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, RUN, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.suites
@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_ends_the_same_way(suite: str) -> None:
    pytest.importorskip(suite.partition(".")[0])
    targets = [argument for target in SUITES[suite] for argument in ("--target", target)]
    done = run(*targets, "--pyargs", suite)
    assert done.returncode == 0, done.stdout + done.stderr


PACKAGE = {
    # In replay, too, the body of the class runs, and what assigns to its property.
    "floor.py": (
        "def area(a, b):\n    return a * b\n\n\n"
        "class Floor:\n"
        "    @property\n    def side(self):\n        return self._side\n\n"
        "    @side.setter\n    def side(self, value):\n        self._side = value\n"
    ),
    "floor_tests.py": (
        "from floor import Floor, area\n\n\n"
        "def test_area():\n    assert area(2, 3) == 6\n\n\n"
        "def test_side():\n    floor = Floor()\n    floor.side = 4\n    assert floor.side == 4\n"
    ),
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a suite beside it, importable as an installed one."""
    for name, text in PACKAGE.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_the_table_tells_what_ran(package: Path) -> None:
    done = run("--target", "floor:*", "--target", "floor:Floor.*", "--pyargs", "floor_tests")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split()[:-1] for line in done.stdout.splitlines()[2:]]
    assert rows == [
        ["off", "2", "2", "0", "0", "0"],
        ["live", "2", "2", "0", "0", "0"],
        ["record", "2", "2", "0", "2", "0"],
        ["replay", "2", "0", "2", "0", "0"],
    ]


def test_a_difference_is_found(package: Path) -> None:
    """A suite that behaves otherwise in replay: it looks at the hash seed, as none should."""
    (package / "floor_tests.py").write_text(
        PACKAGE["floor_tests.py"]
        + "\n\ndef test_seed():\n    import os\n\n    assert os.environ['PYTHONHASHSEED'] == '1'\n"
    )
    done = run("--target", "floor:area", "--pyargs", "floor_tests")
    assert done.returncode == 1
    assert (
        "test_seed: setup passed, call passed, teardown passed without the plugin, "
        "setup passed, call failed, teardown passed with replay"
    ) in done.stdout


def test_a_target_that_is_never_called_is_found(package: Path) -> None:
    (package / "floor.py").write_text(PACKAGE["floor.py"] + "\n\ndef volume():\n    return 1\n")
    done = run("--target", "floor:volume", "--pyargs", "floor_tests")
    assert done.returncode == 1
    assert "nothing was recorded" in done.stdout


def test_the_observer_sees_what_runs_live(package: Path) -> None:
    """The proof is one: a target that runs beside the plugin is counted."""
    (package / "floor_tests.py").write_text(
        "import importlib.util\n"
        "spec = importlib.util.find_spec('floor')\n"
        "unpatched = {}\n"
        "exec(compile(open(spec.origin).read(), spec.origin, 'exec'), unpatched)\n"
        "from floor import area\n\n\n"
        "def test_area():\n    assert area(2, 3) == 6 == unpatched['area'](2, 3)\n"
    )
    done = run("--target", "floor:area", "--pyargs", "floor_tests")
    assert done.returncode == 1
    assert "floor:area ran 1 times in replay" in done.stdout
