"""Functions and what hangs on them: by where they live; where that is no name, by what they are."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import FLAT, Parts, Refusal, State
from pytest_mimic._fingerprint._objects import Rule, named
from pytest_mimic._fingerprint._references import (
    MOVED,
    PYTHON_BEFORE,
    describe_type,
    reference,
)
from pytest_mimic._fingerprint._source import (
    FunctionNode,
    clean_docstring,
    describe_syntax,
    find_source,
    global_names,
    lost_docstring,
)

OWN_CLASS: Final = "__class__"
"""The cell by which a method knows its own class, for `super`; it is no part of what it does."""

NAMED: Final = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)
"""Globals of these types are followed; they are known by name, or are code themselves."""

OF_THE_PLACE: Final = frozenset({"__cached__", "__file__", "__path__"})
"""Globals that say where a module lies, which is elsewhere on other machines."""

CONTAINERS: Final = frozenset({list, tuple, dict, set, frozenset})
SILENT_ATTRIBUTES: Final = frozenset({"__wrapped__", "pytestmark"})


def take_function(value: types.FunctionType) -> tuple[str, object]:
    """A Python function.

    Where it cannot be imported by its name, it is what it is called and what its source,
    docstring and annotations say, its defaults, what it closes over, its attributes, and those
    globals that it refers to: data of built-in types by value, functions, classes and modules; of
    other globals, which may be the state of a program, it is known only which they are.
    """
    name = reference(value)
    if name is not None:
        return "function", name
    source = find_source(value)
    if source is None:
        raise Refusal(f"function {value.__qualname__} (it has neither a name nor a source)")
    environment = {
        each: _environment(each, value.__globals__) for each in global_names(source, value)
    }
    attributes = {each: item for each, item in vars(value).items() if each not in SILENT_ATTRIBUTES}
    return "code", Parts(
        (
            describe_syntax(source),
            value.__defaults__,
            value.__kwdefaults__,
            _closure(value),
            State(environment),
            named(attributes),
            *_appearance(value, source),
        )
    )


def _appearance(function: types.FunctionType, source: FunctionNode) -> tuple[object, ...]:
    """What tells people what a function does, and programs that describe it to others."""
    scope = function.__qualname__.rpartition(".")[0]
    # A method is called by the name that its class has for it, a lambda by none.
    is_called = scope in ("", "<locals>") or scope.endswith(".<locals>")
    name = function.__name__ if is_called and function.__name__ != "<lambda>" else ""
    docstring = clean_docstring(function) or lost_docstring(source)
    appearance = name, docstring, State(_annotations(function))
    return appearance if any(appearance) else ()


def _annotations(function: types.FunctionType) -> dict[str, Any]:
    try:
        return function.__annotations__
    except NameError:  # pragma: no cover - Python 3.14 looks only now for what they name
        return {}


def _closure(function: types.FunctionType) -> State:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return State({name: cell for name, cell in cells if name != OWN_CLASS})


def _environment(name: str, scope: dict[str, Any]) -> object:
    value = scope[name]
    if name not in OF_THE_PLACE and (isinstance(value, NAMED) or is_data(value)):
        return value
    return Parts((scope.get("__name__"), name, describe_type(type(value))))


def is_data(value: object) -> bool:
    """Whether a value is made of nothing but atoms and containers of built-in types."""
    waiting: list[Any] = [value]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if type(each) in FLAT or id(each) in seen:
            continue
        if type(each) not in CONTAINERS:
            return False
        seen.add(id(each))
        waiting.extend(each)
        if type(each) is dict:
            waiting.extend(each.values())
    return True


def _take_method(value: types.MethodType) -> tuple[str, object]:
    return "method", Parts((value.__func__, value.__self__))


def _take_builtin(value: types.BuiltinFunctionType) -> tuple[str, object]:
    holder: Any = value.__self__
    if holder is None or isinstance(holder, types.ModuleType):
        module: Any = value.__module__ if holder is None else holder.__name__
        name = f"{MOVED.get(module, module)}:{value.__qualname__}"
        before = PYTHON_BEFORE.get(name)
        return ("builtin", name) if before is None else ("function", before)
    return "bound", Parts((holder, value.__name__))


def _take_descriptor(value: Any) -> tuple[str, object]:
    return "descriptor", Parts((value.__objclass__, value.__name__))


def _take_wrapper(value: staticmethod[..., Any] | classmethod[Any, ..., Any]) -> tuple[str, object]:
    return type(value).__name__, Parts((value.__func__,))


def _take_property(value: property) -> tuple[str, object]:
    return "property", Parts((value.fget, value.fset, value.fdel))


def _take_computed(value: functools.cached_property[Any]) -> tuple[str, object]:
    return "computed", Parts((value.func, value.attrname))


def _take_remembering(value: Any) -> tuple[str, object]:
    name = reference(value)
    if name is not None:
        return "function", name
    return "remembering", Parts((value.__wrapped__, value.cache_parameters()))


def _rules(take: Rule, kinds: Iterable[type]) -> dict[type, Rule]:
    return dict.fromkeys(kinds, take)


RULES: Final[dict[type, Rule]] = {
    types.FunctionType: take_function,
    types.MethodType: _take_method,
    types.BuiltinFunctionType: _take_builtin,
    types.MethodWrapperType: lambda value: ("bound", Parts((value.__self__, value.__name__))),
    property: _take_property,
    functools.cached_property: _take_computed,
    type(functools.lru_cache(len)): _take_remembering,
    **_rules(_take_wrapper, (staticmethod, classmethod)),
    **_rules(
        _take_descriptor,
        (
            types.MethodDescriptorType,
            types.WrapperDescriptorType,
            types.ClassMethodDescriptorType,
            types.GetSetDescriptorType,
            types.MemberDescriptorType,
        ),
    ),
}
