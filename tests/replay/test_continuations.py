"""Equal calls whose streams are consumed to different lengths: the longest is what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project
    from tests.replay.conftest import Runs

STREAMS = """
    from only_live import only_live

    def numbers(n):
        only_live("numbers")
        for i in range(n):
            yield [i]
        return "done"

    async def anumbers(n):
        only_live("anumbers")
        for i in range(n):
            yield i

    async def opened(n):
        only_live("opened")
        return anumbers(n)

    class Stream:
        def __init__(self, n):
            self.items = iter(range(n))
        def __iter__(self):
            return self
        def __next__(self):
            return next(self.items)

    class AStream:
        def __init__(self, n):
            self.items = iter(range(n))
        def __len__(self):
            return 0
        def __aiter__(self):
            return self
        async def __anext__(self):
            for item in self.items:
                return item
            raise StopAsyncIteration

    def stream(n):
        only_live("stream")
        return Stream(n)

    async def astream(n):
        only_live("astream")
        return AStream(n)

    def failing(n):
        only_live("failing")
        yield n
        yield n + 1
        raise ValueError("over")
"""
TARGETS = ["numbers", "anumbers", "opened", "stream", "astream", "failing"]
TESTS = """
    import asyncio, pytest
    from itertools import islice
    from streams import anumbers, astream, failing, numbers, opened, stream

    def take(stream, n):
        return list(islice(stream, n))

    async def atake(stream, n):
        items = []
        async for item in stream:
            items.append(item)
            if len(items) == n:
                break
        else:
            items.append("end")
        if hasattr(stream, "aclose"):
            await stream.aclose()
        return items

    @pytest.mark.parametrize("count", [2, 1, 3, 4, 4])
    def test_generator(count):
        assert take(numbers(4), count) == [[i] for i in range(count)]

    def test_value():
        stream, items = numbers(4), []
        while True:
            try:
                items.append(next(stream))
            except StopIteration as stop:
                assert (stop.value, items) == ("done", [[0], [1], [2], [3]])
                return

    def test_two_at_once():
        short, long = numbers(5), numbers(5)
        assert (next(short), take(long, 3)) == ([0], [[0], [1], [2]])
        short.close()
        long, short = numbers(6), numbers(6)
        assert (take(long, 3), next(short)) == ([[0], [1], [2]], [0])
        long.close()
        short.close()

    def test_driven_on():
        assert take(numbers(7), 1) == [[0]]
        longer = numbers(7)
        assert [next(longer), next(longer), longer.send(None)] == [[0], [1], [2]]
        with pytest.raises(KeyError):
            longer.throw(KeyError("thrown"))

    def test_object():
        assert take(stream(3), 1) == [0]
        assert take(stream(3), 5) == [0, 1, 2]

    def test_error():
        assert take(failing(1), 1) == [1]
        with pytest.raises(ValueError, match="over"):
            list(failing(1))

    def test_async():
        async def main():
            assert await atake(anumbers(4), 2) == [0, 1]
            assert await atake(anumbers(4), 3) == [0, 1, 2]
            assert await atake(anumbers(4), 9) == [0, 1, 2, 3, "end"]
            assert await atake(anumbers(5), 1) == [0]
            left = anumbers(5)
            assert [await left.asend(None) for _ in range(3)] == [0, 1, 2]
            with pytest.raises(KeyError):
                await left.athrow(KeyError("thrown"))
        asyncio.run(main())

    def test_async_awaited():
        async def main():
            assert await atake(await opened(3), 1) == [0]
            assert await atake(await opened(3), 3) == [0, 1, 2]
        asyncio.run(main())

    def test_async_object():
        async def main(count):
            return await atake(await astream(3), count)
        # A loop closes at its end what takes the items.
        assert asyncio.run(main(1)) == [0]
        assert asyncio.run(main(3)) == [0, 1, 2]
"""


def test_a_longer_consumer_extends_what_is_recorded(
    alike: Callable[..., Runs], project: Project
) -> None:
    alike(
        {"streams.py": STREAMS, "test_streams.py": TESTS},
        *(f"streams:{name}" for name in TARGETS),
        tests=13,
    )
    project.run("--mimic-rerecord", in_process=True).passed(13)
    project.replay(in_process=True).passed(13)
    project.run("--mimic-verify", in_process=True).passed(13)


TAKE_ONE = "s = m.numbers([]); next(s)"
CANNOT_GO_ON = {
    "it was sent a value": (
        "def numbers(given):\n    got = yield 1\n    got = yield got",
        "s = m.numbers([]); next(s); s.send(5)",
        "next(s)",
        "2 items were taken",
    ),
    "it changes an argument": (
        "def numbers(given):\n    given.append(1)\n    yield 1\n    yield 2",
        TAKE_ONE,
        "next(s)",
        "1 items were taken",
    ),
    "it prints": (
        "def numbers(given):\n    print('hello')\n    yield 1\n    yield 2",
        TAKE_ONE,
        "next(s)",
        "1 items were taken",
    ),
    "its argument is another by now": (
        "def numbers(given):\n    yield 1\n    yield 2",
        "given = []; s = m.numbers(given); next(s)",
        "given.append(2); next(s)",
        "1 items were taken",
    ),
    "its argument has no key by now": (
        "def numbers(given):\n    yield 1\n    yield 2",
        "given = []; s = m.numbers(given); next(s)",
        "given.append(object()); next(s)",
        "1 items were taken",
    ),
    "it gives others": (
        "c = iter(range(9))\ndef numbers(given):\n    yield next(c)\n    yield next(c)",
        TAKE_ONE,
        "next(s)",
        "run again for the further items, it gave others before",
    ),
    "it fails": (
        "c = iter(range(1, 3))\ndef numbers(given):\n    yield 1 // (next(c) % 2)\n    yield 2",
        TAKE_ONE,
        "next(s)",
        "run again for it, the call raised ZeroDivisionError: *",
    ),
    "it fails at once": (
        "c = iter(range(1, 3))\ndef numbers(given):\n    return iter([1 // (next(c) % 2), 2])",
        TAKE_ONE,
        "next(s)",
        "run again for it, the call raised ZeroDivisionError: *",
    ),
}


@pytest.mark.parametrize(
    ("source", "shorter", "more", "reason"),
    [pytest.param(*case, id=name) for name, case in CANNOT_GO_ON.items()],
)
def test_what_cannot_go_on_is_a_miss_that_says_so(
    project: Project, source: str, shorter: str, more: str, reason: str
) -> None:
    test = f"def test_shorter():\n    {shorter}\ndef test_longer():\n    {shorter}\n    {more}\n"
    project.write({"m.py": source, "test_m.py": f"import m\n{test}"})
    project.configure("m:numbers")
    run = project.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has(f"*{reason}*")
    run = project.replay(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has("*items were taken when it was recorded, and now another is asked for*")
    run.has("*If its test makes equal calls that are to go different ways, add 'sequence'*")


def test_what_would_have_to_be_awaited_is_a_miss_that_says_so(project: Project) -> None:
    project.write(
        {
            "m.py": """
                async def opened():
                    return iter([1, 2])
            """,
            "test_m.py": """
                import asyncio, m
                from itertools import islice
                def test_shorter(): assert list(islice(asyncio.run(m.opened()), 1)) == [1]
                def test_longer(): assert list(asyncio.run(m.opened())) == [1, 2]
            """,
        }
    )
    project.configure("m:opened")
    run = project.record("-W", "error", in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has("*the call raised TypeError: its stream has to be awaited first*")


def test_a_coroutine_that_fails_is_a_miss_that_says_so(project: Project) -> None:
    project.write(
        {
            "m.py": """
                calls = []
                async def opened():
                    calls.append(1)
                    if len(calls) > 1: raise OSError("gone")
                    return numbers()
                async def numbers():
                    yield 1
                    yield 2
            """,
            "test_m.py": """
                import asyncio, m
                async def take(count):
                    stream = await m.opened()
                    for _ in range(count):
                        await anext(stream)
                    await stream.aclose()
                def test_shorter(): asyncio.run(take(1))
                def test_longer(): asyncio.run(take(2))
            """,
        }
    )
    project.configure("m:opened")
    run = project.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has("*run again for it, the call raised OSError: gone*")
