"""The patient walk: value -> canonical node without recursion, for values of any depth and shape.

It meets every object once, so that sharing costs nothing; it knows the way to where it is, for the
path to a culprit; and it finds the cycles. What reaches no cycle gets the node that the quick walk
gives it. What does is left to `_cycles`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from pytest_mimic._fingerprint._assembly import (
    assemble_dict,
    assemble_mapping,
    assemble_object,
    assemble_set,
)
from pytest_mimic._fingerprint._cycles import Knot, Ref, untie
from pytest_mimic._fingerprint._nodes import (
    CUT,
    DICT,
    FLAT,
    FROZENSET,
    HEAVIEST,
    LIST,
    MAPPING,
    NAN,
    OBJECT,
    OWN_WEIGHT,
    PARTS,
    SET,
    STATE,
    TUPLE,
    Node,
    Parts,
    Refusal,
    State,
)
from pytest_mimic._fingerprint._references import describe_type
from pytest_mimic.errors import UnhashableArgumentError

if TYPE_CHECKING:
    from pytest_mimic._fingerprint._naming import Namer
    from pytest_mimic._fingerprint._objects import Rule

DEEPEST: Final = 500_000
"""Levels after which a value is taken to have no end: its own reduction makes ever new objects."""

MOST_STEPS: Final = 40
"""Steps of the path to a culprit that are shown."""

LONGEST_STEP: Final = 60
"""Characters of a key of a dict in the path to a culprit."""

SEQUENCES: Final[dict[type, int]] = {
    list: LIST,
    tuple: TUPLE,
    Parts: PARTS,
    set: SET,
    frozenset: FROZENSET,
}


class _Frame:
    """A container on the way from the root to where the walk is."""

    __slots__ = ("below", "extra", "index", "kind", "nodes", "rest", "value")

    def __init__(
        self, value: object, kind: int, children: Sequence[object], extra: Any, index: int
    ) -> None:
        self.value = value
        self.kind = kind
        self.extra = extra
        self.index = index
        self.below = 0
        self.nodes: list[Node] = []
        self.rest: Iterator[object] = iter(children)
        if _are_atoms(children):
            self.nodes = [child if child == child else NAN for child in children]  # noqa: PLR0124
            self.rest = iter(())

    def step(self) -> str:
        """The step from this container to the child that the walk is in."""
        at = len(self.nodes)
        if self.kind in (LIST, TUPLE):
            return f"[{at}]"
        if self.kind == DICT:
            return f"[{_bounded(repr(self.extra[at]))}]"
        if self.kind == STATE:
            return f".{self.extra[at]}"
        if self.kind == MAPPING:
            keys = self.extra
            return f"[{_describe_key(keys[at - len(keys)])}]"
        if self.kind in (SET, FROZENSET):
            return "{...}"
        return ""


def _are_atoms(values: Sequence[object]) -> bool:
    try:
        return set(map(type, values)) <= FLAT
    except TypeError:
        return False


def _describe_key(key: object) -> str:
    return _bounded(repr(key)) if type(key) in FLAT else type(key).__qualname__


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST_STEP else text[: LONGEST_STEP - 3] + "..."


def _say(error: Exception) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - it is the user's own __str__
        text = ""
    return f"{type(error).__name__}: {_bounded(text)}" if text else type(error).__name__


class GraphWalk:
    """One patient walk over the values of one key.

    Args:
        rule_of: The rule of a type.
        namer: Names the nodes.
        labels: What the path to a culprit begins with, one for each value.
        remedies: What to do about a culprit, one for each value.
    """

    def __init__(
        self,
        rule_of: Callable[[type], Rule],
        namer: Namer,
        labels: Sequence[str],
        remedies: Sequence[str],
    ) -> None:
        self._rule_of = rule_of
        self._name = namer.name
        self._labels = labels
        self._remedies = remedies
        self._stack: list[_Frame] = []
        self._open: dict[int, int] = {}
        self._done: dict[int, tuple[object, Node, int]] = {}
        self._knots: dict[int, Knot] = {}
        self._count = 0

    def node(self, values: Sequence[object]) -> Node:
        """The node of all values together.

        Raises:
            UnhashableArgumentError: One of them cannot be told apart.
        """
        root = _Frame(values, TUPLE, values, None, 0)
        self._stack.append(root)
        while True:
            frame = self._stack[-1]
            for child in frame.rest:
                if self._enter(frame, child):
                    break
            else:
                self._stack.pop()
                if not self._stack:
                    return self._close_root(root)
                self._leave(frame, self._stack[-1])

    def _close_root(self, root: _Frame) -> Node:
        if not any(type(node) is Ref for node in root.nodes):
            return tuple(root.nodes)
        self._knots[0] = Knot(TUPLE, None, root.nodes)
        return untie(self._knots, self._name)

    def _enter(self, frame: _Frame, child: Any) -> bool:
        """Takes the next child; whether it has to be walked first."""
        if self._is_atom(child):
            frame.nodes.append(child if child == child else NAN)  # noqa: PLR0124
            return False
        known = self._done.get(id(child))
        if known is not None:
            frame.nodes.append(known[1])
            frame.below += known[2]
            return False
        above = self._open.get(id(child))
        if above is not None:
            self._check_cycle(above)
            frame.nodes.append(Ref(above))
            return False
        if len(self._stack) >= DEEPEST:
            last = next(frame for frame in reversed(self._stack) if frame.kind == OBJECT)
            kind = describe_type(type(last.value))
            raise self._refused(f"{kind} (its own reduction never comes to an end)", None)
        self._count += 1
        self._stack.append(self._expand(child, self._count))
        self._open[id(child)] = self._count
        return True

    def _is_atom(self, child: object) -> bool:
        try:
            return type(child) in FLAT
        except TypeError as error:
            kind = describe_type(type(child))
            raise self._refused(f"{kind} (a class that cannot be hashed)", error) from error

    def _check_cycle(self, above: int) -> None:
        """Refuses a value whose reduction is that very value; it says nothing of it."""
        pieces = takewhile(lambda frame: frame.kind in (OBJECT, PARTS), reversed(self._stack))
        for frame in pieces:
            if frame.index == above:
                culprit = f"{describe_type(type(frame.value))} (its own reduction leads back to it)"
                raise self._refused(culprit, None)

    def _leave(self, frame: _Frame, parent: _Frame) -> None:
        del self._open[id(frame.value)]
        if any(type(node) is Ref for node in frame.nodes):
            self._knots[frame.index] = Knot(frame.kind, frame.extra, frame.nodes)
            node: Node = Ref(frame.index)
            weight = 0
        else:
            weight = OWN_WEIGHT + len(frame.nodes) + frame.below
            if frame.kind in (DICT, STATE):
                weight += len(frame.nodes)
            node = self._assemble(frame)
            if weight > HEAVIEST:
                node = {CUT: self._name(node)}
                weight = 1
        self._done[id(frame.value)] = (frame.value, node, weight)
        parent.nodes.append(node)
        parent.below += weight

    def _assemble(self, frame: _Frame) -> Node:
        nodes = frame.nodes
        if frame.kind == LIST:
            return nodes
        if frame.kind in (TUPLE, PARTS):
            return tuple(nodes)
        if frame.kind == OBJECT:
            return assemble_object(frame.extra, nodes[0])
        if frame.kind in (DICT, STATE):
            return assemble_dict(frame.extra, tuple(nodes), frame.kind)
        if frame.kind == MAPPING:
            half = len(nodes) // 2
            return assemble_mapping(nodes[:half], nodes[half:], self._name)
        return assemble_set(nodes, frame.kind == FROZENSET, self._name)

    def _expand(self, value: Any, index: int) -> _Frame:
        kind = type(value)
        if kind in SEQUENCES:
            return _Frame(value, SEQUENCES[kind], list(value), None, index)
        if kind is dict or kind is State:
            return _expand_dict(value, kind, index)
        tag, content = self._take_apart(value)
        return _Frame(value, OBJECT, (content,), tag, index)

    def _take_apart(self, value: object) -> tuple[str, object]:
        try:
            return self._rule_of(type(value))(value)
        except Refusal as refusal:
            raise self._refused(refusal.culprit, refusal) from refusal.__cause__
        except MemoryError:
            raise
        except Exception as error:
            name = describe_type(type(value))
            raise self._refused(
                f"{name} (its own reduction raised {_say(error)})", error
            ) from error

    def _refused(self, culprit: str, cause: Exception | None) -> UnhashableArgumentError:
        at = len(self._stack[0].nodes)
        steps = [step for frame in self._stack[1:] if (step := frame.step())]
        if len(steps) > MOST_STEPS:
            steps[MOST_STEPS // 2 : -MOST_STEPS // 2] = [f"...{len(steps) - MOST_STEPS} more..."]
        path = f"{self._labels[at]} -> {''.join(steps)}" if steps else self._labels[at]
        error = UnhashableArgumentError(path, culprit, self._remedies[at])
        error.__cause__ = cause
        return error


def _expand_dict(value: dict[Any, object], kind: type, index: int) -> _Frame:
    if set(map(type, value)) <= {str}:
        order = tuple(sorted(value))
        tag = DICT if kind is dict else STATE
        return _Frame(value, tag, [value[key] for key in order], order, index)
    keys = list(value)
    return _Frame(value, MAPPING, keys + list(value.values()), keys, index)
