"""Random values, built twice: our verdict against a notion of equality that shares no code."""

from __future__ import annotations

import random
from collections import Counter, OrderedDict
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._fingerprint._graph import GraphWalk
from pytest_mimic._fingerprint._naming import Namer
from pytest_mimic._fingerprint._walk import Walk

FINGERPRINTER = Fingerprinter()

# A value as a plan: plans can be built more than once, in another order, with other sharing.
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.sampled_from([0.0, -0.0, 1.0, float("nan"), float("inf"), 0.5]),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["a", "b", "\ud800"]),
    st.binary(max_size=3),
    st.fractions(max_denominator=3),
)
HASHABLE = st.recursive(
    ATOMS.map(lambda atom: ("atom", atom)),
    lambda inner: st.tuples(st.sampled_from(["tuple", "frozenset"]), st.lists(inner, max_size=3)),
    max_leaves=4,
)
PLANS: st.SearchStrategy[Any] = st.recursive(
    HASHABLE,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["list", "tuple", "object"]), st.lists(inner, max_size=4)),
        st.tuples(st.just("set"), st.lists(HASHABLE, max_size=4)),
        st.tuples(
            st.sampled_from(["dict", "ordered"]), st.lists(st.tuples(HASHABLE, inner), max_size=4)
        ),
        st.tuples(
            st.just("dict"),
            st.lists(st.tuples(st.text(max_size=2).map(lambda text: ("atom", text)), inner)),
        ),
    ),
    max_leaves=25,
)


class Holder:
    def __init__(self, items: list[object]) -> None:
        for number, item in enumerate(items):
            setattr(self, f"item{number}", item)


def build(plan: Any, chance: random.Random, built: dict[str, object]) -> Any:
    """A value of a plan; unordered things in any order, equal parts shared or not."""
    name = repr(plan)
    if chance.random() < 0.5 and name in built:
        return built[name]
    kind, content = plan
    if kind == "atom":
        value: Any = content
    elif kind in ("dict", "ordered"):
        pairs = [(build(key, chance, built), build(item, chance, built)) for key, item in content]
        unique = list({identity(key): (key, item) for key, item in pairs}.values())
        if kind == "dict":
            chance.shuffle(unique)
        value = dict(unique) if kind == "dict" else OrderedDict(unique)
    else:
        items = [build(item, chance, built) for item in content]
        if kind in ("set", "frozenset"):
            chance.shuffle(items)
        value = MAKERS[kind](items)
    built[name] = value
    return value


MAKERS: dict[str, Callable[[list[object]], object]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "object": Holder,
}


def identity(value: Any) -> Any:
    """What a value is, by the words of the contract: same type, equal element by element."""
    kind = type(value)
    if kind in (list, tuple):
        return kind, tuple(map(identity, value))
    if kind in (set, frozenset):
        return kind, frozenset(Counter(map(identity, value)).items())
    if kind is OrderedDict:
        return kind, tuple((identity(key), identity(item)) for key, item in value.items())
    if kind is dict:
        pairs = ((identity(key), identity(item)) for key, item in value.items())
        return kind, frozenset(Counter(pairs).items())
    if kind is Holder:
        return kind, identity(vars(value))
    return kind, repr(value)


@settings(max_examples=150, deadline=None)
@given(PLANS, PLANS, st.randoms(use_true_random=False))
def test_verdict(plan: Any, other: Any, chance: random.Random) -> None:
    one, two = build(plan, chance, {}), build(plan, chance, {})
    three = build(other, chance, {})
    for left, right in ((one, two), (one, three)):
        same = FINGERPRINTER.digest(left) == FINGERPRINTER.digest(right)
        assert same == (identity(left) == identity(right))


@settings(max_examples=100, deadline=None)
@given(PLANS, st.randoms(use_true_random=False))
def test_both_walks_agree(plan: Any, chance: random.Random) -> None:
    value = build(plan, chance, {})
    assert quick(value) == patient(value)


@pytest.mark.parametrize(
    "row",
    [
        [],
        [1, "a"],
        [1.5, None],
        [float("nan")],
        [0] * 247,
        [0] * 248,
        [0] * 249,
        [[1]],
        [(1,)],
        [{}],
    ],
    ids=lambda row: repr(row)[:12] + str(len(row)),
)
@pytest.mark.parametrize("count", [1, 3, 40])
def test_both_walks_agree_on_rows(row: list[Any], count: int) -> None:
    rows: list[Any] = [[1], *(list(row) for _ in range(count)), row, row]
    for value in (rows, tuple(rows), dict(zip("abcdef", rows, strict=False)), Holder(rows)):
        assert quick(value) == patient(value)


def quick(value: object) -> bytes:
    namer = Namer()
    walk = Walk(FINGERPRINTER._visits, FINGERPRINTER._orders, namer)
    return namer.name(tuple(walk.nodes((value,))))


def patient(value: object) -> bytes:
    namer = Namer()
    walk = GraphWalk(FINGERPRINTER._rules.rule_of, namer, ["value"], [""])
    return namer.name(walk.node((value,)))


def test_atoms_are_all_told_apart() -> None:
    atoms = [1, True, 1.0, Fraction(1), "1", b"1"]
    assert len({quick(atom) for atom in atoms}) == len(atoms)
