"""Every reference to an object that the garbage collector can reach, made to refer to another.

Objects are told apart by identity alone, and changed by the methods of the built-in types alone:
no code of the user's runs, but for the hash of what stands in a set or is the key of a dict.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
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
from typing import TYPE_CHECKING, Any

from pytest_mimic._interception._heap import (
    Own,
    classes,
    is_hidden,
    namespace_of,
    untracked_containers,
)
from pytest_mimic._target import LRU_WRAPPER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# What cannot be changed, but built anew and replaced in its turn.
IMMUTABLE = (tuple, frozenset, MethodType, MethodWrapperType, LRU_WRAPPER)
_bases_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__


class Rebinding:
    """References that were rebound.

    Args:
        pairs: What was replaced, and by what; rebuilt tuples and the like among them.
    """

    __slots__ = ("pairs",)

    def __init__(self, pairs: Own[_Pair]) -> None:
        self.pairs = pairs


def rebind_all(
    pairs: Iterable[tuple[object, object]],
    exclude: Iterable[object] = (),
    *,
    thorough: bool = True,
) -> tuple[list[Rebinding], Rebinding]:
    """Replaces every reference to some objects by references to others, wherever that can be.

    A scan of half a million objects takes some 10 ms, for one object or for a hundred. There is one
    to begin with and one more for each level of tuples around the old objects. Old objects of types
    that the garbage collector does not know, as numpy's functions are, cost a walk of some 300 ms
    besides.

    Args:
        pairs: What is replaced, and by what. The new one may refer to the old one, and keeps it.
        exclude: Containers that keep what they hold. The closure and the defaults of a function
            and the dict of an object belong to it.
        thorough: Whether there is that walk, where it is needed.

    Returns:
        For each pair what was replaced for its sake, and what was for the sake of several.
    """
    given = Own(_Pair(old, new) for old, new in pairs)
    rebuilt = _rebind(given, exclude, thorough=thorough)
    if len(given) == 1:
        return [Rebinding(Own([*given, *rebuilt]))], Rebinding(Own())
    return [Rebinding(Own([pair])) for pair in given], Rebinding(rebuilt)


def undo_all(rebindings: Iterable[Rebinding]) -> None:
    """Rebinds back whatever refers to the new objects by now.

    Args:
        rebindings: What was rebound, whether before or after one another.
    """
    pairs = Own(pair for rebinding in rebindings for pair in rebinding.pairs)
    # What was rebuilt more than once is in the end what it was at first.
    old_of = {id(pair.new): pair for pair in pairs if pair.new is not pair.old}
    back: Own[_Pair] = Own()
    for pair in pairs:
        first = pair
        while id(first.old) in old_of:
            first = old_of[id(first.old)]
        back.append(_Pair(pair.new, first.old))
    _rebind(back, (), thorough=True)


def _rebind(pairs: Own[_Pair], exclude: Iterable[object], *, thorough: bool) -> Own[_Pair]:
    """Rebinds, and tells what was rebuilt for it."""
    swap = _Swap(pairs, exclude, thorough=thorough)
    holders = swap.collect()
    swap.build_all()
    for holder in holders:
        swap.change(holder)
    return swap.rebuilt()


class _Pair:
    """An object and what it is replaced by; not searched for references either."""

    __slots__ = ("built", "new", "old")

    def __init__(self, old: object, new: object, *, built: bool = True) -> None:
        self.old = old
        self.new = new
        self.built = built


class _Swap:
    """One replacement of objects, wherever they are referred to."""

    def __init__(self, pairs: Own[_Pair], exclude: Iterable[object], *, thorough: bool) -> None:
        self._table = {id(pair.old): pair for pair in pairs}
        self._given = len(self._table)
        self._excluded = Own(_with_parts(exclude))
        self._excluded += [pair.new for pair in pairs]
        self._excluded_ids = set(map(id, self._excluded))
        self._looks_there = thorough and any(is_hidden(pair.old) for pair in pairs)

    @functools.cached_property
    def _classes(self) -> dict[int, type]:
        """The classes by the identity of their namespace."""
        return classes()

    @functools.cached_property
    def _untracked(self) -> Own[object]:
        return Own(untracked_containers())

    def collect(self) -> Own[object]:
        """Finds what has to be built anew, and returns what can be changed in place."""
        found: Own[object] = Own()
        seen: set[int] = set()
        frontier: Own[object] = Own(pair.old for pair in self._table.values())
        while frontier:
            following: Own[object] = Own()
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

    def _holders(self, frontier: Own[object]) -> Own[object]:
        question = tuple(frontier)  # which Python 3.13 names among the answers
        holders: Own[object] = Own(
            holder for holder in gc.get_referrers(*question) if holder is not question
        )
        if self._looks_there:
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

    def rebuilt(self) -> Own[_Pair]:
        """Tells what was replaced besides."""
        found = itertools.islice(self._table.values(), self._given, None)
        return Own(pair for pair in found if pair.new is not pair.old)

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
        # The namespace of a class has it; to find whose it is takes a look at all classes.
        if dict.__contains__(holder, "__doc__") and id(holder) in self._classes:
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
            for member in namespace_of(kind).values():
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
KEPT = (Own, _Pair, FrameType, BuiltinFunctionType, ModuleType)
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
        descriptor = namespace_of(kind).get("__dict__")
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
