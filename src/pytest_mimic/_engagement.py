"""Where the engine, or a call that it records, is at work: there, calls pass straight through."""

from __future__ import annotations

from contextvars import ContextVar, Token
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator
    from types import TracebackType


class Engagement:
    """Tells for every thread and task whether the engine is at work in it.

    Args:
        always: Whether it is always taken to be, so that nothing is ever dispatched.
    """

    def __init__(self, *, always: bool = False) -> None:
        self.variable: ContextVar[bool] = ContextVar("mimic_engaged", default=always)

    def __call__(self) -> Engaged:
        """Makes a context in which the engine is at work."""
        return Engaged(self.variable)

    def steps(self, awaitable: Awaitable[Any]) -> Steps:
        """Makes an awaitable that is engaged only while the given one itself runs."""
        return Steps(self.variable, awaitable)


class Engaged:
    """A stretch of work that does not suspend."""

    __slots__ = ("_token", "_variable")

    def __init__(self, variable: ContextVar[bool]) -> None:
        self._variable = variable
        self._token: Token[bool] | None = None

    def __enter__(self) -> None:
        self._token = self._variable.set(True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            self._variable.reset(self._token)


class Steps:
    """Awaits something that may suspend: others run meanwhile, in this context or in another.

    Args:
        variable: Says that the engine is at work.
        awaitable: What is awaited.
    """

    __slots__ = ("_awaitable", "_variable")

    def __init__(self, variable: ContextVar[bool], awaitable: Awaitable[Any]) -> None:
        self._variable = variable
        self._awaitable = awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        __tracebackhide__ = True
        inner: Any = self._awaitable.__await__()
        step = partial(inner.send, None)
        while True:
            with Engaged(self._variable):
                try:
                    suspended = step()
                except StopIteration as stop:
                    return stop.value
            try:
                sent = yield suspended
            except GeneratorExit:
                with Engaged(self._variable):
                    inner.close()
                raise
            except BaseException as thrown:  # noqa: BLE001  # whatever it is, it goes in
                step = partial(inner.throw, thrown)
            else:
                step = partial(inner.send, sent)
