"""What the caller holds comes back as itself, by every kind of path."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import math
import tracemalloc
import types
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pytest_mimic._outcome import Before, Returned, decode, encode
from pytest_mimic._outcome._objects._identity import describe_step
from pytest_mimic.errors import UnhashableArgumentError, UnreplayableOutcomeError

Call = Callable[..., Any]
Digest = Callable[[object], str]


def given(
    digest: Digest,
    value: object,
    recorded: Sequence[object],
    called: Sequence[object],
    ignored: frozenset[str] = frozenset(),
) -> Any:
    names = [f"a{index}" for index in range(len(recorded))]
    payload = encode(Returned(value), Before(names, recorded, ignored, digest))
    return decode(bytes(payload), called, digest).replay()


class Colour(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")  # noqa: PYI024  # an untyped one is meant


@pytest.mark.parametrize(
    ("make", "reach"),
    [
        (lambda: [[1]], lambda a: a),
        (lambda: [[1]], lambda a: a[0]),
        (lambda: ([1], 2), lambda a: a[0]),
        (lambda: ([1], 2), lambda a: a),
        (lambda: Point([1], 2), lambda a: a.x),
        (lambda: collections.deque([[1]]), lambda a: a[0]),
        (lambda: {"k": [1]}, lambda a: a["k"]),
        (lambda: {(1, "k"): [1]}, lambda a: a[1, "k"]),
        (lambda: {Colour.RED: [1]}, lambda a: a[Colour.RED]),
        (lambda: {math.nan: [1]}, lambda a: next(iter(a.values()))),
        (lambda: {int: [1], len: [2]}, lambda a: a[len]),
        (lambda: types.MappingProxyType({"k": [1]}), lambda a: a["k"]),
        (lambda: types.SimpleNamespace(deep=types.SimpleNamespace(x=1)), lambda a: a.deep),
        (lambda: types.SimpleNamespace(x=1), vars),
        (lambda: functools.partial(print, [1], k=[2]), lambda a: a.args[0]),
        (lambda: functools.partial(print, [1], k=[2]), lambda a: a.keywords["k"]),
        (lambda: collections.defaultdict(lambda: [1], k=[1]), lambda a: a.default_factory),
        (lambda: frozenset({(1, frozenset({2}))}), lambda a: [1]),
        (lambda: lambda x=[1]: x, lambda a: a.__defaults__[0]),  # on purpose
        (lambda: ValueError([1]), lambda a: a.args[0]),
        (lambda: bytearray(b"x"), lambda a: a),
    ],
)
def test_a_path(digest: Digest, make: Callable[[], Any], reach: Callable[[Any], Any]) -> None:
    ours, theirs = make(), make()
    held = reach(theirs)
    back = given(digest, [reach(ours), 1], [ours], [theirs])
    assert back == [held, 1]
    if reach(ours) is reach(ours) and not isinstance(held, frozenset) and held != [1]:
        assert back[0] is held


@pytest.mark.parametrize("make", [lambda: [[1]], lambda: {"k": [1]}, lambda: ([1],)])
def test_an_inner_list_is_the_callers_own(digest: Digest, make: Callable[[], Any]) -> None:
    ours, theirs = make(), make()
    reach = (lambda a: a["k"]) if isinstance(ours, dict) else (lambda a: a[0])
    assert given(digest, reach(ours), [ours], [theirs]) is reach(theirs)


def test_equal_arguments_in_another_order(digest: Digest) -> None:
    ours = {"a": [1], "b": [1]}
    theirs = {"b": [1], "a": [1]}
    assert given(digest, ours["b"], [ours], [theirs]) is theirs["b"]


def test_atoms_are_copied(digest: Digest) -> None:
    """An ignored argument that happens to be the very object of the result is none of it."""
    for value, other in [
        (1, 2),
        ("text", "other"),
        (None, 1),
        ((1, 2), (3, 4)),
        (Colour.RED, None),
        (len, print),
        (dict, list),
        (types, functools),
    ]:
        assert given(digest, [value], [value], [other], frozenset({"a0"})) == [value]


def test_an_object_with_two_paths(digest: Digest) -> None:
    shared: list[int] = [1]
    theirs: list[int] = [1]
    assert given(digest, shared, [[shared, shared]], [[theirs, theirs]]) is theirs
    with pytest.raises(UnreplayableOutcomeError, match="are several here"):
        given(digest, shared, [[shared, shared]], [[[1], [1]]])


def test_one_of_the_paths_is_not_there(digest: Digest) -> None:
    """An object with a pickle of its own may hold twice what an equal one holds once."""
    ours, theirs = types.SimpleNamespace(unit=[1]), types.SimpleNamespace(unit=[1])
    ours.last = ours.unit
    assert given(digest, ours.unit, [ours], [theirs]) is theirs.unit


def test_an_object_that_leads_to_itself(digest: Digest) -> None:
    ours: list[Any] = []
    ours.append(ours)
    theirs: list[Any] = []
    theirs.append(theirs)
    assert given(digest, ours, [ours], [theirs]) is theirs


def test_equal_objects_in_a_set_are_copied(digest: Digest, shop: Any) -> None:
    ours = {shop.Token("a"), shop.Token("a")}
    theirs = {shop.Token("a"), shop.Token("a")}
    back = given(digest, next(iter(ours)), [ours], [theirs])
    assert back not in theirs
    assert back.name == "a"


def test_objects_in_sets_need_a_digest_to_be_found(digest: Digest, shop: Any) -> None:
    ours, theirs = {shop.Token("a")}, {shop.Token("a")}
    payload = encode(Returned(next(iter(ours))), Before(["a"], [ours], frozenset(), digest))
    assert decode(bytes(payload), [theirs], digest).replay() in theirs
    with pytest.raises(UnreplayableOutcomeError, match="no such part"):
        decode(bytes(payload), [theirs]).replay()


def test_a_class_that_has_no_name(digest: Digest) -> None:
    def make() -> Any:
        class Base:
            pass

        class Local(Base):
            def __init__(self) -> None:
                self.value = 1

        return Local()

    ours, theirs = make(), make()
    back = given(digest, [type(ours)(), type(ours).__bases__[0]()], [ours], [theirs])
    assert type(back[0]) is type(theirs)
    assert type(back[1]) is type(theirs).__bases__[0]


def wrapped() -> Callable[[], Any]:
    @functools.wraps(given)
    def inner() -> Any:
        return [wrapped]

    return inner


@pytest.mark.parametrize(
    "make",
    [
        lambda: collections.namedtuple("Pair", "x"),  # noqa: PYI024  # likewise
        lambda: type("Made", (), {}),
        lambda: dataclasses.make_dataclass("Data", ["x"]),
        lambda: enum.Enum("Colours", "RED GREEN"),
        wrapped,
    ],
)
def test_made_under_a_name_that_leads_elsewhere(digest: Digest, make: Callable[[], Any]) -> None:
    ours, theirs = make(), make()
    assert given(digest, [ours], [[ours]], [[theirs]])[0] is theirs


def test_a_member_of_a_local_enum(digest: Digest) -> None:
    def make() -> Any:
        class Level(enum.Enum):
            LOW, HIGH = range(2)

        return Level

    ours, theirs = make(), make()
    assert given(digest, ours.LOW, [ours.LOW], [theirs.LOW]) is theirs.LOW
    assert given(digest, [ours.LOW, ours.HIGH], [ours.LOW], [theirs.LOW])[1] is theirs.HIGH


class TestIgnored:
    def test_it_comes_back_as_whatever_it_is_now(self, digest: Digest) -> None:
        other = types.SimpleNamespace(secret="theirs")  # noqa: S106  # the word is the point
        ours = types.SimpleNamespace(secret="ours")  # noqa: S106  # likewise
        assert given(digest, [ours], [ours], [other], frozenset({"a0"}))[0] is other

    def test_its_content_is_not_written(self, digest: Digest) -> None:
        ours = types.SimpleNamespace(inner={"password": "hidden"})
        before = Before(["a0"], [ours], frozenset({"a0"}), digest)
        payload = bytes(encode(Returned([ours, ours.inner]), before))
        assert b"hidden" not in payload

    def test_what_is_there_now_must_be_alike(self, digest: Digest) -> None:
        ours = types.SimpleNamespace(inner={"a": 1})
        with pytest.raises(UnreplayableOutcomeError, match="found NoneType where dict was"):
            given(
                digest,
                ours.inner,
                [ours],
                [types.SimpleNamespace(inner=None)],
                frozenset({"a0"}),
            )

    def test_a_path_of_the_key_goes_first(self, digest: Digest) -> None:
        shared: list[int] = [1]
        theirs: list[int] = [1]
        back = given(digest, shared, [[shared], shared], [[[2]], theirs], frozenset({"a0"}))
        assert back is theirs

    def test_a_large_one_is_not_walked_to_its_end(self, digest: Digest) -> None:
        ours = [[number] for number in range(5_000)]
        back = given(digest, ours[-1], [ours], [[]], frozenset({"a0"}))
        assert back == [4_999]


def test_steps_as_people_read_them() -> None:
    assert describe_step("c", 0) == ".__closure__[0]"
    assert describe_step("{", "0123456789") == "{element 012345}"


def test_an_attribute_that_is_not_there(digest: Digest) -> None:
    ours = types.SimpleNamespace(x=[1])
    with pytest.raises(UnreplayableOutcomeError, match="no such part"):
        given(digest, ours.x, [ours], [3])


def test_a_class_that_hides_its_dict(digest: Digest) -> None:
    class Hiding:
        __slots__ = ("_inner",)

        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError(name)

    ours, theirs = Hiding(), Hiding()
    assert given(digest, ours, [ours], [theirs], frozenset({"a0"})) is theirs


def test_an_object_whose_dict_is_no_dict(digest: Digest) -> None:
    class Odd:
        @property
        def __dict__(self) -> Any:  # type: ignore[override]  # odd on purpose
            return None

    assert isinstance(given(digest, Odd, [Odd()], [None], frozenset({"a0"})), type)


def test_a_read_only_view_with_keys_that_are_objects(digest: Digest, shop: Any) -> None:
    ours = types.MappingProxyType({shop.Token("a"): [1], "k": [2]})
    theirs = types.MappingProxyType({shop.Token("a"): [1], "k": [2]})
    assert given(digest, ours["k"], [ours], [theirs]) is theirs["k"]


def test_elements_without_a_digest_are_copied() -> None:
    def refuse(_value: object) -> str:
        raise UnhashableArgumentError("a", "b", "c")

    ours = {types.SimpleNamespace}, {Hashable()}
    before = Before(["a", "b"], ours, frozenset(), refuse)
    assert len(before.references) == 2


class Hashable:
    """Its instances are equal to themselves alone."""


def test_a_long_chain(digest: Digest) -> None:
    def chain() -> tuple[list[Any], list[Any]]:
        tail: list[Any] = []
        head = tail
        for _ in range(5_000):
            head = [head]
        return head, tail

    head, tail = chain()
    tracemalloc.start()
    try:
        before = Before(["a"], [head], frozenset(), lambda _: "")
        payload = bytes(encode(Returned(tail), before))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 20_000_000  # the paths to all of them together took ten times that
    other, end = chain()
    assert decode(payload, [other], digest).replay() is end
