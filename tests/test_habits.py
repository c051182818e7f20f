"""What a user of pytest takes for granted works here too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project

F = """
    from only_live import only_live

    def f(x):
        only_live("f")
        return x
"""
TEST = """
    import m

    def test_it():
        assert m.f(1) == 1
"""


def test_quiet_runs_say_less(project: Project) -> None:
    project.write({"m.py": F, "test_m.py": TEST})
    project.configure("m:f", "never:imported")
    project.record(in_process=True)
    shown = {quiet: project.replay(*quiet, in_process=True).mimic_lines for quiet in QUIET}
    assert shown[()] == [
        "mimic: replay, vault .mimic_vault, 2 targets",
        shown[()][1],
        "mimic: never imported, so never called: never:imported",
    ]
    assert shown["-q",][1:] == ["mimic: never imported: never:imported"]
    assert shown["-q",][0].startswith("mimic: 1 replayed; ")
    assert shown["-qq",] == []
    unused = project.run("-qq", "--mimic-fail-on-unused", in_process=True)
    assert unused.mimic_lines == ["mimic: 0 recordings unused"]


MOCKED = """
    from unittest import mock
    import m

    def test_count():
        with mock.patch("m.weigh", return_value=2) as weigh:
            assert m.price(1) == 2
        assert weigh.call_count == 1

    def test_miss():
        assert m.price(1) == 2
        assert m.price(len(PRICES)) == 2
"""


def test_a_test_that_fails_is_told_what_did_not_run_in_it(project: Project) -> None:
    """A mock that the function calls sees nothing of a replay; a miss speaks for itself."""
    project.write({"m.py": "def weigh(x):\n    return x\n\ndef price(x):\n    return weigh(x)\n"})
    project.write({"test_m.py": MOCKED.replace("PRICES", "'12'")})
    project.configure("m:price")
    project.record(in_process=True).passed(2)
    project.write({"test_m.py": MOCKED.replace("PRICES", "'123'")})
    run = project.replay(in_process=True)
    assert run.outcomes == {"failed": 2}
    assert run.stdout.count("Replayed in this test: m:price (1). A replay gives what") == 1
    assert "ther versions" not in run.stdout
    for card in project.path.glob(".mimic_vault/m/price/*.json"):
        told = json.loads(card.read_text(encoding="utf-8"))
        versions = {"numpy": "0.1", "no-such-thing": "1", "pytest": pytest.__version__}
        told |= {"python": "3.9.1", "distributions": versions}
        card.write_text(json.dumps(told), encoding="utf-8")
    run = project.replay(in_process=True)
    assert run.stdout.count("Recorded with other versions: Python 3.9.1 then, 3.") == 1
    assert "no-such-thing 1 then, not installed here" in run.stdout.replace("\n", " ")
    assert (
        "pytest " not in run.stdout.partition("Recorded with other versions")[2].partition(".")[0]
    )


QUIET: list[tuple[str, ...]] = [(), ("-q",), ("-qq",)]


def test_flags_come_from_the_environment_too(project: Project) -> None:
    project.write({"m.py": F, "test_m.py": TEST})
    project.configure("m:f")
    run = project.run(env={"PYTEST_ADDOPTS": "--mimic-record"}, in_process=True).passed(1)
    assert run.live == ["f"]
    project.replay(in_process=True).passed(1)


@pytest.mark.parametrize("workers", [[], ["-n1"]], ids=["alone", "xdist"])
def test_the_plugin_is_off_where_pytest_is_told_so(
    project: Project, installed: bool, workers: list[str]
) -> None:
    if not installed:
        pytest.skip("pytest finds no plugin that it could leave out")
    project.write(
        {
            "m.py": F,
            "test_m.py": """
                import multiprocessing.spawn, sys
                import m

                def test_it():
                    assert m.f(1) == 1
                    assert not [name for name in sys.modules if name.startswith("pytest_mimic")]
                    assert not [each for each in sys.meta_path if "Mimic" in repr(each)]
                    describe = multiprocessing.spawn.get_preparation_data
                    assert describe.__code__.co_name == "get_preparation_data"
                    assert m.f.__code__.co_consts == (None, "f")
            """,
        }
    )
    project.configure("m:f")
    run = project.run("-p", "no:mimic", *workers)
    assert run.live == ["f"]
    assert run.outcomes["passed"] == 1
    assert not run.mimic_lines
    assert not project.vault.exists()
    assert project.run("-p", "no:mimic", "--mimic-record").status == pytest.ExitCode.USAGE_ERROR


def test_what_pytest_lists_reads_well(project: Project) -> None:
    project.configure("m:f")
    shown = project.run("--help", in_process=True).stdout
    assert "record and replay of expensive calls (pytest-mimic):" in shown
    project.run("--markers", in_process=True).has(
        "@pytest.mark.mimic(target, ignore=(), sequence=False, *): record and replay the calls of *"
    )
    project.run("--fixtures", in_process=True).has(
        "mimic -- *plugin.py:*",
        "    The calls of mimicked targets in this test: mimic.replayed, mimic.recorded, *",
    )
    project.run("--trace-config", in_process=True).has("*mimic-hooks*: *MimicHooks object*")


def test_a_shell_completes_the_flags(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("argcomplete")
    project.configure("m:f")
    typed = "pytest --mimic-re"
    told = tmp_path / "told"
    env = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(told),
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": typed,
        "COMP_POINT": str(len(typed)),
    }
    plugins = [f"-p{name}" for name in project.pytester.plugins if isinstance(name, str)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins],
        env=env,
        cwd=project.path,
        capture_output=True,
        text=True,
        check=True,
    )
    completed = {line.strip() for line in told.read_text().splitlines()}
    assert {"--mimic-record", "--mimic-rerecord", "--mimic-report"} <= completed
    assert all(each.startswith("--mimic-re") for each in completed)
    assert not done.stdout
