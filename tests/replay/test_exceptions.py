"""Exceptions through the plugin: how they come back, and which of them are kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project
    from tests.replay.conftest import Runs

RAISES = """
    from only_live import only_live

    class Odd(Exception):
        def __init__(self, code, *, reason):
            super().__init__(f"{code}: {reason}")
            self.code = code
            self.reason = reason

    class Slotted(ValueError):
        __slots__ = ("place",)

    def chained(how):
        only_live("chained")
        try:
            {}["missing"]
        except KeyError as error:
            if how == "cause":
                raise ValueError("outer") from error
            if how == "none":
                raise ValueError("outer") from None
            raise ValueError("outer")

    def odd(code):
        only_live("odd")
        raise Odd(code, reason="because")

    def slotted():
        only_live("slotted")
        error = Slotted("bad", 3)
        error.place = [1]
        raise error

    def noted():
        only_live("noted")
        error = OSError(2, "gone", "file.txt")
        error.__notes__ = ["look there"]
        raise error

    def group():
        only_live("group")
        raise ExceptionGroup("many", [ValueError(1), ExceptionGroup("in", [Odd(7, reason="deep")])])
"""
RAISE_TESTS = """
    import sys
    import pytest
    import raises

    def caught(function, *args):
        with pytest.raises(Exception) as info:
            function(*args)
        return info.value

    def test_chains():
        for _ in range(2):
            error = caught(raises.chained, "cause")
            assert type(error) is ValueError and error.args == ("outer",)
            assert type(error.__cause__) is KeyError and error.__cause__.args == ("missing",)
            assert error.__context__ is error.__cause__ and error.__suppress_context__
            error = caught(raises.chained, "context")
            assert error.__cause__ is None and not error.__suppress_context__
            assert repr(error.__context__) == "KeyError('missing')"
            error = caught(raises.chained, "none")
            assert error.__cause__ is None and error.__suppress_context__

    def test_classes():
        for _ in range(2):
            error = caught(raises.odd, 5)
            assert type(error) is raises.Odd and str(error) == "5: because"
            assert (error.code, error.reason) == (5, "because")
            error = caught(raises.slotted)
            assert type(error) is raises.Slotted and error.args == ("bad", 3)
            assert error.place == [1]
            error = caught(raises.noted)
            assert type(error) is FileNotFoundError
            assert (error.errno, error.filename) == (2, "file.txt")
            assert error.__notes__ == ["look there"]

    def test_fresh():
        first, second = caught(raises.odd, 6), caught(raises.odd, 6)
        assert first is not second
        first.code = "mine"
        assert caught(raises.odd, 6).code == 6

    def test_raised_inside_of_a_handler():
        for _ in range(2):
            with pytest.raises(raises.Odd) as info:
                try:
                    raise RuntimeError("mine")
                except RuntimeError:
                    raises.odd(8)
            assert type(info.value.__context__) is RuntimeError

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are of Python 3.11")
    def test_group():
        for _ in range(2):
            error = caught(raises.group)
            assert type(error) is ExceptionGroup and error.message == "many"
            one, inner = error.exceptions
            assert one.args == (1,) and inner.exceptions[0].reason == "deep"
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are of Python 3.11")
def test_what_comes_back(alike: Callable[..., Runs]) -> None:
    alike({"raises.py": RAISES, "test_raises.py": RAISE_TESTS}, "raises:*", tests=5)


KEPT = """
    import asyncio, sys
    import pytest
    from only_live import only_live

    def value(x):
        only_live("value")
        return x

    def fail(x):
        only_live("fail")
        raise ConnectionError(x)

    class Aborted(BaseException):
        pass

    NEVER = {
        "interrupt": KeyboardInterrupt, "exit": SystemExit, "generator": GeneratorExit,
        "cancelled": asyncio.CancelledError, "aborted": Aborted,
        "failed": pytest.fail.Exception, "skipped": pytest.skip.Exception,
    }

    def never(name):
        only_live("never")
        raise NEVER[name]("never")

    ATTEMPTS = []

    def flaky(x):
        only_live("flaky")
        ATTEMPTS.append(x)
        if len(ATTEMPTS) < 3:
            raise TimeoutError(x)
        return "answer"
"""
KEPT_TESTS = """
    import pytest
    import kept

    def test_value_of_a_failed_test():
        kept.value("paid for")
        assert False, "a typo"

    def test_exception_of_a_failed_test():
        with pytest.raises(ConnectionError):
            kept.fail("failed test")
        assert False, "a typo"

    def test_exception_not_expected():
        kept.fail("network is down")

    def test_exception_expected():
        with pytest.raises(ConnectionError):
            kept.fail("expected")

    @pytest.fixture
    def broken():
        with pytest.raises(ConnectionError):
            kept.fail("in a fixture that fails")
        raise ValueError("fixture")

    def test_fixture(broken):
        pass

    @pytest.fixture
    def fine():
        with pytest.raises(ConnectionError):
            kept.fail("in a fixture that passes")
        yield
        with pytest.raises(ConnectionError):
            kept.fail("in a teardown")

    def test_passed_fixture(fine):
        assert False, "the phase of the fixture passed"

    @pytest.mark.parametrize("name", sorted(kept.NEVER))
    def test_never(name):
        with pytest.raises(BaseException):
            kept.never(name)

    def test_flaky():
        for _ in range(5):
            try:
                answer = kept.flaky(1)
            except TimeoutError:
                continue
            assert answer == "answer"
            return
"""


def test_what_is_kept(project: Project) -> None:
    project.write({"kept.py": KEPT, "test_kept.py": KEPT_TESTS})
    project.configure("kept:value", "kept:fail", "kept:never", "kept:flaky")
    run = project.record()
    assert run.outcomes == {"passed": 9, "failed": 4, "errors": 1}
    assert len(project.recordings("kept/value")) == 1
    kept = sorted(
        card.read_text("utf-8").partition('"x": {')[2].partition("}")[0]
        for card in (project.vault / "kept" / "fail").glob("*.json")
    )
    assert len(kept) == 3
    assert "expected" in kept[0] + kept[1] + kept[2]
    assert not project.recordings("kept/never")
    assert len(project.recordings("kept/flaky")) == 1
    # 1 value, 3 of 6 exceptions, the answer; 3 exceptions, 7 outcomes, 2 attempts.
    assert "5 recorded, 12 run live" in run.stdout, run.mimic_lines
    project.replay("test_kept.py::test_exception_expected", "test_kept.py::test_flaky").passed(2)
