"""Look into a value without running any code of its own.

Everything is read through the descriptors of built-in types, found on the classes themselves: no
property, no ``__getattr__``, no ``__iter__`` or ``__repr__`` of a foreign class is ever called.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import types
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pytest_mimic._outline._atoms import literal
from pytest_mimic._outline._classes import is_one_of, mro, namespace
from pytest_mimic._outline._secrets import looks_secret

_DESCRIPTORS: Final = (types.MemberDescriptorType, types.GetSetDescriptorType)
# Of SQLAlchemy's mapped objects: it leads to their session, and to all tables.
_BOOKKEEPING: Final = frozenset({"_sa_instance_state"})
_PARTS_OF_MODULES: Final = frozenset({"_parameters", "_buffers", "_modules"})  # of torch
# An expression of sympy, and what it remembers of itself: it follows from the rest, leads to tables
# of thousands of facts, and is another in each process.
_PARTS_OF_EXPRESSIONS: Final = frozenset({"_args", "_assumptions", "_mhash"})
_REMEMBERED: Final = frozenset({"_assumptions", "_assumptions0", "_mhash"})
# Their members are about themselves, not about what anybody put there.
_OPAQUE: Final = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
    types.CellType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
)
_CONTAINERS: Final = (dict, list, tuple, set, frozenset, collections.deque)
_SEQUENCES: Final = (list, tuple, collections.deque)
# Exactly of these types, a value has no attributes, and if it is no container no parts at all.
ATOMS: Final = frozenset({type(None), bool, int, float, str, bytes, bytearray})
_WITHOUT_ATTRIBUTES: Final = frozenset({dict, list, tuple, set, frozenset})
# Beyond that many, sorting for the sake of the few that are shown costs too much.
_SORTABLE: Final = 20_000
PAIR: Final = 2


class Part(NamedTuple):
    """Something inside a value.

    Args:
        group: Where it stands in the outline: items, entries or attributes; empty if nowhere.
        step: Its place there; None for an element of a sequence.
        name: The name it goes by, for telling secrets; empty if it has none.
        value: The thing itself.
    """

    group: str
    step: str | None
    name: str
    value: object


def length_of(value: object) -> int | None:
    """Count what a built-in container, or an heir of one, holds; None for anything else."""
    order = mro(type(value))
    for base in _CONTAINERS:
        if base in order:
            return base.__len__(value)  # type: ignore[arg-type] # it is an heir of that base
    return None


def parts(value: Any, limit: int | None = None) -> Iterator[Part]:
    """Go through all that is inside a value, in an order that depends on nothing else.

    Args:
        value: Any value.
        limit: How many elements of a sequence to give at the most; all without it.

    Yields:
        The parts: a mapping's items, a sequence's or set's elements, an object's attributes.
    """
    kind = type(value)
    if is_one_of(kind, ATOMS):
        return
    order = mro(kind)
    if dict in order:
        yield from _items(value)
    elif set in order or frozenset in order:
        yield from _members(value, set if set in order else frozenset)
    elif tuple in order and (fields := _field_names(order)):
        for name, element in zip(fields, tuple.__iter__(value), strict=False):
            yield Part("attributes", name, name, element)
    else:
        yield from _elements(value, order, limit)
    if not is_one_of(kind, _WITHOUT_ATTRIBUTES):
        yield from _attributes(value, order)


def _items(value: dict[object, object]) -> Iterator[Part]:
    shown = dict.__len__(value) <= _SORTABLE
    if not all(str in mro(type(key)) for key in dict.keys(value)):
        yield from _entries(value, shown=shown)
        return
    texts = {str.__str__(key): item for key, item in dict.items(value)}
    for text in sorted(texts) if shown else texts:
        yield Part("items" if shown else "", text, text, texts[text])


def _entries(value: dict[object, object], *, shown: bool) -> Iterator[Part]:
    """Go through a mapping whose keys are not all texts."""
    placed = {}
    for key, item in dict.items(value):
        text = literal(key) if shown else None
        name = str.__str__(key) if str in mro(type(key)) else ""
        if text is None:
            # It has no place in the outline, and may hold a secret all the same.
            yield Part("", None, "", key)
            yield Part("", None, name, item)
        else:
            placed[text] = Part("entries", text, name, item)
    for text in sorted(placed):
        yield placed[text]


def _members(value: Any, base: type) -> Iterator[Part]:
    members = list(base.__iter__(value))  # type: ignore[attr-defined] # a set
    texts = [literal(member) for member in members] if len(members) <= _SORTABLE else [None]
    if None in texts:
        yield from (Part("", None, "", member) for member in members)
        return
    pairs = zip(texts, range(len(members)), strict=True)
    for _, place in sorted(pairs):
        yield Part("items", None, "", members[place])


def _elements(value: Any, order: tuple[type, ...], limit: int | None) -> Iterator[Part]:
    base = next((base for base in _SEQUENCES if base in order), None)
    if base is None:
        return
    elements = base.__iter__(value)
    if base.__len__(value) == PAIR and base is not collections.deque:
        # ("Authorization", "..."): headers and the like are often lists of pairs.
        first, second = elements
        is_name = type(first) is str and looks_secret(first)
        yield Part("items", None, "", first)
        yield Part("items", None, first if is_name else "", second)
        return
    for element in itertools.islice(elements, limit):
        yield Part("items", None, "", element)


def _field_names(order: tuple[type, ...]) -> tuple[str, ...]:
    """Return the names of a named tuple's fields."""
    for kind in order:
        fields = namespace(kind).get("_fields")
        if type(fields) is tuple and all(type(name) is str for name in fields):
            return fields
    return ()


def _attributes(value: object, order: tuple[type, ...]) -> Iterator[Part]:
    held: dict[str, object] = {}
    for kind in reversed(order):
        if kind in _OPAQUE:
            continue
        for name, descriptor in namespace(kind).items():
            if type(name) is str and type(descriptor) is types.MemberDescriptorType:
                _read_slot(value, name, descriptor, held)
    held.update(_own_dict(value, order))
    if held.keys() >= _PARTS_OF_MODULES:  # pragma: no cover - torch
        held = _of_module(held)
    if BaseException in order:
        held["args"] = BaseException.__dict__["args"].__get__(value)
    left_out = _REMEMBERED if held.keys() >= _PARTS_OF_EXPRESSIONS else _BOOKKEEPING
    for name in sorted(held.keys() - left_out):
        is_private = name.startswith("__") and name.endswith("__")
        yield Part("" if is_private else "attributes", name, name, held[name])
    if type(value) is types.FunctionType:
        yield from _captured(value)


def _of_module(held: dict[str, object]) -> dict[str, object]:  # pragma: no cover - torch
    """Return what people call attributes of a torch module: its settings, parameters and parts."""
    shown = {name: item for name, item in held.items() if not name.startswith("_")}
    for name in _PARTS_OF_MODULES:
        part = held[name]
        if isinstance(part, dict):
            shown.update((inner, item) for inner, item in part.items() if type(inner) is str)
    return shown


def _read_slot(value: object, name: str, descriptor: Any, held: dict[str, object]) -> None:
    with contextlib.suppress(AttributeError):
        held[name] = descriptor.__get__(value)


def _own_dict(value: object, order: tuple[type, ...]) -> dict[str, object]:
    for kind in order:
        descriptor = namespace(kind).get("__dict__")
        if descriptor is not None:
            if type(descriptor) not in _DESCRIPTORS or kind in _OPAQUE:
                return {}
            held = descriptor.__get__(value)
            return {name: item for name, item in dict.items(held) if type(name) is str}
    return {}


def _captured(function: types.FunctionType) -> Iterator[Part]:
    """Go through what a function brings along; it is not shown, but may be a secret."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):
            yield Part("", None, name, cell.cell_contents)
    yield Part("", None, "", function.__defaults__)
    yield Part("", None, "", function.__kwdefaults__)
