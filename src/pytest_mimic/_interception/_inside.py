"""What is called in the end when a stored attribute is called."""

from __future__ import annotations

import contextlib
import functools
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from pytest_mimic._target import LRU_WRAPPER, binds_in_python, callable_inside, wrapped_by

if TYPE_CHECKING:
    from collections.abc import Callable

    # Gives what a class, or an instance of it, has under the name that is stood for.
    Inherited = Callable[[Any, type], Any]

# Both decorators return functions that share one code object each; the generator is inside.
_CONTEXT_MANAGER_CODES = frozenset(
    decorate(lambda: iter(())).__code__  # type: ignore[arg-type, return-value]  # never called
    for decorate in (contextlib.contextmanager, contextlib.asynccontextmanager)
)


class Inside:
    """What runs when a stored attribute is called.

    Args:
        function: The Python function that runs, if one does.
        receiver: The one object that is meant when the function serves others too, as ``__call__``
            of a class does for all its instances; None where every call is meant.
        called: What is called where no Python function runs.
    """

    __slots__ = ("called", "function", "receiver")

    def __init__(
        self, function: FunctionType | None, receiver: object | None, called: object
    ) -> None:
        self.function = function
        self.receiver = receiver
        self.called = called


def look_inside(raw: object, *, in_class: bool) -> Inside:
    """Peels descriptors and decorators of the standard library off a stored attribute.

    Args:
        raw: The attribute as it is stored.
        in_class: Whether a class holds it, and what it binds to is called instead of it.
    """
    is_own = isinstance(raw, StaticStandIn)
    if in_class and callable(raw) and binds_in_python(raw) and not is_own:
        return Inside(None, None, raw)
    while True:
        inside = _peel(raw)
        if inside is None:
            return _innermost(raw)
        raw = inside


def stands_before(raw: object) -> bool:
    """Tells whether a method chooses or completes the call of another, of the same class."""
    return isinstance(raw, (functools.partialmethod, functools.singledispatchmethod))


class StaticStandIn(staticmethod):  # type: ignore[type-arg]  # it is no generic class before 3.12
    """A static method that leaves in its place what else a class of several bases inherits.

    Args:
        function: What runs in the place of what is stood for.
        stood_for: The function that is stood for.
        inherited: Gives what a class inherits.
    """

    def __init__(self, function: FunctionType, stood_for: object, inherited: Inherited) -> None:
        super().__init__(function)
        self._stood_for = stood_for
        self._inherited = inherited

    def __get__(self, instance: Any, kind: type | None = None, /) -> Any:
        found = self._inherited(None, type(instance) if kind is None else kind)
        return self.__func__ if found is self._stood_for else found


def _peel(raw: object) -> object | None:
    if isinstance(raw, FunctionType):
        is_manager = raw.__code__ in _CONTEXT_MANAGER_CODES
        return raw.__dict__.get("__wrapped__") if is_manager else None
    if type(raw) is LRU_WRAPPER:
        return wrapped_by(raw)
    return callable_inside(raw)


def _innermost(raw: object) -> Inside:
    if isinstance(raw, FunctionType):
        return Inside(raw, None, raw)
    if isinstance(raw, MethodType) and isinstance(raw.__func__, FunctionType):
        return Inside(raw.__func__, raw.__self__, raw)
    for base in type.__dict__["__mro__"].__get__(type(raw)):
        call = base.__dict__.get("__call__")
        if call is not None:
            python = call if isinstance(call, FunctionType) else None
            return Inside(python, raw if python else None, raw)
    return Inside(None, None, raw)
