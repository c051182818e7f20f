"""Async streams and awaitables, under asyncio and under no event loop at all."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import unittest.mock
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import (
    ASYNC_ITERATOR,
    Before,
    Beyond,
    Call,
    Player,
    Raised,
    Returned,
    Streamed,
    StreamEnd,
    decode,
    encode,
    kind_of_awaitable,
    kind_of_stream,
    record_async_stream,
    record_awaitable,
    replay_async_stream,
)
from pytest_mimic.errors import MissingRecordingError, UnrecordableOutcomeError


class Deaf:
    """Runs live code that nobody listens to."""

    def __call__(self) -> contextlib.AbstractContextManager[object]:
        return contextlib.nullcontext()

    def take_emissions(self) -> tuple[()]:
        return ()


class MemoryTape:
    """A tape that keeps what was written."""

    def __init__(self) -> None:
        self.written = b""
        self.end: StreamEnd | None = None
        self.abandoned: BaseException | None = None

    def opened(self, leave: Callable[[], None]) -> None:
        self.leave = leave

    def append(self, parts: Sequence[Any]) -> None:
        self.written += b"".join(parts)

    def finish(self, end: StreamEnd) -> None:
        self.end = end

    def abandon(self, error: BaseException) -> None:
        self.abandoned = error


def recorded(stream: Any, arguments: Sequence[Any] = ()) -> tuple[Any, MemoryTape]:
    tape = MemoryTape()
    names = [f"a{index}" for index in range(len(arguments))]
    before = Before(names, arguments, frozenset(), Fingerprinter().digest)
    return record_async_stream(stream, before, tape, Deaf()), tape


def replaying(tape: MemoryTape, arguments: Sequence[Any] = ()) -> Any:
    tape.leave()
    outcome = decode(tape.written, arguments).outcome
    assert isinstance(outcome, Streamed)
    names = [f"a{index}" for index in range(len(arguments))]
    call = Call(names, arguments, frozenset(), Fingerprinter().digest)
    player = Player(outcome.reader, call, Beyond(MissingRecordingError))
    assert player.open() == (ASYNC_ITERATOR, None)
    return replay_async_stream(player)


def both(
    function: Callable[[], Any],
    consume: Callable[[Any], Awaitable[Any]],
    again: Callable[[Any], Awaitable[Any]] | None = None,
) -> tuple[Any, Any]:
    """Consume an async stream live and in replay."""

    async def run() -> tuple[Any, Any]:
        stream, tape = recorded(function())
        live = await consume(stream)
        return live, await (again or consume)(replaying(tape))

    return asyncio.run(run())


async def numbers() -> AsyncIterator[Any]:
    yield 1
    await asyncio.sleep(0)
    yield [2]


async def echo() -> AsyncIterator[Any]:
    value = None
    while True:
        try:
            value = yield value
        except ValueError:
            value = "caught"


async def everything(stream: Any) -> list[Any]:
    return [item async for item in stream]


class TestStreams:
    def test_items(self) -> None:
        live, replayed = both(numbers, everything)
        assert live == replayed == [1, [2]]

    def test_the_error_that_ended_them(self) -> None:
        async def failing() -> AsyncIterator[int]:
            yield 1
            raise KeyError("k")

        async def consume(stream: Any) -> Any:
            with pytest.raises(KeyError) as caught:
                await everything(stream)
            return caught.value.args

        assert both(failing, consume) == (("k",), ("k",))

    def test_send_throw_and_close(self) -> None:
        async def consume(stream: Any) -> Any:
            value = [1]
            taken = [await stream.__anext__(), await stream.asend(value)]
            taken += [taken[1] is value, await stream.athrow(ValueError())]
            await stream.aclose()
            return taken

        live, replayed = both(echo, consume)
        assert live == replayed == [None, [1], True, "caught"]

    def test_leaving(self) -> None:
        async def leaving(stream: Any) -> Any:
            first = await stream.__anext__()
            await stream.aclose()
            return first

        assert both(numbers, everything, leaving) == ([1, [2]], 1)
        with pytest.raises(MissingRecordingError, match="1 items were taken"):
            both(numbers, leaving, everything)

    def test_what_is_raised_on_leaving(self) -> None:
        async def sulking() -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                raise ValueError("not yet")

        async def leaving(stream: Any) -> Any:
            await stream.__anext__()
            with pytest.raises(ValueError, match="not yet"):
                await stream.aclose()

        both(sulking, leaving)

    def test_an_async_context_manager(self) -> None:
        async def managing() -> AsyncIterator[int]:
            with contextlib.suppress(ValueError):
                yield 1

        def entering(error: BaseException) -> Any:
            def fail() -> None:
                raise error

            async def enter(stream: Any) -> Any:
                manager: Any = contextlib.asynccontextmanager(lambda: stream)()
                value: Any = None
                try:
                    async with manager as value:
                        fail()
                except KeyError as raised:
                    return raised is error
                return value

            return enter

        assert both(managing, entering(ValueError())) == (1, 1)
        assert both(managing, entering(KeyError())) == (True, True)

    def test_an_iterator_that_is_no_generator(self) -> None:
        class Counting:
            def __init__(self) -> None:
                self.count = 0

            def __aiter__(self) -> Counting:
                return self

            async def __anext__(self) -> int:
                self.count += 1
                if self.count > 2:
                    raise StopAsyncIteration
                return self.count

        assert kind_of_stream(Counting()) == ASYNC_ITERATOR
        assert both(Counting, everything) == ([1, 2], [1, 2])

        async def leaving(stream: Any) -> Any:
            first = await stream.__anext__()
            await stream.aclose()
            return first

        assert both(Counting, leaving) == (1, 1)

        async def throwing(stream: Any) -> Any:
            await stream.__anext__()
            with pytest.raises(ValueError, match="mine"):
                await stream.athrow(ValueError("mine"))

        both(Counting, throwing)

    def test_an_item_that_cannot_be_stored(self) -> None:
        closed: list[bool] = []

        async def locks() -> AsyncIterator[Any]:
            try:
                yield threading.Lock()
            finally:
                closed.append(True)

        async def run() -> MemoryTape:
            stream, tape = recorded(locks())
            with pytest.raises(UnrecordableOutcomeError, match=r"item 1: _thread\.lock"):
                await stream.__anext__()
            return tape

        assert asyncio.run(run()).abandoned is not None
        assert closed == [True]


def drive(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that waits for nothing, without an event loop."""
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    return stopped.value.value


class Told:
    """What was told of an awaitable."""

    def __init__(self) -> None:
        self.ends: list[Any] = []

    def returned(self, value: object) -> object:
        self.ends.append(value)
        return value

    def raised(self, error: BaseException) -> BaseException:
        self.ends.append(repr(error))
        return error


class Later:
    """An awaitable object."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self) -> Any:
        yield from ()
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value


async def waiting(value: Any) -> Any:
    if isinstance(value, BaseException):
        raise value
    return value


class TestAwaitables:
    def test_a_future_of_a_thread_gets_the_error_of_its_recording(self) -> None:
        def refuse(value: object) -> Any:
            raise ValueError(f"cannot store {value}")

        one: concurrent.futures.Future[Any] = concurrent.futures.Future()
        outer = record_awaitable(one, Deaf(), refuse, refuse)
        one.set_result(1)
        with pytest.raises(ValueError, match="cannot store 1"):
            outer.result(timeout=10)

    @pytest.mark.parametrize("make", [waiting, Later])
    def test_live(self, make: Callable[[Any], Any]) -> None:
        told = Told()

        def recording(value: object) -> Any:
            return record_awaitable(make(value), Deaf(), told.returned, told.raised)

        async def consume(awaitable: Any) -> Any:
            return await awaitable

        assert drive(consume(recording(1))) == 1
        with pytest.raises(ValueError, match="x"):
            drive(consume(recording(ValueError("x"))))
        assert told.ends == [1, "ValueError('x')"]

    def test_an_object_awaited_twice_is_told_of_once(self) -> None:
        told = Told()
        awaitable = record_awaitable(Later(1), Deaf(), told.returned, told.raised)

        async def consume() -> Any:
            return await awaitable, await awaitable

        assert drive(consume()) == (1, 1)
        assert told.ends == [1]

    def test_asyncio_futures(self) -> None:
        told = Told()

        async def run() -> list[Any]:
            loop = asyncio.get_running_loop()
            futures = [loop.create_future() for _ in range(3)]
            kept = [record_awaitable(one, Deaf(), told.returned, told.raised) for one in futures]
            futures[0].set_result(1)
            futures[1].set_exception(ValueError("x"))
            futures[2].cancel()
            return await asyncio.gather(*kept, return_exceptions=True)

        ends = asyncio.run(run())
        assert ends[0] == 1
        assert told.ends == [1, "ValueError('x')"]

    def test_concurrent_futures(self) -> None:
        told = Told()
        futures: list[Any] = [concurrent.futures.Future() for _ in range(3)]
        kept = [record_awaitable(one, Deaf(), told.returned, told.raised) for one in futures]
        futures[0].set_result(1)
        futures[1].set_exception(ValueError("x"))
        futures[2].cancel()
        futures[2].set_running_or_notify_cancel()
        assert kept[0].result(0) == 1
        with pytest.raises(ValueError, match="x"):
            kept[1].result(0)
        assert kept[2].cancelled()
        assert told.ends == [1, "ValueError('x')"]

    def payload(self, outcome: Returned | Raised, awaited: str | None) -> bytes:
        before = Before([], (), frozenset(), Fingerprinter().digest)
        return bytes(encode(outcome, before, awaited=awaited))

    @pytest.mark.parametrize("make", [waiting, Later])
    def test_replayed(self, make: Callable[[Any], Any]) -> None:
        coroutine = make(1)
        kind = kind_of_awaitable(coroutine)
        getattr(coroutine, "close", bool)()

        async def consume(awaitable: Any) -> Any:
            return await awaitable

        given: Any = decode(self.payload(Returned([1]), kind), ()).replay()
        assert kind_of_awaitable(given) == kind
        assert drive(consume(given)) == [1]
        given = decode(self.payload(Raised(ValueError("x")), kind), ()).replay()
        with pytest.raises(ValueError, match="x"):
            drive(consume(given))

    def test_an_object_replayed_gives_the_same_again(self) -> None:
        kind = kind_of_awaitable(Later(1))

        async def consume(awaitable: Any) -> Any:
            return await awaitable

        given: Any = decode(self.payload(Returned([1]), kind), ()).replay()
        assert drive(consume(given)) is drive(consume(given))
        given = decode(self.payload(Raised(ValueError("x")), kind), ()).replay()
        for _ in range(2):
            with pytest.raises(ValueError, match="x"):
                drive(consume(given))

    def test_futures_replayed(self) -> None:
        async def run(kind: str | None) -> Any:
            given: Any = decode(self.payload(Returned(1), kind), ()).replay()
            failed: Any = decode(self.payload(Raised(ValueError("x")), kind), ()).replay()
            assert kind_of_awaitable(given) == kind
            assert repr(failed.exception()) == "ValueError('x')"
            return given.result()

        async def kind_here() -> str | None:
            return kind_of_awaitable(asyncio.get_running_loop().create_future())

        assert asyncio.run(run(asyncio.run(kind_here()))) == 1
        assert asyncio.run(run(kind_of_awaitable(concurrent.futures.Future()))) == 1

    def test_what_is_not_awaitable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(__import__("sys").modules, "asyncio")
        monkeypatch.delitem(__import__("sys").modules, "concurrent.futures")
        assert kind_of_awaitable(1) is None
        assert kind_of_awaitable(unittest.mock.AsyncMock()) is None
