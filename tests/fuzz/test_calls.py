"""A call made of random steps on random arguments: its replay is the live call, to the last detail.

The arguments, what the call does to them, and what it returns or raises are built from a plan, as a
program of a few steps would: so that the same call can be made again, by a caller with arguments of
its own. What is compared shares no code with what records: a picture of all that can be reached,
with every object that is met twice, and every object of the caller's, by its place.
"""

from __future__ import annotations

import array
import datetime as dt
import decimal
import enum
import fractions
import functools
import importlib
import os
import random
import re
import shutil
import subprocess
import sys
import types
import uuid
import zoneinfo
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pytest_mimic._config import Mode
from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic.errors import MimicError, UnhashableArgumentError, UnrecordableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fuzz.conftest import Stage

KINDS = """
    import collections, dataclasses, enum

    class Color(enum.Enum):
        RED = 1
        BLUE = "b"

    class Bits(enum.IntFlag):
        ONE = 1
        TWO = 2

    @dataclasses.dataclass
    class Point:
        x: object = 0
        y: object = 0

    @dataclasses.dataclass(frozen=True, order=True)
    class Frozen:
        x: object = 0

    class Plain:
        def __init__(self, *items):
            self.items = list(items)

        def get(self, *more):
            return self.items

    class Slotted:
        __slots__ = ("left", "right", "__dict__")

        def __init__(self, left=None, right=None):
            self.left = left
            self.right = right

    class Reduced:
        def __init__(self, inner):
            self.inner = inner

        def __reduce__(self):
            return Reduced, (self.inner,)

    class Stated:
        def __init__(self, inner=None):
            self.inner = inner
            self.fresh = True

        def __getstate__(self):
            return {"kept": self.inner}

        def __setstate__(self, state):
            self.inner = state["kept"]
            self.fresh = True

    class Words(list):
        pass

    class Table(dict):
        pass

    class Name(str):
        pass

    class Number(int):
        pass

    Pair = collections.namedtuple("Pair", "first second")

    class Failure(Exception):
        def __init__(self, what, *, code=None):
            super().__init__(what)
            self.code = code

    class Odd(LookupError):
        def __init__(self, a, b):
            super().__init__(f"{a} and {b}")
            self.a = a

    def closing(inner, *, more=()):
        def closed(x, y=inner):
            return inner, x, y, more
        return closed

    def run(plan, one, two):
        return plan(one, two)
"""
# The plan is no part of the call that is recorded: it would be another each time.
LINE = "kinds:run ignore=plan"

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
ATOMS: list[Any] = [
    None, True, 0, 1, -1, 2**70, 0.0, -0.0, 1.5, float("nan"), float("inf"), 1j, complex("nan-0j"),
    "", "a", "é\ud800", "x" * 300, b"", b"\x00ab", ..., NotImplemented, range(3), range(5, 0, -2),
    slice(1, None, 2), decimal.Decimal("1.10"), decimal.Decimal("sNaN"), fractions.Fraction(1, 3),
    dt.date(2020, 2, 29), dt.datetime(2021, 10, 31, 2, 30, fold=1, tzinfo=BERLIN),
    dt.datetime(2021, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=3), "X")), dt.timedelta(-1, 5),
    dt.time(1, 2, fold=1), uuid.UUID(int=7), re.compile("a+", re.IGNORECASE), re.compile(b"x"),
    PurePosixPath("a/b"), int, len, dict.get, "a".upper, types, KeyError, dt.timezone.utc,
]  # fmt: skip


HOW = (
    "list tuple dict set frozenset ordered deque counter defaultdict bytearray array fortran "
    "structured scalar objects datetime64 Point Frozen Plain Slotted Reduced Stated Words Table "
    "Name Number Pair color bits partial chain namespace error method frame cycle proxy view "
    "closure numbers"
)
MAKERS = HOW.split()


class Maker:
    """Makes values, of parts that it may make anew or take from those that are there.

    Args:
        kinds: The module with the user's classes.
        seed: What decides: the same makes the same, with the same sharing.
    """

    def __init__(self, kinds: Any, seed: str) -> None:
        self.kinds = kinds
        self.chance = random.Random(seed)  # noqa: S311 - made again from its seed
        self.pool: list[Any] = []

    def value(self, depth: int = 3) -> Any:
        if self.pool and self.chance.random() < 0.25:
            return self.chance.choice(self.pool)
        if depth == 0 or self.chance.random() < 0.3:
            return self.chance.choice(ATOMS)
        made = self._make(self.chance.choice(MAKERS), depth - 1)
        self.pool.append(made)
        return made

    def items(self, depth: int, most: int = 3) -> list[Any]:
        return [self.value(depth) for _ in range(self.chance.randint(0, most))]

    def key(self) -> Any:
        kinds = self.kinds
        return self.chance.choice(
            [
                "a",
                "b",
                1,
                2.5,
                (1, "x"),
                b"k",
                None,
                kinds.Color.RED,
                kinds.Name("n"),
                frozenset({1}),
            ]
        )

    def keys(self) -> list[Any]:
        return [self.key() for _ in range(self.chance.randint(0, 3))]

    def _make(self, how: str, depth: int) -> Any:
        kinds, value = self.kinds, lambda: self.value(depth)
        made: Any
        if how == "cycle":
            made = self.items(depth)
            made.append(made)
            return made
        if how == "frame":
            frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
            index = [[5, 5], [(1, "a"), (2, "b")], ["x", "y"]][self.chance.randrange(3)]
            return frame.set_axis(pd.Index(index), axis=0)
        return {
            "list": lambda: self.items(depth),
            "tuple": lambda: tuple(self.items(depth)),
            "dict": lambda: {key: value() for key in self.keys()},
            "set": lambda: set(self.keys()),
            "frozenset": lambda: frozenset(self.keys()),
            "ordered": lambda: OrderedDict((key, value()) for key in self.keys()),
            "deque": lambda: deque(self.items(depth), self.chance.choice([None, 5])),
            "counter": lambda: Counter(self.keys()),
            "defaultdict": lambda: defaultdict(list, {key: value() for key in self.keys()}),
            "bytearray": lambda: bytearray(b"abc"),
            "array": lambda: np.arange(6.0).reshape(self.chance.choice([(2, 3), (6,), (3, 2, 1)])),
            "fortran": lambda: np.asfortranarray(np.arange(6).reshape(2, 3)),
            "structured": lambda: np.array([(1, 2.0)], [("a", "i4"), ("b", ">f8")]),
            "scalar": lambda: self.chance.choice([np.float32(1.5), np.int8(3), np.bool_(True)]),
            "objects": lambda: np.array([value(), None], object),
            "datetime64": lambda: np.array(["2020-01-01", "NaT"], "M8[D]"),
            "Point": lambda: kinds.Point(value(), value()),
            "Frozen": lambda: kinds.Frozen(value()),
            "Plain": lambda: kinds.Plain(*self.items(depth)),
            "Slotted": lambda: kinds.Slotted(value(), value()),
            "Reduced": lambda: kinds.Reduced(value()),
            "Stated": lambda: kinds.Stated(value()),
            "Words": lambda: kinds.Words(self.items(depth)),
            "Table": lambda: kinds.Table({key: value() for key in self.keys()}),
            "Name": lambda: kinds.Name("name"),
            "Number": lambda: kinds.Number(3),
            "Pair": lambda: kinds.Pair(value(), value()),
            "color": lambda: kinds.Color.BLUE,
            "bits": lambda: kinds.Bits.ONE | kinds.Bits.TWO,
            "partial": lambda: functools.partial(kinds.Point, value(), y=value()),
            "chain": lambda: ChainMap({"a": value()}, {}),
            "namespace": lambda: types.SimpleNamespace(a=value()),
            "error": lambda: self.error(depth),
            "method": lambda: kinds.Plain(value()).get,
            "proxy": lambda: types.MappingProxyType({key: value() for key in self.keys()}),
            "view": lambda: memoryview(bytearray(b"abcd"))[:: self.chance.choice([1, 2])],
            "closure": lambda: kinds.closing(value()),
            "numbers": lambda: array.array(self.chance.choice("id"), [1, 2]),
        }[how]()

    def error(self, depth: int) -> Exception:
        kinds, chance = self.kinds, self.chance
        error: Exception = chance.choice(
            [
                lambda: ValueError(*self.items(depth)),
                lambda: kinds.Failure(self.value(depth), code=self.value(depth)),
                lambda: kinds.Odd(1, self.key()),
                lambda: OSError(2, "no such", "file"),
                lambda: KeyError(self.key()),
                lambda: UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"),
            ]
        )()
        if chance.random() < 0.4:
            vars(error)["extra"] = self.value(depth)
        if chance.random() < 0.3 and hasattr(error, "add_note"):
            error.add_note("a note")
        if depth > 0 and chance.random() < 0.4:
            error.__cause__ = self.error(depth - 1)
        if depth > 0 and chance.random() < 0.4:
            error.__context__ = self.error(depth - 1)
        return error

    def change(self, target: Any) -> None:
        """Changes an object in place, somehow."""
        for kinds, change in CHANGES:
            if isinstance(target, kinds):
                change(self, target)
                return
        changing = getattr(target, "__dict__", None)
        if changing is None or isinstance(target, (self.kinds.Frozen, *UNCHANGED)):
            return
        names = [*sorted(changing), "added"]
        if isinstance(target, (self.kinds.Stated, self.kinds.Reduced)):
            names = ["inner"]  # what it does not give when it is asked is no state of it
        setattr(target, self.chance.choice(names), self.value(2))


def change_items(maker: Maker, target: Any) -> None:
    how, place = maker.chance.randrange(5), maker.chance.randint(0, len(target))
    if how == 0 and place:
        del target[place - 1]
    elif how == 1:
        target.reverse()
    elif how == 2:
        target.clear()
    elif how == 3 and place:
        target[place - 1] = maker.value(2)
    elif getattr(target, "maxlen", None) is None:
        target.insert(place, maker.value(2))


def change_entries(maker: Maker, target: Any) -> None:
    if maker.chance.random() < 0.4 and target:
        target.pop(maker.chance.choice(list(target)))
    target[maker.key()] = 5 if isinstance(target, Counter) else maker.value(2)


def change_cells(maker: Maker, target: Any) -> None:
    if target.dtype.kind in "fi" and target.size:
        target.flat[maker.chance.randrange(target.size)] = 9


def change_frame(maker: Maker, target: Any) -> None:
    target.iloc[maker.chance.randrange(2), 0] = 9


CHANGES: list[tuple[Any, Any]] = [
    ((list, deque), change_items),
    (dict, change_entries),
    (set, lambda maker, target: target.symmetric_difference_update({maker.key()})),
    (bytearray, lambda maker, target: target.extend(b"more")),
    (np.ndarray, change_cells),
    (pd.DataFrame, change_frame),
]
UNCHANGED = (type, BaseException, functools.partial, ChainMap, types.MethodType)


def reachable(*roots: Any) -> list[Any]:
    """Finds what can be changed in values, each once, in an order that equal values share."""
    found: dict[int, Any] = {}
    waiting = list(roots)
    for one in waiting:
        if id(one) in found or isinstance(one, (type, types.ModuleType)):
            continue
        inner = inside(one)
        if inner is None:
            continue
        found[id(one)] = one
        waiting.extend(inner)
    return list(found.values())


def inside(value: Any) -> list[Any] | None:
    """Gives the parts of a value; None where it has none."""
    if isinstance(value, ATOMIC):
        return None
    if isinstance(value, pd.DataFrame):
        return []  # what it keeps is its own affair
    for kinds, parts in PARTS:
        if isinstance(value, kinds):
            return [*parts(value), *getattr(value, "__dict__", {}).values()]
    if not hasattr(value, "__dict__"):
        return None
    slots = [getattr(value, name) for name in ("left", "right") if hasattr(value, name)]
    return [*slots, *vars(value).values()]


def nothing(_: Any) -> list[Any]:
    return []


def inside_function(value: Any) -> list[Any]:
    cells = [cell.cell_contents for cell in value.__closure__ or ()]
    return [*cells, *(value.__defaults__ or ())]


ATOMIC = (str, int, float, complex, bytes, enum.Enum, np.generic, type)
PARTS: list[tuple[Any, Any]] = [
    (dict, lambda value: value.values()),
    ((list, tuple, deque), list),
    (np.ndarray, lambda value: value.flat if value.dtype == object else ()),
    ((set, bytearray), nothing),
    (functools.partial, lambda value: [value.args, value.keywords]),
    (types.MethodType, lambda value: [value.__self__]),
    (types.MappingProxyType, lambda value: value.values()),
    (types.FunctionType, inside_function),
    ((memoryview, array.array), nothing),
    (BaseException, lambda value: [value.args, value.__cause__, value.__context__]),
]
ADDRESS = re.compile(" at 0x[0-9a-f]+")


def written(value: Any) -> str:
    """A value's own words, without its address."""
    return ADDRESS.sub("", repr(value))


def said_of_dict(value: Any) -> Any:
    return list(map(repr, value)), repr(getattr(value, "default_factory", None))


def said_of_array(value: Any) -> Any:
    cells = b"" if value.dtype == object else value.tobytes()
    return value.dtype.str, value.dtype.descr, value.shape, value.flags.f_contiguous, cells


def said_of_error(value: Any) -> Any:
    said = str(value) if isinstance(value, (OSError, UnicodeError)) else ""
    return said, value.__suppress_context__, sorted(vars(value))


SAID: list[tuple[Any, Any]] = [
    (dict, said_of_dict),
    ((set, frozenset), lambda value: sorted(map(repr, value))),
    (np.ndarray, said_of_array),
    (pd.DataFrame, lambda value: [value.to_csv(), str(value.dtypes), repr(value.index)]),
    (deque, lambda value: value.maxlen),
    (BaseException, said_of_error),
    (functools.partial, lambda value: value.func.__qualname__),
    (types.MethodType, lambda value: value.__func__.__qualname__),
    (types.MappingProxyType, lambda value: list(map(repr, value))),
    ((memoryview, array.array), lambda value: (value.tolist(), getattr(value, "format", ""))),
    ((list, tuple), len),
    ((type, types.FunctionType, types.ModuleType), lambda value: value.__name__),
    ((*ATOMIC, bytearray, types.BuiltinFunctionType), written),
]


def essence(  # noqa: PLR0911 - a case for each kind of value
    value: Any, above: tuple[int, ...] = ()
) -> Any:
    """What a value is by the words of the contract: its type, and all in it that is compared."""
    kind = type(value).__qualname__
    if id(value) in above:
        return "within itself", len(above) - above.index(id(value))
    above = (*above, id(value))
    own = sorted(getattr(value, "__dict__", {}).items()) if not isinstance(value, UNOPENED) else []
    parts = [(name, essence(part, above)) for name, part in own]
    if isinstance(value, dict):
        pairs = [((type(key).__name__, repr(key)), essence(value[key], above)) for key in value]
        ordered = pairs if isinstance(value, OrderedDict) else sorted(pairs, key=repr)
        return kind, repr(getattr(value, "default_factory", None)), ordered, parts
    if isinstance(value, (set, frozenset)):
        return kind, sorted((type(each).__name__, repr(each)) for each in value), parts
    if isinstance(value, np.ndarray):
        return (
            kind,
            [each for each in said_of_array(value) if each not in (True, False)],
            [essence(each, above) for each in inside(value) or ()],
        )
    if isinstance(value, BaseException):
        said = str(value) if isinstance(value, OSError) else ""
        origins = [value.__cause__, value.__context__]
        if origins != [None, None]:
            parts += [("from", essence([*origins, value.__suppress_context__], above))]
        return kind, said, essence(value.args, above), parts
    if isinstance(value, (pd.DataFrame, *ATOMIC)):
        return kind, Picture._said(value)
    within = inside(value)
    if within is None:
        return kind, Picture._said(value)
    return kind, Picture._said(value), [essence(part, above) for part in within]


UNOPENED = (pd.DataFrame, type, types.FunctionType)


class Picture:
    """Draws all that can be reached: types, values, orders, and what is met twice."""

    def __init__(self) -> None:
        self._met: dict[int, int] = {}
        self._kept: list[Any] = []

    def draw(self, value: Any) -> Any:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        inner = inside(value)
        if inner is None:
            return kind, self._said(value)
        # A tuple is what it holds.
        if not isinstance(value, tuple):
            if id(value) in self._met:
                return "again", self._met[id(value)]
            self._met[id(value)] = len(self._met)
            self._kept.append(value)
        return kind, self._said(value), [self.draw(part) for part in inner]

    @staticmethod
    def _said(value: Any) -> Any:
        """What is to be said of a value beside its parts."""
        for kinds, say in SAID:
            if isinstance(value, kinds):
                own = {} if kinds is pd.DataFrame else getattr(value, "__dict__", {})
                return say(value), sorted(own)
        return list(vars(value)) if hasattr(value, "__dict__") else written(value)


def arguments(kinds: Any, seed: int) -> tuple[Any, Any]:
    maker = Maker(kinds, f"arguments {seed}")
    return maker.value(), maker.value()


def body(kinds: Any, seed: int) -> Any:
    """What the call does, by the seed."""

    def run(one: Any, two: Any) -> Any:
        maker = Maker(kinds, f"body {seed}")
        there = [part for part in reachable(one, two) if not isinstance(part, tuple)]
        maker.pool += there
        for _ in range(maker.chance.randrange(4) if there else 0):
            maker.change(maker.chance.choice(there))
        if maker.chance.random() < 0.2:
            raise maker.error(2)
        return maker.value()

    return run


def world(kinds: Any, plan: Any, seed: int) -> Any:
    """Makes the call as one caller, and draws what that caller sees then."""
    one, two = arguments(kinds, seed)
    before = reachable(one, two)
    try:
        outcome = kinds.run(plan, one, two)
    except MimicError:
        raise
    except Exception as error:  # noqa: BLE001 - it is what the call raised
        outcome = "raised", error
    return Picture().draw([before, one, two, outcome])


def must_not_run(one: Any, two: Any) -> None:
    raise AssertionError("ran live in replay")


@pytest.fixture
def kinds(stage: Stage) -> Any:
    stage.write("kinds", KINDS)
    return importlib.import_module("kinds")


@given(seed=st.integers(0, 1 << 64))
def test_a_replay_is_the_live_call(stage: Stage, kinds: Any, tmp_path: Path, seed: int) -> None:
    vault = tmp_path / "vaults" / str(seed)
    live = world(kinds, body(kinds, seed), seed)
    try:
        with stage.session(Mode.RECORD, vault, LINE):
            recorded = world(kinds, body(kinds, seed), seed)
    except (UnhashableArgumentError, UnrecordableOutcomeError) as error:
        event(str(error).partition("\n")[0][:60])
        return
    assert recorded == live
    with stage.session(Mode.REPLAY, vault, LINE):
        replayed = world(kinds, must_not_run, seed)
    assert replayed == live
    shutil.rmtree(vault)


@given(seed=st.integers(0, 1 << 64))
def test_a_key_tells_what_is_different(
    kinds: Any, digest: Callable[[object], str], seed: int
) -> None:
    values, again = arguments(kinds, seed), arguments(kinds, seed)
    key = digest(values)
    assert digest(again) == key
    maker = Maker(kinds, f"changes {seed}")
    there = [part for part in reachable(*again) if not isinstance(part, tuple)]
    for _ in there[:3]:
        maker.change(maker.chance.choice(there))
    assert (digest(again) == key) == (essence(again) == essence(values))


def keys(kinds: Any) -> list[str]:
    return [Fingerprinter().digest(arguments(kinds, seed)) for seed in range(100)]


def test_keys_are_those_of_another_process(kinds: Any, stage: Stage) -> None:
    command = [sys.executable, "-W", "ignore", __file__, str(stage.path)]
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == keys(kinds)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    sys.stdout.write("\n".join(keys(importlib.import_module("kinds"))))
