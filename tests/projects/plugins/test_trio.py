import lab
import pytest
import trio

pytestmark = pytest.mark.trio


async def test_in_a_nursery():
    answers = []

    async def put(number):
        answers.append(await lab.ask("trio", number))

    async with trio.open_nursery() as nursery:
        for number in (1, 1, 2):
            nursery.start_soon(put, number)
    assert sorted(answers) == ["trio: 1", "trio: 1", "trio: 2"]


async def test_streams():
    assert [word async for word in lab.words("trio a b")] == ["trio", "a", "b"]
    with trio.move_on_after(60), pytest.raises(LookupError):
        await lab.ask("trio")
