"""Awaitables that a plain function returned: recorded when they are awaited."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._families import is_data
from pytest_mimic._outcome._pickles._responses import read_unread
from pytest_mimic.errors import UnrecordableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_mimic._outcome._streams._steps import Live

    Told = Callable[[Any], Any]

COROUTINE = "coroutine"
AWAITABLE = "awaitable"
FUTURE = "asyncio future"
THREADED = "concurrent future"
# Whoever waits for one of these has it already, with what is in it.
FUTURES = frozenset({FUTURE, THREADED})


def kind_of_awaitable(value: object) -> str | None:
    """Tell what kind of awaitable a value is, if it is one.

    A future of ``concurrent.futures`` counts as well: it is waited for, if not awaited.
    """
    if is_data(type(value)):
        return None
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio.isfuture(value):
        return FUTURE
    futures = sys.modules.get("concurrent.futures")
    if futures is not None and isinstance(value, futures.Future):
        return THREADED
    if inspect.iscoroutine(value):
        return COROUTINE
    if type(value).__module__ == "unittest.mock" or not inspect.isawaitable(value):
        return None
    # A collection of dask is a value, and awaiting one that is being computed gives just it.
    return None if hasattr(type(value), "__dask_graph__") else AWAITABLE


def record_awaitable(
    awaitable: Any, live: Live, returned: Told, raised: Told, origin: object = None
) -> Any:
    """Return an awaitable in place of the live one, which tells how that ended.

    Args:
        awaitable: What the live call returned, or what drives it.
        live: Makes the context in which live code runs.
        returned: Is given the result, once, and gives what the consumer gets.
        raised: Is given the exception, once, and gives what the consumer gets. For a future both
            run in its callback, where nobody catches what they raise; one of asyncio's is the
            consumer's own, and gets nothing else.
        origin: What the call returned, where the awaitable only drives that.

    Returns:
        An awaitable of the same kind.
    """
    kind = kind_of_awaitable(awaitable)
    if kind == FUTURE:
        awaitable.add_done_callback(lambda future: _tell(future, returned, raised))
        return awaitable
    if kind == THREADED:
        return _chained(awaitable, returned, raised)
    if kind == COROUTINE:
        return _recording(awaitable, live, returned, raised)
    return _Recording(awaitable, live, returned, raised, awaitable if origin is None else origin)


def _tell(future: Any, returned: Told, raised: Told) -> None:
    """Tell how a future ended that its consumer has; one that was cancelled tells nothing."""
    if future.cancelled():
        return
    error = future.exception()
    if error is None:
        returned(future.result())
    else:
        raised(error)


def _chained(future: Any, returned: Told, raised: Told) -> Any:
    """Return a future that is done when the live one is, and that was told of."""
    outer = type(future)()

    def done(_future: object) -> None:
        if future.cancelled():
            outer.cancel()
        if not outer.set_running_or_notify_cancel():
            return
        try:
            error = future.exception()
            if error is None:
                outer.set_result(returned(future.result()))
            else:
                outer.set_exception(raised(error))
        except BaseException as error:  # noqa: BLE001  # whoever waits is to get it
            outer.set_exception(error)

    future.add_done_callback(done)
    return outer


async def _recording(awaitable: Any, live: Live, returned: Told, raised: Told) -> Any:
    """Wait for a live awaitable, and tell how it ended."""
    try:
        with live():
            value = await awaitable
            await read_unread(value)
    except BaseException as error:
        changed = raised(error)
        if changed is error:
            raise
    else:
        return returned(value)
    # Outside of the handler: what it was made from is none of its context.
    raise changed


class _Recording:
    """Stands for an awaitable object; it tells how that ended when it was first awaited."""

    def __init__(
        self, awaitable: Any, live: Live, returned: Told, raised: Told, origin: object
    ) -> None:
        self._awaitable = awaitable
        self._origin = origin
        self._live = live
        self._told: tuple[Told, Told] | None = (returned, raised)

    def __await__(self) -> Generator[Any, Any, Any]:
        returned, raised = self._told or (_leave_it, _leave_it)
        self._told = None
        return _recording(self._awaitable, self._live, returned, raised).__await__()

    def __getattr__(self, name: str) -> Any:
        # A copy that is being made has no origin yet, and is asked for what it may have.
        origin = vars(self).get("_origin")
        if origin is not None and hasattr(origin, name):
            raise UnrecordableOutcomeError(_beyond(origin, f"its {name!r}"))
        raise AttributeError(name)

    def __aenter__(self) -> Any:
        raise UnrecordableOutcomeError(_beyond(self._origin, "it with `async with`"))

    __aexit__ = __aenter__  # `async with` asks for both before it enters


def _beyond(origin: object, what: str) -> str:
    kind = type(origin)
    return (
        f"cannot record a {kind.__module__}.{kind.__qualname__}: of what can be awaited, a "
        f"recording holds what awaiting it gives, and the code under test uses {what}\n"
        "Name a target further out, which returns what it gets from there."
    )


def _leave_it(outcome: object) -> object:
    """Take no note of an awaitable that is awaited once more."""
    return outcome


def replay_awaitable(kind: str, give: Callable[[], Any]) -> Any:
    """Return an awaitable of the recorded kind.

    Args:
        kind: As ``kind_of_awaitable`` told when it was recorded.
        give: Returns the recorded result, or raises the recorded exception.

    Returns:
        The awaitable. A future is done.
    """
    if kind == COROUTINE:
        return _replaying(give)
    if kind == AWAITABLE:
        return _Replaying(give)
    future = _new_future(kind)
    try:
        future.set_result(give())
    except Exception as error:  # noqa: BLE001  # it is the outcome, and the future's
        future.set_exception(error)
        future.exception()  # asked for: the loop has nothing to complain of
    return future


def _new_future(kind: str) -> Any:
    """Return a future that is not done, of the running loop if it is one of asyncio's."""
    if kind == FUTURE:
        import asyncio  # only those who use it pay for it

        return asyncio.get_running_loop().create_future()
    import concurrent.futures  # likewise

    return concurrent.futures.Future()


async def _replaying(give: Callable[[], Any]) -> Any:
    """Give the recorded outcome when it is awaited."""
    __tracebackhide__ = True
    return give()


class _Replaying:
    """Gives the recorded outcome whenever it is awaited; what was changed is changed once."""

    def __init__(self, give: Callable[[], Any]) -> None:
        self._give = give
        self._given: tuple[bool, Any] | None = None

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._replaying().__await__()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a recording holds what awaiting gives, and no {name!r} beside it")

    async def _replaying(self) -> Any:
        """Give the outcome, the first time from the recording."""
        if self._given is None:
            try:
                self._given = True, self._give()
            except Exception as error:
                self._given = False, error
                raise
        returned, outcome = self._given
        if returned:
            return outcome
        raise outcome
