"""Targets wherever pytest itself imports, rewrites, collects, distributes and nests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

EXPENSIVE = """
from only_live import only_live

def f(x):
    only_live("f")
    return [x, "live"]
"""


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_import_modes_and_homes(project: Project, mode: str) -> None:
    """In test modules, conftests and helpers, rewritten assertions and all."""
    project.write(
        {
            "conftest.py": """
                import pytest
                from only_live import only_live

                pytest.register_assert_rewrite("helpers")

                def in_conftest(x):
                    only_live("in_conftest")
                    return [x, "conftest"]

                @pytest.fixture
                def given():
                    return in_conftest(1)
            """,
            "helpers.py": """
                from only_live import only_live

                def check(left, right):
                    only_live("check")
                    assert left == right
                    return [left]
            """,
            "m.py": """
                from only_live import only_live

                def documented(x):
                    '''
                    >>> import m
                    >>> m.documented(1)
                    [1]
                    '''
                    only_live("documented")
                    return [x]

                def parameters():
                    only_live("parameters")
                    return [1, 2]
            """,
            "test_homes.py": """
                import unittest
                import pytest
                import helpers, m
                from only_live import only_live

                def own(x):
                    only_live("own")
                    return [x, "own"]

                def test_own(given):
                    assert own(1) == [1, "own"]
                    assert given == [1, "conftest"]

                def test_helper():
                    assert helpers.check([1], [1]) == [[1]]
                    with pytest.raises(AssertionError, match=r"\\[1\\] == \\[2\\]"):
                        helpers.check([1], [2])

                @pytest.mark.parametrize("number", m.parameters())
                def test_parameters(number):
                    assert number in (1, 2)

                def test_handed_on():
                    pytest.raises(AssertionError, helpers.check, 1, 3)

                class TestOld(unittest.TestCase):
                    def expensive(self, x):
                        only_live("expensive")
                        return [x]

                    def setUp(self):
                        self.value = m.documented(2)

                    def test_method(self):
                        self.assertEqual(self.expensive(1), [1])
                        self.assertEqual(self.value, [2])
            """,
        }
    )
    project.configure(
        *("conftest:in_conftest", "helpers:check", "m:documented", "m:parameters"),
        *("test_homes:own", "test_homes:TestOld.expensive ignore=self"),
    )
    arguments = ["--doctest-modules", f"--import-mode={mode}", "--ignore=only_live.py"]
    env = {
        "PYTHONPATH": os.pathsep.join(
            [str(project.path), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
    }
    run = project.record(*arguments, env=env).passed(7)
    assert sorted(run.live) == sorted(
        [
            *("in_conftest", "check", "check", "check", "documented", "documented"),
            *("parameters", "own", "expensive"),
        ]
    )
    project.replay(*arguments, env=env).passed(7)


def test_in_process_within_a_run(project: Project) -> None:
    """A test that runs pytest in-process, with the same target inside and outside."""
    project.write(
        {
            "m.py": EXPENSIVE,
            "test_nested.py": """
                import sys
                import pytest
                import m

                pytest_plugins = ["pytester"]

                INNER = '''
                import m

                def test_inner():
                    assert m.f(2) == [2, "live"]
                    assert m.f(1) == [1, "live"]
                '''

                def run_inner(pytester, *args, passed=1):
                    pytester.makeini("[pytest]\\nmimic_functions = m:f")
                    pytester.makepyfile(test_inner=INNER)
                    result = pytester.runpytest_inprocess(*args)
                    result.assert_outcomes(**({"passed": 1} if passed else {"failed": 1}))
                    return result

                def test_nested(pytester, monkeypatch):
                    code, before = m.f.__code__, m.f(1)
                    run_inner(pytester, passed=False)
                    result = run_inner(pytester, "--mimic-record")
                    result.stdout.fnmatch_lines(["mimic: 2 recorded"])
                    assert m.f.__code__ is code
                    monkeypatch.setenv("FORBID_LIVE", "1")
                    result = run_inner(pytester)
                    result.stdout.fnmatch_lines(["mimic: 2 replayed*"])
                    assert m.f.__code__ is code
                    assert m.f(1) == before
            """,
        }
    )
    project.configure("m:f")
    # The inner live call is the outer's call too: recorded there, by whoever comes first.
    # (Inside of a test, pytest 9.0.0 warns of its own command line on Python 3.13.)
    project.record().result.assert_outcomes(passed=1)
    project.replay().result.assert_outcomes(passed=1)


def test_main_twice(project: Project) -> None:
    project.write(
        {
            "m.py": EXPENSIVE,
            "test_m.py": "import m\ndef test_it():\n    assert m.f(1) == [1, 'live']",
            "broken/conftest.py": "import m\nraise RuntimeError('broken')",
            "broken/test_b.py": "def test_b(): pass",
            "twice.py": """
                import sys, time
                import pytest
                import m

                code, path, clock = m.f.__code__, sys.meta_path, time.time
                finders = list(path)

                def as_before():
                    assert m.f.__code__ is code
                    assert sys.meta_path is path
                    assert [each for each in path if type(each).__name__ == "MimicFinder"] == []
                    assert time.time is clock

                assert pytest.main(["--mimic-record", "test_m.py"]) == 0
                as_before()
                import os
                os.environ["FORBID_LIVE"] = "1"
                for _ in range(2):
                    assert pytest.main(["test_m.py"]) == 0
                    as_before()
                assert pytest.main(["broken/test_b.py"]) != 0
                as_before()
                assert pytest.main(["test_m.py", "--no-such-flag"]) == 4
                as_before()
                assert pytest.main(["test_m.py", "-o", "mimic_functions=m:nothing"]) == 4
                as_before()
                print("all as before")
            """,
        }
    )
    project.configure("m:f", "time:time")
    run = project.pytester.runpython(project.path / "twice.py")
    assert "all as before" in run.stdout.str(), run.stderr.str()


def test_workers(project: Project) -> None:
    project.write(
        {
            "m.py": EXPENSIVE,
            **{
                f"test_{name}.py": f"""
                    import time
                    import m

                    def test_{name}():
                        assert m.f("{name}") == ["{name}", "live"]
                        assert m.f("all") == ["all", "live"]
                        time.time()
                """
                for name in "abc"
            },
        }
    )
    project.configure("m:f", "time:time")
    run = project.record("-n2").passed(3)
    assert sorted(path.parent.name for path in project.recordings()) == ["f"] * 4 + ["time"]
    assert run.mimic_lines
    project.replay("-n2", "--mimic-fail-on-unused").passed(3)
