"""Async generators and iterators: recorded while they are consumed, and replayed as lazily.

No event loop is named here: the live stream does its own waiting, and a replay has none to do.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._pickles._responses import read_unread
from pytest_mimic._outcome._streams import _tape
from pytest_mimic._outcome._streams._steps import UNREMARKABLE, Recorder
from pytest_mimic._outcome._streams._streams import raise_recorded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable

    from pytest_mimic._outcome._before import Before
    from pytest_mimic._outcome._streams._player import Continuation, Player
    from pytest_mimic._outcome._streams._steps import Live, Opening
    from pytest_mimic._outcome._streams._tape import Tape

ASYNC_ITERATOR = "async iterator"


def record_async_stream(
    stream: AsyncIterator[Any],
    before: Before,
    tape: Tape,
    live: Live,
    opening: Opening = UNREMARKABLE,
) -> AsyncGenerator[Any, Any]:
    """Pass a live async stream on, and record it.

    Args:
        stream: The live async generator or iterator.
        before: What was known before the call that gave it.
        tape: Where it is recorded.
        live: Makes the context in which live code runs.
        opening: What the call itself did, and gave.

    Returns:
        An async generator that gives what the live one gives.

    Raises:
        UnrecordableOutcomeError: What the call itself changed cannot be stored.
    """
    recorder = Recorder(before, tape, live)
    recorder.open(ASYNC_ITERATOR, opening)
    return _recording(stream, recorder)


async def _recording(stream: Any, recorder: Recorder) -> AsyncGenerator[Any, Any]:
    """Resume a live stream as its consumer resumes this."""
    asked: str = _tape.NEXT
    given: Any = None
    while True:
        recorder.begin(asked, given)
        try:
            with recorder.live():
                item = await resume(stream, asked, given)
                await read_unread(item)
        except StopAsyncIteration:
            recorder.end(asked, given, _tape.RETURNED, None, stream)
            return
        except BaseException as error:
            recorder.end(asked, given, _tape.RAISED, error, stream)
            raise
        await _end_or_close(stream, recorder, asked, given, item)
        try:
            given = yield item
            asked = _tape.NEXT if given is None else _tape.SEND
        except GeneratorExit:
            await _close(stream, recorder)
            raise
        except BaseException as error:  # noqa: BLE001  # whatever the consumer throws in
            asked, given = _tape.THROW, error
        del item


def resume(stream: Any, asked: str, given: Any) -> Awaitable[Any]:
    """Ask the live stream for what the consumer asks for."""
    result: Awaitable[Any]
    if asked == _tape.THROW:
        if not hasattr(stream, "athrow"):
            raise given
        result = stream.athrow(given)
    else:
        result = stream.asend(given) if asked == _tape.SEND else stream.__anext__()
    return result


async def _end_or_close(stream: Any, recorder: Recorder, asked: str, given: Any, item: Any) -> None:
    """Record an item, and close the live stream if it cannot be."""
    try:
        recorder.end(asked, given, _tape.YIELDED, item, stream)
    except BaseException:
        with recorder.live():
            await aclose(stream)
        raise


async def aclose(stream: Any) -> None:
    """Close a live stream, if it is one that can be closed."""
    if hasattr(stream, "aclose"):
        await stream.aclose()


async def _close(stream: Any, recorder: Recorder) -> None:
    """Close the live stream, whose consumer has left it, and record what it did then."""
    recorder.begin(_tape.CLOSE, None)
    try:
        with recorder.live():
            await aclose(stream)
    except BaseException as error:
        recorder.end(_tape.CLOSE, None, _tape.RAISED, error)
        raise
    recorder.end(_tape.CLOSE, None, _tape.RETURNED, None)


async def _continued(continuation: Continuation, player: Player) -> Any:
    """Return a live stream from which the items were taken that the consumer has already."""
    stream: Any = None
    try:
        stream = continuation.begin()
        if inspect.isawaitable(stream):
            stream = await stream
        for _ in range(player.items):
            await anext(stream, None)
        player.join(continuation)
    except Exception as error:  # noqa: BLE001  # live code may raise anything
        await aclose(stream)
        raise player.parted(error) from None
    return stream


async def replay_async_stream(player: Player) -> AsyncGenerator[Any, Any]:
    """Return an async generator that gives what was recorded, whatever the consumer asks for.

    The player has been opened.
    """
    __tracebackhide__ = True
    asked: str = _tape.NEXT
    given: Any = None
    live: Any = None
    value: Any
    while True:
        ended, value = player.ask(asked, given) if live is None else (_tape.BEYOND, None)
        if ended == _tape.BEYOND:
            # The stream may be an object of the user's, which is asked for its items alone.
            live = await _continued(value, player) if live is None else live
            try:
                value = await resume(live, asked, given)
            except StopAsyncIteration:
                return
        elif ended == _tape.RETURNED:
            return
        elif ended == _tape.RAISED:
            raise_recorded(value, given)
        try:
            given = yield value
            asked = _tape.NEXT if given is None else _tape.SEND
        except GeneratorExit:
            if live is None:
                player.close()
            else:
                await aclose(live)
            raise
        except BaseException as error:  # noqa: BLE001  # whatever the consumer throws in
            asked, given = _tape.THROW, error
        del value
