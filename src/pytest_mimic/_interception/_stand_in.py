"""What is placed in a class to stand for a method that it inherits, or that stands before others.

On a class that has other bases too, it goes on to whatever comes next there.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from types import FunctionType
from typing import TYPE_CHECKING, Any

from pytest_mimic._interception._inside import StaticStandIn, stands_before
from pytest_mimic._trampoline import clone

if TYPE_CHECKING:
    from pytest_mimic._interception._inside import Inherited


def make_stand_in(raw: Any, owner: type, name: str) -> tuple[FunctionType, object]:
    """Makes a method of a class that does what another does.

    Args:
        raw: The other method, as it is stored.
        owner: The class that it is to be placed in.
        name: Its name there.

    Returns:
        The function that runs, and what to place.
    """
    inherited = _inherited(raw, owner, name)
    if isinstance(raw, (staticmethod, types.BuiltinFunctionType)):
        function = raw.__func__ if isinstance(raw, staticmethod) else raw
        if isinstance(function, FunctionType):
            made = clone(function)
        else:
            made = _dressed(_forward_static(function), raw, owner, name)
        return made, StaticStandIn(made, function, inherited)
    if isinstance(raw, (classmethod, types.ClassMethodDescriptorType)):
        made = _dressed(_forward_from_class(inherited), raw, owner, name)
        return made, classmethod(made)
    if isinstance(raw, (property, functools.cached_property)):
        made = _dressed(_forward_attribute(inherited), raw, owner, name)
        return made, _like_property(raw, made, owner, name)
    made = _dressed(_forward(inherited), raw, owner, name)
    return made, made


def _inherited(raw: Any, owner: type, name: str) -> Inherited:
    is_own = name in type.__dict__["__dict__"].__get__(owner)

    def inherited(instance: Any, kind: type) -> Any:
        if is_own or owner not in type.__dict__["__mro__"].__get__(kind):
            return raw.__get__(instance, kind)
        return getattr(super(owner, kind if instance is None else instance), name)

    return inherited


def _forward(inherited: Inherited) -> Any:
    def forward(self: object, /, *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        return inherited(self, type(self))(*args, **kwargs)

    return forward


def _forward_from_class(inherited: Inherited) -> Any:
    def forward(cls: type, /, *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        return inherited(None, cls)(*args, **kwargs)

    return forward


def _forward_attribute(inherited: Inherited) -> Any:
    def forward(self: object) -> object:
        __tracebackhide__ = True
        return inherited(self, type(self))

    return forward


def _forward_static(function: Any) -> Any:
    def forward(*args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        return function(*args, **kwargs)

    return forward


def _like_property(raw: Any, made: Any, owner: type, name: str) -> object:
    if isinstance(raw, property):
        return property(made, raw.fset, raw.fdel, raw.__doc__)
    stand_in: functools.cached_property[Any] = functools.cached_property(made)
    stand_in.__set_name__(owner, name)
    return stand_in


def _dressed(made: Any, raw: Any, owner: type, name: str) -> FunctionType:
    """Gives a forwarding function the names that people see, and a signature where one counts."""
    function = getattr(owner, name)
    made.__name__ = name
    made.__qualname__ = getattr(raw, "__qualname__", f"{owner.__qualname__}.{name}")
    made.__doc__ = getattr(function, "__doc__", None)
    if stands_before(raw):
        made.__dict__.update(function.__dict__)  # register() among them
        made.__module__ = owner.__module__
        with contextlib.suppress(ValueError):  # what has no Python code may have none
            made.__signature__ = inspect.signature(function)
    return made  # type: ignore[no-any-return]  # a function, which mypy calls a callable
