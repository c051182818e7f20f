"""Instances that a class makes once for each name, and that come back as the ones that it has.

Such a class looks into a table before it makes one, or its ``__new__`` remembers; a singleton has
one for all. A copy would be another than the one that the class gives for that name. And to make it
without a name, as pickle does, would change the one that the class gives for none.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakValueDictionary

from pytest_mimic._fingerprint._objects import reduces_as_object
from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import (
    PLAIN,
    has_open_state,
    is_shared_by_name,
    set_state,
    state_of,
)
from pytest_mimic._outcome._pickles._making import NEW
from pytest_mimic._target import LRU_WRAPPER

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLES: Final = (dict, WeakValueDictionary)
_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


class _Place(NamedTuple):
    """Where a class keeps one of its instances.

    Attributes:
        module: The name of the module.
        path: The attributes that lead to the table.
        key: The key there; the class itself where the path leads to the instance.
    """

    module: str
    path: str
    key: Any


class Interned:
    """Where classes keep their instances; each is looked through once."""

    __slots__ = ("_kept", "_sound")

    def __init__(self) -> None:
        self._kept: dict[type, dict[int, _Place]] = {}
        self._sound: set[int] = set()

    def reduce(self, value: Any) -> Any:
        """Reduce an instance to where its class keeps it, or to what its class makes it of."""
        kind: Any = type(value)
        if isinstance(kind.__new__, LRU_WRAPPER):
            return self._reduce_remembered(value) if _is_plainly_pickled(kind) else NotImplemented
        if kind not in self._kept and not (_may_intern(kind) or _is_plain(value)):
            return NotImplemented  # to look through all that a large class has takes long
        place = self._kept_of(kind).get(id(value))
        if place is None:
            return NotImplemented
        if place.key is kind:  # a singleton
            return interned, (kind, *place), *value.__reduce_ex__(4)[2:]
        if not self._is_sound(value):
            return NotImplemented
        return interned, (kind, *place, state_of(value))

    def _reduce_remembered(self, value: Any) -> Any:
        kind: Any = type(value)
        state = value.__reduce_ex__(4)[2:]
        for arguments in _arguments_of(value):
            if all(self._is_sound(each) for each in arguments):
                with contextlib.suppress(Exception):  # its own code
                    if kind.__new__(kind, *arguments) is value:
                        return NEW, (kind, *arguments), *state
        return _rebuild.unmade, (kind,), *state

    def _kept_of(self, kind: Any) -> dict[int, _Place]:
        """Return where the instances of a class are, by their ids."""
        kept = self._kept.get(kind)
        if kept is None:
            found = _instances_of(kind) if _is_plainly_pickled(kind) else ()
            kept = self._kept[kind] = {id(one): place for place, one in found}
        return kept

    def _is_sound(self, value: Any) -> bool:
        """Tell whether a value is plain, or made of such and of interned ones, and no circle."""
        within: set[int] = set()
        ways = [(0, iter((value,)))]  # no recursion: trees of such instances go deep
        while ways:
            owner, waiting = ways[-1]
            for one in waiting:
                if type(one) in PLAIN or id(one) in self._sound:
                    continue
                parts = None if id(one) in within else self._parts_of(one)
                if parts is None:
                    return False
                within.add(id(one))
                ways.append((id(one), iter(parts)))
                break
            else:
                ways.pop()
                within.discard(owner)
                self._sound.add(owner)
        return True

    def _parts_of(self, value: Any) -> tuple[Any, ...] | None:
        """Return what tells a value; None where nobody knows."""
        kind: Any = type(value)
        if kind in {tuple, frozenset}:
            return tuple(value)
        place = None
        if kind in self._kept or _may_intern(kind):
            place = self._kept_of(kind).get(id(value))
        if place is None and not isinstance(kind.__new__, LRU_WRAPPER):
            return () if is_shared_by_name(value) else None
        return (() if place is None else (place.key,)) + tuple(state_of(value).values())


def interned(
    kind: type, module: str, path: str, key: Any, state: dict[str, Any] | None = None
) -> object:
    """Return the instance that a class has for a name, or make it, and let the class have it.

    Args:
        kind: The class.
        module: The name of the module where its instances are kept.
        path: The attributes that lead to the table.
        key: The key there; the class itself where the path leads to the instance.
        state: The attributes of the instance; None of a singleton, whose state is set afterwards.

    Returns:
        The one that the class has, unless that is something else by now.
    """
    table: Any = None
    with contextlib.suppress(AttributeError):
        table = _rebuild.attribute(module, path)
    is_table = isinstance(table, _TABLES)
    held = table.get(key) if is_table else table
    if type(held) is kind and (state is None or state_of(held) == state):
        return held
    made = _rebuild.unmade(kind)
    set_state(made, state or {})
    if held is None and is_table:
        table[key] = made
    elif held is None and key is kind:
        owner, _, name = path.rpartition(".")
        setattr(_rebuild.attribute(module, owner), name, made)
    return made


def _may_intern(kind: Any) -> bool:
    """Tell whether a class, or its metaclass, has code of its own that makes instances."""
    return isinstance(kind.__new__, FunctionType) or isinstance(type(kind).__call__, FunctionType)


def _is_plain(value: object) -> bool:
    return PLAIN.issuperset(map(type, state_of(value).values()))


def _is_plainly_pickled(kind: Any) -> bool:
    return (
        has_open_state(kind)
        and reduces_as_object(kind)
        and not hasattr(kind, "__getnewargs__")
        and not hasattr(kind, "__getnewargs_ex__")
    )


def _instances_of(kind: type) -> Iterator[tuple[_Place, object]]:
    """Yield the instances in the tables of a class, of its bases, metaclass and module."""
    if _may_intern(kind) and is_shared_by_name(kind):
        for name, one in list(vars(kind).items()):
            if type(one) is kind:
                yield _Place(kind.__module__, f"{kind.__qualname__}.{name}", kind), one
    for module, prefix, holder in _holders(kind):
        for name, table in list(vars(holder).items()):
            if type(table) in _TABLES:
                for key, one in list(table.items()):
                    if type(one) is kind:
                        yield _Place(module, f"{prefix}{name}", key), one


def _holders(kind: Any) -> Iterator[tuple[str, str, Any]]:
    for each in (*kind.__mro__, *type(kind).__mro__):
        if each.__module__ != "builtins" and is_shared_by_name(each):
            yield each.__module__, f"{each.__qualname__}.", each
    module = sys.modules.get(kind.__module__)
    if module is not None and kind.__module__ != "__main__":
        yield kind.__module__, "", module


def _arguments_of(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield what an instance may have been made of: its attributes of the parameters' names."""
    kind: Any = type(value)
    state = state_of(value)
    parameters = list(inspect.signature(kind.__new__).parameters.values())[1:]
    names = [each.name for each in parameters if each.kind in _POSITIONAL]
    for count in range(len(names) + 1):
        if all(name in state for name in names[:count]):
            yield tuple(state[name] for name in names[:count])
