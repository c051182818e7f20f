"""A user's project, run the way its user would run it.

Every function that stands for something expensive begins with ``only_live("its name")``. That
leaves a line in ``live.log``, so a test can count what ran; and in a replay made by
``Project.replay`` it raises, so nothing that ran live goes unnoticed, whatever the code under test
swallows.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

# A run in this process need not import these again. What names targets is not among them: it would
# wake the plugin in the run of these tests.
import pytest_mimic._engine
import pytest_mimic._session  # noqa: F401
from pytest_mimic._vault import Card

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# A run in this process that imports it first takes it along, and it cannot be imported twice.
with contextlib.suppress(ImportError):
    import numpy as np  # noqa: F401 - for what else is imported

pytest_plugins = ["pytester"]

# How fast a machine makes examples says nothing about the code; the same ones everywhere.
settings.register_profile(
    "unhurried",
    max_examples=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# For hours of looking for what nobody thought of: pytest tests/fuzz --hypothesis-profile=hunt
settings.register_profile(
    "hunt",
    settings.get_profile("unhurried"),
    max_examples=2000,
    derandomize=False,
    phases=[Phase.generate],
)
settings.load_profile("unhurried")

# The plugins of a project's run. Whoever runs these tests has more; and what those of anyio and
# Hypothesis import takes longer than all the rest of a small run. (pytest has `subtests` itself.)
KNOWN = frozenset({"mimic", "subtests", "xdist", "xdist.looponfail"})
INSTALLED = frozenset(entry.name for entry in entry_points(group="pytest11"))

# Projects of their own: the README's example, and those that tests copy and run.
collect_ignore = ["example", "projects"]
TESTS = Path(__file__).parent
PROJECTS = TESTS / "projects"

# What these try is what git, the file system, a terminal, a page or a setting does, in which no
# Python differs, or how the parts work together that others try by themselves.
SAME_EVERYWHERE = frozenset({
    "command_line", "fuzz", "vault", "remote", "suites", "test_api.py", "test_architecture.py",
    "test_balance.py", "test_benchmarks.py", "test_comparison.py", "test_configuration.py",
    "test_display.py", "test_faults.py", "test_garbage.py", "test_habits.py", "test_hooks.py",
    "test_large.py", "test_load.py", "test_location.py", "test_miss.py",
    "test_outside_tests.py", "test_packaging.py", "test_progress.py", "test_properties.py",
    "test_readme.py", "test_record_and_replay.py", "test_report.py", "test_rerecord.py",
    "test_scale.py", "test_stale.py", "test_trusted_modules.py", "test_unused.py",
    "test_user_project.py", "test_verify.py", "test_xdist.py",
})  # fmt: skip


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Marks what one Python more has nothing to tell of."""
    for item in items:
        if SAME_EVERYWHERE & set(item.path.relative_to(TESTS).parts):
            item.add_marker("same_everywhere")


ONLY_LIVE = '''\
"""Counts what runs live, and forbids it where the environment says so."""
import os
from pathlib import Path

LOG = Path(__file__).with_name("live.log")


def only_live(name):
    with LOG.open("a") as log:
        log.write(f"{name}\\n")
    if "FORBID_LIVE" in os.environ:
        raise AssertionError(f"{name} ran live")
'''


@dataclass(frozen=True)
class Run:
    """What one run of pytest in a project did.

    Args:
        result: What pytest printed and returned.
        live: The names of the functions that ran live, in order.
    """

    result: pytest.RunResult
    live: Sequence[str]

    @property
    def stdout(self) -> str:
        return self.result.stdout.str()

    @property
    def stderr(self) -> str:
        return self.result.stderr.str()

    @property
    def status(self) -> int:
        return int(self.result.ret)

    @property
    def outcomes(self) -> dict[str, int]:
        """The counts of pytest's closing line: ``{"passed": 2, "failed": 1}``."""
        return self.result.parseoutcomes()

    @property
    def mimic_lines(self) -> list[str]:
        """What the plugin printed by the line, header first, without pytest's own lines."""
        return [line for line in self.result.outlines if line.startswith("mimic: ")]

    def has(self, *patterns: str) -> None:
        """Check that lines that match these patterns (``fnmatch``) were printed in this order."""
        self.result.stdout.fnmatch_lines(patterns)

    def passed(self, count: int) -> Run:
        """Check that so many tests passed, and that nothing else happened."""
        assert self.outcomes == {"passed": count}
        assert self.status == 0
        return self


class Project:
    """A project in a temporary folder.

    Args:
        pytester: Runs pytest there.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path: Path = pytester.path
        self.vault = self.path / ".mimic_vault"  # where recordings go unless configured otherwise
        self.prefix: list[str] = []  # a command that runs pytest in a child process
        self.plugins = KNOWN  # that its runs have
        self.write({"only_live.py": ONLY_LIVE})

    @property
    def without_others(self) -> str:
        """The options that keep out all plugins but the project's."""
        return " ".join(f"-pno:{name}" for name in sorted(INSTALLED - self.plugins))

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, by their path in the project; an indentation common to all lines goes."""
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
            # Written within the same second, and of the same size, it would be taken for the old.
            for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
                compiled.unlink()

    def copy(self, name: str) -> None:
        """Start from one of the projects in ``tests/projects``."""
        shutil.copytree(PROJECTS / name, self.path, dirs_exist_ok=True)

    def configure(self, *targets: str, **options: str) -> None:
        """Write a ``pytest.ini`` that names these target lines, and these options beside them."""
        lines = ["[pytest]", *(f"{name} = {value}" for name, value in options.items())]
        lines += ["mimic_functions =", *(f"    {target}" for target in targets)]
        self.write({"pytest.ini": "\n".join(lines) + "\n"})

    def run(
        self,
        *args: str,
        hashseed: int = 1,
        env: Mapping[str, str | None] | None = None,
        in_process: bool = False,
    ) -> Run:
        """Run pytest in the project.

        Args:
            args: Its command line.
            hashseed: ``PYTHONHASHSEED`` of the child process.
            env: Further variables; ``None`` takes one away.
            in_process: In this process, which is faster by half a second, and less true.
        """
        log = self.path / "live.log"
        log.unlink(missing_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONHASHSEED", str(hashseed))
            patch.setenv("PYTEST_ADDOPTS", self.without_others)
            for name, value in (env or {}).items():
                if value is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, value)
            # In this process, another test's module may have a name of the project's.
            for path in self.path.iterdir():
                patch.delitem(sys.modules, path.stem, raising=False)
            run = self.pytester.runpytest_inprocess if in_process else self._run_child
            result = run(*args)
        return Run(result, log.read_text().splitlines() if log.exists() else [])

    def _run_child(self, *args: str) -> pytest.RunResult:
        # Not pytester.runpytest_subprocess: its --basetemp would stand on the command line.
        plugins = [f"-p{name}" for name in self.pytester.plugins if isinstance(name, str)]
        command = [*self.prefix, sys.executable, "-m", "pytest", *plugins, *args]
        return self.pytester.run(*command, timeout=120)

    def record(
        self, *args: str, env: Mapping[str, str | None] | None = None, in_process: bool = False
    ) -> Run:
        """Run with ``--mimic-record``."""
        return self.run("--mimic-record", *args, hashseed=1, env=env, in_process=in_process)

    def replay(
        self,
        *args: str,
        env: Mapping[str, str | None] | None = None,
        in_process: bool = False,
        hashseed: int = 2,
    ) -> Run:
        """Run without a flag, under another hash seed, with what is ``only_live`` blowing up."""
        rigged = {**(env or {}), "FORBID_LIVE": "1"}
        run = self.run(*args, hashseed=hashseed, env=rigged, in_process=in_process)
        assert not run.live, f"ran live in replay: {run.live}\n{run.stdout}"
        return run

    def recordings(self, target: str = "**") -> list[Path]:
        """The payloads in the vault, of one target's folder or of all."""
        return sorted(self.vault.glob(f"{target}/*.pkl"))


@pytest.fixture(scope="session")
def installed() -> bool:
    """Whether pytest finds the plugin by itself, or the tests run from bare sources."""
    return "mimic" in INSTALLED


@pytest.fixture
def project(installed: bool, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in a temporary folder, run as its user would."""
    if not installed:
        pytester.plugins.append("pytest_mimic.plugin")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    # Colour and width of whoever runs these tests are not those of the project.
    for name in ("FORCE_COLOR", "PY_COLORS", "COLUMNS", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)


@pytest.fixture
def make_card() -> Callable[..., Card]:
    def make(key: str = "a" * 32, target: str = "my_module:fetch", **changes: Any) -> Card:
        fields: dict[str, Any] = {
            "arguments": {"user_id": {"type": "int", "value": 1}},
            "outcome": {"kind": "returned"},
            "effects": (),
            "took": 0.5,
            "python": "3.12.1",
            "distributions": {"numpy": "2.0"},
            "source": "0" * 32,
            "test": "tests/test_it.py::test_it",
        }
        return Card(target, key, **(fields | changes))

    return make


@pytest.fixture
def unmeasured() -> dict[str, str]:
    """An environment without coverage: a process that is killed or held short breaks its files."""
    return {name: value for name, value in os.environ.items() if "COVERAGE" not in name}


@pytest.fixture
def run_script(unmeasured: dict[str, str]) -> Callable[..., str]:
    """Run a script of these tests, by its path among them, and return what it printed."""

    def run(script: str, *args: object) -> str:
        done = subprocess.run(
            [sys.executable, TESTS / script, *map(str, args)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env=unmeasured | {"PYTHONWARNINGS": ""},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
