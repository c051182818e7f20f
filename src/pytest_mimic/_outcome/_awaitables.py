"""Awaitables that a plain function returned: recorded when they are awaited."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator

    from pytest_mimic._outcome._steps import Live

PLAIN = "awaitable"
FUTURE = "asyncio future"
THREADED = "concurrent future"


def kind_of_awaitable(value: object) -> str | None:
    """Tell what kind of awaitable a value is, if it is one.

    A future of ``concurrent.futures`` counts as well: it is waited for, if not awaited.
    """
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio.isfuture(value):
        return FUTURE
    futures = sys.modules.get("concurrent.futures")
    if futures is not None and isinstance(value, futures.Future):
        return THREADED
    return PLAIN if inspect.isawaitable(value) else None


class OneAwait:
    """An awaitable that may be awaited again and again, and always ends as it did first.

    Args:
        run: Makes the coroutine that is awaited the first time.
    """

    def __init__(self, run: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._run = run

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._run().__await__()


def record_awaitable(
    awaitable: Any,
    live: Live,
    returned: Callable[[Any], Any],
    raised: Callable[[BaseException], None],
) -> Any:
    """Return an awaitable in place of the live one, which tells how that ended.

    Args:
        awaitable: What the live call returned.
        live: Makes the context in which live code runs.
        returned: Is given the result, once; what it returns is what the consumer gets.
        raised: Is given the exception, once.

    Returns:
        A coroutine for a coroutine, a future for a future, and else an awaitable.
    """
    kind = kind_of_awaitable(awaitable)
    if kind in (FUTURE, THREADED):
        awaitable.add_done_callback(lambda future: _tell(future, returned, raised))
        return awaitable
    coroutine = _recording(awaitable, live, returned, raised)
    return coroutine if inspect.iscoroutine(awaitable) else OneAwait(lambda: coroutine)


def _tell(
    future: Any, returned: Callable[[Any], Any], raised: Callable[[BaseException], None]
) -> None:
    """Tell how a future ended; one that was cancelled tells nothing."""
    if future.cancelled():
        return
    error = future.exception()
    if error is None:
        returned(future.result())
    else:
        raised(error)


async def _recording(
    awaitable: Awaitable[Any],
    live: Live,
    returned: Callable[[Any], Any],
    raised: Callable[[BaseException], None],
) -> Any:
    """Wait for a live awaitable, and tell how it ended."""
    try:
        with live():
            value = await awaitable
    except BaseException as error:
        raised(error)
        raise
    return returned(value)


def replay_awaitable(kind: str, give: Callable[[], Any]) -> Any:
    """Return an awaitable of the recorded kind.

    Args:
        kind: As ``kind_of_awaitable`` told when it was recorded.
        give: Returns the recorded result, or raises the recorded exception.

    Returns:
        A future of the running loop for a future, and else a coroutine.
    """
    if kind == PLAIN:
        return _replaying(give)
    future = _new_future(kind)
    try:
        value = give()
    except Exception as error:  # noqa: BLE001  # it is the outcome, and the future's
        future.set_exception(error)
        if kind == FUTURE:
            future.exception()  # nobody is to be warned that it was never asked for
    else:
        future.set_result(value)
    return future


def _new_future(kind: str) -> Any:
    """Return a future that is not done."""
    if kind == FUTURE:
        import asyncio

        return asyncio.get_running_loop().create_future()
    import concurrent.futures

    return concurrent.futures.Future()


async def _replaying(give: Callable[[], Any]) -> Any:
    """Give the recorded outcome when it is awaited."""
    __tracebackhide__ = True
    return give()
