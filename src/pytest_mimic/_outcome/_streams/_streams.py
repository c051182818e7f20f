"""Generators and iterators: recorded while they are consumed, and replayed as lazily."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._kinds import Raised
from pytest_mimic._outcome._streams import _tape
from pytest_mimic._outcome._streams._steps import UNREMARKABLE, Recorder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pytest_mimic._outcome._before import Before
    from pytest_mimic._outcome._streams._player import Continuation, Player
    from pytest_mimic._outcome._streams._steps import Live, Opening
    from pytest_mimic._outcome._streams._tape import Tape

ITERATOR = "iterator"


def record_stream(
    stream: Iterator[Any],
    before: Before,
    tape: Tape,
    live: Live,
    opening: Opening = UNREMARKABLE,
) -> Generator[Any, Any, Any]:
    """Pass a live stream on, and record it.

    Args:
        stream: The live generator or iterator.
        before: What was known before the call that gave it.
        tape: Where it is recorded.
        live: Makes the context in which live code runs.
        opening: What the call itself did, and gave.

    Returns:
        A generator that gives what the live one gives.

    Raises:
        UnrecordableOutcomeError: What the call itself changed cannot be stored.
    """
    recorder = Recorder(before, tape, live)
    recorder.open(ITERATOR, opening)
    return _recording(stream, recorder)


def _recording(stream: Any, recorder: Recorder) -> Generator[Any, Any, Any]:
    """Resume a live stream as its consumer resumes this."""
    asked: str = _tape.NEXT
    given: Any = None
    while True:
        recorder.begin(asked, given)
        try:
            with recorder.live():
                item = resume(stream, asked, given)
        except StopIteration as stop:
            recorder.end(asked, given, _tape.RETURNED, stop.value, stream)
            return stop.value
        except BaseException as error:
            recorder.end(asked, given, _tape.RAISED, error, stream)
            raise
        _end_or_close(stream, recorder, asked, given, item)
        try:
            given = yield item
            asked = _tape.NEXT if given is None else _tape.SEND
        except GeneratorExit:
            _close(stream, recorder)
            raise
        except BaseException as error:  # noqa: BLE001  # whatever the consumer throws in
            asked, given = _tape.THROW, error
        del item


def resume(stream: Any, asked: str, given: Any) -> Any:
    """Ask the live stream for what the consumer asks for."""
    if asked == _tape.THROW:
        if not hasattr(stream, "throw"):
            raise given
        return stream.throw(given)
    return stream.send(given) if asked == _tape.SEND else next(stream)


def _end_or_close(stream: Any, recorder: Recorder, asked: str, given: Any, item: Any) -> None:
    """Record an item, and close the live stream if it cannot be."""
    try:
        recorder.end(asked, given, _tape.YIELDED, item, stream)
    except BaseException:
        with recorder.live():
            close(stream)
        raise


def close(stream: Any) -> None:
    """Close a live stream, if it is one that can be closed."""
    if hasattr(stream, "close"):
        stream.close()


def _close(stream: Any, recorder: Recorder) -> None:
    """Close the live stream, whose consumer has left it, and record what it did then."""
    recorder.begin(_tape.CLOSE, None)
    try:
        with recorder.live():
            close(stream)
    except BaseException as error:
        recorder.end(_tape.CLOSE, None, _tape.RAISED, error)
        raise
    recorder.end(_tape.CLOSE, None, _tape.RETURNED, None)


def replay_stream(player: Player) -> Generator[Any, Any, Any]:
    """Return a generator that gives what was recorded, whatever the consumer asks for.

    The player has been opened.
    """
    __tracebackhide__ = True
    asked: str = _tape.NEXT
    given: Any = None
    while True:
        ended, value = player.ask(asked, given)
        if ended == _tape.BEYOND:
            return (yield from _continued(value, player))
        if ended == _tape.RETURNED:
            return value
        if ended == _tape.RAISED:
            raise_recorded(value, given)
        try:
            given = yield value
            asked = _tape.NEXT if given is None else _tape.SEND
        except GeneratorExit:
            player.close()
            raise
        except BaseException as error:  # noqa: BLE001  # whatever the consumer throws in
            asked, given = _tape.THROW, error
        del value


def _continued(continuation: Continuation, player: Player) -> Generator[Any, Any, Any]:
    """Go on with a live stream, behind the items that the consumer has already."""
    __tracebackhide__ = True
    stream: Any = None
    try:
        stream = continuation.begin()
        if inspect.isawaitable(stream):
            raise TypeError("its stream has to be awaited first, and is taken where nothing can be")  # noqa: TRY301  # below
        for _ in range(player.items):
            next(stream, None)
        player.join(continuation)
    except Exception as error:  # noqa: BLE001  # live code may raise anything
        close(stream)
        raise player.parted(error) from None
    return (yield from stream)


def raise_recorded(exception: BaseException, thrown: object) -> None:
    """Raise what the stream raised, which may be the very exception that was thrown in."""
    __tracebackhide__ = True
    if exception is thrown:
        raise exception
    Raised(exception).give()
