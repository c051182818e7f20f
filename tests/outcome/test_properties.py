"""Whatever a call does to nested containers, a replay does the same, and leaves the rest alone."""

from __future__ import annotations

import copy
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import Before, Returned, changes_after, decode, encode

digest = Fingerprinter().digest

atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
keys = st.text(max_size=2) | st.integers(-3, 3) | st.tuples(st.integers(0, 2), st.text(max_size=1))
values: st.SearchStrategy[Any] = st.recursive(
    atoms | st.binary(max_size=4).map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(deque)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=3).map(OrderedDict)
        | st.sets(keys, max_size=3)
        | st.tuples(inner, inner)
    ),
    max_leaves=15,
)


def containers(value: Any) -> list[Any]:
    """Find the containers in a value, each once, in an order that equal values share."""
    found: dict[int, Any] = {}
    waiting = [value]
    for one in waiting:
        if isinstance(one, (list, tuple, deque, dict, set, bytearray)) and id(one) not in found:
            found[id(one)] = one
            if isinstance(one, dict):
                waiting.extend(one.values())
            elif not isinstance(one, (set, bytearray)):
                waiting.extend(one)
    return list(found.values())


def change(data: st.DataObject, argument: Any) -> None:
    """Change some of the containers in place, and move and share inner ones."""
    for _ in range(data.draw(st.integers(0, 4))):
        there = [one for one in containers(argument) if not isinstance(one, tuple)]
        if not there:
            return
        target = data.draw(st.sampled_from(there))
        inner = data.draw(st.sampled_from(there))
        new = data.draw(values) if data.draw(st.booleans()) or holds(inner, target) else inner
        at = data.draw(st.integers(0, 5))
        if isinstance(target, (list, deque)):
            if len(target) > at and data.draw(st.booleans()):
                del target[at]
            else:
                target.insert(at, new)
        elif isinstance(target, dict):
            key = data.draw(st.sampled_from([*target, "new"]))
            target.pop(key, None)
            if data.draw(st.booleans()):
                target[key] = new
        elif isinstance(target, set):
            target.symmetric_difference_update({at, "new"})
        else:
            target.extend(b"xy")


def holds(outer: Any, inner: Any) -> bool:
    """Tell whether putting a container into another would close a circle."""
    return any(one is inner for one in containers(outer))


def shape(value: Any) -> tuple[str, list[Any]]:
    """Return what a value is, and the order of the dicts in it."""
    return digest(value), [list(one) for one in containers(value) if isinstance(one, dict)]


@settings(max_examples=150, deadline=None)
@given(st.data(), values)
def test_effects(data: st.DataObject, argument: Any) -> None:
    theirs = copy.deepcopy(argument)
    same = dict(zip(map(id, containers(argument)), containers(theirs), strict=True))
    kept = containers(argument)
    key = digest([argument])
    before = Before(["a"], [argument], frozenset(), digest)
    change(data, argument)
    result = data.draw(st.sampled_from([argument, *containers(argument)]))
    effects = changes_after(before, lambda: digest([argument]) == key)
    payload = bytes(encode(Returned(result), before, effects))
    returned = decode(payload, [theirs], digest).replay()

    assert shape(theirs) == shape(argument)
    assert shape(returned) == shape(result)
    # What the caller held before is where it is live: the same objects in the same places.
    places = list(zip(containers(argument), containers(theirs), strict=True))
    for live, replayed in places:
        if id(live) in same and not isinstance(live, tuple):
            assert replayed is same[id(live)]
    assert len(kept) == len(same)


@settings(max_examples=150, deadline=None)
@given(values)
def test_results(value: Any) -> None:
    shared = [value, {"again": value}]
    before: Callable[..., Before] = Before
    payload = bytes(encode(Returned(shared), before([], [], frozenset(), digest)))
    back: Any = decode(payload, []).replay()
    assert shape(back) == shape(shared)
    assert (back[0] is back[1]["again"]) or not containers(value)
    assert len(containers(back)) == len(containers(shared))
