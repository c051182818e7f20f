"""What is called in the end when a stored attribute is called."""

from __future__ import annotations

import contextlib
from types import FunctionType, MethodType

from pytest_mimic._interception._stand_in import StaticStandIn
from pytest_mimic._target import LRU_WRAPPER, binds_in_python, callable_inside, wrapped_by

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
