"""What a call changes in its arguments is changed in those of whoever replays it."""

# ruff: noqa: S311  # random numbers are the subject here, and nothing is secret
from __future__ import annotations

import array
import collections
import datetime as dt
import functools
import io
import math
import pathlib
import random
import threading
import types
from collections.abc import Callable
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import pytest

from pytest_mimic._outcome import Before, Returned, changes_after, decode, encode
from pytest_mimic.errors import (
    UnhashableArgumentError,
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
)

Call = Callable[..., Any]
Digest = Callable[[object], str]


def of_a_class_of_its_own() -> Any:
    class Made:
        pass

    return Made()


def append(value: list[Any]) -> None:
    value.append(3)


def insert(value: list[Any]) -> None:
    value.insert(1, "new")


def cut(value: list[Any]) -> None:
    del value[1:]


def negate_zero(value: list[Any]) -> None:
    value[0] = -0.0


def set_clock_back(value: list[Any]) -> None:
    value[0] = value[0].replace(fold=1)


def replace_tuple(value: list[Any]) -> None:
    value[0] = (1, (2, 3.0))


def empty(value: Any) -> None:
    value.clear()


def set_and_delete(value: dict[Any, Any]) -> None:
    value["new"] = [1]
    del value["a"]


def reorder(value: dict[Any, Any]) -> None:
    value["a"] = value.pop("a")


def move_to_end(value: collections.OrderedDict[Any, Any]) -> None:
    value.move_to_end("a")


def count(value: collections.Counter[str]) -> None:
    value.update("abc")


def miss(value: collections.defaultdict[Any, Any]) -> None:
    value["missing"].append(1)


def add_and_discard(value: set[Any]) -> None:
    value.add(3)
    value.discard(1)


def rotate(value: collections.deque[Any]) -> None:
    value.rotate(1)


def push(value: collections.deque[Any]) -> None:
    value.append(9)


def extend_bytes(value: bytearray) -> None:
    value.extend(b"more")


def set_byte(value: Any) -> None:
    value[0] = 7


def extend_array(value: array.array[int]) -> None:
    value.extend([1, 2])


def write(value: io.BytesIO) -> None:
    value.write(b"more")


def draw(value: random.Random) -> float:
    return value.gauss(0, 1)


@pytest.mark.parametrize(
    ("function", "make", "paths"),
    [
        (append, lambda: [1, 2], ["a0"]),
        (insert, lambda: [1, 2], ["a0"]),
        (cut, lambda: [1, [2], 3], ["a0"]),
        (negate_zero, lambda: [0.0], ["a0[0]"]),
        (set_clock_back, lambda: [dt.time(2)], ["a0[0]"]),
        (replace_tuple, lambda: [(1, (2, 2.0))], ["a0[0]"]),
        (empty, lambda: [1, 2], ["a0"]),
        (empty, lambda: {"a": 1}, ["a0['a']"]),
        (empty, lambda: {1, 2}, ["a0"]),
        (set_and_delete, lambda: {"a": 1, "b": 2}, ["a0['a']", "a0['new']"]),
        (reorder, lambda: {"a": 1, "b": 2}, ["a0"]),
        (move_to_end, lambda: collections.OrderedDict(a=1, b=2), ["a0"]),
        (count, lambda: collections.Counter("a"), ["a0['a']", "a0['b']", "a0['c']"]),
        (miss, lambda: collections.defaultdict(list), ["a0['missing']"]),
        (add_and_discard, lambda: {1, 2}, ["a0"]),
        (rotate, lambda: collections.deque([1, 2, 3]), ["a0"]),
        (push, lambda: collections.deque([1, 2, 3], maxlen=3), ["a0"]),
        (extend_bytes, lambda: bytearray(b"x"), ["a0"]),
        (set_byte, lambda: bytearray(10_000), ["a0"]),
        (set_byte, lambda: memoryview(bytearray(b"abc")), ["a0"]),
        (set_byte, lambda: array.array("i", range(5_000)), ["a0"]),
        (extend_array, lambda: array.array("i", [5]), ["a0"]),
        (write, lambda: io.BytesIO(b"a"), ["a0"]),
        (draw, lambda: random.Random(1), ["a0", "a0.gauss_next"]),
    ],
)
def test_a_change(
    call: Call, digest: Digest, function: Call, make: Callable[[], Any], paths: list[str]
) -> None:
    pair = call(lambda first, _second: function(first), lambda: [make(), [1]])
    assert digest(pair.after[0]) == digest(pair.before[0])
    assert pair.payload.effects == paths
    if isinstance(pair.after[0], dict):
        assert list(pair.after[0]) == list(pair.before[0])
    alone = call(function, lambda: [make()])
    assert digest(alone.after[0]) == digest(alone.before[0])


@pytest.mark.parametrize("make", [lambda: io.BytesIO(b"a"), lambda: io.StringIO("a")])
def test_a_file_in_memory_that_the_call_closes(call: Call, make: Callable[[], Any]) -> None:
    pair = call(lambda file: (file.read(), file.close())[0], lambda: [make()])
    assert pair.replayed == pair.live == make().getvalue()
    assert pair.after[0].closed
    assert pair.payload.effects == ["a0"]


@pytest.mark.parametrize(
    ("function", "make"),
    [
        (lambda value: value.sort(), lambda: [1, 2]),
        (lambda value: value.update(value), lambda: {"a": [1]}),
        (lambda value: value.add(1), lambda: {1, 2}),
        (lambda value: value.__setitem__(0, value[0]), lambda: array.array("i", [1])),
        (lambda value: setattr(value, "a", 1), lambda: types.SimpleNamespace(a=1)),
        (lambda _value: None, lambda: bytearray(b"x")),
        (lambda _value: None, lambda: (1, 2)),
        (lambda _value: None, lambda: "text"),
    ],
)
def test_no_effect_where_nothing_changed(
    call: Call, function: Call, make: Callable[[], Any]
) -> None:
    payload = call(lambda first, _second: function(first), lambda: [make(), [1]]).payload
    assert payload.effects == []
    assert bytes(payload)[-1] == 0


class TestObjects:
    def test_attributes(self, call: Call, shop: Any) -> None:
        def fill(basket: Any) -> Any:
            basket.items.append(3)
            basket.total += 1
            basket.extra = {"of": basket}
            return basket

        pair = call(fill, lambda: [shop.Basket([1])])
        basket = pair.after[0]
        assert pair.replayed is basket
        assert (basket.items, basket.total) == ([1, 3], 1)
        assert basket.extra["of"] is basket
        assert pair.payload.effects == ["a0.total", "a0.extra", "a0.items"]

    def test_deleted_attributes(self, call: Call, shop: Any) -> None:
        def forget(basket: Any) -> None:
            del basket.items

        assert vars(call(forget, lambda: [shop.Basket()]).after[0]) == {"total": 0}

    def test_slots(self, call: Call, shop: Any) -> None:
        def make() -> list[Any]:
            shelf = shop.Shelf()
            shelf.left = [1]
            return [shelf]

        def tidy(shelf: Any) -> None:
            shelf.right = shelf.left
            del shelf.left
            shelf.set_key("secret")

        shelf = call(tidy, make).after[0]
        assert (shelf.right, hasattr(shelf, "left"), shelf.key()) == ([1], False, "secret")

    def test_slots_that_hide_those_of_a_base(self, call: Call, shop: Any) -> None:
        class Narrow(shop.Shelf):  # type: ignore[misc]  # a module made for the test
            __slots__ = ("left",)  # as libraries have it

        def tidy(shelf: Any) -> None:
            shelf.left = 2

        shelf = call(tidy, lambda: [Narrow()]).after[0]
        assert shelf.left == 2

    def test_class(self, call: Call, shop: Any) -> None:
        def turn(value: Any) -> None:
            value.__class__ = shop.Token

        pair = call(turn, lambda: [shop.Basket()])
        assert type(pair.after[0]) is shop.Token
        assert pair.payload.effects == ["a0.__class__"]

    def test_many_changes_are_summed_up(self, call: Call) -> None:
        def fill(value: dict[int, Any]) -> None:
            value.update(dict.fromkeys(range(20)))

        assert call(fill, lambda: [{}]).payload.effects == ["a0"]

    def test_built_in_classes_with_attributes(self, call: Call, digest: Digest) -> None:
        class Listed(list):  # type: ignore[type-arg]
            pass

        class Named(str):  # noqa: SLOT000  # it is to have attributes
            pass

        def mark(*values: Any) -> None:
            for value in values:
                value.mark = 1

        pair = call(mark, lambda: [Listed([1]), Named("n")])
        assert [value.mark for value in pair.after] == [1, 1]

    def test_what_an_exception_was_raised_with(self, call: Call) -> None:
        def explain(error: Exception, _untouched: Exception) -> None:
            error.args = (*error.args, "while it was explained")

        pair = call(explain, lambda: [ValueError("bad"), KeyError("k")])
        assert pair.after[0].args == ("bad", "while it was explained")
        assert pair.payload.effects == ["a0"]

    def test_what_a_given_exception_is_raised_from(self, call: Call) -> None:
        def blame(error: Exception, after: Exception) -> None:
            try:
                raise after
            except Exception as first:  # noqa: BLE001 - it is the argument
                raise error from RuntimeError(str(first))

        pair = call(blame, lambda: [ValueError("bad"), KeyError("k")])
        assert pair.replayed is pair.after[0]
        for error, after in (pair.before, pair.after):
            assert repr(error.__cause__) == "RuntimeError(\"'k'\")"
            assert error.__context__ is after
            assert error.__suppress_context__

    def test_elements_of_xml(self, call: Call) -> None:
        class Own(ET.Element):
            pass

        def edit(root: Any, _untouched: Any) -> Any:
            root.set("seen", "yes")
            root.text = "text"
            old, moved, own = root
            old.text, old.tail, old.tag = "new", "tail", "b2"
            root.remove(moved)
            old.append(moved)
            own.mark = 1
            own.attrib = {"only": "this"}
            return old, ET.SubElement(root, "made")

        held: list[list[Any]] = []

        def make() -> list[Any]:
            root = ET.XML("<a x='1'><b/><c>t</c></a>")
            root.append(Own("own", {"old": "1"}))
            held.append(list(root))
            return [root, ET.XML("<z/>")]

        pair = call(edit, make)
        ours, theirs = (ET.tostring(roots[0]) for roots in (pair.before, pair.after))
        assert theirs == ours
        assert theirs == (
            b'<a x="1" seen="yes">text<b2>new<c>t</c></b2>tail<own only="this" /><made /></a>'
        )
        old, moved, own = held[1]
        assert pair.replayed[0] is pair.after[0][0] is old
        assert pair.replayed[1] is pair.after[0][2]
        assert old[0] is moved
        assert (pair.after[0][1], own.mark) == (own, 1)

    def test_a_state_that_only_a_reduction_knows(self) -> None:
        class Buffered(io.BytesIO):
            __setstate__ = None  # as where a class has none
            state: Any

            def __reduce_ex__(self, _protocol: object) -> Any:
                return Buffered, (), self.state

        def change(state: Any) -> Any:
            ours, theirs = Buffered(), Buffered()
            ours.state = theirs.state = {"old": 1}
            seen = lambda value: repr(getattr(value, "state", value))  # noqa: E731  # a digest
            before = Before(["a", "b"], [ours, [1]], frozenset(), seen)
            ours.state = state
            effects = changes_after(before, lambda: False)
            payload = encode(Returned(None), before, effects)
            decode(bytes(payload), [theirs, [1]]).replay()
            return theirs

        assert vars(change({"new": 2})) == {"new": 2}
        assert vars(change(({"new": 2}, {"slot": 3}))) == {"new": 2, "slot": 3}
        assert vars(change((None, {"slot": 3}))) == {"state": {"old": 1}, "slot": 3}
        with pytest.raises(UnrecordableOutcomeError, match="Buffered objects cannot"):
            change(None)

    def test_what_has_no_digest_is_left_alone(self) -> None:
        def refuse(_value: object) -> str:
            raise UnhashableArgumentError("a", "b", "c")

        before = Before(["a", "b"], [iter([1]), []], frozenset(), refuse)
        before.arguments[1].append(1)  # type: ignore[attr-defined]  # it is a list
        assert changes_after(before, lambda: False).paths == ["b"]

    def test_what_makes_no_key_any_more_has_changed(self) -> None:
        def refuse() -> bool:
            raise UnhashableArgumentError("a", "b", "c")

        values: list[Any] = [[]]
        before = Before(["a"], values, frozenset(), repr)
        values[0].append(1)
        assert changes_after(before, refuse).paths == ["a"]

    def test_what_does_not_take_its_change(self, call: Call) -> None:
        ours, theirs = bytearray(b"x"), bytearray(b"x")
        held = memoryview(theirs)
        made = iter([[ours], [theirs]])
        with pytest.raises(UnreplayableOutcomeError, match="cannot change the argument's bytearr"):
            call(lambda value: value.extend(b"more"), lambda: next(made))
        held.release()


class TestFunctions:
    def test_what_a_callback_closes_over(self, call: Call) -> None:
        def make() -> list[Any]:
            seen: list[int] = []
            total = 0

            def callback(value: int) -> int:
                nonlocal total
                total += value
                seen.append(value)
                return total

            return [callback]

        def drive(callback: Call) -> int:
            callback(3)
            return int(callback(4))

        pair = call(drive, make)
        cells = dict(
            zip(pair.after[0].__code__.co_freevars, pair.after[0].__closure__, strict=True)
        )
        assert cells["total"].cell_contents == 7
        assert cells["seen"].cell_contents == [3, 4]

    def test_what_the_class_of_an_argument_keeps(self, call: Call) -> None:
        """A class of a test's own, which counts its calls as such classes do."""
        lists: list[list[list[str]]] = []

        def make() -> list[Any]:
            fits: list[str] = []
            notes: list[str] = []
            reads: list[str] = []
            lists.append([fits, notes, reads])

            class Base:
                log: ClassVar[list[str]] = []
                calls: ClassVar = 0
                old: ClassVar = 1

            class Model(Base):
                def __init__(self) -> None:
                    super().__init__()

                def fit(self) -> None:
                    fits.append("fit")
                    self.log.append("fit")
                    Base.calls += 1
                    del Base.old
                    Model.draw = draw  # type: ignore[assignment, method-assign]  # it may
                    self.fitted = True

                @staticmethod
                def note() -> None:
                    notes.append("note")

                def draw(self) -> None:
                    raise NotImplementedError

                @property
                def score(self) -> int:
                    reads.append("score")
                    return len(reads)

            return [Model()]

        def use(model: Any) -> int:
            model.note()
            model.fit()
            return int(model.score)

        pair = call(use, make)
        kind = type(pair.after[0])
        assert lists[1] == [["fit"], ["note"], ["score"]]
        assert (kind.log, kind.calls, hasattr(kind, "old")) == (["fit"], 1, False)
        assert kind.draw is draw
        assert "a0.__class__.__bases__[0].calls" in pair.payload.effects
        assert pair.replayed == pair.live == 1

    @pytest.mark.parametrize("kept", [collections.defaultdict(list), collections.OrderedDict()])
    def test_what_a_class_keeps_for_its_instances_to_fill(
        self, call: Call, kept: dict[str, list[int]]
    ) -> None:
        """As the hooks of a schema, which are looked up in a dict that fills itself."""

        def make() -> list[Any]:
            class Model:
                hooks = kept.copy()

            return [Model()]

        def use(model: Any) -> None:
            model.hooks.setdefault("load", [])

        pair = call(use, make)
        assert type(pair.after[0]).hooks == {"load": []}
        assert pair.payload.effects == ["a0.__class__.hooks['load']"]

    def test_what_is_made_by_a_class_that_another_names(self, call: Call) -> None:
        def make() -> list[Any]:
            class Entry(dict[str, int]):
                made: ClassVar = 0

            class Table:
                entry = Entry

                def __init__(self) -> None:
                    self.entries: list[Any] = []

            return [Table()]

        def use(table: Any) -> Any:
            table.entries.append(table.entry(a=1))
            table.entry.made += 1
            return table.entry(b=2)

        pair = call(use, make)
        (table,) = pair.after
        assert type(pair.replayed) is type(table.entries[0]) is table.entry
        assert (pair.replayed, table.entries, table.entry.made) == ({"b": 2}, [{"a": 1}], 1)

    def test_what_is_made_by_a_class_that_annotations_name(self, call: Call) -> None:
        def make() -> list[Any]:
            class Item:
                pass

            return [type("Order", (), {"__annotations__": {"first": Item, "rest": list[Item]}})]

        def use(order: Any) -> Any:
            item = order.__annotations__["rest"].__args__[0]
            item.made = [1]
            return item()

        pair = call(use, make)
        item = pair.after[0].__annotations__["first"]
        assert type(pair.replayed) is item
        assert item.made == [1]
        assert pair.payload.effects == ["a0.__annotations__['first'].made"]

    def test_what_is_made_by_a_class_in_a_type(self, call: Call) -> None:
        """As what parses data is told what to make of it."""

        def make() -> list[Any]:
            class Item:
                pass

            return [list[dict[str, Item | None]], list[int | None]]

        def use(kind: Any, plain: Any) -> Any:
            return kind.__args__[0].__args__[1].__args__[0](), kind, plain

        pair = call(use, make)
        item, kind, plain = pair.replayed
        assert (kind, plain) == tuple(pair.after)
        assert type(item) is kind.__args__[0].__args__[1].__args__[0]

    def test_what_is_made_by_a_class_that_a_model_names(self, call: Call) -> None:
        """Its annotations are texts here; pydantic knows what they stand for."""
        pydantic: Any = pytest.importorskip("pydantic")

        def make() -> list[Any]:
            class Item(pydantic.BaseModel):  # type: ignore[misc]  # an Any
                x: int

            class Order(pydantic.BaseModel):  # type: ignore[misc]  # an Any
                rest: list[Item] | None

            return [Order]

        pair = call(lambda order: order(rest=[{"x": 1}]), make)
        (order,) = pair.after
        assert pair.replayed == order(rest=[{"x": 1}])

    def test_a_cell_that_is_emptied_or_filled(self, call: Call) -> None:
        def make() -> list[Any]:
            early: Any = 1
            late: Any = 1
            del late

            def swap() -> None:
                nonlocal late, early
                late = [1]
                del early

            return [swap]

        cells = call(lambda swap: swap(), make).after[0].__closure__
        assert cells[1].cell_contents == [1]
        with pytest.raises(ValueError, match="empty"):
            _ = cells[0].cell_contents

    def test_what_a_method_is_bound_to(self, call: Call, shop: Any) -> None:
        def make() -> list[Any]:
            basket = shop.Basket()
            return [basket.items.append, functools.partial(basket.items.append, 5), basket]

        def drive(first: Call, second: Call, _basket: Any) -> None:
            first(4)
            second()

        assert call(drive, make).after[2].items == [4, 5]

    def test_what_a_python_method_is_bound_to(self, call: Call) -> None:
        class Seen:
            def __init__(self) -> None:
                self.values: list[int] = []

            def see(self, value: int) -> None:
                self.values.append(value)

        pair = call(lambda see: see(3), lambda: [Seen().see])
        assert pair.after[0].__self__.values == [3]


class TestIdentity:
    def test_inner_objects_stay_themselves(self, call: Call) -> None:
        layers = [[1], [1]]
        made = iter([[{"layers": [[1], [1]]}], [{"layers": layers}]])
        pair = call(lambda config: config["layers"].append(2), lambda: next(made))
        assert pair.after[0]["layers"] is layers
        assert layers == [[1], [1], 2]

    def test_what_stands_under_a_module(self, call: Call) -> None:
        pair = call(lambda table: table[math], lambda: [{math: ["a"], 1: ["a"]}])
        assert pair.replayed is pair.after[0][math]

    def test_an_inner_object_that_moves(self, call: Call) -> None:
        def drive(value: list[Any]) -> Any:
            value.reverse()
            value[0].append("x")
            return value.pop()

        kept: list[Any] = [["a"], ["b"]]
        made = iter([[[["a"], ["b"]]], [list(kept)]])
        pair = call(drive, lambda: next(made))
        assert pair.replayed is kept[0]
        assert pair.after[0][0] is kept[1]
        assert kept == [["a"], ["b", "x"]]

    def test_one_object_given_twice_and_two_given_apart(self, call: Call) -> None:
        def drive(first: list[Any], second: list[Any]) -> None:
            first.append(1)
            second.append(2)

        shared: list[Any] = []
        made = iter([[[], []], [shared, shared]])
        with pytest.raises(UnreplayableOutcomeError, match="are one object here"):
            call(drive, lambda: next(made))

    def test_objects_in_sets(self, call: Call, shop: Any) -> None:
        def drive(tokens: set[Any]) -> Any:
            token = next(one for one in tokens if one.name == "b")
            token.name = "c"
            return token

        def make() -> list[Any]:
            return [{shop.Token("a"), shop.Token("b")}]

        pair = call(drive, make)
        assert pair.replayed in pair.after[0]
        assert {token.name for token in pair.after[0]} == {"a", "c"}

    def test_objects_as_keys(self, call: Call, shop: Any) -> None:
        def drive(table: dict[Any, Any]) -> Any:
            token = next(one for one in table if one.name == "b")
            table[token].append(1)
            return token, table[token]

        def make() -> list[Any]:
            return [{shop.Token("a"): [], shop.Token("b"): []}]

        pair = call(drive, make)
        token, held = pair.replayed
        assert pair.after[0][token] is held == [1]

    def test_an_object_in_place_of_an_equal_one(self, call: Call, shop: Any) -> None:
        """Nothing of the key changes, and still the other one is held now."""

        def drive(pair: dict[str, Any], other: Any) -> None:
            pair["mine"] = [("basket", other)]

        kept = [shop.Basket([1]), shop.Basket([1])]
        made = iter(
            [
                [{"mine": [("basket", shop.Basket([1]))]}, shop.Basket([1])],
                [{"mine": [("basket", kept[0])]}, kept[1]],
            ]
        )
        pair = call(drive, lambda: next(made))
        assert pair.after[0]["mine"][0][1] is kept[1]

    def test_equal_objects_that_change_places(self, call: Call) -> None:
        kept: list[Any] = [["a"], ["a"]]
        made = iter([[[["a"], ["a"]], bytearray(b"x")], [list(kept), bytearray(b"x")]])
        pair = call(lambda value, _other: value.reverse(), lambda: next(made))
        assert pair.after[0][0] is kept[1]
        assert pair.after[0][1] is kept[0]


class Remembering:
    """It keeps its hash, in which strings are another number in each process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remembering) and self.name == other.name

    def __hash__(self) -> int:
        if self.found is None:
            self.found = hash(self.name)
        return self.found


class SlottedRemembering:
    __slots__ = ("found", "name")

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlottedRemembering) and self.name == other.name

    def __hash__(self) -> int:
        if not hasattr(self, "found"):
            self.found = hash(self.name)
        return self.found


class Numbered:
    """Its hash is a number that matters."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbered) and self.number == other.number

    def __hash__(self) -> int:
        return self.number


class Closing(Remembering):
    def __del__(self) -> None:
        CLOSED.append(self.name)


CLOSED: list[str] = []


class Strict(Numbered):
    def __hash__(self) -> int:
        if self.number != 1:
            raise TypeError("not yet")
        return self.number


class TestHashes:
    """What objects only remember of their hash is no effect."""

    @pytest.mark.parametrize("kind", [Remembering, SlottedRemembering])
    def test_a_hash_that_is_remembered(self, call: Call, kind: Any) -> None:
        def drive(values: list[Any], last: Any) -> None:
            values.append(hash(last) and last.name)

        pair = call(drive, lambda: [[], kind("a")])
        assert pair.payload.effects == ["a0"]
        assert pair.after[0] == ["a"]
        assert getattr(pair.after[1], "found", None) is None

    def test_nobody_sees_another_object_end(self, call: Call) -> None:
        closing = Closing("a")
        call(lambda value, last: value.append(hash(last)), lambda: [[], closing])
        assert not CLOSED

    @pytest.mark.parametrize("kind", [Numbered, Strict])
    def test_a_number_that_is_the_hash(self, call: Call, kind: Any) -> None:
        pair = call(lambda value: setattr(value, "number", 1), lambda: [kind(7)])
        assert pair.payload.effects == ["a0.number"]
        assert pair.after[0].number == 1

    def test_a_number_beside_a_hash(self, call: Call) -> None:
        def drive(value: Any) -> None:
            value.age = hash(value) and 3

        pair = call(drive, lambda: [Remembering("a")])
        assert pair.payload.effects == ["a0.age"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("function", "make", "path"),
        [
            (lambda value, lock: value.append([lock]), list, r" -> \[0\]\[0\]"),
            (lambda value, lock: value.update(k=lock), dict, r" -> \['k'\]"),
            (lambda value, lock: value.add(lock), set, r" -> \{element\}"),
            (
                lambda value, lock: setattr(value, "lock", lock),
                types.SimpleNamespace,
                r" -> \.lock",
            ),
            (
                lambda value, lock: setattr(type(value), "lock", lock),
                of_a_class_of_its_own,
                r".*\.lock",
            ),
        ],
    )
    def test_a_lock_put_into_an_argument(
        self, call: Call, function: Call, make: Callable[[], Any], path: str
    ) -> None:
        with pytest.raises(
            UnrecordableOutcomeError, match=rf"cannot record argument 'a0'{path}: _thread.lock"
        ):
            call(lambda value: function(value, threading.Lock()), lambda: [make()])

    def test_nothing_that_replay_could_change(self, digest: Digest) -> None:
        before = Before(["a", "b"], ([1], 2), frozenset(), digest)
        with pytest.raises(UnrecordableOutcomeError, match="is different in a, b"):
            changes_after(before, lambda: False)

    def test_an_object_without_a_state_to_set(self, digest: Digest) -> None:
        values = [iter([1, 2]), [1]]
        before = Before(["a", "b"], values, frozenset(), repr)
        assert changes_after(before, lambda: True).changes == ()

    def test_ignored_arguments(self, call: Call, shop: Any) -> None:
        def drive(basket: Any, _other: list[int]) -> Any:
            basket.items.append(threading.Lock())
            return basket.items

        pair = call(drive, lambda: [shop.Basket(), [1]], ignored=["a0"])
        assert pair.payload.effects == []
        assert pair.replayed is pair.after[0].items == []


class TestCorners:
    def test_no_lists_are_the_same_twice(self, call: Call) -> None:
        """An equal atom in place of another is no change, where a list next to it has changed."""

        def drive(value: list[Any], big: list[Any]) -> None:
            value[0] = int("1000000")
            value[1] = frozenset({1, 2})
            value[2] = ("a", float("nan"))
            big.append(1)

        def make() -> list[Any]:
            return [[1_000_000, frozenset({2, 1}), ("a", float("nan"))], []]

        assert call(drive, make).payload.effects == ["a1"]

    def test_another_number_of_things(self, call: Call) -> None:
        def drive(value: list[Any]) -> None:
            value[0] = (1, 2, 3)
            value[1] = "text"
            value[2] = [2]

        after = call(drive, lambda: [[(1, 2), 1, [2]]]).after
        assert after == [[(1, 2, 3), "text", [2]]]

    def test_dates_paths_and_their_kin(self, call: Call) -> None:
        class Day(dt.date):
            pass

        def drive(value: list[Any]) -> Any:
            value.append(value[0])
            return value[1]

        def make() -> list[Any]:
            return [[dt.date(2020, 1, 1), Day(2020, 1, 2), pathlib.PurePath("a")]]

        pair = call(drive, make)
        assert pair.after[0][-1] == dt.date(2020, 1, 1)
        assert pair.replayed == dt.date(2020, 1, 2)

    def test_a_lock_put_where_no_part_can_be_named(self, call: Call) -> None:
        def make() -> list[Any]:
            content: Any = 1

            def swap(value: Any) -> None:
                nonlocal content
                content = value

            return [swap]

        with pytest.raises(
            UnrecordableOutcomeError, match=r"cannot record argument 'a0' -> \.__closure__\[0\]"
        ):
            call(lambda swap: swap([threading.Lock()]), make)

    def test_a_result_that_cannot_be_stored_beside_a_change_that_can(self, call: Call) -> None:
        def drive(value: list[Any]) -> Any:
            value.append(1)
            return threading.Lock()

        with pytest.raises(UnrecordableOutcomeError, match=r"cannot record result: _thread\.lock"):
            call(drive, lambda: [[]])

    @pytest.mark.parametrize("name", ["__cause__", "__context__"])
    def test_what_an_exception_came_from_is_no_part_of_a_key(self, call: Call, name: str) -> None:
        def make() -> list[Any]:
            error, origin = ValueError("a"), KeyError("b")
            origin.seen = [1]  # type: ignore[attr-defined]  # as users mark them
            setattr(error, name, origin)
            return [error]

        def drive(error: Any) -> Any:
            getattr(error, name).seen.append(2)
            return getattr(error, name).seen

        pair = call(drive, make)
        seen = getattr(pair.after[0], name).seen
        assert seen == [1, 2]
        assert pair.replayed is seen

    def test_an_equal_object_takes_the_place_of_one_that_changes(self, call: Call) -> None:
        inner: list[bytearray] = []

        def make() -> list[Any]:
            inner.append(bytearray(b"a"))
            return [[inner[-1]]]

        def drive(holder: Any) -> None:
            old = holder[0]
            holder[0] = bytearray(b"a")
            old += b"b"

        pair = call(drive, make)
        assert inner == [b"ab", b"ab"]
        assert pair.after == [[b"a"]]
        assert pair.after[0][0] is not inner[1]

    def test_a_proxy_that_has_no_answer_now(self, call: Call) -> None:
        class Proxy:
            @property
            def __class__(self) -> Any:
                raise RuntimeError("no request")

            @__class__.setter
            def __class__(self, value: Any) -> None:
                raise RuntimeError("no request")

        proxy = Proxy()
        pair = call(lambda first, _second: first, lambda: [proxy, 1], ignored=["a0"])
        assert pair.replayed is proxy

    def test_a_number_in_the_place_of_its_equal(self, call: Call) -> None:
        def change(mapping: dict[str, int], items: list[int]) -> None:
            mapping["number"] = int(str(mapping["number"]))
            items.append(1)

        pair = call(change, lambda: [{"number": 10**20}, []])
        assert pair.payload.effects == ["a1"]
        assert pair.after == [{"number": 10**20}, [1]]
