"""``mimic()``: a target for a block of code or for one test."""

from __future__ import annotations

import functools
import inspect
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Interception
from pytest_mimic._target import is_fixture, parse_target_line
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest
    from typing_extensions import Self

_F = TypeVar("_F", bound="Callable[..., Any]")


class mimic:  # noqa: N801  # read as a verb: `with mimic("m:f"):`
    """Mimics a target inside a ``with`` block, or while a decorated function runs.

    It does what a line of ``mimic_functions`` does, in the mode of the run. It may be entered again
    while it is entered, and what was there before is there again after it.

    Args:
        target: ``package.module:qualname``, as in ``mimic_functions``; a star may stand at its end.
        ignore: Names of parameters that are not part of the key and never written to the vault.
        sequence: Whether the nth equal call replays the nth recorded outcome.
        rtol: The part of a number by which a live one may differ from the recorded one.

    Raises:
        MimicUsageError: The target is malformed or, on entering, not there or not to be
            intercepted; or no run of pytest is under way.
    """

    def __init__(
        self, target: str, ignore: Iterable[str] = (), sequence: bool = False, rtol: float = 0.0
    ) -> None:
        names = [ignore] if isinstance(ignore, str) else list(ignore)
        options = [f"ignore={','.join(names)}"] if names else []
        options += ["sequence"] if sequence else []
        options += [f"rtol={rtol}"] if rtol else []
        self._line = parse_target_line(" ".join([target, *options]))
        self._entered: list[Interception] = []

    def __enter__(self) -> Self:
        interception = _interception()
        interception.add(self._line)
        self._entered.append(interception)
        return self

    def __exit__(self, *_: object) -> None:
        self._entered.pop().remove(self._line)

    def __call__(self, function: _F) -> _F:
        """Decorates a function, so that the target is mimicked while it runs.

        Args:
            function: A function, a coroutine function, or a generator function of either kind; what
                yields is covered from its first step to its last.

        Raises:
            MimicUsageError: It is a class, or a fixture already.
        """
        if is_fixture(function):
            raise MimicUsageError(
                f"mimic() decorates functions, and {function.__name__} is a fixture already: "
                "write @mimic(...) below @pytest.fixture"
            )
        if isinstance(function, type):
            raise MimicUsageError(
                f"mimic() decorates functions, and {function.__name__} is a class: "
                f"mark it with @pytest.mark.mimic({self._line.expression!r}) instead"
            )
        wrap = next((wrap for is_kind, wrap in _KINDS if is_kind(function)), _plain)
        wrapped: _F = wrap(self, function)
        functools.update_wrapper(wrapped, function)
        return wrapped


def _plain(block: mimic, function: Any) -> Any:
    def called(*args: Any, **kwargs: Any) -> Any:
        with block:
            return function(*args, **kwargs)

    return called


def _coroutine(block: mimic, function: Any) -> Any:
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        with block:
            return await function(*args, **kwargs)

    return awaited


def _generator(block: mimic, function: Any) -> Any:
    def driven(*args: Any, **kwargs: Any) -> Any:
        with block:
            return (yield from function(*args, **kwargs))

    return driven


def _async_generator(block: mimic, function: Any) -> Any:
    async def driven(*args: Any, **kwargs: Any) -> Any:
        inner = function(*args, **kwargs)
        with block:
            step = inner.__anext__()
            while True:
                try:
                    item = await step
                except StopAsyncIteration:
                    return
                try:
                    step = inner.asend((yield item))
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as thrown:  # noqa: BLE001  # whatever it is, it goes in
                    step = inner.athrow(thrown)

    return driven


_KINDS = (
    (inspect.iscoroutinefunction, _coroutine),
    (inspect.isgeneratorfunction, _generator),
    (inspect.isasyncgenfunction, _async_generator),
)


def enter_markers(item: pytest.Item) -> ExitStack:
    """Enters a ``mimic()`` for each ``mimic`` marker of a test, the outermost first.

    Args:
        item: The test.

    Returns:
        What leaves them again.

    Raises:
        MimicUsageError: A marker's target cannot be mimicked.
    """
    with ExitStack() as stack:
        for mark in reversed(list(item.iter_markers("mimic"))):
            stack.enter_context(mimic(*mark.args, **mark.kwargs))
        return stack.pop_all()


def _interception() -> Interception:
    """The interception of the innermost run: its finder is the first of them."""
    for finder in sys.meta_path:
        if isinstance(finder, MimicFinder) and isinstance(finder.watcher, Interception):
            return finder.watcher
    raise MimicUsageError(
        "mimic() works while pytest runs with the mimic plugin: use it inside a test or a fixture "
        "(and not under '-p no:mimic')"
    )
