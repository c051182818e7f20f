"""The objects that the garbage collector knows, and those that it knows through others alone."""

from __future__ import annotations

import gc
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")

HAVE_GC = 1 << 14  # a type's flag: Py_TPFLAGS_HAVE_GC
CHUNK = 10_000  # objects whose referents are asked for at once

namespace_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__


class Own(list[_T]):
    """A list of ours, which is not searched for references."""

    __slots__ = ()


def is_hidden(value: object) -> bool:
    """Tells whether the garbage collector does not know the type of an object.

    Nor does it know then of tuples and dicts that hold nothing else.
    """
    return not type(value).__flags__ & HAVE_GC


def classes() -> dict[int, type]:
    """Gives all classes, by the identity of their namespace."""
    return {id(gc.get_referents(namespace_of(kind))[0]): kind for kind in _all_classes()}


def _all_classes() -> Iterator[type]:
    seen = {id(object)}
    found: list[type] = [object]
    while found:
        kind = found.pop()
        yield kind
        derived: type
        for derived in type.__subclasses__(kind):
            if id(derived) not in seen:
                seen.add(id(derived))
                found.append(derived)


def untracked_containers() -> Iterator[object]:
    """Finds the containers that the collector knows only through others."""
    seen: set[int] = set()
    # What a module of C code holds besides its namespace is its own affair: Python 3.12's asyncio
    # names objects among it that it has freed, and to be given one frees it once more.
    objects = [value for value in gc.get_objects() if not issubclass(type(value), ModuleType)]
    for start in range(0, len(objects), CHUNK):
        found = gc.get_referents(*objects[start : start + CHUNK])
        while found:
            fresh = {
                id(value): value
                for value in found
                if (type(value) is tuple or type(value) is dict)
                and not gc.is_tracked(value)
                and id(value) not in seen
            }
            yield from fresh.values()
            seen.update(fresh)
            found = gc.get_referents(*fresh.values())
