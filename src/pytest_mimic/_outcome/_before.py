"""What is known of a call before it runs live."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome._identity import HANDLED, Node, is_closed, walk
from pytest_mimic._outcome._states import ATTRIBUTES, STATES, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Remembered(NamedTuple):
    """One state of one object as it was before the call."""

    node: Node
    tag: str
    state: Any


class Before:
    """The arguments of a call that is about to run live: the identities in them, and their states.

    Attributes:
        names: The names of the parameters.
        arguments: The bound values, in the same order.
        nodes: The objects in them that a caller can tell from their equals, by id.
        references: What stands for each in a recording, by id.
        states: What can change in those that are part of the key.
        handled: The exception that the caller is handling just now, if any.
        digest: A digest of any value.
    """

    __slots__ = ("arguments", "digest", "handled", "names", "nodes", "references", "states")

    def __init__(
        self,
        names: Sequence[str],
        arguments: Sequence[object],
        ignored: frozenset[str],
        digest: Callable[[object], str],
        others: Sequence[tuple[Any, object]] = (),
        sure: bool = False,
    ) -> None:
        """Look at the arguments.

        Args:
            names: The names of the parameters.
            arguments: The bound values, in the same order.
            ignored: The names of those that are not part of the key. What the call changes in
                them is not recorded; what it returns of them is, by reference.
            digest: A digest of any value, equal for equal values in every process.
            others: What else the caller may know by identity, each with a name for it.
            sure: Whether a change is to be seen without a new key of the arguments.
        """
        self.names = names
        self.arguments = arguments
        self.digest = digest
        keyed: list[tuple[Any, object]] = []
        unkeyed: list[tuple[Any, object]] = []
        for index, name in enumerate(names):
            (unkeyed if name in ignored else keyed).append((index, arguments[index]))
        self.nodes = walk(keyed, unkeyed, others, digest)
        self.references: dict[int, Any] = {
            identity: node.reference for identity, node in self.nodes.items()
        }
        self.handled = sys.exc_info()[1]
        if self.handled is not None:
            self.references[id(self.handled)] = HANDLED
        self.states = _remember(list(self.nodes.values()), digest, sure)


def _remember(
    nodes: list[Node], digest: Callable[[object], str], sure: bool
) -> list[Remembered]:
    """Remember the states of the objects that are part of the key."""
    wanted = [
        (node, tag)
        for node in nodes
        if not node.origin
        for tag in (node.family, ATTRIBUTES)
        if tag in STATES and (tag != ATTRIBUTES or not is_closed(node.value, node.family))
    ]
    if not sure and len(wanted) == 1 and STATES[wanted[0][1]].by_digest:
        # If anything changes then it is this one: a second look at all of it would tell no more.
        return [Remembered(*wanted[0], UNKNOWN)]
    return [Remembered(node, tag, STATES[tag].take(node.value, digest)) for node, tag in wanted]
