"""Functions and classes: by where they live; where that is no name, by what they are."""

from __future__ import annotations

import types
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts, Refusal
from pytest_mimic._fingerprint._objects import Rule
from pytest_mimic._fingerprint._references import describe_type, reference


def take_class(value: type) -> tuple[str, object]:
    """A class."""
    name = reference(value)
    if name is None:
        raise Refusal(describe_type(value))
    return "class", name


def take_function(value: types.FunctionType) -> tuple[str, object]:
    """A Python function."""
    name = reference(value)
    if name is None:
        raise Refusal(value.__qualname__)
    return "function", name


def _take_method(value: types.MethodType) -> tuple[str, object]:
    return "method", Parts((value.__func__, value.__self__))


def _take_builtin(value: types.BuiltinFunctionType) -> tuple[str, object]:
    holder: Any = value.__self__
    if holder is None or isinstance(holder, types.ModuleType):
        module = value.__module__ if holder is None else holder.__name__
        return "builtin", f"{module}:{value.__qualname__}"
    return "bound", Parts((holder, value.__name__))


RULES: Final[dict[type, Rule]] = {
    type: take_class,
    types.FunctionType: take_function,
    types.MethodType: _take_method,
    types.BuiltinFunctionType: _take_builtin,
}
