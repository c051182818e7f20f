"""Live streams whose items are changed on their way to whoever records and consumes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._streams import _async_streams, _streams, _tape

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator


def changed_stream(stream: Any, change: Callable[[Any], Any]) -> Generator[Any, Any, Any]:
    """Pass a live stream on, changed.

    Args:
        stream: The live generator or iterator.
        change: Is given each item, and what the stream raised or returned other than None.

    Yields:
        What ``change`` makes of its items.
    """
    asked: str = _tape.NEXT
    given: Any = None
    while True:
        try:
            item = change(_streams.resume(stream, asked, given))
        except StopIteration as stop:
            return stop.value if stop.value is None else change(stop.value)
        except Exception as error:
            raised = change(error)
            if raised is error:
                raise
        else:
            try:
                given = yield item
                asked = _tape.NEXT if given is None else _tape.SEND
            except GeneratorExit:
                _streams.close(stream)
                raise
            except BaseException as thrown:  # noqa: BLE001  # whatever the consumer throws in
                asked, given = _tape.THROW, thrown
            continue
        # Outside of the handler: what it was made from is none of its context.
        raise raised


async def changed_async_stream(
    stream: Any, change: Callable[[Any], Any]
) -> AsyncGenerator[Any, Any]:
    """Pass a live async stream on, changed likewise."""
    asked: str = _tape.NEXT
    given: Any = None
    while True:
        try:
            item = change(await _async_streams.resume(stream, asked, given))
        except StopAsyncIteration:
            return
        except Exception as error:
            raised = change(error)
            if raised is error:
                raise
        else:
            try:
                given = yield item
                asked = _tape.NEXT if given is None else _tape.SEND
            except GeneratorExit:
                await _async_streams.aclose(stream)
                raise
            except BaseException as thrown:  # noqa: BLE001  # whatever the consumer throws in
                asked, given = _tape.THROW, thrown
            continue
        raise raised
