"""Two values side by side: whether the key engine tells them apart, and where it is said to be."""

from __future__ import annotations

import array
import collections
import dataclasses
import decimal
import sys
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from pytest_mimic._drift import Arguments, Comparison, Words
from pytest_mimic._drift._changes import compare_changes
from pytest_mimic._drift._libraries import of_library
from pytest_mimic._drift._walk import Walk
from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import (
    Before,
    Reference,
    Returned,
    changes_after,
    describe_reference,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ENGINE = Fingerprinter()
NAN = float("nan")


def differences(recorded: Any, live: Any, rtol: float = 0.0) -> list[str]:
    walk = Walk(Words(ENGINE), rtol)
    walk.compare("it", recorded, live)
    return [str(difference) for difference in walk.found]


class Point:
    def __init__(self, x: Any) -> None:
        self.x = x


class Pair(NamedTuple):
    left: Any
    token: Any = None


@dataclasses.dataclass
class Fit:
    loss: float


class Numbers(list[float]):
    pass


class UnequalError(Exception):
    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Blocked:
    """Has no reduction."""

    def __reduce__(self) -> str:
        raise TypeError("no")


def nested(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def cyclic(value: Any) -> Any:
    held: list[Any] = [value]
    held.append(held)
    return held


RECORDED_LIVE = [
    (1, 2, "it: recorded 1, live 2"),
    (1, True, "it: recorded 1, live True"),
    (1, 1.0, "it: recorded 1, live 1.0"),
    (0.0, -0.0, "it: recorded 0.0, live -0.0"),
    (None, "x", "it: recorded None, live 'x'"),
    ([1, 2], (1, 2), "it: recorded [1, 2], live (1, 2)"),
    ([1, [2, 3]], [1, [2, 4]], "it[1][1]: recorded 3, live 4"),
    ([1, 2], [1, 2, 3], "len(it): recorded 2, live 3"),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, "it['a']['b']: recorded 1, live 2"),
    ({"a": 1}, {"a": 1, "b": 2}, "it['b']: recorded nothing, live 2"),
    ({"a": 1, 2: 3}, {"a": 1}, "it[2]: recorded 3, live nothing"),
    ({(1, 2): 1}, {(1, 2): 2}, f"it[tuple {ENGINE.digest((1, 2))[:6]}]: recorded 1, live 2"),
    ({1, 2}, {1}, "it{...}: recorded 2, live nothing"),
    (frozenset({1}), frozenset({2}), "it{...}: recorded nothing, live 2"),
    (Point([1]), Point([2]), "it.x[0]: recorded 1, live 2"),
    (Pair(1), Pair(2), "it.left: recorded 1, live 2"),
    (Pair(1, "a"), Pair(1, "b"), "it.token: differs (<redacted>)"),
    (Fit(1.0), Fit(2.0), "it.loss: recorded 1.0, live 2.0"),
    (Numbers([1.0]), Numbers([2.0]), "it[0]: recorded 1.0, live 2.0"),
    (UnequalError("a", 1), UnequalError("b", 1), "it.args[0]: recorded 'a', live 'b'"),
    (UnequalError("a", 1), UnequalError("a", 2), "it.code: recorded 1, live 2"),
    (decimal.Decimal(1), decimal.Decimal(2), "it: recorded Decimal(1), live Decimal(2)"),
    (b"ab", b"ac", "it: recorded b'ab', live b'ac'"),
    (types.SimpleNamespace(a=1), types.SimpleNamespace(a=2), "it.a: recorded 1, live 2"),
    (
        collections.OrderedDict(a=1, b=2),
        collections.OrderedDict(b=2, a=1),
        "it (order of keys)[0]: recorded 'a', live 'b'",
    ),
    (collections.OrderedDict(a=1), collections.OrderedDict(a=2), "it['a']: recorded 1, live 2"),
    (collections.deque([1]), collections.deque([2]), "it[0]: recorded 1, live 2"),
    (
        collections.defaultdict(int, a=1),
        collections.defaultdict(int, a=2),
        "it['a']: recorded 1, live 2",
    ),
    (np.array([1.0, 2.0]), np.array([1.0, 3.0]), "it[1]: recorded 2.0, live 3.0 (1 of 2 cells dif"),
    (
        np.zeros((2, 2)),
        np.ones((2, 2)),
        "it[0, 0]: recorded 0.0, live 1.0 (4 of 4 cells differ",
    ),
    (np.array(0.0), np.array(-0.0), "it: recorded 0.0, live -0.0"),
    (np.array([1 + 0j]), np.array([complex(1, -0.0)]), "it[0]: recorded (1+0j), live (1-0j)"),
    (np.array(["a"]), np.array(["b"]), "it[0]: recorded 'a', live 'b'"),
    (np.array([1]), np.array([1.0]), "it: recorded int64 (1,), live float64 (1,)"),
    (np.array([1]), np.array([[1]]), "it: recorded int64 (1,), live int64 (1, 1)"),
    (
        np.array(["2026-01-01", "NaT"], "M8[D]"),
        np.array(["2026-01-02", "NaT"], "M8[D]"),
        "it[0]: recorded date(2026-01-01), live date(2026-01-02)",
    ),
    (np.array([1, "a"], object), np.array([2, "a"], object), "it[0]: recorded 1, live 2"),
    (
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
        np.array([(1, 3.0)], [("a", "i4"), ("b", "f8")]),
        "it['b'][0]: recorded 2.0, live 3.0",
    ),
    (np.float64(1), np.float64(2), "it: recorded float64(1.0), live float64(2.0)"),
    (
        np.ma.masked_array([1.0, 2.0], [False, True]),
        np.ma.masked_array([3.0, 2.0], [False, True]),
        "it[0]: recorded 1.0, live 3.0",
    ),
    (
        pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
        pd.DataFrame({"a": [1.0, 2.5], "b": ["x", "y"]}),
        "it['a'][1]: recorded 2.0, live 2.5",
    ),
    (
        pd.DataFrame({"a": ["x", "y"]}),
        pd.DataFrame({"a": ["x", "z"]}),
        "it['a'][1]: recorded 'y', live 'z'",
    ),
    (
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 3]], columns=["a", "a"]),
        "it.iloc[:, 1][0]: recorded 2, live 3",
    ),
    (
        pd.DataFrame({"api_key": ["x"]}),
        pd.DataFrame({"api_key": ["y"]}),
        "it['api_key']: differs (<redacted>)",
    ),
    (
        pd.Series([1], index=["a"], name="n"),
        pd.Series([1], index=["b"], name="n"),
        "it.index[0]: recorded 'a', live 'b'",
    ),
    (pd.Series([1, 2]), pd.Series([1, 3]), "it[1]: recorded 2, live 3"),
    (array.array("d", [1]), array.array("d", [2]), "it[0]: recorded 1.0, live 2.0"),
    (nested(150, 1), nested(150, 2), f"it{'[0]' * 150}: recorded 1, live 2"),
    (cyclic(1), cyclic(2), "it[0]: recorded 1, live 2"),
    (iter([1]), iter([2]), "it: "),
    ([Blocked()], [Blocked()], "it[0]: "),
    ({object(): 1}, {object(): 2}, "it: differs in what cannot be shown"),
    (Reference((0,), "x"), [1], "it: recorded x, live [1]"),
]


@pytest.mark.parametrize(("recorded", "live", "says"), RECORDED_LIVE)
def test_where_values_differ(recorded: Any, live: Any, says: str) -> None:
    found = differences(recorded, live)
    assert found[0].startswith(says)
    # No tolerance makes any of these one.
    if says != "it: recorded 0.0, live -0.0" and "0j" not in says:
        assert differences(recorded, live, 1e-6)


@pytest.mark.parametrize("value", [pair[0] for pair in RECORDED_LIVE if pair[2][2:] != "[0]: "])
def test_what_is_the_same(value: Any) -> None:
    assert not differences(value, value)


def test_equal_values_made_anew_are_the_same() -> None:
    def make() -> Any:
        class Local:
            pass

        made = Local()
        made.__dict__["numbers"] = iter([1, 2])
        return [made, NAN, np.array([NAN]), {"a": {2, 1}, "b": cyclic(1)}]

    assert not differences(make(), make())
    assert not differences(make(), make(), 0.1)


def test_differences_are_told_up_to_a_number() -> None:
    found = differences(list(range(100)), list(range(1, 101)))
    assert found[0] == "it[0]: recorded 0, live 1"
    assert len(found) == 9


def test_what_is_met_again_is_told_of_once() -> None:
    one, other = [1], [2]
    assert differences([one, {"a": one}], [other, {"a": other}]) == ["it[0][0]: recorded 1, live 2"]


def test_what_shows_in_no_part() -> None:
    class Marked(collections.OrderedDict[str, int]):
        mark = 0

    one, other = Marked(a=1), Marked(a=1)
    other.mark = 1
    assert differences(one, other) == ["it: differs in what cannot be shown"]
    text = "x" * 300
    found = differences(text + "a" + text, text + "b" + text)
    assert found == ["it: same type and length, different contents"]


CLOSE = [
    (1.0, 1.0 + 1e-9),
    (1j, 1j + 1e-9),
    (complex(NAN, 1), complex(NAN, 1)),
    (NAN, NAN),
    (0.0, -0.0),
    (float("inf"), float("inf")),
    (np.float32(1), np.float32(1) + np.float32(1e-7)),
    (np.array([1.0, NAN, np.inf, 0.0]), np.array([1.0 + 1e-9, NAN, np.inf, -0.0])),
    (np.array([1j]), np.array([1j + 1e-9])),
    (np.array([1], "f2"), np.array([1], "f2")),
    (Fit(1.0), Fit(1.0 + 1e-9)),
    (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0 + 1e-9]})),
    (pd.Series([1.0, None], dtype="Float64"), pd.Series([1.0 + 1e-9, None], dtype="Float64")),
    (pd.Series([1.0], index=[1.0]), pd.Series([1.0], index=[1.0 + 1e-9])),
    (array.array("f", [1]), array.array("f", [1])),
]
FAR = [
    (1.0, 1.1),
    (NAN, 1.0),
    (1.0, NAN),
    (float("inf"), 1.0),
    (0.0, 1e-300),
    (np.array([np.inf]), np.array([1.0])),
    (np.array([0.0]), np.array([1e-300])),
    ({1.0}, {1.0 + 1e-9}),
    (1, 2),
    (np.array([10**9]), np.array([10**9 + 1])),
    (pd.Series([1.0], dtype="Float64"), pd.Series([None], dtype="Float64")),
]


# From one number, what a library makes of it.
MAKERS: dict[str, tuple[str, Callable[[Any, float], Any], str]] = {
    "sparse": ("scipy.sparse", lambda sparse, one: sparse.csr_array([[0, one]]), "it[0]"),
    "frame": ("polars", lambda polars, one: polars.DataFrame({"a": [one]}), "it['a'][0]"),
    "series": ("polars", lambda polars, one: polars.Series([one]), "it[0]"),
    "table": ("pyarrow", lambda pyarrow, one: pyarrow.table({"a": [one]}), "it['a'][0]"),
    "array": ("pyarrow", lambda pyarrow, one: pyarrow.array([one]), "it[0]"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_values_of_libraries(name: str) -> None:
    module, make, path = MAKERS[name]
    library = pytest.importorskip(module)
    one = make(library, 1.0)
    (first, *_) = differences(one, make(library, 2.0))
    assert first.startswith(f"{path}: recorded 1.0, live 2.0")
    assert differences(one, make(library, 1.0 + 1e-9))
    assert not differences(one, make(library, 1.0 + 1e-9), 1e-6)
    assert not differences(one, make(library, 1.0))


@pytest.mark.parametrize(("recorded", "live"), CLOSE)
def test_what_a_tolerance_allows(recorded: Any, live: Any) -> None:
    assert not differences(recorded, live, 1e-6)


@pytest.mark.parametrize(("recorded", "live"), FAR)
def test_what_no_tolerance_allows(recorded: Any, live: Any) -> None:
    assert differences(recorded, live, 1e-6)


def call(change: Any, *arguments: Any) -> bytes:
    names = [f"a{index}" for index in range(len(arguments))]
    before = Before(names, arguments, frozenset(), ENGINE.digest)
    old = ENGINE.digest(arguments)
    result = change(*arguments)
    effects = changes_after(before, lambda: ENGINE.digest(arguments) == old)
    return bytes(encode(Returned(result), before, effects))


def compared(recorded: Any, live: Any, *make: Any) -> list[str]:
    """Compare two functions of arguments that are made anew for each."""
    made = [each() for each in make]
    names = [f"a{index}" for index in range(len(made))]
    first = call(recorded, *(each() for each in make))
    comparison = Comparison(first, Words(ENGINE), Arguments(names, made))
    comparison.compare(call(live, *made))
    return [str(difference) for difference in comparison.found]


@pytest.mark.parametrize(
    ("make", "recorded", "live", "says"),
    [
        (dict, lambda a: a.update(x=1), lambda a: a.update(x=2), "['x']: recorded 1, live 2"),
        (dict, lambda a: a.update(x=1), lambda a: None, "['x']: recorded 1, live nothing"),
        (dict, lambda a: None, lambda a: a.update(x=1), "['x']: recorded nothing, live 1"),
        (
            lambda: {"x": 1},
            lambda a: a.update(x=2),
            lambda a: a.clear(),
            "['x']: recorded 2, live removed",
        ),
        (
            lambda: {"x": 1, "y": 2},
            lambda a: a.update(x=a.pop("x")),
            lambda a: a.update(x=3),
            " (order): recorded in another order, live nothing",
        ),
        (list, lambda a: a.append(1), lambda a: a.append(2), "[0]: recorded 1, live 2"),
        (
            lambda: [1, 2],
            lambda a: a.clear(),
            lambda a: a.__delitem__(1),
            " (items replaced): recorded '2 from [0] on, by 0', live '1 from [1] on, by 0'",
        ),
        (set, lambda a: a.add(1), lambda a: a.add(2), " (added){...}: recorded nothing, live 2"),
        (
            lambda: Point(0),
            lambda a: setattr(a, "x", 1),
            lambda a: setattr(a, "x", 2),
            ".x: recorded 1, live 2",
        ),
        (
            lambda: Point(0),
            lambda a: setattr(a, "__class__", Point2),
            lambda a: setattr(a, "x", 2),
            ".x: recorded nothing, live 2",
        ),
        (
            lambda: bytearray(b"a"),
            lambda a: a.extend(b"b"),
            lambda a: a.extend(b"c"),
            ": recorded ",
        ),
        (
            lambda: np.zeros(2),
            lambda a: a.fill(1),
            lambda a: a.fill(2),
            "[0]: recorded 1.0, live 2.0 (2 of 2 cells differ, by",
        ),
        (
            lambda: np.random.default_rng(1),
            lambda a: [a.random(), None][1],
            lambda a: [a.random(2), None][1],
            " (state)",
        ),
    ],
)
def test_where_effects_differ(make: Any, recorded: Any, live: Any, says: str) -> None:
    assert not compared(recorded, recorded, make)
    found = compared(recorded, live, make)
    assert any(line.startswith(f"effect on a0{says}") for line in found)


class Point2(Point):
    pass


def test_what_is_the_callers_own_is_said_to_be() -> None:
    found = compared(lambda a: a, lambda a: [1], lambda: [1])
    assert found == ["result: recorded the caller's own a0, live [1]"]
    found = compared(lambda a: a["x"], lambda a: a["y"], lambda: {"x": [1], "y": [2]})
    assert found == ["result: recorded the caller's own a0['x'], live the caller's own a0['y']"]
    assert not compared(lambda a: [a, a["x"]], lambda a: [a, a["x"]], lambda: {"x": [1]})
    found = compared(lambda a: [a.pop("x"), 1], lambda a: [a.pop("x"), 2], lambda: {"x": [1]})
    assert found == ["result[1]: recorded 1, live 2"]


def test_exceptions_that_came_from_the_callers_own() -> None:
    def blame(message: str) -> Callable[[Exception], Exception]:
        def made(origin: Exception) -> Exception:
            error = ValueError(message)
            error.__cause__ = origin
            error.__context__ = sys.exc_info()[1]
            return error

        return made

    try:
        raise KeyError("handled")
    except KeyError:
        found = compared(blame("a"), blame("b"), lambda: TypeError("own"))
    assert found == ["result.args[0]: recorded 'a', live 'b'"]
    found = compared(blame("a"), lambda origin: ValueError("a"), lambda: TypeError("own"))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("handled", "the exception that the caller is handling"),
        (("*", (0, "i", 1), (1,)), "the caller's own config[1]"),
        (("was", (0, ".", "layers")), "the caller's own config.layers"),
        ((1, ".", "session", "=", "Session"), "the caller's own client.session"),
        ((("item", 3), "[", "x"), "the caller's own item 3['x']"),
    ],
)
def test_how_the_callers_own_is_called(reference: Any, says: str) -> None:
    assert describe_reference(reference, ["config", "client"]) == says


def test_objects_of_a_class_that_only_the_caller_has() -> None:
    class Local:
        def __init__(self, x: int) -> None:
            self.x = x

    assert not compared(lambda a: a(1), lambda a: a(1), lambda: Local)
    assert compared(lambda a: a(1), lambda a: a(2), lambda: Local) == [
        "result.x: recorded 1, live 2"
    ]


def test_functions_that_are_stored_as_code() -> None:
    assert not compared(lambda a: lambda: 5, lambda a: lambda: 5, int)
    (found,) = compared(lambda a: [lambda: 5], lambda a: [lambda: 6], int)
    assert found.startswith("result[0]: ")


def test_states_of_libraries_that_are_not_here() -> None:
    walk = Walk(Words(ENGINE), 0.0)
    tensors = [(Reference((0,), "t"), "tensor", (data, None, False)) for data in ([1.0], [2.0])]
    compare_changes(walk, tensors[:1], tensors[1:], ENGINE)
    assert list(map(str, walk.found)) == ["effect on t[0]: recorded 1.0, live 2.0"]


def test_torch_where_it_is_not_installed() -> None:
    class Tensor:
        dtype, shape, requires_grad, layout = "float32", (2,), False, "strided"

        def __init__(self, *values: float) -> None:
            self.values = values

        def detach(self) -> Tensor:
            return self

        to_dense = detach

        def tolist(self) -> list[float]:
            return list(self.values)

    class Module:
        def __init__(self, weight: float) -> None:
            self.training = True
            self._parameters = {"weight": Tensor(weight)}
            self._hooks: dict[str, Any] = {}

    for kind in (Tensor, Module):
        kind.__module__ = "torch.nn"
    assert of_library(Tensor(1.0)) == [
        (" (traits)", "", ("float32", (2,), False)),
        (" (layout)", "", "strided"),
        ("", "", [1.0]),
    ]
    assert differences(Module(1.0), Module(2.0)) == ["it.weight[0]: recorded 1.0, live 2.0"]
    assert differences(Module(1.0), Module(1.0 + 1e-9), 1e-6) == []
