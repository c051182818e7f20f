"""Rules of the built-in types, of what derives from them, and of enums."""

from __future__ import annotations

import sys
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from pytest_mimic._fingerprint._exceptions import exception_content
from pytest_mimic._fingerprint._naming import digest_buffer
from pytest_mimic._fingerprint._nodes import NAN, Parts, Refusal
from pytest_mimic._fingerprint._objects import Rule, named, refuse


def take_buffer(value: bytes | bytearray | memoryview) -> tuple[int, bytes]:
    """What stands for a contiguous buffer: its length and its digest; it is not copied."""
    with memoryview(value) as view:
        return view.nbytes, digest_buffer(view)


def _take_bytearray(value: bytearray) -> tuple[str, object]:
    return "bytearray", take_buffer(value)


def _take_memoryview(value: memoryview) -> tuple[str, object]:
    content = take_buffer(value if value.c_contiguous else value.tobytes())
    return "memoryview", (value.format, value.shape, *content)


def _take_complex(value: complex) -> tuple[str, object]:
    parts = (value.real, value.imag)
    return "complex", tuple(part if part == part else NAN for part in parts)  # noqa: PLR0124


def _take_range(value: range) -> tuple[str, object]:
    """Ranges are equal when their elements are."""
    if not value:
        return "range", ()
    if value[0] == value[-1]:
        return "range", (value[0],)
    return "range", (value[0], value[-1], value.step)


def _take_slice(value: slice) -> tuple[str, object]:
    return "slice", Parts((value.start, value.stop, value.step))


def _take_constant(value: object) -> tuple[str, object]:
    return "constant", repr(value)


def _take_proxy(value: types.MappingProxyType[Any, Any]) -> tuple[str, object]:
    # The way to the mapping inside without calling anything of it.
    return "mappingproxy", value | _Inside()


class _Inside(dict[Any, Any]):
    def __ror__(self, other: Any) -> Any:
        return other


def _take_namespace(value: types.SimpleNamespace) -> tuple[str, object]:
    return "namespace", named(vars(value))


def take_module(value: types.ModuleType) -> tuple[str, object]:
    """A module, by its name."""
    name = value.__name__
    if sys.modules.get(name) is not value:
        raise Refusal(f"module {name} (it is not the module that is imported under this name)")
    return "module", name


def _take_cell(value: types.CellType) -> tuple[str, object]:
    try:
        return "cell", Parts((value.cell_contents,))
    except ValueError:
        return "cell", ()


def take_enum(value: Enum) -> tuple[str, object]:
    """A member by its class and name; what a flag is combined of has a value only."""
    kind = type(value)
    name = value._name_
    if kind._member_map_.get(name) is value:
        return "enum", Parts((kind, name))
    return "enum", Parts((kind, None, value._value_))


RULES: Final[dict[type, Rule]] = {
    bytearray: _take_bytearray,
    memoryview: _take_memoryview,
    complex: _take_complex,
    range: _take_range,
    slice: _take_slice,
    type(...): _take_constant,
    type(NotImplemented): _take_constant,
    types.MappingProxyType: _take_proxy,
    types.SimpleNamespace: _take_namespace,
    types.ModuleType: take_module,
    types.CellType: _take_cell,
    type({}.keys()): lambda value: ("keys", set(value)),
    type({}.items()): lambda value: ("items", dict(value)),
    type({}.values()): lambda value: ("values", list(value)),
    type(OrderedDict().keys()): lambda value: ("ordered keys", list(value)),
    type(OrderedDict().items()): lambda value: ("ordered items", list(value)),
    type(OrderedDict().values()): lambda value: ("ordered values", list(value)),
    object: refuse("object (one plain object cannot be told from another)"),
}


Content = Callable[[Any], object]


def take_float(value: float) -> float:
    """A float as it enters a node: all nans are one."""
    number = float.__float__(value)
    return number if number == number else NAN  # noqa: PLR0124


def _dict_content(kind: type) -> Content:
    if issubclass(kind, OrderedDict):
        return lambda value: list(map(list, OrderedDict.items(value)))
    if issubclass(kind, defaultdict):
        return lambda value: Parts((value.default_factory, dict(dict.items(value))))
    return lambda value: dict(dict.items(value))


CONTENTS: Final[dict[type, Callable[[type], Content]]] = {
    dict: _dict_content,
    list: lambda _: lambda value: list(list.__iter__(value)),
    tuple: lambda _: lambda value: tuple(tuple.__iter__(value)),
    set: lambda _: lambda value: set(set.__iter__(value)),
    frozenset: lambda _: lambda value: frozenset(frozenset.__iter__(value)),
    deque: lambda _: lambda value: Parts((list(deque.__iter__(value)), value.maxlen)),
    str: lambda _: str.__str__,
    bytes: lambda _: lambda value: bytes.__getitem__(value, slice(None)),
    bytearray: lambda _: take_buffer,
    int: lambda _: int.__int__,
    float: lambda _: take_float,
    complex: lambda _: lambda value: _take_complex(value)[1],
    BaseException: lambda _: exception_content,
}
"""Built-in type -> what there is of it in the values of a class derived from it."""
