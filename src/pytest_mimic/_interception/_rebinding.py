"""Every reference to an object that the garbage collector can reach, made to refer to another.

Objects are told apart by identity alone, and changed by the methods of the built-in types alone:
no code of the user's runs, but for the hash of what stands in a set or is the key of a dict.
"""

from __future__ import annotations

import contextlib
import functools
import gc
from collections import OrderedDict, deque
from types import (
    BuiltinFunctionType,
    CellType,
    FrameType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_mimic._target import LRU_WRAPPER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_T = TypeVar("_T")

# What cannot be changed, but built anew and replaced in its turn.
IMMUTABLE = (tuple, frozenset, MethodType, MethodWrapperType, LRU_WRAPPER)
HAVE_GC = 1 << 14  # a type's flag: Py_TPFLAGS_HAVE_GC
CHUNK = 10_000  # objects whose referents are asked for at once

_namespace_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__
_bases_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__


class Rebinding:
    """References that were rebound.

    Args:
        pairs: What was replaced, and by what; rebuilt tuples and the like among them.
    """

    __slots__ = ("_pairs",)

    def __init__(self, pairs: _Own[_Pair]) -> None:
        self._pairs = pairs

    def undo(self) -> None:
        """Rebinds back whatever refers to the new objects by now."""
        _rebind(_Own(_Pair(pair.new, pair.old) for pair in self._pairs))


def rebind(old: object, new: object, exclude: Iterable[object] = ()) -> Rebinding:
    """Replaces every reference to one object by a reference to another, wherever that can be.

    A scan of half a million objects takes some 10 ms. There is one to begin with and one more for
    each level of tuples around the old object. An old object of a type that the garbage collector
    does not know, as numpy's functions are, costs a walk of some 300 ms besides.

    Args:
        old: The one.
        new: The other. It may refer to the old one, and keeps it.
        exclude: Containers that keep what they hold. The closure and the defaults of a function
            and the dict of an object belong to it.
    """
    return _rebind(_Own([_Pair(old, new)]), exclude)


def _rebind(pairs: _Own[_Pair], exclude: Iterable[object] = ()) -> Rebinding:
    swap = _Swap(pairs, exclude)
    holders = swap.collect()
    swap.build_all()
    for holder in holders:
        swap.change(holder)
    return swap.result()


class _Own(list[_T]):
    """A list of ours, which is not searched for references."""

    __slots__ = ()


class _Pair:
    """An object and what it is replaced by; not searched for references either."""

    __slots__ = ("built", "new", "old")

    def __init__(self, old: object, new: object, *, built: bool = True) -> None:
        self.old = old
        self.new = new
        self.built = built


class _Swap:
    """One replacement of objects, wherever they are referred to."""

    def __init__(self, pairs: _Own[_Pair], exclude: Iterable[object]) -> None:
        self._table = {id(pair.old): pair for pair in pairs}
        self._excluded = _Own(_with_parts(exclude))
        self._excluded += [pair.new for pair in pairs]
        self._excluded_ids = set(map(id, self._excluded))
        # The collector does not track a tuple or a dict with nothing in it that it could track.
        self._is_hidden = any(not type(pair.old).__flags__ & HAVE_GC for pair in pairs)

    @functools.cached_property
    def _classes(self) -> dict[int, type]:
        """The classes by the identity of their namespace."""
        return {id(gc.get_referents(_namespace_of(kind))[0]): kind for kind in _all_classes()}

    @functools.cached_property
    def _untracked(self) -> _Own[object]:
        return _Own(_untracked_containers())

    def collect(self) -> _Own[object]:
        """Finds what has to be built anew, and returns what can be changed in place."""
        found: _Own[object] = _Own()
        seen: set[int] = set()
        frontier: _Own[object] = _Own(pair.old for pair in self._table.values())
        while frontier:
            following: _Own[object] = _Own()
            for holder in self._holders(frontier):
                if id(holder) in seen or self._is_kept(holder):
                    continue
                if not issubclass(type(holder), IMMUTABLE):
                    seen.add(id(holder))
                    found.append(holder)
                elif id(holder) not in self._table:
                    self._table[id(holder)] = _Pair(holder, holder, built=False)
                    following.append(holder)
            frontier = following
        return found

    def _holders(self, frontier: _Own[object]) -> _Own[object]:
        question = tuple(frontier)  # which Python 3.13 names among the answers
        holders: _Own[object] = _Own(
            holder for holder in gc.get_referrers(*question) if holder is not question
        )
        if self._is_hidden:
            wanted = set(map(id, frontier))
            holders += [
                holder
                for holder in self._untracked
                if not wanted.isdisjoint(map(id, gc.get_referents(holder)))
            ]
        return holders

    def _is_kept(self, holder: object) -> bool:
        return issubclass(type(holder), KEPT) or id(holder) in self._excluded_ids

    def build_all(self) -> None:
        """Builds anew what cannot be changed."""
        for pair in self._table.values():
            self._built(pair.old)

    def result(self) -> Rebinding:
        """Tells what was replaced."""
        return Rebinding(_Own(pair for pair in self._table.values() if pair.new is not pair.old))

    def _built(self, value: object) -> object:
        pair = self._table.get(id(value))
        if pair is None:
            return value
        if not pair.built:
            pair.built = True
            with contextlib.suppress(Exception):  # an element's hash, or a type of its own mind
                pair.new = self._rebuilt(value)
        return pair.new

    def _rebuilt(self, value: Any) -> object:
        kind = type(value)
        if issubclass(kind, tuple):
            items = tuple(map(self._built, tuple.__iter__(value)))
            return items if kind is tuple else _like(value, tuple.__new__(kind, items))
        if issubclass(kind, frozenset):
            elements = set(value)
            self._change_set(elements)
            # From a set, no hash is asked for again.
            return _like(value, frozenset.__new__(kind, elements))
        if kind is LRU_WRAPPER:
            return self._rebuilt_wrapper(value)
        return self._rebound_method(value)

    def _rebuilt_wrapper(self, value: Any) -> object:
        wrapped = _dict_of(value).get("__wrapped__")
        anew = self._built(wrapped)
        if anew is wrapped:
            return value
        return functools.lru_cache(**value.cache_parameters())(anew)

    def _rebound_method(self, value: Any) -> object:
        receiver = value.__self__
        if type(value) is MethodType and self._built(value.__func__) is not value.__func__:
            return MethodType(self._built(value.__func__), receiver)  # type: ignore[arg-type]
        anew: Any = self._built(receiver)
        # Other methods of what is replaced are none of ours: only its calls are.
        return anew.__call__ if anew is not receiver and value.__name__ == "__call__" else value

    def change(self, holder: Any) -> None:
        """Replaces what one object refers to, in place."""
        with contextlib.suppress(Exception):  # a key's hash, or a type of its own mind
            for kind, change in CHANGES:
                if issubclass(type(holder), kind):
                    change(self, holder)
            self._change_attributes(holder)

    def _change_dict(self, holder: dict[Any, object]) -> None:
        if id(holder) in self._classes:
            self._change_class(self._classes[id(holder)], holder)
            return
        items = list(dict.items(holder))
        for key, value in items:
            anew = self._built(value)
            if anew is not value:
                dict.__setitem__(holder, key, anew)
        if any(self._built(key) is not key for key, _ in items):
            self._change_keys(holder)

    def _change_keys(self, holder: dict[Any, object]) -> None:
        """Changes keys without changing their order."""
        anew = {self._built(key): value for key, value in dict.items(holder)}
        if len(anew) < len(holder):
            return  # the new one is a key already
        kind = OrderedDict if issubclass(type(holder), OrderedDict) else dict
        kind.clear(holder)
        for key, value in anew.items():
            kind.__setitem__(holder, key, value)

    def _change_class(self, kind: type, namespace: dict[Any, object]) -> None:
        for name, value in list(dict.items(namespace)):
            anew = self._built(value)
            if anew is not value:
                # Written to the dict, it would not reach the type's own table of methods.
                type.__setattr__(kind, name, anew)

    def _change_items(self, holder: Any) -> None:
        kind: Any = list if issubclass(type(holder), list) else deque
        for place, value in enumerate(list(kind.__iter__(holder))):
            anew = self._built(value)
            if anew is not value:
                kind.__setitem__(holder, place, anew)

    def _change_set(self, holder: set[object]) -> None:
        for value in list(set.__iter__(holder)):
            anew = self._built(value)
            if anew is not value:
                set.discard(holder, value)
                set.add(holder, anew)

    def _change_cell(self, holder: CellType) -> None:
        holder.cell_contents = self._built(holder.cell_contents)

    def _change_function(self, holder: Any) -> None:
        anew = self._built(holder.__defaults__)
        if anew is not holder.__defaults__:
            holder.__defaults__ = anew

    def _change_partial(self, holder: functools.partial[object]) -> None:
        state: Any = functools.partial.__reduce__(holder)[2]
        anew = (self._built(state[0]), self._built(state[1]), *state[2:])
        functools.partial.__setstate__(holder, anew)  # type: ignore[attr-defined]

    def _change_static_method(self, holder: staticmethod[..., object]) -> None:
        staticmethod.__init__(holder, self._built(holder.__func__))  # type: ignore[arg-type]

    def _change_class_method(self, holder: classmethod[Any, ..., object]) -> None:
        classmethod.__init__(holder, self._built(holder.__func__))  # type: ignore[arg-type]

    def _change_property(self, holder: Any) -> None:
        name = getattr(holder, "__name__", None)
        accessors = map(self._built, (holder.fget, holder.fset, holder.fdel))
        initialise: Any = property.__init__
        initialise(holder, *accessors, holder.__doc__)
        if name is not None:
            holder.__name__ = name

    def _change_attributes(self, holder: object) -> None:
        """Changes attributes, in slots or in a dict, past any `__setattr__`."""
        for kind in _bases_of(type(holder)):
            for member in _namespace_of(kind).values():
                if type(member) is MemberDescriptorType:
                    self._change_member(holder, member)
        attributes = _dict_of(holder)
        for name, value in list(dict.items(attributes)):
            anew = self._built(value)
            if anew is not value:
                dict.__setitem__(attributes, name, anew)

    def _change_member(self, holder: object, member: Any) -> None:
        with contextlib.suppress(AttributeError, TypeError):  # not set, or never to be changed
            value = member.__get__(holder)
            anew = self._built(value)
            if anew is not value:
                member.__set__(holder, anew)


# What is of ours, what cannot be changed before Python 3.13 and is not worth it since, the state of
# C code, and methods of what is replaced.
KEPT = (_Own, _Pair, FrameType, BuiltinFunctionType, ModuleType)
CHANGES: tuple[tuple[type, Callable[[_Swap, Any], None]], ...] = (
    (dict, _Swap._change_dict),
    (list, _Swap._change_items),
    (deque, _Swap._change_items),
    (set, _Swap._change_set),
    (CellType, _Swap._change_cell),
    (FunctionType, _Swap._change_function),
    (functools.partial, _Swap._change_partial),
    (staticmethod, _Swap._change_static_method),
    (classmethod, _Swap._change_class_method),
    (property, _Swap._change_property),
)


def _dict_of(holder: object) -> dict[str, object]:
    """Gives the attributes of an object, past any `__getattribute__`."""
    for kind in _bases_of(type(holder)):
        descriptor = _namespace_of(kind).get("__dict__")
        if type(descriptor) is GetSetDescriptorType:
            attributes = descriptor.__get__(holder)
            return attributes if isinstance(attributes, dict) else {}
    return {}


def _like(value: object, anew: object) -> object:
    """Lets one object share the attributes of another."""
    attributes = _dict_of(value)
    if attributes:
        object.__setattr__(anew, "__dict__", attributes)
    return anew


def _with_parts(containers: Iterable[object]) -> Iterator[object]:
    """Gives containers, and the parts of them that hold on their behalf."""
    for container in containers:
        yield container
        yield _dict_of(container)
        if isinstance(container, FunctionType):
            yield container.__defaults__
            yield from container.__closure__ or ()


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


def _untracked_containers() -> Iterator[object]:
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
