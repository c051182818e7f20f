"""What both walks share: how the nodes of the children make the node of their container."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pytest_mimic._fingerprint._nodes import (
    DICT,
    FROZENSET,
    HEAVIEST,
    MAPPING,
    OBJECT,
    OWN_WEIGHT,
    SET,
    Node,
)

SORTABLE: Final = (frozenset({str}), frozenset({int}), frozenset({bytes}))
"""Types of which ``sorted`` makes a total order; a mixture of any two of them has none."""

Name = Callable[[Node], bytes]


def weigh(children: int, below: int) -> int:
    """The weight of a container.

    Args:
        children: How many nodes are in it.
        below: What those of them weigh that are containers.

    Returns:
        The weight, a property of the value.
    """
    return OWN_WEIGHT + children + below


def is_heavy(weight: int) -> bool:
    """Whether a container of this weight enters its parent by its digest."""
    return weight > HEAVIEST


def sort_elements(nodes: Sequence[Node], name: Name) -> list[Node]:
    """The nodes of the elements of a set, in an order that depends on nothing but themselves."""
    if set(map(type, nodes)) in SORTABLE:
        return sorted(nodes)
    return sorted(nodes, key=name)


def assemble_set(nodes: Sequence[Node], frozen: bool, name: Name) -> Node:
    """The node of a set or frozenset from those of its elements."""
    return {FROZENSET if frozen else SET: sort_elements(nodes, name)}


def assemble_mapping(keys: Sequence[Node], values: Sequence[Node], name: Name) -> Node:
    """The node of a dict that has keys other than strings."""
    pairs = list(zip(keys, values, strict=True))
    if set(map(type, keys)) in SORTABLE:
        pairs.sort(key=_first)
    else:
        pairs.sort(key=name)
    return {MAPPING: ([key for key, _ in pairs], [value for _, value in pairs])}


def assemble_object(tag: str, node: Node) -> Node:
    """The node of a value that a rule took apart."""
    return {OBJECT: (tag, node)}


def assemble_dict(keys: tuple[str, ...], values: tuple[Node, ...], tag: int = DICT) -> Node:
    """The node of a dict whose keys are strings, in their order."""
    return {tag: (keys, values)}


def _first(pair: tuple[Node, Node]) -> Node:
    return pair[0]
