"""What is known of a call before it runs live."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome._objects._children import is_closed
from pytest_mimic._outcome._objects._computations import COMPUTED, is_computed_by_target
from pytest_mimic._outcome._objects._families import PLAIN
from pytest_mimic._outcome._objects._identity import HANDLED, walk
from pytest_mimic._outcome._objects._memory import Memory
from pytest_mimic._outcome._objects._node import Named, Node
from pytest_mimic._outcome._objects._random import RandomStates
from pytest_mimic._outcome._objects._state import UNKNOWN
from pytest_mimic._outcome._objects._states import ATTRIBUTES, STATES
from pytest_mimic._outcome._objects._tensors import GRAPH, has_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_mimic._outcome._pickles._trust import Trust


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
        references: What tells how a recording refers to each, by id.
        static: More nodes, of which nothing is known but how a recording refers to them.
        memory: The memory of the arrays among them, which others may be views of.
        states: What can change in those that are part of the key.
        handled: The exception that the caller is handling just now, if any.
        digest: A digest of any value.
        random: The states of the global generators of random numbers.
        trust: What payloads may import; None when they may import anything.
        is_constant: Whether the arguments are values that nothing can change, as most are.
    """

    __slots__ = (
        "arguments",
        "digest",
        "handled",
        "ignored",
        "is_constant",
        "memory",
        "names",
        "nodes",
        "random",
        "references",
        "states",
        "static",
        "trust",
    )

    def __init__(
        self,
        names: Sequence[str],
        arguments: Sequence[object],
        ignored: frozenset[str],
        digest: Callable[[object], str],
        trust: Trust | None = None,
    ) -> None:
        """Look at the arguments.

        Args:
            names: The names of the parameters.
            arguments: The bound values, in the same order.
            ignored: The names of those that are not part of the key. What the call changes in
                them is not recorded; what it returns of them is, by reference.
            digest: A digest of any value, equal for equal values in every process.
            trust: What payloads may import; None when they may import anything.
        """
        self.trust = trust
        self.names = names
        self.arguments = arguments
        self.digest = digest
        self.ignored = ignored
        self.is_constant = PLAIN.issuperset(map(type, arguments))
        self.nodes = {} if self.is_constant else walk(*self.roots(), digest=digest)
        self.static: Mapping[int, Node] = {}
        self._complete(sure=False)

    def roots(self) -> tuple[list[tuple[int, object]], list[tuple[int, object]]]:
        """Return the arguments with their indices: those of the key, and the ignored ones."""
        keyed: list[tuple[int, object]] = []
        unkeyed: list[tuple[int, object]] = []
        for index, name in enumerate(self.names):
            (unkeyed if name in self.ignored else keyed).append((index, self.arguments[index]))
        return keyed, unkeyed

    def at_step(
        self, others: Sequence[tuple[Any, object]], static: Mapping[int, Node], *, heavy: bool
    ) -> Before:
        """Look at the same arguments again, as a stream that they gave is about to be resumed.

        Args:
            others: What else the consumer may know by identity, each with a name for it.
            static: The nodes of those arguments that are not looked at again, by id.
            heavy: Whether the arguments of the key are among these.

        Returns:
            What is known now. Changes are to be seen without a new key of the arguments.
        """
        step = Before.__new__(Before)
        step.names, step.arguments, step.digest = self.names, self.arguments, self.digest
        step.ignored, step.trust = self.ignored, self.trust
        step.is_constant = self.is_constant
        step.nodes = walk([] if heavy else self.roots()[0], (), others, self.digest)
        step.static = static
        step._complete(sure=True)
        return step

    def _complete(self, *, sure: bool) -> None:
        """Take the references and the states of the nodes."""
        self.references: dict[int, Node | Named] = {**self.nodes}
        self.handled = sys.exc_info()[1]
        if self.handled is not None:
            self.references.setdefault(id(self.handled), Named(HANDLED))
        self.memory = Memory(self.nodes.values())
        self.states = _remember(list(self.nodes.values()), self.digest, sure)
        self.random = RandomStates()


def _remember(nodes: list[Node], digest: Callable[[object], str], sure: bool) -> list[Remembered]:
    """Remember the states of the objects that are part of the key."""
    computed: dict[type, bool] = {}
    wanted = [(node, tag) for node in nodes if not node.origin for tag in _tags(node, computed)]
    if not sure and len(wanted) == 1 and STATES[wanted[0][1]].by_digest:
        # If anything changes then it is this one: a second look at all of it would tell no more.
        return [Remembered(*wanted[0], UNKNOWN)]
    return [Remembered(node, tag, STATES[tag].take(node.value, digest)) for node, tag in wanted]


def _tags(node: Node, computed: dict[type, bool]) -> Iterator[str]:
    """Yield the kinds of state that an object has.

    Args:
        node: The object.
        computed: The classes met so far, and whether targets compute something of their instances.
    """
    if node.family in STATES:
        yield node.family
    if not is_closed(node.value, node.family):
        yield ATTRIBUTES
        kind = type(node.value)
        if kind not in computed:
            computed[kind] = is_computed_by_target(kind)
        if computed[kind]:
            yield COMPUTED
    if has_graph(node.value, node.family):  # pragma: no cover - torch
        yield GRAPH
