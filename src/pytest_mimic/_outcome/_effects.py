"""What a call changed, its arguments above all: found after it ran, made again at replay."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome._objects._computations import COMPUTED
from pytest_mimic._outcome._objects._identity import describe, walk
from pytest_mimic._outcome._objects._states import ATTRIBUTES, STATES
from pytest_mimic._outcome._objects._tensors import GRAPH
from pytest_mimic.errors import (
    UnhashableArgumentError,
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_mimic._emissions import Emission
    from pytest_mimic._outcome._before import Before, Remembered
    from pytest_mimic._outcome._objects._node import Node

Change = tuple[object, str, Any]

# Of one object, more changed parts than these are summed up by the object's own path.
_NAMED = 8


class Effects(NamedTuple):
    """What a call did besides how it ended: the changes that it made, and what it emitted.

    Attributes:
        changes: For each object that changed: the object, the kind of its state, and the change.
        places: The parameter that each of these objects was reached from, and the path from there.
        paths: The paths of what changed in them, for people.
        random: The states that it left in the global generators of random numbers it advanced.
        emissions: What it emitted: warnings, printed text, log records.
    """

    changes: tuple[Change, ...]
    places: tuple[tuple[str, str], ...]
    paths: list[str]
    random: Mapping[str, Any]
    emissions: Sequence[Emission] = ()


NO_EFFECTS = Effects((), (), [], {})


def changes_after(before: Before, unchanged: Callable[[], bool]) -> Effects:
    """Find what a call changed: in its arguments, and in the random numbers to come.

    Args:
        before: What was known before it ran.
        unchanged: Makes the key of the arguments once more, and tells whether it is the same.

    Returns:
        The changes, none where nothing changed.

    Raises:
        UnrecordableOutcomeError: Something changed that replay could not change.
    """
    if not before.states:
        return _collect(before, ())
    if is_same_key(unchanged):
        # The order of a dict is no part of the key, and still a caller can see it; just so which of
        # two equal objects it is that another holds, what became of one that was replaced, and
        # gradients that flowed back from a tensor.
        now = walk(before.roots()[0], digest=before.digest)
        seen = _looked_at if _is_rewired(before, now) else _is_beyond_key
        return _collect(
            before,
            [one for one in before.states if seen(one) or id(one.node.value) not in now],
        )
    effects = _collect(before, before.states)
    if all(tag == COMPUTED for _, tag, _ in effects.changes):
        raise UnrecordableOutcomeError(
            "cannot record what the call changed in its arguments: they make another key now, but "
            f"nothing that replay could change is different in {', '.join(before.names)}\n"
            "Leave the parameter that changes out of the key (ignore=NAME)."
        )
    return effects


def changes_seen(before: Before) -> Effects:
    """Find what changed since, by the states alone.

    Raises:
        UnrecordableOutcomeError: Something changed that replay could not change.
    """
    return _collect(before, before.states)


def is_same_key(unchanged: Callable[[], bool]) -> bool:
    """Ask whether arguments make the same key; what makes none any more does not."""
    try:
        return unchanged()
    except UnhashableArgumentError:
        return False


def _is_rewired(before: Before, now: Mapping[int, Node]) -> bool:
    """Tell whether objects of the caller are held by others, or otherwise, than they were."""
    return any(
        identity not in now or not node.is_held_like(now[identity])
        for identity, node in before.nodes.items()
        if node.origin is False
    )


def _looked_at(one: Remembered) -> bool:
    """Tell whether a state says which objects another holds."""
    return not STATES[one.tag].by_digest


def _is_beyond_key(one: Remembered) -> bool:
    """Tell whether a dict has its old keys in another order, or a state is no part of a key."""
    # The order of an OrderedDict is part of the key, so it was asked about already.
    value: Any = one.node.value
    return one.tag in (GRAPH, COMPUTED) or (
        one.tag == "dict"
        and not isinstance(value, OrderedDict)
        and list(one.state) != list(dict.__iter__(value))
    )


def _collect(before: Before, remembered: Iterable[Remembered]) -> Effects:
    """Compare states with what they are now."""
    changes: list[Change] = []
    places: list[tuple[str, str]] = []
    paths: list[str] = []
    for node, tag, state in remembered:
        try:
            change = STATES[tag].change(node.value, state, before.digest)
        except Exception as failure:
            place = label(*describe(node.path, before.names))
            raise UnrecordableOutcomeError(
                f"cannot record what the call changed in {place}: {failure}\n"
                "Leave that parameter out of the key (ignore=NAME), or name a target that does not "
                "change it."
            ) from failure
        if change is not None:
            path = node.path
            root, rest = describe(path, before.names)
            changes.append((node.value, tag, change))
            places.append((root, rest))
            if isinstance(path[0], int):  # an argument, and not an item of a stream
                paths.extend(each for each in _paths(root + rest, tag, change) if each not in paths)
    return Effects(tuple(changes), tuple(places), paths, before.random.advanced(before.digest))


def label(root: str, rest: str) -> str:
    """Return a path from an argument as errors say it: ``argument 'model' -> .layers[0]``."""
    return f"argument {root!r} -> {rest}" if rest else f"argument {root!r}"


def parts_of_change(change: Change) -> list[tuple[str, Any]]:
    """Return what a change stores, each with its path from the object that changed."""
    _, tag, content = change
    if tag == ATTRIBUTES:
        keyed = [pair for one in content[1:] if one is not None for pair in one[2]]
        return [(f".{name}", value) for name, value in keyed]
    if tag == "dict":
        return [(f"[{key!r}]", value) for key, value in content[2]]
    if tag in ("class", COMPUTED):
        return [(f".{name}", value) for name, value in content[1]]
    if tag in ("list", "deque"):
        return [(f"[{content[0] + at}]", item) for at, item in enumerate(content[2])]
    if tag == "set":
        return [("{element}", element) for element in content[1]]
    return [("", content)]


def _paths(place: str, tag: str, change: Any) -> list[str]:
    """Name what a change touches."""
    parts: list[str] = []
    if tag == ATTRIBUTES:
        kind, names, slots = change
        parts = [] if kind is None else [".__class__"]
        parts += [f".{key}" for keyed in (names, slots) for key in _keys(keyed)]
    elif tag in ("class", COMPUTED):
        parts = [f".{name}" for name in (*change[0], *dict(change[1]))]
    elif tag == "dict":
        parts = [f"[{key!r}]" for key in _keys(change)]
    elif tag in ("list", "deque"):
        start, stop, items = change
        parts = [f"[{start}]"] if stop - start == len(items) == 1 else []
    elif tag == "cell":
        parts = [".cell_contents"]
    return [place + part for part in parts] if 0 < len(parts) <= _NAMED else [place]


def _keys(change: Any) -> list[Any]:
    """Return the keys that the change of a mapping removes or sets; none for a mere reordering."""
    if change is None or change[0]:
        return []
    return [*change[1], *(key for key, _ in change[2])]


def apply(changes: Sequence[Change]) -> None:
    """Make recorded changes on the caller's own objects.

    Args:
        changes: As ``Recorded.effects`` has them.

    Raises:
        UnreplayableOutcomeError: An object does not take its change.
    """
    if len({(id(value), tag) for value, tag, _ in changes}) < len(changes):
        raise UnreplayableOutcomeError(
            "two arguments that the recorded call changed are one object here"
        )
    # Inner objects first: a set or dict may hash by what changes in its elements.
    for value, tag, change in reversed(changes):
        try:
            STATES[tag].make(value, change)
        except Exception as failure:
            raise UnreplayableOutcomeError(
                f"cannot change the argument's {type(value).__qualname__} as recorded: {failure}"
            ) from failure
