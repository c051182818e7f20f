"""The fingerprinter as the rest of the plugin meets it."""

from __future__ import annotations

import importlib
import re
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._fingerprint import _walk as quick
from pytest_mimic.errors import UnhashableArgumentError

Digest = Callable[..., str]


def test_key_is_128_bits() -> None:
    assert re.fullmatch("[0-9a-f]{32}", Fingerprinter().key("m:f", ("a",), (1,)))


def test_all_of_a_call_is_in_its_key() -> None:
    key = Fingerprinter().key
    calls = [
        key("m:f", ("a", "b"), (1, 2)),
        key("m:g", ("a", "b"), (1, 2)),
        key("m:f", ("a", "c"), (1, 2)),
        key("m:f", ("a", "b"), (2, 1)),
        key("m:f", ("a",), ((1, 2),)),
        key("m:f", (), ()),
    ]
    assert len(set(calls)) == len(calls)


def test_names_and_values_in_any_sequence() -> None:
    key = Fingerprinter().key
    assert key("m:f", ["a", "k"], [1, {"x": 1}]) == key("m:f", ("a", "k"), (1, {"x": 1}))


def test_order_of_keywords() -> None:
    key = Fingerprinter().key
    assert key("m:f", ("k",), ({"a": 1, "b": 2},)) == key("m:f", ("k",), ({"b": 2, "a": 1},))


@pytest.mark.parametrize("nan", [float("nan"), -float("nan"), float("inf") - float("inf")])
def test_nan_by_any_way(nan: float) -> None:
    key = Fingerprinter().key
    assert key("m:f", ("a", "b"), (nan, 1)) == key("m:f", ("a", "b"), (float("nan"), 1))


def test_numbers_that_no_float_holds(digest: Digest) -> None:
    assert digest([10**400, 1.0]) != digest([10**400, 2.0])
    assert digest([10**400, float("nan")]) == digest([10**400, -float("nan")])


class Unhashable(type):  # noqa: PLW1641 - that is the point
    def __eq__(cls, other: object) -> bool:
        return NotImplemented


class OfUnhashable(metaclass=Unhashable):
    pass


def test_class_that_cannot_be_hashed() -> None:
    with pytest.raises(UnhashableArgumentError, match="cannot be hashed"):
        Fingerprinter().key("m:f", ("a",), (OfUnhashable(),))


class Client:
    def __init__(self, url: str) -> None:
        self.url = url
        self.lock = threading.Lock()


class Other(Client):
    pass


def by_url(value: object) -> object:
    return value.url if isinstance(value, Client) else None


def test_custom() -> None:
    digest = Fingerprinter(by_url).digest
    assert digest([Client("a")]) == digest([Client("a")])
    values = [Client("a"), Client("b"), Other("a"), "a"]
    assert len(set(map(digest, values))) == len(values)
    assert digest({1, 2.5, (3,)}) == Fingerprinter().digest({1, 2.5, (3,)})


def test_custom_is_asked_about_what_stands_for_a_value() -> None:
    digest = Fingerprinter(lambda value: vars(value) if type(value) is Other else None).digest
    with pytest.raises(UnhashableArgumentError, match=r"\.lock|\['lock'\]"):
        digest(Other("a"))


def test_custom_has_no_say_when_it_returns_the_value() -> None:
    assert Fingerprinter(lambda value: value).digest(3 + 1j) == Fingerprinter().digest(3 + 1j)


def test_custom_is_not_asked_about_the_classes_of_objects() -> None:
    asked: list[object] = []
    Fingerprinter(asked.append).digest(Nested(1))
    assert [type(value) for value in asked] == [Nested]


def test_custom_raises() -> None:
    def broken(value: object) -> object:
        raise LookupError("hook")

    with pytest.raises(UnhashableArgumentError, match="LookupError: hook"):
        Fingerprinter(broken).digest(1j)


def nested() -> object:
    value: object = [1]
    for level in range(60):
        value = [value, {"a": value if level % 7 == 0 else level}]
    return value


def test_key_does_not_depend_on_the_depth_of_the_stack(digest: Digest) -> None:
    def at(depth: int) -> str:
        return at(depth - 1) if depth else digest(value)

    value = nested()
    expected = digest(value)
    used = len(__import__("inspect").stack())
    for room in (400, 200, 100, 60):
        assert at(sys.getrecursionlimit() - used - room) == expected


def test_one_fingerprinter_in_many_threads(digest: Digest) -> None:
    values = [nested(), {"a": [1, 2.5, None]}, [{1, (2,)}] * 3]
    expected = list(map(digest, values))
    wrong: list[list[str]] = []

    def work() -> None:
        for _ in range(50):
            made = list(map(digest, values))
            if made != expected:
                wrong.append(made)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


ENGINE = Fingerprinter()


class Nested:
    def __init__(self, value: object) -> None:
        self.value = value

    def __getstate__(self) -> object:
        return {"digest": ENGINE.digest([self.value, {"a": 1}])}


def test_used_from_within_itself() -> None:
    assert ENGINE.digest(Nested(1)) == ENGINE.digest(Nested(1)) != ENGINE.digest(Nested(2))


def test_orders_are_not_kept_for_ever(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "MOST_ORDERS", 2)
    values = [{f"{number}": 1, "x": 2} for number in range(5)]
    assert len({digest(value) for value in values}) == len(values)


def test_shared_values_are_walked_once(digest: Digest) -> None:
    class Counted:
        calls = 0

        def __init__(self, inner: object) -> None:
            self.inner = inner

        def __getstate__(self) -> object:
            Counted.calls += 1
            return {"left": self.inner, "right": [self.inner]}

    value = Counted(1)
    for _ in range(40):
        value = Counted(value)
    digest(value)
    assert Counted.calls < 1000


def test_float_in_a_reduction(digest: Digest) -> None:
    class Half:
        def __reduce__(self) -> tuple[object, ...]:
            return float, (0.5,), float("nan")

    assert digest(Half()) == digest(Half())


ODD = """
plain = lambda x: (x is 1, "\\d")
one, two = (lambda x: x is 1), (lambda x: x is 2)
"""


def test_sources_that_python_warns_of(
    digest: Digest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done about warnings has no say in a key."""
    (tmp_path / "odd.py").write_text(ODD, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        odd = importlib.import_module("odd")
        monkeypatch.delitem(sys.modules, "odd")
        warnings.simplefilter("error")
        keys = {digest(function) for function in (odd.plain, odd.one, odd.two)}
    assert len(keys) == 3


class Lazy:
    """It sets up what it is asked for, as the data sets of xarray do."""

    __slots__ = ("absent", "notes")

    def __init__(self) -> None:
        self.notes: dict[str, str] | None = None

    def __getattr__(self, name: str) -> object:
        if self.notes is None:
            self.notes = {}
        raise AttributeError(name)


class Closing(Lazy):
    __slots__ = ()

    def __del__(self) -> None:
        CLOSED.append(self)


CLOSED: list[object] = []


def test_what_looks_at_an_object_leaves_it_as_it_is(digest: Digest) -> None:
    fingerprinter = Fingerprinter()
    first, second = Lazy(), Lazy()
    assert fingerprinter.digest(first) == fingerprinter.digest(second) == digest(Lazy())
    assert first.notes is second.notes is None
    second.notes = {}
    assert fingerprinter.digest(second) != fingerprinter.digest(first)


def test_what_looks_at_an_object_ends_none(digest: Digest) -> None:
    closing = Closing()
    digest(closing)
    assert not CLOSED


class Word:
    """It remembers its hash, which is another in each process."""

    def __init__(self, text: str, number: int = 0) -> None:
        self.text = text
        self.number = number

    def __hash__(self) -> int:
        if "known" not in vars(self):
            self.known = hash(("word", self.text))
        return self.known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and self.text == other.text


class Slotted:
    __slots__ = ("known", "text")

    def __init__(self, text: str) -> None:
        self.text = text

    def __hash__(self) -> int:
        self.known = hash(("slotted", self.text))
        return self.known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slotted) and self.text == other.text


class Unsure(Word):
    """Its hash is that of a number which it must have."""

    def __hash__(self) -> int:
        return hash(self.number) if self.number else hash(self.missing)

    @property
    def missing(self) -> int:
        raise LookupError("no number")


def test_a_remembered_hash_is_no_part_of_a_key(digest: Digest) -> None:
    asked, other = Word("a"), Word("b")
    assert {asked, other} == {Word("a"), Word("b")}
    assert digest(asked) == digest(Word("a")) != digest(other)
    slotted = Slotted("a")
    assert {slotted} == {Slotted("a")}
    assert digest(slotted) == digest(Slotted("a"))
    assert len({digest(Word("a", 1 << 40)), digest(Word("a", 1 << 41)), digest(asked)}) == 3
    assert digest(Unsure("a", 1 << 40)) != digest(Unsure("a", 1 << 41))
    pinned = Unsure("a")
    vars(pinned)["pinned"] = 1 << 40
    assert digest(pinned) != digest(Unsure("a"))
