"""Where the engine, or a call that it records, is at work: there, calls pass straight through."""

from __future__ import annotations

from contextvars import ContextVar, Token
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator


class Engagement:
    """Tells for every thread and task whether the engine is at work in it.

    What suspends (a generator, a coroutine) is engaged step by step: between its steps others run,
    in the same context or in another.

    Args:
        note: Told of every error of this package that leaves the engine.
        always: Whether it is always taken to be at work, so that nothing is ever dispatched.
    """

    def __init__(self, note: Callable[[MimicError], None], *, always: bool = False) -> None:
        self.variable: ContextVar[bool] = ContextVar("mimic_engaged", default=always)
        self._note = note

    def __call__(self) -> Engaged:
        """Makes a context in which the engine is at work."""
        return Engaged(self.variable, self._note)

    def stream(self, inner: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Drives a generator."""
        __tracebackhide__ = True
        step = partial(next, inner)
        while True:
            with self():
                try:
                    item = step()
                except StopIteration as stop:
                    return stop.value
            try:
                sent = yield item
            except GeneratorExit:
                with self():
                    inner.close()
                raise
            except BaseException as thrown:  # noqa: BLE001  # whatever it is, it goes in
                step = partial(inner.throw, thrown)
            else:
                step = partial(inner.send, sent)

    async def async_stream(self, inner: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
        """Drives an async generator."""
        __tracebackhide__ = True
        step = inner.__anext__()
        while True:
            try:
                item = await self.awaitable(step)
            except StopAsyncIteration:
                return
            try:
                sent = yield item
            except GeneratorExit:
                await self.awaitable(inner.aclose())
                raise
            except BaseException as thrown:  # noqa: BLE001  # whatever it is, it goes in
                step = inner.athrow(thrown)
            else:
                step = inner.asend(sent)

    def awaitable(self, inner: Awaitable[Any]) -> Steps:
        """Makes an awaitable that drives another."""
        return Steps(self, inner)

    async def coroutine(self, inner: Awaitable[Any]) -> Any:
        """Drives an awaitable as a coroutine."""
        __tracebackhide__ = True
        return await self.awaitable(inner)


class Engaged:
    """A stretch of work that does not suspend."""

    __slots__ = ("_note", "_token", "_variable")

    def __init__(self, variable: ContextVar[bool], note: Callable[[MimicError], None]) -> None:
        self._variable = variable
        self._note = note
        self._token: Token[bool] | None = None

    def __enter__(self) -> None:
        self._token = self._variable.set(True)

    def __exit__(self, _kind: object, exception: object, _traceback: object) -> None:
        try:  # noqa: SIM105  # each replay comes by, and suppress() takes its time
            self._variable.reset(self._token)  # type: ignore[arg-type]  # set on entering
        except LookupError:
            # Where a finalizer runs while Python sets a variable, and sets one itself, Python
            # forgets one of them (python/cpython#148891); then this one is as it was before.
            pass
        if isinstance(exception, MimicError):
            self._note(exception)


class Steps:
    """Awaits something step by step.

    Args:
        engagement: Engages each step.
        inner: What is awaited: an awaitable, or a generator made one by ``types.coroutine``.
    """

    __slots__ = ("_engagement", "_inner")

    def __init__(self, engagement: Engagement, inner: Any) -> None:
        self._engagement = engagement
        self._inner = inner

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._inner
        return self._engagement.stream(
            inner.__await__() if hasattr(type(inner), "__await__") else inner
        )
