"""What can be set, where, and what happens to what cannot be used as written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_mimic import _engine

if TYPE_CHECKING:
    from tests.conftest import Project

MODULE = {
    "m.py": """
        from only_live import only_live

        def f(x):
            only_live("f")
            return x
    """,
    "test_m.py": "import m\ndef test_it():\n    assert m.f(1) == 1",
}
PYTEST = tuple(int(part) for part in pytest.__version__.split(".")[:2])


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\nmimic_functions =\n    # the target\n    m:f\n"),
        ("tox.ini", "[pytest]\nmimic_functions = m:f\nmimic_vault_path = .mimic_vault\n"),
        ("setup.cfg", "[tool:pytest]\nmimic_functions =\n  m:f\nmimic_stale = error\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nmimic_functions = ["m:f"]\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\nmimic_functions = """\n# no\nm:f\n"""\n'),
        pytest.param(
            "pyproject.toml",
            '[tool.pytest]\nmimic_functions = ["m:f"]\nmimic_vault_path = ".mimic_vault"\n',
            marks=pytest.mark.skipif(PYTEST < (9, 0), reason="native TOML came with pytest 9"),
        ),
    ],
)
def test_every_place_that_pytest_reads(project: Project, file: str, text: str) -> None:
    project.write(MODULE)
    project.write({file: text})
    assert project.record().passed(1).live == ["f"]
    project.replay().passed(1)


def test_the_vault_goes_where_it_is_configured(project: Project) -> None:
    project.write(MODULE)
    project.configure("m:f", mimic_vault_path="tests/recordings")
    run = project.record().passed(1)
    assert run.mimic_lines[0] == "mimic: record, vault tests/recordings, 1 target"
    assert list((project.path / "tests/recordings/m/f").glob("*.pkl"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("fetch", "fetch"),
        ("m:", "m:"),
        (":f", ":f"),
        ("m:f:g", "m:f:g"),
        ("m:f colour=red", "colour=red"),
        ("m:f ignore=", "ignore="),
        ("m:f ignore=1", "ignore=1"),
        ("m:1f", "m:1f"),
        ("m..n:f", "m..n:f"),
    ],
)
def test_a_malformed_line_is_quoted_with_a_right_one(
    project: Project, line: str, says: str
) -> None:
    project.write(MODULE)
    project.configure(line)
    run = project.run(in_process=True)
    assert run.status == 4
    assert says in run.stderr
    assert "my_module:fetch" in run.stderr or "package.module:qualname" in run.stderr


def test_a_target_that_is_not_there_is_named_at_once(project: Project) -> None:
    project.write(MODULE)
    project.write({"conftest.py": "import m"})
    project.configure("m:g")
    run = project.run()
    assert run.status == 4
    assert "m:g" in run.stderr


def test_a_target_that_is_not_there_fails_the_collection_that_imports_it(project: Project) -> None:
    project.write(MODULE)
    project.configure("m:g")
    run = project.run()
    assert run.status == 2
    run.has("*MimicUsageError*m:g*")


@pytest.mark.parametrize(
    ("options", "flags", "says"),
    [
        ({"mimic_stale": "sometimes"}, [], "mimic_stale"),
        ({"mimic_vault_path": ""}, [], "mimic_vault_path"),
        ({}, ["--mimic-record", "--mimic-live"], "--mimic-record and --mimic-live"),
        ({}, ["--mimic-record", "--mimic-rerecord"], "--mimic-record and --mimic-rerecord"),
        ({}, ["--mimic-record", "--mimic-verify"], "--mimic-record and --mimic-verify"),
        ({}, ["--mimic-rerecord", "--mimic-verify"], "--mimic-rerecord and --mimic-verify"),
        ({}, ["--mimic-rerecord", "--mimic-live"], "--mimic-rerecord and --mimic-live"),
        ({}, ["--mimic-verify", "--mimic-live"], "--mimic-verify and --mimic-live"),
        ({}, ["--mimic-clear-unused", "--mimic-fail-on-unused"], "exclude one another"),
        ({}, ["--mimic-live", "--mimic-clear-unused"], "--mimic-live"),
        ({}, ["--mimic-live", "--mimic-fail-on-unused"], "--mimic-live"),
    ],
)
def test_settings_that_make_no_sense_together(
    project: Project, options: dict[str, str], flags: list[str], says: str
) -> None:
    project.write(MODULE)
    project.configure("m:f", **options)
    run = project.run(*flags, in_process=True)
    assert run.status == 4
    assert says in run.stderr


def test_a_flag_without_targets_is_no_error(project: Project) -> None:
    project.write({"test_it.py": "def test_it(): pass"})
    run = project.record().passed(1)
    assert run.mimic_lines == ["mimic: record, vault .mimic_vault, 0 targets"]


def test_who_configures_nothing_sees_nothing(project: Project) -> None:
    project.write({"test_it.py": "def test_it(): pass"})
    assert not project.run().passed(1).mimic_lines


@pytest.mark.parametrize("flags", [(), ("--mimic-record",)])
def test_an_installation_without_dependencies(
    project: Project, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    """Said at the start where it is known by then, and else by the first test that calls."""
    monkeypatch.delitem(sys.modules, "dill", raising=False)
    monkeypatch.setattr(_engine, "find_spec", lambda name: name != "dill")
    project.write(
        {
            "m.py": "def f():\n    return 1",
            "test_m.py": """
                import contextlib, m

                def test_it():
                    with contextlib.suppress(Exception):
                        m.f()
            """,
        }
    )
    project.configure("m:f")
    run = project.run(*flags, in_process=True)
    assert run.status == (4 if flags else 1)
    said = run.result.stderr if flags else run.result.stdout
    said.fnmatch_lines(["*pytest-mimic was installed without *: dill", "*pip install dill"])
    assert "Traceback" not in run.stdout + run.stderr
