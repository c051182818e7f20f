"""Every kind of reference to an object is replaced, and comes back."""

from __future__ import annotations

import collections
import dataclasses
import functools
import gc
import itertools
import re
import subprocess
import sys
import time
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from pytest_mimic._interception._rebinding import Rebinding, rebind_all, undo_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAME: Any = None


def rebind(old: object, new: object, exclude: Iterable[object] = ()) -> Rebinding:
    [rebinding], shared = rebind_all([(old, new)], exclude)
    assert not shared.pairs
    return rebinding


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


class Row(tuple[Any, ...]):  # noqa: SLOT001  # its attributes are the point
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


def module_with(step: object) -> types.ModuleType:
    module = types.ModuleType("elsewhere")
    module.__dict__["step"] = step
    return module


KINDS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "dict": (lambda step: {"a": 1, "step": step}, lambda d: d["step"]),
    "dict subclass": (lambda step: Mapping(step=step), lambda d: dict.__getitem__(d, "step")),
    "dict key": (lambda step: {"a": 1, step: 2, "b": 3}, lambda d: list(d)[1]),
    "ordered key": (ordered, lambda d: list(d)[1]),
    "defaultdict": (collections.defaultdict, lambda d: d.default_factory),
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
    "partial": (functools.partial, lambda p: p.func),
    "partial argument": (lambda step: functools.partial(print, 1, step), lambda p: p.args[1]),
    "partial keyword": (lambda step: functools.partial(print, a=step), lambda p: p.keywords["a"]),
    "partial method": (functools.partialmethod, lambda p: p.func),
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
    "module": (module_with, lambda held: held.step),
    "read-only view": (lambda step: types.MappingProxyType({"s": step}), lambda view: view["s"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_rebound_and_back(kind: str) -> None:
    make, read = KINDS[kind]
    old, new = Equal("old"), Equal("new")
    holder = make(old)
    before = read(holder)
    assert before is old
    rebinding = rebind(old, new)
    assert read(holder) is new
    undo_all([rebinding])
    assert read(holder) is old


def test_a_name_of_a_module() -> None:
    old, new = Step("old"), Step("new")
    globals()["NAME"] = old
    rebinding = rebind(old, new)
    assert NAME is new
    undo_all([rebinding])
    assert NAME is old


def test_a_tuple_is_itself_again() -> None:
    old, new = Step("old"), Step("new")
    row = (1, old)
    holder = [row]
    rebinding = rebind(old, new)
    assert holder[0] is not row
    undo_all([rebinding])
    assert holder[0] is row


@pytest.mark.parametrize("together", [True, False])
def test_a_tuple_of_several_is_itself_again(together: bool) -> None:
    pairs = [(Step("old"), Step("new")) for _ in range(2)]
    row = (pairs[0][0], pairs[1][0])
    holder = [row]
    rebindings = []
    for some in [pairs] if together else [[pair] for pair in pairs]:
        own, shared = rebind_all(each for each in some)
        rebindings += [*own, shared]
    assert holder[0] == (pairs[0][1], pairs[1][1])
    undo_all(rebindings)
    assert holder[0] is row


def test_order_and_neighbours_stay() -> None:
    old, new = Equal("old"), Equal("new")
    plain: dict[Any, int] = {"a": 1, old: 2, "b": 3}
    both: dict[Any, int] = {new: 2, "b": 3}
    values = [old, 1, old]
    rebind(old, new)
    assert list(plain.items()) == [("a", 1), (new, 2), ("b", 3)]
    assert values == [new, 1, new]
    assert len(both) == 2


def test_a_key_beside_the_new_one_stays() -> None:
    old, new = Step("old"), Step("new")
    both = {new: 1, old: 2}
    rebind(old, new)
    assert list(both.items()) == [(new, 1), (old, 2)]


def test_undo_reaches_references_made_meanwhile() -> None:
    old, new = Step("old"), Step("new")
    rebinding = rebind(old, new)
    meanwhile = {"list": [new], "tuple": (new,)}
    changed = [new]
    changed[0] = Step("another")
    undo_all([rebinding])
    assert meanwhile == {"list": [old], "tuple": (old,)}
    assert changed[0].name == "another"


def test_tuples_within_each_other() -> None:
    old, new = Step("old"), Step("new")
    rows = [(old, (old,)), old]
    rebinding = rebind(old, new)
    assert rows == [(new, (new,)), new]
    undo_all([rebinding])
    assert rows == [(old, (old,)), old]


def test_what_is_excluded_keeps_the_old_one() -> None:
    old, new = Step("old"), Step("new")
    kept, instance, slotted = [old], Plain(old), Slotted(old)
    function, with_default = closure(old), default(old)
    new.kept = old  # type: ignore[attr-defined]
    exclude = [kept, instance, slotted, function, with_default, new]
    rebind(old, new, exclude)
    assert kept == [old]
    assert instance.step is slotted.step is function() is with_default(1) is old
    assert new.kept is old  # type: ignore[attr-defined]


def test_the_new_one_keeps_the_old_one() -> None:
    old = Step("old")
    new = Slotted(old)
    rebind(old, new)
    assert new.step is old


def test_no_code_of_a_class_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Step("old"), Step("new")
    holder = Stubborn(old)
    monkeypatch.setattr(Stubborn, "closed", True, raising=False)
    rebind(old, new)
    assert object.__getattribute__(holder, "step") is new


class Unhashable(Step):
    __hash__ = None  # type: ignore[assignment]


def test_a_set_that_cannot_hold_the_new_one_does_without() -> None:
    old, new = Step("old"), Unhashable("new")
    frozen, plain, others = [frozenset({old})], {old}, [old]
    rebind(old, new)
    assert frozen == [frozenset({old})]
    assert plain == set()
    assert others == [new]


def test_an_iterator_of_c_code_keeps_the_old_one() -> None:
    old: Any = Step("old")
    mapped = itertools.starmap(old, [()])
    rebind(old, Step("new"))
    assert list(mapped) == ["old"]


def test_a_tuple_with_a_mind_of_its_own_keeps_the_old_one() -> None:
    old: Any = Step("old")
    new = Step("new")
    rows = [time.struct_time([old] * 9), (old,)]
    rebind(old, new)
    assert rows[0][0] is old
    assert rows[1][0] is new


def test_other_methods_of_the_old_one_stay() -> None:
    class Both(Step):
        def method(self) -> str:
            return self.name

    old, new = Both("old"), Both("new")
    methods = [old.method, old.__call__]
    cached_result = functools.lru_cache(lambda: old)
    cached_result()
    rebind(old, new)
    assert [method() for method in methods] == ["old", "new"]
    assert cached_result.__wrapped__() is new


def test_a_call_taken_from_what_is_written_in_c() -> None:
    old = functools.partial(int, "1")
    new = functools.partial(int, "2")
    calls = [old.__call__]
    rebinding = rebind(old, new)
    assert calls[0]() == 2
    undo_all([rebinding])
    assert calls[0]() == 1


def test_an_instance_of_slots_with_nothing_in_some() -> None:
    old, new = Step("old"), Step("new")
    slotted = Slotted(old)
    rebind(old, new)
    assert slotted.step is new
    assert not hasattr(slotted, "empty")


def test_a_property_keeps_its_name_and_text() -> None:
    old: Any = Step("old")
    new = Step("new")
    holder = in_class(value=property(old, doc="of its own"))
    name = getattr(holder.value, "__name__", None)
    rebind(old, new)
    assert holder.value.fget is new
    assert holder.value.__doc__ == "of its own"
    assert getattr(holder.value, "__name__", None) == name


def test_a_special_method_of_a_class_reaches_its_slot() -> None:
    old, new = Step("old"), Step("new")
    holder = in_class(__len__=lambda _: 1, __str__=old, read=old)()
    calls = [str(holder), holder.read()]
    rebind(old, new)
    assert [*calls, str(holder), holder.read()] == ["old", "old", "new", "new"]


def test_a_class_that_cannot_be_changed_keeps_the_old_one() -> None:
    old = vars(re.Pattern)["fullmatch"]
    rebind(old, Step("new"))
    assert vars(re.Pattern)["fullmatch"] is old


def test_what_the_garbage_collector_does_not_know() -> None:
    """Neither numpy's functions nor a tuple or dict with nothing else in it."""
    old: Any = np.dot
    new: Any = Step("new")
    rows: list[Any] = [(1, old)]
    tables: list[Any] = [{"dot": old}, ({"dot": (old, "a")}, old)]
    gc.collect()
    assert not gc.is_tracked(rows[0])
    assert not gc.is_tracked(tables[0])
    rebinding = rebind(old, new)
    try:
        assert rows[0][1] is tables[0]["dot"] is tables[1][0]["dot"][0] is np.dot is new
    finally:
        undo_all([rebinding])
    assert rows[0][1] is tables[0]["dot"] is tables[1][0]["dot"][0] is np.dot is old


AWAITED = """
import asyncio
import numpy as np
from pytest_mimic._interception._rebinding import rebind_all, undo_all

async def one(future):
    await future

async def main():
    futures = [asyncio.get_running_loop().create_future() for _ in range(5)]
    tasks = [asyncio.ensure_future(one(future)) for future in futures]
    await asyncio.sleep(0)
    for future in futures:
        future.set_result(1)
    await asyncio.gather(*tasks)

asyncio.run(main())
for _ in range(2):
    undo_all(rebind_all([(np.dot, np.vdot)])[0])
asyncio.run(main())
"""


def test_what_c_code_has_freed_is_left_alone() -> None:
    """Python 3.12 hangs once it is freed again, which is why this runs in a child."""
    subprocess.run([sys.executable, "-c", AWAITED], check=True, timeout=100)


def test_a_builtin_by_whatever_name() -> None:
    old: Any = time.time
    new: Any = Step("new")
    names: dict[str, Any] = {"time": time.time, "partial": functools.partial(time.time)}
    rebinding = rebind(old, new)
    try:
        assert time.time is names["time"] is names["partial"].func is new
    finally:
        undo_all([rebinding])
    assert time.time is names["time"] is names["partial"].func is old


class Settled(type):
    __slots__ = ()

    def __hash__(cls) -> int:
        raise AssertionError

    def __setattr__(cls, name: str, value: object) -> None:
        raise AssertionError(name)


def test_a_metaclass_is_not_asked() -> None:
    old, new = Step("old"), Step("new")
    settled: Any = Settled("Settled", (), {"step": old})
    instance = settled()
    instance.own = old
    rebinding = rebind(old, new)
    assert settled.step is instance.own is new
    undo_all([rebinding])
    assert settled.step is instance.own is old


def test_annotations_of_a_function_are_no_defaults() -> None:
    old, new = Step("old"), Step("new")
    function = default(1)
    function.__annotations__["a"] = old
    rebind(old, new)
    assert function.__annotations__["a"] is new


def test_a_function_that_holds_it_in_its_docstring_alone() -> None:
    old, new = Step("old"), Step("new")
    function = default(1)
    function.__doc__ = old
    rebind(old, new)
    assert function.__doc__ is new
    assert function(2) == 1
