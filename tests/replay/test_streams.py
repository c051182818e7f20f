"""Streams through the plugin: item by item, as lazily as live, whatever their consumer does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project
    from tests.replay.conftest import Runs

STREAMS = """
    from only_live import only_live

    def count(stop, log=None):
        only_live("count")
        for number in range(stop):
            yield [number]
        return "done"

    def echo(start):
        only_live("echo")
        said = start
        while said != "stop":
            try:
                said = yield f"heard {said}"
            except LookupError as error:
                said = yield f"caught {error.args[0]}"
        return "stopped"

    def breaks(at):
        only_live("breaks")
        for number in range(at):
            yield number
        raise OSError(5, "broken")

    def cleans(log):
        only_live("cleans")
        try:
            yield 1
            yield 2
        finally:
            log.append("cleaned")

    def fills(target):
        only_live("fills")
        for number in range(3):
            target.append(number)
            yield target

    def mapped(values):
        only_live("mapped")
        return map(str, values)

    def zipped(one, other):
        only_live("zipped")
        return zip(one, other)

    def made(values):
        only_live("made")
        values.append("seen")
        return (value * 2 for value in values)

    def delegates(stop):
        only_live("delegates")
        found = yield from count(stop)
        yield found

    class Pages:
        def __init__(self, pages):
            self.left = pages

        def __iter__(self):
            return self

        def __next__(self):
            if not self.left:
                raise StopIteration
            self.left -= 1
            return self.left

    def paged(pages):
        only_live("paged")
        return Pages(pages)
"""
STREAM_TESTS = """
    import itertools, types
    import pytest
    import streams

    def ended(generator):
        with pytest.raises(StopIteration) as stop:
            while True:
                next(generator)
        return stop.value.value

    def test_items_and_value():
        for _ in range(2):
            generator = streams.count(3)
            assert isinstance(generator, types.GeneratorType)
            assert next(generator) == [0]
            assert list(generator) == [[1], [2]]
            assert ended(streams.count(3)) == "done"
            assert list(streams.delegates(2)) == [[0], [1], "done"]

    def test_items_are_fresh():
        first = list(streams.count(4))
        first[0].append("mine")
        assert list(streams.count(4))[0] == [0]

    def test_send_and_throw():
        for _ in range(2):
            generator = streams.echo("a")
            assert next(generator) == "heard a"
            assert generator.send("b") == "heard b"
            assert generator.throw(LookupError("c")) == "caught c"
            assert next(generator) == "heard None"
            with pytest.raises(StopIteration) as stop:
                generator.send("stop")
            assert stop.value.value == "stopped"

    def test_throw_not_handled():
        for _ in range(2):
            generator = streams.echo("z")
            next(generator)
            mine = ZeroDivisionError("mine")
            with pytest.raises(ZeroDivisionError) as info:
                generator.throw(mine)
            assert info.value is mine
            assert list(generator) == []

    def test_error_at_item():
        for _ in range(2):
            generator, items = streams.breaks(2), []
            with pytest.raises(OSError) as info:
                for item in generator:
                    items.append(item)
            assert items == [0, 1] and info.value.errno == 5

    def test_early_break():
        for _ in range(2):
            log = []
            for item in streams.cleans(log):
                break
            assert item == 1 and log == ["cleaned"]
            assert list(itertools.islice(streams.count(100), 2)) == [[0], [1]]

    def test_closed_before_the_first_item():
        for _ in range(2):
            generator = streams.count(50)
            generator.close()
            assert list(generator) == []

    def test_never_started():
        streams.count(60)

    def test_yields_its_argument():
        for _ in range(2):
            mine = []
            for length, got in enumerate(streams.fills(mine), 1):
                assert got is mine and len(mine) == length

    def test_iterators():
        for _ in range(2):
            assert list(streams.mapped([1, 2])) == ["1", "2"]
            x = [1]
            ((one, other),) = streams.zipped([x], "a")
            assert one is x and other == "a"
            values = ["v"]
            doubled = streams.made(values)
            assert values == ["v", "seen"]
            assert list(doubled) == ["vv", "seenseen"]
            pages = streams.paged(2)
            assert iter(pages) is pages
            assert list(pages) == [1, 0]

    def test_two_at_once():
        for _ in range(2):
            one, other = streams.count(5), streams.count(6)
            assert next(one) == [0] and next(other) == [0]
            assert len(list(one)) == 4 and len(list(other)) == 5
"""


def test_generators_and_iterators(alike: Callable[..., Runs]) -> None:
    alike(
        {"streams.py": STREAMS, "test_streams.py": STREAM_TESTS},
        "streams:*",
        tests=11,
    )


def test_more_than_was_recorded_is_a_miss_that_says_so(project: Project) -> None:
    project.write(
        {
            "streams.py": STREAMS,
            "test_streams.py": """
                import itertools
                import streams

                def test_taken():
                    assert list(itertools.islice(streams.count(100), 2)) == [[0], [1]]

                def test_sent():
                    echo = streams.echo("a")
                    next(echo)
                    echo.send("b")
            """,
        }
    )
    project.configure("streams:count", "streams:echo")
    project.record().passed(2)
    card = json.loads(next((project.vault / "streams" / "count").glob("*.json")).read_bytes())
    assert card["outcome"]["items"] == 2
    assert card["outcome"]["left"] is True
    project.write(
        {
            "test_streams.py": """
                import contextlib
                import itertools
                import streams

                def test_taken():
                    with contextlib.suppress(RuntimeError):
                        list(itertools.islice(streams.count(100), 3))

                def test_sent():
                    echo = streams.echo("a")
                    next(echo)
                    echo.send("c")
            """
        }
    )
    run = project.replay()
    assert run.outcomes == {"failed": 2}
    run.has("*streams:count(stop=100*does not go that far: 2 items were taken*another is asked*")
    run.has("*after item 1 another value was sent when it was recorded*")
    assert run.mimic_lines[-1].startswith("mimic: 2 replayed, 2 missed")


def test_streams_that_cannot_be_recorded_leave_nothing(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import threading
                from only_live import only_live

                CLOSED = []

                def locks():
                    try:
                        yield 1
                        yield {"lock": threading.Lock()}
                    finally:
                        CLOSED.append("locks")

                def interrupted():
                    yield 1
                    raise KeyboardInterrupt

                def failing():
                    yield 1
                    raise OSError("down")

                def spoils(target):
                    target.append(threading.Lock())
                    return iter([1, 2])
            """,
            "test_m.py": """
                import pytest, m

                def test_lock():
                    try:
                        list(m.locks())
                    finally:
                        assert m.CLOSED == ["locks"]

                def test_interrupted():
                    with pytest.raises(KeyboardInterrupt):
                        list(m.interrupted())

                def test_failing():
                    list(m.failing())

                def test_spoils():
                    m.spoils([])
            """,
        }
    )
    project.configure("m:*")
    run = project.record()
    assert run.outcomes == {"failed": 3, "passed": 1}
    run.has("*UnrecordableOutcomeError*item 2*lock*")
    assert run.mimic_lines[-2:] == [
        "mimic: 4 run live",
        "mimic: never recorded, so missed in replay: m:interrupted ended by KeyboardInterrupt",
    ]
    assert not [
        path for path in project.vault.rglob("*") if path.suffix in {".pkl", ".json", ".part"}
    ]


LONG = """
    import os

    BLOCK = 100_000

    def blocks(count):
        for number in range(count):
            yield number.to_bytes(4, "big") * (BLOCK // 4)
"""
LONG_TESTS = """
    import tracemalloc
    import long_stream

    def test_it():
        next(long_stream.blocks(1))
        tracemalloc.start()
        total = sum(map(len, long_stream.blocks(300)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert total == 300 * long_stream.BLOCK
        assert peak < 8_000_000, peak
"""


def test_memory_does_not_grow_with_a_long_stream(project: Project) -> None:
    project.write({"long_stream.py": LONG, "test_long.py": LONG_TESTS})
    project.configure("long_stream:blocks")
    project.record().passed(1)
    assert sum(path.stat().st_size for path in project.recordings()) > 30_000_000


def test_a_stream_still_held_as_the_run_ends_is_recorded_as_far_as_it_went(
    project: Project,
) -> None:
    project.write(
        {
            "streams.py": STREAMS,
            "test_streams.py": """
                import streams

                HELD = []

                def test_it():
                    HELD.append(streams.count(9))
                    assert next(HELD[0]) == [0]
            """,
        }
    )
    project.configure("streams:count")
    project.record().passed(1)
    assert len(project.recordings()) == 1
    assert not list(project.vault.rglob("*.part"))
    project.replay("--mimic-fail-on-unused").passed(1)


GUISES = """
    import itertools, threading
    from only_live import only_live
    class Stream:
        def __init__(self, n):
            self.model = "m1"
            self.api_key = "s3cret"
            self.parts = [self.model, {"of": (1, [])}]
            self.parts.append(self.parts)
            self.lock = threading.Lock()
            self.closed = False
            self._items = self._make(n)
        def _make(self, n):
            yield from range(n)
        def __iter__(self):
            for item in self._items:
                yield item
        def __next__(self):
            return next(self._items)
        def __enter__(self): return self
        def __exit__(self, *a): self.close()
        def close(self): self.closed = True
        def total(self): return sum(self)
    class AStream:
        def __init__(self, n):
            self.model = "m2"; self._items = self._make(n); self.lock = threading.Lock()
        async def _make(self, n):
            for i in range(n): yield i
        def __aiter__(self): return self
        async def __anext__(self):
            item = await self._items.__anext__()
            self.model, self.token, self.text = f"m2 at {item}", f"s3cret {item}", "-" * 2000
            return item
        async def __aenter__(self): return self
        async def __aexit__(self, *a): await self.close()
        async def close(self): self.closed = True
    class Slotted:
        __slots__ = ("left", "name")
        def __init__(self, n):
            self.left, self.name = n, "slotted"
        def __iter__(self): return self
        def __getattr__(self, name):
            if name == "upper":
                return self.name.upper()
            raise AttributeError(name)
        def __next__(self):
            if not self.left:
                raise StopIteration
            self.left -= 1
            return self.left
        def __del__(self): only_live("deleted")
    class Frozen(Slotted):
        def __init__(self, n):
            object.__setattr__(self, "left", n)
            object.__setattr__(self, "name", "frozen")
        def __setattr__(self, name, value):
            if name != "left":
                raise AttributeError(name)
            object.__setattr__(self, name, value)
    class Final:
        def __init__(self, n): self.items = iter(range(n))
        def __init_subclass__(cls): raise TypeError("nothing derives from this one")
        def __iter__(self): return self
        def __next__(self): return next(self.items)
    class AFinal:
        def __init__(self, n): self.items = iter(range(n))
        def __init_subclass__(cls): raise TypeError("nothing derives from this one")
        def __aiter__(self): return self
        async def __anext__(self):
            for item in self.items:
                return item
            raise StopAsyncIteration
    def slotted(n): return Slotted(n)
    def frozen(n): return Frozen(n)
    def final(n): return Final(n)
    async def afinal(n): return AFinal(n)
    def stream(n):
        only_live("stream")
        return Stream(n)
    async def astream(n): return AStream(n)
    def wrapped(n): return _open(n)
    async def _open(n): return AStream(n)
    def mapped(n): return map(str, range(n))
    def filtered(n): return filter(None, range(n))
    def zipped(n): return zip(range(n), range(n))
    def chained(n): return itertools.chain(range(n), [5])
"""
GUISE_TESTS = """
    import guises as m, asyncio, inspect, itertools, pytest
    def test_stream():
        s = m.stream(3)
        assert isinstance(s, m.Stream) and s.model == "m1" and type(s).__name__ == "Stream"
        assert list(s) == [0,1,2]
    def test_with():
        with m.stream(4) as s:
            assert next(s) == 0
            assert s.total() == 6
    def test_early():
        with m.stream(5) as s:
            for x in s:
                break
    def test_async():
        async def main():
            async with await m.astream(3) as s:
                assert isinstance(s, m.AStream) and s.model == "m2"
                found = [(x, s.model) async for x in s]
                return found[-1], len(found)
        assert asyncio.run(main()) == ((2, "m2 at 2"), 3)
    def test_builtin():
        assert type(m.mapped(3)) is map and list(m.mapped(3)) == ["0","1","2"]
        assert type(m.filtered(3)) is filter and list(m.filtered(3)) == [1,2]
        assert not inspect.isgenerator(m.zipped(2)) and list(m.zipped(2)) == [(0,0),(1,1)]
        assert type(m.chained(2)) is itertools.chain and list(m.chained(2)) == [0,1,5]
    def test_awaited_first():
        async def main():
            return [x async for x in await m.wrapped(3)]
        assert asyncio.run(main()) == [0,1,2]
    def test_slotted():
        s = m.slotted(3)
        assert (s.name, s.left, s.upper) == ("slotted", 3, "SLOTTED")
        with pytest.raises(AttributeError):
            s.lower
        assert [(x, s.left) for x in s] == [(2, 2), (1, 1), (0, 0)]
    def test_frozen():
        s = m.frozen(2)
        assert (type(s).__name__, isinstance(s, m.Frozen), s.name) == ("Frozen", True, "frozen")
        with pytest.raises(AttributeError):
            s.name = "melted"
        assert list(s) == [1, 0]
    def test_final():
        s = m.final(3)
        assert iter(s) is s and list(s) == [0, 1, 2]
        async def main():
            return [x async for x in await m.afinal(2)]
        assert asyncio.run(main()) == [0, 1]
    def test_again():
        with m.stream(4) as s:
            assert list(s) == [0, 1, 2, 3]
"""


def test_a_stream_looks_as_it_did_live(alike: Callable[..., Runs], project: Project) -> None:
    alike({"guises.py": GUISES, "test_guises.py": GUISE_TESTS}, "guises:*", tests=10)
    payloads = b"".join(path.read_bytes() for path in project.vault.rglob("*.pkl"))
    assert b"s3cret" not in payloads


def test_an_attribute_that_no_recording_holds_is_a_miss(project: Project) -> None:
    project.write(
        {
            "guises.py": GUISES,
            "test_guises.py": """
                import guises

                def test_lock():
                    stream = guises.stream(2)
                    assert list(stream) == [0, 1]
                    assert not hasattr(stream, "unknown")
                    assert stream.lock is not None
            """,
        }
    )
    project.configure("guises:stream")
    project.record().passed(1)
    run = project.replay()
    assert run.outcomes == {"failed": 1}
    run.has("*guises:stream(n=2)*the attribute 'lock' of the stream is nothing that a recording*")


def test_async_streams_that_are_left_as_their_loop_ends(project: Project) -> None:
    """The task that closes them is cancelled then, before it has begun."""
    project.write(
        {
            "ticks.py": """
            from only_live import only_live

            async def ticks(log):
                only_live("ticks")
                try:
                    for number in range(3):
                        yield number
                finally:
                    log.append("left")
        """,
            "test_ticks.py": """
            import asyncio, ticks

            def test_left():
                async def first(log):
                    async for number in ticks.ticks(log):
                        return number

                log = []
                assert asyncio.run(first(log)) == 0
                assert log == ["left"]
        """,
        }
    )
    project.configure("ticks:ticks")
    project.record(in_process=True).passed(1)
    project.replay(in_process=True).passed(1)


def test_streams_that_go_on_after_their_end(project: Project) -> None:
    """Those that are no generators may. A recording that stopped there would lose the rest."""
    project.write(
        {
            "rows.py": """
            import itertools

            class Feed:
                def __init__(self):
                    self.numbers = itertools.count()

                def __iter__(self):
                    return self

                def __next__(self):
                    number = next(self.numbers)
                    if number % 2:
                        raise StopIteration if number < 3 else OSError(number)
                    return number

            def feed():
                return Feed()

            def parsed(rows):
                return map(int, rows)
        """,
            "test_rows.py": """
            import pytest, rows

            @pytest.fixture
            def numbers():
                numbers = rows.parsed(["1", "x", "y", "3"])
                assert next(numbers) == 1
                with pytest.raises(ValueError):
                    next(numbers)
                return numbers

            def test_map(numbers):
                with pytest.raises(ValueError):
                    next(numbers)
                assert next(numbers) == 3

            def test_feed():
                feed = rows.feed()
                assert list(feed) == [0]
                with pytest.raises(StopIteration):
                    while True:
                        next(feed)

            def test_ended_for_good():
                numbers = rows.parsed(["1"])
                assert list(numbers) == [1]
                assert list(numbers) == list(numbers) == []
        """,
        }
    )
    project.configure("rows:*")
    run = project.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 2}
    assert len(project.recordings()) == 1
    for name in ("parsed", "feed"):
        run.has(f"*cannot record the stream that rows:{name} gave: it goes on after its end*")
    for flags in ((), ("--mimic-verify",)):
        run = project.run(*flags, in_process=True)
        assert run.outcomes == {"passed": 1, "failed": 1, "errors": 1}
        for name in ("parsed", "feed"):
            run.has(f"*no recording of rows:{name}(*")


MEDDLED = """
    from only_live import only_live

    def doubled(numbers):
        only_live("doubled")
        for number in numbers:
            yield 2 * number

    async def doubled_later(numbers):
        for number in numbers:
            yield 2 * number

    def popped(numbers):
        while numbers:
            yield numbers.pop()
"""
MEDDLED_TESTS = """
    import asyncio
    import meddled

    def test_between():
        numbers, seen = [1, 2], []
        for each in meddled.doubled(numbers):
            seen.append(each)
            if each == 2:
                numbers.append({added})
        assert seen == [2, 4, 2 * {added}]

    def test_before_the_first():
        numbers = [3]
        items = meddled.doubled(numbers)
        numbers.append({added})
        assert list(items) == [6, 2 * {added}]

    def test_at_the_end():
        numbers = [4]
        items = meddled.doubled(numbers)
        assert next(items) == 8
        numbers.append({added})
        assert next(items) == 2 * {added}

    def test_later():
        async def main():
            numbers, seen = [1, 2], []
            async for each in meddled.doubled_later(numbers):
                seen.append(each)
                if each == 2:
                    numbers.append({added})
            return seen
        assert asyncio.run(main()) == [2, 4, 2 * {added}]

    def test_never():
        assert list(meddled.popped([5, 6])) == [6, 5]
"""


def test_who_takes_the_items_may_change_the_arguments(
    alike: Callable[..., Runs], project: Project
) -> None:
    tests = MEDDLED_TESTS.replace("{added}", "7")
    alike({"meddled.py": MEDDLED, "test_meddled.py": tests}, "meddled:*", tests=5)
    project.write({"test_meddled.py": MEDDLED_TESTS.replace("{added}", "8")})
    run = project.replay()
    assert run.outcomes == {"failed": 4, "passed": 1}
    run.has("*after item 1 its arguments are not what they were then*")


def test_that_the_arguments_are_changed_now_is_a_miss(project: Project) -> None:
    project.write({"meddled.py": MEDDLED})
    project.configure("meddled:doubled")
    test = """
        import meddled

        def test_it():
            numbers = [1, 2]
            for each in meddled.doubled(numbers):
                {changing}
    """
    project.write({"test_it.py": test.format(changing="pass")})
    project.record(in_process=True).passed(1)
    project.write({"test_it.py": test.format(changing="numbers[-1] = 3")})
    run = project.replay()
    assert run.outcomes == {"failed": 1}
    run.has("*after item 2 its arguments are not what they were then*")
    run = project.run("--mimic-verify", in_process=True)
    assert run.outcomes == {"failed": 1}
    run.has("*after item 1: whoever takes the items has changed the arguments otherwise*")


def test_arguments_that_are_changed_before_the_first_item(project: Project) -> None:
    """Of two equal calls one begins with what the other left, and has none but its recording."""
    project.write(
        {
            "m.py": """
            def numbers(box):
                return _numbers(box)

            def _numbers(box):
                box.append(len(box))
                yield len(box)
        """,
            "test_m.py": """
            import m

            def test_it():
                box = []
                first, second = m.numbers(box), m.numbers(box)
                assert next(first) == 1
                assert next(second) == 2
        """,
        }
    )
    project.configure("m:numbers")
    project.record(in_process=True).passed(1)
    run = project.replay(in_process=True)
    assert run.outcomes == {"failed": 1}
    run.has("*before its first item its arguments are not what they were then*")
