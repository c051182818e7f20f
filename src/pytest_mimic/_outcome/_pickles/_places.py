"""Objects that a module holds, and that come back as the ones that it holds.

A sentinel, a default, a lambda in a table: whoever compares such an object by ``is`` finds it again
only where it has stayed itself. Classes and functions whose name says where they are need none of
this.
"""

from __future__ import annotations

import contextlib
import sys
from operator import attrgetter
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from pytest_mimic._fingerprint._objects import reduces_as_object
from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import (
    PLAIN,
    attributes_of,
    has_open_state,
    slots_of,
    state_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH: Final = 2


def is_nameless(value: object) -> bool:
    """Tell whether a value is a function or class whose name does not say where it is."""
    if not isinstance(value, (type, FunctionType)):
        return False
    try:
        return bool(attrgetter(value.__qualname__)(sys.modules[value.__module__]) is not value)
    except (AttributeError, KeyError):
        return True


class Places:
    """What the modules hold that an outcome leads to; each is looked through once."""

    __slots__ = ("_constants", "_held")

    def __init__(self) -> None:
        self._constants: dict[type, dict[int, tuple[str, str]]] = {}
        self._held: dict[str, dict[int, str]] = {}

    def reduce(self, value: Any) -> Any:
        """Reduce an instance that its class's module or its class holds, if that holds it.

        Only one that is told by plain attributes: so it can be seen whether it is the same still.
        One without any is a sentinel, as a rule, and any module of its package may hold it.
        """
        kind = type(value)
        held = self._constants.get(kind)
        if held is None:
            held = self._constants[kind] = _constants_of(kind, value)
        place = held.get(id(value)) if held else None
        if place is None:
            return NotImplemented
        state = state_of(value)
        if not PLAIN.issuperset(map(type, state.values())):
            return NotImplemented
        return _rebuild.constant, (*place, kind, state)

    def reduce_nameless(self, value: Any) -> Any:
        """Reduce a function or class that its name does not lead to, if its module holds it.

        Or a package around that.
        """
        if not is_nameless(value) or value.__module__ == "__main__":
            return NotImplemented
        for name in _above(value.__module__):
            held = self._held.get(name)
            if held is None:
                held = self._held[name] = _held_by(sys.modules.get(name))
            path = held.get(id(value))
            if path is not None and _leads_to(name, path, value):
                return _rebuild.attribute, (name, path)
        return NotImplemented


def reduce_bare(value: object) -> Any:
    """Store a bare ``object()`` by the name of the module attribute that holds it, if one does."""
    for name, module in list(sys.modules.items()):
        for attribute, held in list(getattr(module, "__dict__", {}).items()):
            if held is value:
                return _rebuild.attribute, (name, attribute)
    return NotImplemented


def _leads_to(module: str, path: str, value: object) -> bool:
    with contextlib.suppress(Exception):  # of whoever is asked for an attribute on the way
        return _rebuild.attribute(module, path) is value
    return False


def _above(module: str) -> Iterator[str]:
    """Yield the names of a module and of the packages around it, which may hold it as well."""
    while module:
        yield module
        module = module.rpartition(".")[0]


def _constants_of(kind: type, value: object) -> dict[int, tuple[str, str]]:
    """Return the modules and paths of the instances of a class that its module holds, or it itself.

    Where its instances are like the given one, and that has no attributes, also of those that other
    modules of its package hold.
    """
    module = sys.modules.get(kind.__module__)
    is_told_by_state = has_open_state(kind) and reduces_as_object(kind)
    if module is None or kind.__module__ == "__main__" or not is_told_by_state:
        return {}
    here = kind.__module__
    others = [] if state_of(value) else _modules_beside(here)
    return {
        **{id(one): (at, name) for at, other in others for name, one in _of_kind(other, kind)},
        **{id(one): (here, f"{kind.__qualname__}.{name}") for name, one in _of_kind(kind, kind)},
        **{id(one): (here, name) for name, one in _of_kind(module, kind)},
    }


def _modules_beside(name: str) -> list[tuple[str, object]]:
    """Return the modules of the outermost package that a module is in."""
    package = name.partition(".")[0]
    inside = f"{package}."
    return [
        (each, module)
        for each, module in list(sys.modules.items())
        if each == package or each.startswith(inside)
    ]


def _of_kind(holder: object, kind: type) -> list[tuple[str, object]]:
    held = getattr(holder, "__dict__", {})  # there may be anything among the modules
    return [(name, one) for name, one in list(held.items()) if type(one) is kind]


def _held_by(module: ModuleType | None) -> dict[int, str]:
    """Return the paths of the functions and classes that a module holds, by their ids."""
    if module is None:
        return {}
    return {
        id(value): path
        for path, value in _inside(module, module, "", _DEPTH)
        if issubclass(type(value), (type, FunctionType))
    }


def _inside(
    holder: object, module: ModuleType, path: str, depth: int
) -> Iterator[tuple[str, object]]:
    """Yield what a module, a class of its own or an object holds, what is nearest last."""
    held = _contents(holder, module)
    for name, value in held.items():
        if depth and type(value) not in PLAIN:
            yield from _inside(value, module, f"{path}{name}.", depth - 1)
    for name, value in held.items():
        yield f"{path}{name}", value


def _contents(holder: object, module: ModuleType) -> dict[str, object]:
    """Return what a holder holds by name; no code of its class runs, which may do anything."""
    kind = type(holder)
    if issubclass(kind, type):
        body = type.__getattribute__(holder, "__dict__")
        return dict(body) if body.get("__module__") == module.__name__ else {}
    if issubclass(kind, FunctionType) or (issubclass(kind, ModuleType) and holder is not module):
        return {}
    held = dict(attributes_of(holder) or {})
    with contextlib.suppress(Exception):  # of a metaclass
        if has_open_state(kind):
            held.update(slots_of(holder))
    return held
