import anyio
import lab
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture
async def greeting(anyio_backend):
    yield await lab.ask("anyio", f"fixture {anyio_backend}")
    assert await lab.ask("anyio", "teardown") == "anyio: teardown"


async def test_in_a_group(greeting, anyio_backend):
    assert greeting == f"anyio: fixture {anyio_backend}"
    answers = {}

    async def put(number):
        answers[number] = await lab.ask("anyio", number)

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(put, number)
    assert answers == {number: f"anyio: {number}" for number in range(4)}


async def test_streams(anyio_backend):
    assert [word async for word in lab.words("anyio a b")] == ["anyio", "a", "b"]
    with pytest.raises(LookupError):
        await lab.ask("anyio")
