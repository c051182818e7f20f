"""Every kind of reference to an object is replaced, and comes back."""

from __future__ import annotations

import collections
import dataclasses
import functools
import gc
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pytest_mimic import _references
from pytest_mimic._references import rebind, rebind_all

if TYPE_CHECKING:
    from collections.abc import Callable

NAME: Any = None


class Step:
    """Callable, and told apart by identity alone, as a builtin is."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def __call__(self) -> str:
        return self.name


class Equal(Step):
    """As a proxy: of one hash with what it stands for, and equal."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step)

    def __hash__(self) -> int:
        return 1


class Pipeline(NamedTuple):
    first: Any
    second: Any = None


class Plain:
    def __init__(self, step: object) -> None:
        self.step = step


class Slotted:
    __slots__ = ("empty", "step")

    def __init__(self, step: object) -> None:
        self.step = step


@dataclasses.dataclass(frozen=True)
class Frozen:
    step: object


class Stubborn(Plain):
    """Lets nobody set, get or compare."""

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(type(self), "closed"):
            raise AssertionError(name)
        super().__setattr__(name, value)

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(name)

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError


class Mapping(dict[Any, Any]):
    def __setitem__(self, key: object, value: object) -> None:
        raise AssertionError(key)

    def items(self) -> Any:
        raise AssertionError


class Items(list[Any]):
    def __iter__(self) -> Any:
        raise AssertionError


class Group(frozenset[Any]):
    pass


class Row(tuple[Any, ...]):
    pass


def closure(step: object) -> Any:
    return lambda: step


def in_class(**namespace: object) -> Any:
    return type("Holder", (), namespace)


def default(step: object) -> Any:
    def function(a: object, b: object = step) -> object:
        return b

    return function


def keyword_default(step: object) -> Any:
    def function(*, b: object = step) -> object:
        return b

    return function


def attribute(step: object) -> Any:
    def function() -> None: ...

    function.step = step  # type: ignore[attr-defined]
    return function


def slot_and_dict(step: object) -> Any:
    class Both(Slotted):
        other: object

    both = Both(step)
    both.other = step
    return both


def cached(step: Callable[[], object]) -> Any:
    return [functools.lru_cache(maxsize=3)(step)]


def ordered(step: object) -> Any:
    return collections.OrderedDict({"a": 1, step: 2, "b": 3})


def with_dict(row: Any, step: object) -> Any:
    row.step = step
    return [row]


KINDS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "dict": (lambda step: {"a": 1, "step": step}, lambda d: d["step"]),
    "dict subclass": (lambda step: Mapping(step=step), lambda d: dict.__getitem__(d, "step")),
    "dict key": (lambda step: {"a": 1, step: 2, "b": 3}, lambda d: list(d)[1]),
    "ordered key": (ordered, lambda d: list(d)[1]),
    "defaultdict": (lambda step: collections.defaultdict(step), lambda d: d.default_factory),
    "list": (lambda step: [1, step, 3], lambda items: items[1]),
    "list subclass": (lambda step: Items([1, step]), lambda items: items[1]),
    "nested list": (lambda step: [[step]], lambda items: items[0][0]),
    "deque": (lambda step: collections.deque([1, step, 3]), lambda items: items[1]),
    "tuple in a dict": (lambda step: {"t": (1, step)}, lambda d: d["t"][1]),
    "nested tuple": (lambda step: [((0, (step,)), step)], lambda items: items[0][0][1][0]),
    "nested tuple, twice": (lambda step: [((0, (step,)), step)], lambda items: items[0][1]),
    "tuple subclass": (lambda step: [Row((step,))], lambda items: items[0][0]),
    "named tuple": (lambda step: [Pipeline(step)], lambda items: items[0].first),
    "attribute of a tuple": (lambda step: with_dict(Row((step,)), step), lambda r: r[0].step),
    "set": (lambda step: {1, step}, lambda s: (s - {1}).pop()),
    "frozenset": (lambda step: [frozenset({1, step})], lambda s: set(s[0] - {1}).pop()),
    "frozenset subclass": (lambda step: [Group({step})], lambda s: next(iter(s[0]))),
    "frozenset in a set": (lambda step: {frozenset({step})}, lambda s: next(iter(next(iter(s))))),
    "tuple in a set": (lambda step: {(step,)}, lambda s: next(iter(s))[0]),
    "closure": (closure, lambda function: function()),
    "default": (default, lambda function: function(1)),
    "keyword default": (keyword_default, lambda function: function()),
    "function attribute": (attribute, lambda function: function.step),
    "partial": (lambda step: functools.partial(step), lambda p: p.func),
    "partial argument": (lambda step: functools.partial(print, 1, step), lambda p: p.args[1]),
    "partial keyword": (lambda step: functools.partial(print, a=step), lambda p: p.keywords["a"]),
    "partial method": (lambda step: functools.partialmethod(step), lambda p: p.func),
    "bound": (lambda step: [types.MethodType(step, 1)], lambda items: items[0].__func__),
    "its own call": (lambda step: [step.__call__], lambda items: items[0].__self__),
    "lru_cache": (cached, lambda items: items[0].__wrapped__),
    "class attribute": (lambda step: in_class(step=step), lambda c: c.step),
    "static method": (lambda step: in_class(step=staticmethod(step)), lambda c: c.step),
    "class method": (lambda step: in_class(m=classmethod(step)), lambda c: c.m.__func__),
    "property": (lambda step: in_class(m=property(step)), lambda c: c.m.fget),
    "setter": (lambda step: in_class(m=property(None, step)), lambda c: c.m.fset),
    "cached property": (
        lambda step: in_class(m=functools.cached_property(step)),
        lambda c: c.m.func,
    ),
    "instance": (Plain, lambda held: held.step),
    "slot": (Slotted, lambda held: held.step),
    "slot and dict": (slot_and_dict, lambda held: held.other),
    "frozen": (Frozen, lambda held: held.step),
    "namespace": (lambda step: types.SimpleNamespace(step=step), lambda held: held.step),
    "module": (lambda step: vars_of_module(step), lambda held: held.step),
    "read-only view": (lambda step: types.MappingProxyType({"s": step}), lambda view: view["s"]),
}


def vars_of_module(step: object) -> types.ModuleType:
    module = types.ModuleType("elsewhere")
    module.__dict__["step"] = step
    return module


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_rebound_and_back(kind: str) -> None:
    make, read = KINDS[kind]
    old, new = Equal("old"), Equal("new")
    holder = make(old)
    before = read(holder)
    assert before is old
    rebinding = rebind(old, new)
    assert read(holder) is new
    assert not rebinding.missed
    rebinding.undo()
    assert read(holder) is old


def test_a_name_of_a_module() -> None:
    old, new = Step("old"), Step("new")
    globals()["NAME"] = old
    rebinding = rebind(old, new)
    assert NAME is new
    rebinding.undo()
    assert NAME is old
