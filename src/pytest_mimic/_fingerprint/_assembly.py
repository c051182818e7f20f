"""What both walks share: how the nodes of the children make the node of their container."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from typing import Final

import xxhash

from pytest_mimic._fingerprint._nodes import (
    DICT,
    FROZENSET,
    MAPPING,
    OBJECT,
    SET,
    Node,
)

SORTABLE: Final[Container[frozenset[type]]] = frozenset(
    {frozenset({str}), frozenset({int}), frozenset({bytes})}
)
"""Types of which ``sorted`` makes a total order; a mixture of any two of them has none."""

STRINGS: Final = {str}
LARGE_SET: Final = 64
"""Elements from which on a set of strings is summed, not sorted."""

Name = Callable[[Node], bytes]
"""Gives the digest of a node."""


def sort_elements(nodes: Collection[Node], name: Name) -> list[Node]:
    """The nodes of the elements of a set, in an order that depends on nothing but themselves."""
    if frozenset(map(type, nodes)) in SORTABLE:
        return sorted(nodes)
    return sorted(nodes, key=name)


def assemble_set(nodes: Collection[Node], frozen: bool, name: Name) -> Node:
    """The node of a set or frozenset from those of its elements."""
    tag = FROZENSET if frozen else SET
    if len(nodes) >= LARGE_SET and set(map(type, nodes)) == STRINGS:
        return {tag: (len(nodes), _sum_strings(nodes))}
    return {tag: sort_elements(nodes, name)}


def _sum_strings(strings: Collection[str]) -> int:
    """The sum of the digests of many strings: their order does not matter, and sorting is slow."""
    try:
        return sum(map(xxhash.xxh3_128_intdigest, map(str.encode, strings)))
    except UnicodeEncodeError:
        encoded = (each.encode(errors="surrogatepass") for each in strings)
        return sum(map(xxhash.xxh3_128_intdigest, encoded))


def assemble_mapping(keys: Sequence[Node], values: Sequence[Node], name: Name) -> Node:
    """The node of a dict that has keys other than strings."""
    pairs = list(zip(keys, values, strict=True))
    if frozenset(map(type, keys)) in SORTABLE:
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
