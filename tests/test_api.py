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


def test_what_yields_is_covered_from_its_first_step_to_its_last(project: Project) -> None:
    project.write(
        {
            "m.py": MODULE,
            "test_m.py": """
                import asyncio, contextlib, inspect
                import pytest
                import m
                from pytest_mimic import mimic

                ORIGINAL = m.f.__code__

                @pytest.fixture
                @mimic("m:f")
                def fixture():
                    yield m.f(1)
                    assert m.f(2) == 3

                def test_fixture(fixture):
                    assert (fixture, m.f(3)) == (2, 4)

                @mimic("m:f")
                def steps():
                    try:
                        sent = yield m.f(4)
                        yield sent
                    except KeyError:
                        yield "caught"
                    return "done"

                def test_generator():
                    assert inspect.isgeneratorfunction(steps)
                    stream = steps()
                    assert m.f.__code__ is ORIGINAL
                    assert (next(stream), stream.send(7)) == (5, 7)
                    assert stream.throw(KeyError) == "caught"
                    with pytest.raises(StopIteration, match="done"):
                        next(stream)
                    assert m.f.__code__ is ORIGINAL

                @mimic("m:f")
                async def asteps():
                    try:
                        sent = yield m.f(5)
                        yield sent
                    except KeyError:
                        yield "caught"

                async def drive():
                    stream = asteps()
                    assert await stream.__anext__() == 6
                    assert (await stream.asend(7), await stream.athrow(KeyError)) == (7, "caught")
                    assert [each async for each in stream] == []
                    left = asteps()
                    await left.__anext__()
                    await left.aclose()
                    failing = asteps()
                    await failing.__anext__()
                    with pytest.raises(ValueError):
                        await failing.athrow(ValueError)

                def test_async_generator():
                    assert inspect.isasyncgenfunction(asteps)
                    asyncio.run(drive())
                    assert m.f.__code__ is ORIGINAL

                def test_left_early():
                    stream = steps()
                    next(stream)
                    assert m.f.__code__ is not ORIGINAL
                    stream.close()
                    assert m.f.__code__ is ORIGINAL

                @contextlib.contextmanager
                @mimic("m:f")
                def opened():
                    yield m.f(6)

                def test_context_manager():
                    with opened() as six, opened() as same:
                        assert six == same == m.f(6) == 7
                    assert m.f.__code__ is ORIGINAL
            """,
        }
    )
    project.configure()
    assert project.record(in_process=True).passed(5).live == ["f"] * 6
    project.replay(in_process=True).passed(5)


def test_blocks_may_be_left_in_any_order(project: Project) -> None:
    project.write(
        {
            "m.py": MODULE,
            "test_m.py": """
                import asyncio
                import m
                from pytest_mimic import mimic

                async def one(other, mine):
                    with mimic("m:f"):
                        other.set()
                        await mine.wait()
                        m.f(1)

                async def main():
                    first, second = asyncio.Event(), asyncio.Event()
                    tasks = [one(second, first), one(first, second)]
                    await asyncio.gather(*map(asyncio.create_task, tasks))

                def test_tasks():
                    code = m.f.__code__
                    asyncio.run(main())
                    assert m.f.__code__ is code

                def test_what_could_not_be_entered_leaves_nothing():
                    code = m.f.__code__
                    try:
                        with mimic("m:f"), mimic("m:h"):
                            assert False
                    except Exception as error:
                        assert "m:h" in str(error)
                    with mimic("m:f"):
                        m.f(1)
                    assert m.f.__code__ is code
            """,
        }
    )
    project.configure()
    assert project.record(in_process=True).passed(2).live == ["f"]


def test_a_class_is_marked_and_not_decorated() -> None:
    with pytest.raises(pytest_mimic.MimicUsageError, match=r"@pytest\.mark\.mimic\('m:f'\)"):

        @pytest_mimic.mimic("m:f")
        class Tests:
            pass


def test_a_fixture_is_made_of_what_is_decorated() -> None:
    with pytest.raises(pytest_mimic.MimicUsageError, match=r"one is a fixture .* below @pytest"):

        @pytest_mimic.mimic("m:f")
        @pytest.fixture
        def one():
            return 1


def test_a_marker_on_a_class_or_module_covers_its_tests(project: Project) -> None:
    project.write(
        {
            "m.py": MODULE,
            "test_m.py": """
                import pytest
                import m

                pytestmark = pytest.mark.mimic("m:f", ignore=["when"])

                @pytest.mark.mimic("m:g")
                class TestBoth:
                    def test_it(self):
                        assert (m.f(1), m.g(1)) == (2, 3)

                def test_f_alone():
                    m.f(1)
            """,
        }
    )
    project.configure()
    assert project.record("--strict-markers", in_process=True).passed(2).live == ["f", "g"]
    project.replay("--strict-markers", in_process=True).passed(2)


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
