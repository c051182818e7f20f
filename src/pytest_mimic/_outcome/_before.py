"""What is known of a call before it runs live."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._identity import HANDLED, Node, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Before:
    """The arguments of a call that is about to run live, and the identities in them.

    Attributes:
        names: The names of the parameters.
        arguments: The bound values, in the same order.
        nodes: The objects in them that a caller can tell from their equals, by id.
        references: What stands for each in a recording, by id.
        handled: The exception that the caller is handling just now, if any.
    """

    __slots__ = ("arguments", "handled", "names", "nodes", "references")

    def __init__(
        self,
        names: Sequence[str],
        arguments: Sequence[object],
        ignored: frozenset[str] = frozenset(),
        digest: Callable[[object], str] | None = None,
    ) -> None:
        self.names = names
        self.arguments = arguments
        indices = frozenset(index for index, name in enumerate(names) if name in ignored)
        self.nodes: dict[int, Node] = walk(arguments, indices, digest)
        self.references: dict[int, Any] = {
            identity: node.reference for identity, node in self.nodes.items()
        }
        self.handled = sys.exc_info()[1]
        if self.handled is not None:
            self.references[id(self.handled)] = HANDLED
