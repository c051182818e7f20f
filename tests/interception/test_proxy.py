"""A proxy is as near to its original as Python allows, and binds as it does."""

from __future__ import annotations

import copy
import copyreg
import ctypes
import functools
import inspect
import math
import operator
import pickle
import random
import subprocess
import sys
import time
import types
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from pytest_mimic._interception._proxy import binder, make_proxy, original_of

if TYPE_CHECKING:
    from collections.abc import Callable

# A function compiled by Cython, as pandas ships them.
CYTHON: Any = pd.api.types.infer_dtype


class Registry:
    """A callable instance with whatever else a class may define."""

    marker: str
    __array_ufunc__ = None

    def __init__(self) -> None:
        self.items: dict[object, object] = {"a": 1}

    def __call__(self, name: str, *, loud: bool = False) -> str:
        return name

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, key: object) -> object:
        return self.items[key]

    def __setitem__(self, key: object, value: object) -> None:
        self.items[key] = value

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.items.clear()

    def __add__(self, other: object) -> object:
        return (self.items, other)

    def __iter__(self) -> Any:
        return iter(self.items)

    @staticmethod
    def __index__() -> int:
        return 7


class Unhashable(Registry):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unhashable)

    __hash__ = None  # type: ignore[assignment]


REGISTRY = Registry()
ORIGINALS: dict[str, Any] = {
    "builtin": time.time,
    "with a signature": math.sqrt,
    "bound": random.random,
    "dispatcher": np.dot,
    "ufunc": np.add,
    "cython": CYTHON,
    "partial": functools.partial(int, base=2),
    "lru_cache": functools.lru_cache(math.sqrt),
    "itemgetter": operator.itemgetter(1),
    "method wrapper": "a".__add__,
    "method descriptor": str.upper,
    "instance": REGISTRY,
}


class Calls(list[Any]):
    """Notes calls, and answers them."""

    def __call__(self, /, *args: object, **kwargs: object) -> str:
        self.append((args, kwargs))
        return "called"


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture(params=ORIGINALS)
def original(request: pytest.FixtureRequest) -> Any:
    return ORIGINALS[request.param]


@pytest.fixture
def proxy(original: Any, calls: Calls) -> Any:
    return make_proxy(original, calls)


def test_calls_arrive_with_their_arguments(proxy: Any, calls: Calls) -> None:
    assert callable(proxy)
    assert proxy(1, self=2, proxy=3) == "called"
    assert proxy.__call__(4) == "called"
    assert list(map(proxy, [5])) == [functools.partial(proxy, 5)()] == ["called"]
    assert calls == [((1,), {"self": 2, "proxy": 3}), ((4,), {}), ((5,), {}), ((5,), {})]


def test_it_is_taken_for_the_original(original: Any, proxy: Any) -> None:
    assert isinstance(proxy, type(original))
    assert proxy.__class__ is type(original)
    assert proxy == original
    assert original == proxy
    assert not proxy != original  # noqa: SIM202  # the other operator
    assert proxy != len
    assert make_proxy(original, len) == proxy
    assert hash(proxy) == hash(original)
    assert {original: 1}[proxy] == 1
    assert original_of(proxy) is original
    assert original_of(original) is original


def test_it_looks_like_the_original(original: Any, proxy: Any) -> None:
    assert dir(proxy) == dir(original)
    assert (repr(proxy), str(proxy), f"{proxy}") == (repr(original), str(original), f"{original}")
    assert sys.getsizeof(proxy) >= original.__sizeof__()
    for name in ["__doc__", "__name__", "__qualname__", "__module__", "__text_signature__"]:
        assert getattr(proxy, name, None) == getattr(original, name, None)
    questions: list[Any] = [inspect.isbuiltin, inspect.isroutine, inspect.isfunction]
    for ask in questions:
        assert ask(proxy) == ask(original)


def test_its_signature_is_the_original_s(original: Any, proxy: Any) -> None:
    try:
        signature = inspect.signature(original)
    except ValueError:
        assert not hasattr(proxy, "__signature__")
    else:
        assert inspect.signature(proxy) == signature


def test_it_is_copied_as_the_original_is(original: Any, proxy: Any) -> None:
    for copier in [copy.copy, copy.deepcopy]:
        if copier(original) is original:
            assert copier(proxy) is proxy
        else:
            assert type(copier(proxy)) is type(original)


def test_it_can_be_referred_to_weakly(proxy: Any) -> None:
    assert weakref.ref(proxy)() is proxy


def test_it_is_wrapped_as_the_original_is(original: Any, proxy: Any) -> None:
    def wrapper(wrapped: Any) -> Any:
        @functools.wraps(wrapped)
        def function() -> None: ...

        return function

    live, mimicked = wrapper(original), wrapper(proxy)
    assert mimicked.__wrapped__ is proxy
    assert vars(mimicked) == vars(live)
    assert (mimicked.__name__, mimicked.__doc__) == (live.__name__, live.__doc__)


@pytest.mark.filterwarnings("ignore:functools.partial will be a method:FutureWarning")
def test_in_a_class_it_binds_as_the_original_does(original: Any, calls: Calls) -> None:
    class Live:
        member = original

    class Mimicked:
        member = make_proxy(original, calls)

    assert isinstance(Mimicked.member, type(Live.member))
    if isinstance(original, types.MethodDescriptorType):
        return  # it binds to a str, and refuses everything else
    mimicked = Mimicked()
    mimicked.member(1)
    binds = type(Live().member) is types.MethodType
    assert calls == [((mimicked, 1) if binds else (1,), {})]


def test_a_bound_builtin_of_a_descriptor_arrives(calls: Calls) -> None:
    proxy = make_proxy(str.upper, calls)
    bound = proxy.__get__("a", str)
    assert bound() == "called"
    assert isinstance(bound, types.BuiltinMethodType)
    assert proxy.__get__(None, str) is proxy
    assert calls == [(("a",), {})]


@pytest.mark.parametrize("name", ["time.time", "math.sqrt", "numpy.add", "numpy.dot"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_of_it_is_the_original_s(
    name: str, protocol: int, monkeypatch: pytest.MonkeyPatch, calls: Calls
) -> None:
    module, _, attribute = name.partition(".")
    original = getattr(sys.modules[module], attribute)
    expected = pickle.dumps(original, protocol)
    proxy = make_proxy(original, calls)
    for each in list(sys.modules.values()):
        if vars(each).get(attribute) is original:
            monkeypatch.setattr(each, attribute, proxy)
    assert pickle.loads(pickle.dumps(proxy, protocol)) is proxy
    pickled = pickle.dumps(proxy, protocol)
    monkeypatch.undo()
    assert pickled == expected
    assert pickle.loads(pickled) is original


def test_a_pickle_made_by_hand(calls: Calls) -> None:
    assert make_proxy(time.time, calls).__reduce__() == "time"
    assert make_proxy(test_a_pickle_made_by_hand, calls).__reduce__() == (
        "test_a_pickle_made_by_hand"
    )
    partial = make_proxy(functools.partial(int, base=2), calls)
    assert pickle.loads(pickle.dumps(partial))("11") == 3


def test_a_reducer_that_is_registered(monkeypatch: pytest.MonkeyPatch, calls: Calls) -> None:
    monkeypatch.setitem(copyreg.dispatch_table, Registry, lambda registry: (str, ("reduced",)))
    assert pickle.loads(pickle.dumps(make_proxy(REGISTRY, calls))) == "reduced"


def test_attributes_are_the_original_s(calls: Calls) -> None:
    registry = Registry()
    proxy = make_proxy(registry, calls)
    proxy.marker = "set"
    assert registry.marker == proxy.marker == "set"
    assert vars(proxy) is vars(registry)
    del proxy.marker
    assert not hasattr(registry, "marker")
    with pytest.raises(AttributeError):
        make_proxy(time.time, calls).marker = 1


def test_special_methods_are_the_original_s(calls: Calls) -> None:
    registry = Registry()
    proxy = make_proxy(registry, calls)
    proxy["b"] = 2
    assert (len(proxy), proxy["b"], list(proxy)) == (2, 2, ["a", "b"])
    assert (proxy + 1)[1] == 1
    assert operator.index(proxy) == 7
    assert type(proxy).__array_ufunc__ is None
    with proxy as entered:
        assert entered is proxy
    assert not registry.items
    assert not hasattr(make_proxy(time.time, calls), "__len__")
    with pytest.raises(TypeError):
        len(make_proxy(time.time, calls))


def test_what_has_no_hash_gets_none(calls: Calls) -> None:
    proxy = make_proxy(Unhashable(), calls)
    assert proxy == Unhashable()
    with pytest.raises(TypeError):
        hash(proxy)


def test_an_instance_is_called_by_the_signature_of_its_class(calls: Calls) -> None:
    proxy = make_proxy(REGISTRY, calls)
    assert str(inspect.signature(proxy)) == "(name: 'str', *, loud: 'bool' = False) -> 'str'"


def test_a_ufunc_keeps_its_methods(calls: Calls) -> None:
    add = make_proxy(np.add, np.add)
    assert (add.nin, add.nout, add.identity) == (2, 1, 0)
    assert add.reduce([1, 2, 3]) == 6
    assert add.outer([1], [2]).tolist() == [[3]]
    assert np.frompyfunc(add, 2, 1)(1, 2) == 3
    assert np.vectorize(add)([1, 2], 3).tolist() == [4, 5]
    assert functools.reduce(add, [1, 2, 3]) == 6


def test_c_calls_it_back() -> None:
    compare = make_proxy(operator.sub, operator.sub)
    assert sorted([3, 1, 2], key=functools.cmp_to_key(compare)) == [1, 2, 3]
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)
    assert kind(compare)(5, 3) == 2


def test_lru_cache_keeps_its_functions(calls: Calls) -> None:
    original = functools.lru_cache(math.sqrt)
    proxy = make_proxy(original, original)
    assert proxy(4) == proxy(4) == 2
    assert proxy.cache_info().hits == 1
    proxy.cache_clear()
    assert proxy.cache_info().currsize == 0


def test_what_a_child_loads_is_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", make_proxy(time.time, len))
    pickled = pickle.dumps(time.time)
    script = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read()))"
    done = subprocess.run(
        [sys.executable, "-c", script], input=pickled, capture_output=True, check=True
    )
    assert done.stdout.split() == b"<built-in function time>".split()


SIGNATURES = [
    "(a, b)",
    "(a, b=DEFAULT)",
    "(a, /, b)",
    "(a, b=1, /)",
    "(a, b=DEFAULT, /, c=3, *, d, e=5)",
    "(*, a, b=2)",
    "(*args)",
    "(a, /, *args, b=2, **kwargs)",
    "(a, b=2, c=3, *args, d=4, **kwargs)",
    "(a, b=2, /, **a_)",
    "(args, kwargs=None)",
    "(self, values=0, function=1, bind=2, **names)",
]
CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((1,), {"b": 7}),
    ((), {"a": 1}),
    ((), {"a": 1, "b": 2}),
    ((1,), {"d": 2}),
    ((1, 2, 3), {"d": 4}),
    ((1, 2, 3, 4, 5), {}),
    ((1, 2, 3, 4, 5), {"d": 6, "z": 7}),
    ((1,), {"a": 2, "c": 9}),
    ((1,), {"function": 3, "x": 4}),
]
DEFAULT = object()


@pytest.mark.parametrize("signature", SIGNATURES)
def test_it_binds_as_the_signature_says(signature: str) -> None:
    namespace: dict[str, Any] = {"DEFAULT": DEFAULT}
    exec(f"def function{signature}: return dict(locals())", namespace)  # noqa: S102  # the cases
    function: Callable[..., dict[str, Any]] = namespace["function"]
    made = binder(function)
    bound = 0
    for args, kwargs in CALLS:
        try:
            expected = function(*args, **kwargs)
        except TypeError:
            with pytest.raises(TypeError):
                made.bind(*args, **kwargs)
            continue
        bound += 1
        values = made.bind(*args, **kwargs)
        assert dict(zip(made.names, values, strict=True)) == expected
    assert bound


def test_what_has_no_signature_binds_anything() -> None:
    made = binder(min)
    assert (made.names, made.var_positional, made.var_keyword) == (
        ("args", "kwargs"),
        "args",
        "kwargs",
    )
    assert made.bind(1, 2, key=3) == ((1, 2), {"key": 3})


@pytest.mark.parametrize("original", [time.time, random.random, math.sqrt, time.sleep])
def test_what_goes_by_place_alone_is_the_same_on_every_python(
    original: Callable[..., object],
) -> None:
    """Python 3.13 knows signatures that Python 3.10 does not."""
    assert binder(original).names == ("args", "kwargs")


def test_names_that_no_function_can_have() -> None:
    class Odd:
        __signature__ = inspect.Signature(
            [
                inspect.Parameter("from", inspect.Parameter.POSITIONAL_ONLY),
                inspect.Parameter("from_", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=2),
            ]
        )

        def __call__(self) -> None: ...

    made = binder(Odd())
    assert made.names == ("from", "from_")
    assert made.bind(1) == (1, 2)
    assert made.bind(1, from_=3) == (1, 3)
    Odd.__signature__ = inspect.Signature(
        [inspect.Parameter("__debug__", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    )
    assert binder(Odd()).names == ("args", "kwargs")


def test_what_is_wrapped_binds_with_the_defaults_of_what_it_wraps() -> None:
    def function(a: int, b: int = 2, *, c: int = 3) -> None: ...

    @functools.wraps(function)
    def wrapper(*args: object, **kwargs: object) -> None: ...

    made = binder(wrapper)
    assert made.bind(1) == (1, 2, 3)
    assert made.bind(1, 4, c=5) == (1, 4, 5)


def test_a_binder_of_an_instance_and_of_a_partial() -> None:
    assert binder(REGISTRY).names == ("name", "loud")
    made = binder(functools.partial(REGISTRY, loud=True))
    assert made.bind("a") == ("a", True)
