"""``--mimic-verify``: every call live, compared with its recording, and nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

MODULE = """
    import contextlib
    import random

    from only_live import only_live

    FACTOR = {factor}

    class Line:
        def fit(self, points):
            only_live("fit")
            self.slopes = [point * FACTOR for point in points]
            return self

    def value(x):
        only_live("value")
        return {{"model": {{"lr": 0.1 * FACTOR, "layers": (1, 2)}}, "x": x}}

    def failing(x):
        raise ValueError(f"factor {{FACTOR}}")

    def drawing():
        random.seed(FACTOR)
        return "drawn"

    def items(n):
        for number in range(n):
            yield number * FACTOR
        return "end"

    async def later(x):
        return x * FACTOR

    def awaitable(x):
        return later(x)

    async def ticks(n):
        for number in range(n):
            yield number * FACTOR

    @contextlib.contextmanager
    def opened(x):
        yield x * FACTOR

    def poll():
        COUNT.append(1)
        return len(COUNT) * FACTOR

    COUNT = []
"""
TARGETS = ("m:Line.*", "m:*", "m:poll sequence")
TESTS = """
    import asyncio
    import pytest, m

    def test_value():
        assert m.value(1)["x"] == m.value(x=1)["x"] == 1

    def test_effect():
        line = m.Line()
        assert line.fit([1, 2]) is line
        assert len(line.slopes) == 2

    def test_failing():
        with pytest.raises(ValueError):
            m.failing(1)

    def test_drawing():
        assert m.drawing() == "drawn"

    def test_items():
        assert len(list(m.items(3))) == 3

    def test_awaited():
        asyncio.run(m.later(1))

        async def wait():
            return await m.awaitable(1), [tick async for tick in m.ticks(2)]

        asyncio.run(wait())

    def test_opened():
        with m.opened(1):
            pass

    def test_poll():
        assert [m.poll() > 0, m.poll() > 0] == [True, True]
"""


@pytest.fixture
def recorded(project: Project) -> Project:
    project.write({"m.py": MODULE.format(factor=1), "test_m.py": TESTS})
    project.configure(*TARGETS)
    project.record(in_process=True).passed(8)
    return project


def contents(project: Project) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in project.vault.rglob("*.*") if path.is_file()}


def test_what_goes_as_recorded_passes(recorded: Project) -> None:
    before = contents(recorded)
    run = recorded.run("--mimic-verify", "--mimic-fail-on-unused", in_process=True).passed(8)
    print(run.stdout)
    assert run.live == ["value", "value", "fit"]
    assert run.mimic_lines[1:] == ["mimic: 12 verified", "mimic: 0 recordings unused"]
    assert contents(recorded) == before


def test_every_difference_fails_its_test_and_is_shown_by_path(recorded: Project) -> None:
    before = contents(recorded)
    recorded.write({"m.py": MODULE.format(factor=2)})
    run = recorded.run("--mimic-verify", in_process=True)
    print(run.stdout)
    assert run.outcomes == {"failed": 8}
    assert contents(recorded) == before
