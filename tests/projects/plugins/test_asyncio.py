import asyncio
import contextlib

import lab
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def greeting():
    answer = await lab.ask("asyncio", "fixture")
    yield answer
    assert await lab.ask("asyncio", "teardown") == "asyncio: teardown"


async def test_awaits(greeting):
    assert greeting == "asyncio: fixture"
    with pytest.raises(LookupError):
        await lab.ask("asyncio")


async def test_streams():
    assert [word async for word in lab.words("asyncio a b")] == ["asyncio", "a", "b"]


async def test_at_once():
    async def collect():
        return [word async for word in lab.words("asyncio at once")]

    answers = await asyncio.gather(
        *(lab.ask("asyncio", number % 3) for number in range(6)), collect(), collect()
    )
    assert answers[:6] == [f"asyncio: {number % 3}" for number in range(6)]
    assert answers[6:] == [["asyncio", "at", "once"]] * 2


async def test_left_early():
    async with asyncio.timeout(60) if hasattr(asyncio, "timeout") else contextlib.nullcontext():
        stream = lab.words("asyncio leaves early")
        assert await anext(stream) == "asyncio"
        await stream.aclose()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.sleep(60), 0)
    task = asyncio.ensure_future(lab.ask("asyncio", "task"))
    assert await task == "asyncio: task"
