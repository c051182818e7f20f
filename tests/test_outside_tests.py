"""What goes wrong where no test is there to fail for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

MODULE = {
    "m.py": """
        from only_live import only_live

        def f(x):
            only_live("f")
            if x == "bad":
                raise ValueError(x)
            return x
    """,
    "test_m.py": "def test_it(): pass",
}


def test_a_miss_that_a_conftest_swallows_fails_a_collector(project: Project) -> None:
    project.write(MODULE)
    project.write(
        {"conftest.py": "import contextlib, m\nwith contextlib.suppress(Exception):\n    m.f(1)"}
    )
    project.configure("m:f")
    run = project.replay()
    assert run.status != 0
    run.has("*no recording of m:f(x=1)*")


def test_a_miss_on_the_way_to_the_first_test_ends_the_run(project: Project) -> None:
    """Pytest imports a package outside of any collector, to find what is in it."""
    project.write(MODULE)
    project.write({"way/__init__.py": "import m\nm.f(1)", "way/test_it.py": "def test_it(): pass"})
    project.configure("m:f")
    run = project.replay("--pyargs", "way.test_it")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    run.has("mimic: outside of any test: no recording of m:f(x=1)")
    run = project.replay("-n1", "--pyargs", "way.test_it")
    assert run.status != 0
    run.has("*no recording of m:f(x=1)")


@pytest.mark.parametrize(
    "way_out", ["except RuntimeError: pass\n1 / 0", "except RuntimeError: 1 / 0", "finally: pass"]
)
def test_a_miss_that_leads_to_another_error_in_a_collector_is_shown(
    project: Project, way_out: str
) -> None:
    """Once, wherever the other error shows it already."""
    project.write(MODULE)
    project.write({"test_m.py": f"import m\ntry: m.f(1)\n{way_out}"})
    project.configure("m:f")
    run = project.replay(in_process=True)
    assert run.outcomes == {"errors": 1}
    assert run.stdout.count("There are no recordings of m:f ") == 1
    assert ("ZeroDivisionError" in run.stdout) is ("1 / 0" in way_out)


@pytest.mark.parametrize(
    "hook", ["load_initial_conftests", "configure", "sessionstart", "runtestloop"]
)
def test_a_miss_of_another_plugin_ends_the_run(
    project: Project, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In our own words, wherever pytest calls it: it is no error of pytest's own."""
    monkeypatch.syspath_prepend(project.path)
    project.write(MODULE)
    project.write({"other_plugin.py": f"def pytest_{hook}():\n    import m\n    m.f(1)"})
    project.configure("m:f")
    run = project.replay("-p", "other_plugin", in_process=True)
    assert run.status == pytest.ExitCode.USAGE_ERROR
    run.result.stderr.fnmatch_lines(["*: no recording of m:f(x=1)*", "Record it: *"])
    for internal in ("INTERNALERROR", "Traceback"):
        assert internal not in run.stdout + run.stderr


def test_a_miss_after_the_last_test_fails_the_run(project: Project) -> None:
    project.write(MODULE)
    project.write(
        {
            "conftest.py": """
                import contextlib, pytest

                @pytest.hookimpl(tryfirst=True)
                def pytest_sessionfinish():
                    import m
                    with contextlib.suppress(Exception):
                        m.f(1)
            """
        }
    )
    project.configure("m:f")
    run = project.replay()
    assert run.outcomes == {"passed": 1}
    assert run.status == 1
    run.has("mimic: outside of any test: no recording of m:f(x=1)*")


def test_an_exception_while_collecting_is_kept_if_the_collector_passes(project: Project) -> None:
    project.write(MODULE)
    project.write(
        {
            "test_m.py": """
                import m

                try:
                    m.f("bad")
                except ValueError as error:
                    CAUGHT = error

                def test_it():
                    assert CAUGHT.args == ("bad",)
            """
        }
    )
    project.configure("m:f")
    project.record().passed(1)
    project.replay().passed(1)


def test_an_exception_that_fails_a_collector_is_not_kept(project: Project) -> None:
    project.write(MODULE)
    project.write({"test_m.py": "import m\nm.f('bad')"})
    project.configure("m:f")
    assert project.record().outcomes == {"errors": 1}
    assert not project.recordings()


@pytest.mark.parametrize("test", ["m.f(1)", "with pytest.raises(ValueError): m.f('bad')"])
def test_a_vault_that_cannot_be_written_fails_the_test(project: Project, test: str) -> None:
    project.write(MODULE)
    project.write(
        {"test_m.py": f"import m, pytest\ndef test_it():\n    {test}", ".mimic_vault": ""}
    )
    project.configure("m:f")
    run = project.record()
    assert run.outcomes == {"failed": 1}
    run.has("*.mimic_vault*")


def test_damaged_recordings_that_nobody_uses_are_listed_by_file(project: Project) -> None:
    project.write(MODULE)
    project.write({"test_m.py": "import m\ndef test_it():\n    m.f(1)"})
    project.configure("m:f")
    project.record().passed(1)
    (payload,) = project.recordings()
    payload.with_suffix(".json").write_text("{}")
    project.write({"test_m.py": "def test_it(): pass"})
    project.run("--mimic-clear-unused", in_process=True).has(
        "mimic: 1 recording deleted:", f"*{payload.stem}.json (damaged)"
    )
    assert not project.recordings()


def test_a_target_that_a_module_of_ours_calls_as_it_is_imported(project: Project) -> None:
    """What answers the call needs that module, and must not find it half there."""
    project.write(
        {"test_m.py": "import sys\nsys.modules.pop('fractions', None)\nimport fractions\n"}
    )
    project.configure("re:compile")
    run = project.run()
    run.has("*no recording of re:compile(*")
    assert "partially initialized" not in run.stdout
