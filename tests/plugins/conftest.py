"""A user's project whose tests use other plugins: those that a test names, and no others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.conftest import Project, Run

FILES = Path(__file__).parents[1] / "projects" / "plugins"
TARGETS = [
    "disk:load",
    "lab:ask",
    "lab:countdown",
    "lab:draw",
    "lab:now",
    "lab:poll sequence",
    "lab:Scale.*",
    "lab:weigh",
    "lab:words",
    "typed:double",
    "typed_for_beartype:double",
]

Absent = Callable[["Sequence[str]"], "list[str]"]
MakeLab = Callable[..., "Lab"]


class Lab:
    """The project in ``tests/projects/plugins``, with some of its tests and some plugins.

    Args:
        project: Where it is copied to.
        modules: The modules of the plugins, xdist's among them where it is used.
    """

    def __init__(self, project: Project, modules: Sequence[str]) -> None:
        self.project = project
        wanted = {"pytest_mimic.plugin", *modules}
        others = {e.name for e in entry_points(group="pytest11") if e.value not in wanted}
        # `subtests` is the name of pytest's own, too.
        self._without = " ".join(f"-pno:{name}" for name in sorted(others - {"subtests"}))

    def run(
        self, *args: str, hashseed: int = 1, env: Mapping[str, str | None] | None = None
    ) -> Run:
        """Run the tests."""
        surroundings: dict[str, str | None] = {
            "PYTEST_ADDOPTS": self._without,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": None,
            "DJANGO_SETTINGS_MODULE": "settings_of_lab",
            # What measures these tests does not measure those of the project.
            "COVERAGE_PROCESS_START": None,
            "COVERAGE_PROCESS_CONFIG": None,
            **(env or {}),
        }
        report = f"--mimic-report-json={self._report.name}"
        return self.project.run(report, *args, hashseed=hashseed, env=surroundings)

    def record(self, *args: str) -> Run:
        return self.run("--mimic-record", *args)

    def replay(self, *args: str) -> Run:
        run = self.run(*args, hashseed=2, env={"FORBID_LIVE": "1"})
        assert not run.live, f"ran live in replay: {run.live}\n{run.stdout}"
        return run

    def count(self, *names: str) -> list[int]:
        """Tell what the report of the last run counts of these: ``calls``, ``replayed``..."""
        total = json.loads(self._report.read_text("utf-8"))["total"]
        return [total[name] for name in names]

    @property
    def _report(self) -> Path:
        return self.project.path / "report.json"


@pytest.fixture(scope="session")
def absent() -> Absent:
    """Tell which of these modules cannot be imported, without importing those that can."""
    return lambda modules: [each for each in modules if find_spec(each.partition(".")[0]) is None]


@pytest.fixture
def make_lab(project: Project, absent: Absent) -> MakeLab:
    """Copy the project with the tests of these names, and plugins; skip where one is missing."""

    def make(tests: Sequence[str], modules: Sequence[str], needs: Sequence[str] = ()) -> Lab:
        # Some of the plugins are there for other tests as well, on every Python.
        if find_spec("pytest_bdd") is None:
            pytest.skip("the dependency group `plugins` is not installed")
        missing = absent([*modules, *needs])
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}")
        wanted = {f"test_{name}.py" for name in tests}
        for file in FILES.iterdir():
            if file.is_file() and (file.name in wanted or not file.name.startswith("test_")):
                shutil.copy(file, project.path)
        shutil.copytree(FILES / "__snapshots__", project.path / "__snapshots__")
        project.configure(*TARGETS)
        return Lab(project, modules)

    return make
