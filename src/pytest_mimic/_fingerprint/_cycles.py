"""Values that contain themselves: a form of them that nothing but equality decides.

What reaches a cycle unfolds into an infinite tree. Two of them are the same when their trees are,
wherever the cycle is entered and however often it was written out: ``a = [a]`` is ``a = [[a]]``.
So all objects with the same tree are merged (partition refinement; only what may have changed is
looked at again, and the larger half keeps its name, so it takes n log n steps). What is left is the
smallest graph of that tree; it is written down from the root.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from pytest_mimic._fingerprint._assembly import Name
from pytest_mimic._fingerprint._nodes import CYCLE, FROZENSET, MAPPING, SET, Node

UNORDERED: Final = (SET, FROZENSET, MAPPING)
PAIR: Final = 20
"""Kind of a key of a mapping with its value, a knot of its own."""


class Ref:
    """Stands for a value that reaches a cycle, among the nodes of its container."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class Knot(NamedTuple):
    """A container that reaches a cycle."""

    kind: int
    extra: Any
    nodes: list[Node]


class _Vertex(NamedTuple):
    """A knot as the refinement sees it: what is finite in it, and the knots it leads to."""

    shape: bytes
    ordered: bool
    targets: list[int]


def untie(knots: dict[int, Knot], name: Name) -> Node:
    """The node of the value whose root is knot 0.

    Args:
        knots: The containers that reach a cycle, by index.
        name: Names nodes.
    """
    vertices = _vertices(knots, name)
    classes = _merge(vertices)
    quotient = _quotient(vertices, classes)
    root = classes[0]
    ranks = _colours(quotient, name) if _has_choice(quotient) else _numbers(quotient, root)
    lines = sorted(_line(vertex, ranks, ranks[at]) for at, vertex in quotient.items())
    return {CYCLE: name((ranks[root], lines))}


def _vertices(knots: dict[int, Knot], name: Name) -> dict[int, _Vertex]:
    vertices: dict[int, _Vertex] = {}
    fresh = max(knots) + 1
    for index, knot in knots.items():
        if knot.kind != MAPPING:
            vertices[index] = _vertex(knot, name)
            continue
        half = len(knot.nodes) // 2
        nodes: list[Node] = []
        for pair in zip(knot.nodes[:half], knot.nodes[half:], strict=True):
            if any(type(node) is Ref for node in pair):
                vertices[fresh] = _vertex(Knot(PAIR, None, list(pair)), name)
                nodes.append(Ref(fresh))
                fresh += 1
            else:
                nodes.append(pair)
        vertices[index] = _vertex(Knot(MAPPING, None, nodes), name)
    return vertices


def _vertex(knot: Knot, name: Name) -> _Vertex:
    targets = [node.index for node in knot.nodes if type(node) is Ref]
    ordered = knot.kind not in UNORDERED
    if ordered:
        # A bare dict in the place of each knot: no node is one, so nothing else looks like it.
        finite = [{} if type(node) is Ref else node for node in knot.nodes]
    else:
        finite = sorted(name(node) for node in knot.nodes if type(node) is not Ref)
    return _Vertex(name((knot.kind, knot.extra if ordered else None, finite)), ordered, targets)


def _signature(vertex: _Vertex, classes: dict[int, int]) -> tuple[int, ...]:
    targets = [classes[target] for target in vertex.targets]
    if not vertex.ordered:
        targets.sort()
    return tuple(targets)


def _merge(vertices: dict[int, _Vertex]) -> dict[int, int]:
    """The class of each vertex: two are in one class when their trees are the same."""
    classes = _first_classes(vertices)
    members: defaultdict[int, set[int]] = defaultdict(set)
    sources: defaultdict[int, list[int]] = defaultdict(list)
    for index, vertex in vertices.items():
        members[classes[index]].add(index)
        for target in vertex.targets:
            sources[target].append(index)
    suspects: set[int] = set(vertices)
    while suspects:
        moved = _split(suspects, vertices, classes, members)
        suspects = {source for index in moved for source in sources[index]}
    return classes


def _first_classes(vertices: dict[int, _Vertex]) -> dict[int, int]:
    numbers: dict[tuple[bytes, int], int] = {}
    return {
        index: numbers.setdefault((vertex.shape, len(vertex.targets)), len(numbers))
        for index, vertex in vertices.items()
    }


def _split(
    suspects: Iterable[int],
    vertices: dict[int, _Vertex],
    classes: dict[int, int],
    members: defaultdict[int, set[int]],
) -> list[int]:
    """Splits the classes whose members no longer look alike; the vertices with a new class."""
    groups: defaultdict[int, defaultdict[tuple[int, ...], list[int]]]
    groups = defaultdict(lambda: defaultdict(list))
    for index in suspects:
        groups[classes[index]][_signature(vertices[index], classes)].append(index)
    moves: list[tuple[int, list[int]]] = []
    for at, alike in groups.items():
        parts = sorted(alike.values(), key=len)
        seen = sum(map(len, parts))
        # The members that were not suspected still look alike; the largest part stays.
        if len(members[at]) - seen < len(parts[-1]):
            if len(members[at]) > seen:
                unseen = members[at].difference(*parts)
                parts.insert(0, list(unseen))
            parts.pop()
        moves.extend((at, part) for part in parts)
    for at, part in moves:
        new = len(members)
        members[at].difference_update(part)
        members[new].update(part)
        for index in part:
            classes[index] = new
    return [index for _, part in moves for index in part]


def _quotient(vertices: dict[int, _Vertex], classes: dict[int, int]) -> dict[int, _Vertex]:
    quotient: dict[int, _Vertex] = {}
    for index, vertex in vertices.items():
        if classes[index] not in quotient:
            targets = list(_signature(vertex, classes))
            quotient[classes[index]] = _Vertex(vertex.shape, vertex.ordered, targets)
    return quotient


def _has_choice(quotient: dict[int, _Vertex]) -> bool:
    """Whether anything unordered leads to more than one class."""
    return any(not vertex.ordered and len(set(vertex.targets)) > 1 for vertex in quotient.values())


def _numbers(quotient: dict[int, _Vertex], root: int) -> dict[int, int]:
    """Numbers in the order in which the classes are met from the root; nothing else is possible."""
    numbers = {root: 0}
    queue = [root]
    for at in queue:
        for target in quotient[at].targets:
            if target not in numbers:
                numbers[target] = len(numbers)
                queue.append(target)
    return numbers


def _colours(quotient: dict[int, _Vertex], name: Name) -> dict[int, bytes]:
    """Names of the classes by the look of their trees, as deep as it takes to tell all apart."""
    colours = {at: name((vertex.shape, len(vertex.targets))) for at, vertex in quotient.items()}
    while max(Counter(colours.values()).values()) > 1:
        colours = {at: name(_line(vertex, colours, b"")) for at, vertex in quotient.items()}
    return colours


def _line(vertex: _Vertex, ranks: dict[int, Any], own: Any) -> tuple[Any, bytes, list[Any]]:
    targets = [ranks[target] for target in vertex.targets]
    if not vertex.ordered:
        targets.sort()
    return (own, vertex.shape, targets)
