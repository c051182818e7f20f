"""``mimic()`` and its marker: a target for a block, a function or a test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import pytest_mimic

if TYPE_CHECKING:
    from tests.conftest import Project

MODULE = """
    from only_live import only_live

    def f(x, when=None):
        only_live("f")
        return x + 1

    def g(x):
        only_live("g")
        return x + 2
"""


@pytest.mark.parametrize("configured", [[], ["m:g"]], ids=["unconfigured", "configured"])
def test_a_target_is_mimicked_where_it_is_named(project: Project, configured: list[str]) -> None:
    project.write(
        {
            "m.py": MODULE,
            "test_m.py": """
                import asyncio, os
                import pytest
                import m
                from pytest_mimic import mimic

                def test_block():
                    code = m.f.__code__
                    with mimic("m:f", ignore=["when"]) as entered:
                        assert m.f(1, when=os.getpid()) == 2
                        with entered, mimic("m:f", ignore=["when"]):
                            assert m.f(1) == 2
                        assert m.f(1) == 2
                    assert m.f.__code__ is code

                @mimic("m:f")
                def test_decorated():
                    assert m.f(2) == 3

                @mimic("m:f")
                async def later():
                    await asyncio.sleep(0)
                    return m.f(3)

                def test_async():
                    assert asyncio.run(later()) == 4

                @pytest.fixture
                def four():
                    return m.f(4)

                @pytest.mark.mimic("m:f")
                def test_marked(four):
                    assert (four, m.f(5)) == (5, 6)

                def test_an_exception_leaves_no_trace():
                    code = m.f.__code__
                    with pytest.raises(ZeroDivisionError), mimic("m:f"):
                        1 / 0
                    assert m.f.__code__ is code
            """,
        }
    )
    project.configure(*configured)
    assert project.record("--strict-markers").passed(5).live == ["f"] * 5
    project.replay().passed(5)


def test_a_marker_on_a_target_that_is_not_there_is_an_error(project: Project) -> None:
    project.write(
        {
            "m.py": MODULE,
            "test_m.py": """
                import pytest, m

                @pytest.mark.mimic("m:h")
                def test_it():
                    pass
            """,
        }
    )
    run = project.replay()
    assert run.outcomes == {"errors": 1}
    run.has("*MimicUsageError*m:h*")


def test_what_mimic_is_given_is_checked() -> None:
    with pytest.raises(pytest_mimic.MimicUsageError, match="no module"):
        pytest_mimic.mimic("fetch")
    with pytest.raises(AttributeError, match="no attribute 'mimick'"):
        _ = pytest_mimic.mimick


def test_without_a_run_mimic_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    mimicked = pytest_mimic.mimic("m:f")  # imports what it needs, while imports work
    monkeypatch.setattr("sys.meta_path", [object()])
    with pytest.raises(pytest_mimic.MimicUsageError, match="while pytest runs"):
        mimicked.__enter__()


def test_a_decorated_function_keeps_its_kind() -> None:
    @pytest_mimic.mimic("m:f", "x")
    async def later() -> None:
        """Waits."""

    assert asyncio.iscoroutinefunction(later)
    assert later.__doc__ == "Waits."


def test_one_block_after_another_may_ignore_other_parameters(project: Project) -> None:
    project.write(
        {
            "m.py": MODULE,
            "test_m.py": """
                import m
                from pytest_mimic import mimic

                def test_it():
                    for ignored in [], ["when"]:
                        with mimic("m:f", ignore=ignored):
                            m.f(1, when=1)
                            m.f(1, when=2)
            """,
        }
    )
    assert project.record().passed(1).live == ["f"] * 3
    project.replay().passed(1)
