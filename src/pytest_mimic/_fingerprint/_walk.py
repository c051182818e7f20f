"""The quick walk: value -> canonical node, recursively, for values of ordinary depth.

Whatever it finishes, the graph walk gives the same node for; it only takes longer. It gives up
with `TooDeepError` on values that are nested deeply, cycles among them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from itertools import chain
from operator import itemgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from pytest_mimic._fingerprint._assembly import (
    STRINGS,
    assemble_dict,
    assemble_mapping,
    assemble_set,
)
from pytest_mimic._fingerprint._nodes import (
    ATOMS,
    CUT,
    DICT,
    FLAT,
    HEAVIEST,
    NAN,
    OBJECT,
    OWN_WEIGHT,
    STATE,
    Node,
    Parts,
    State,
    TooDeepError,
)
from pytest_mimic._fingerprint._objects import equals_itself_alone

if TYPE_CHECKING:
    from pytest_mimic._fingerprint._naming import Namer
    from pytest_mimic._fingerprint._objects import Rule

DEEPEST: Final = 90
"""Levels of containers that the quick walk descends before it leaves the value to the graph."""

LONGEST_ROW: Final = HEAVIEST - OWN_WEIGHT
"""Atoms of the longest list that is not cut."""

LONGEST_ORDER: Final = 64
"""Keys of the largest dict whose order is remembered."""

MOST_ORDERS: Final = 4096
"""Orders remembered at a time."""

LISTS: Final = {list}
NUMBERS: Final = ({float}, {float, int})

Order = tuple[tuple[str, ...], Callable[[dict[str, object]], tuple[object, ...]]]
Visit = Callable[["Walk", Any], Node]


def same_as_itself(values: Iterable[Any], kinds: set[type]) -> bool:
    """Whether no nan is among atoms, at the speed of C.

    Args:
        values: Atoms.
        kinds: Their types.
    """
    if kinds in NUMBERS:
        try:
            total = sum(values)
        except OverflowError:
            pass
        else:
            if total == total:  # noqa: PLR0124 - only nan differs from itself
                return True
    return all(map(operator.eq, values, values))


def _are_themselves(rows: Iterable[list[Any]]) -> bool:
    """Whether no nan is in rows of atoms."""
    return not [None for value in chain.from_iterable(rows) if value != value]  # noqa: PLR0124


class Orders(dict[tuple[str, ...], Order]):
    """The sorted order of the keys of the dicts that were met, by their order of insertion."""

    __slots__ = ()

    def of(self, keys: tuple[str, ...]) -> Order:
        """The order of these keys, and what takes the values of a dict in that order."""
        order = tuple(sorted(keys))
        known = (order, _taker(order))
        if len(keys) <= LONGEST_ORDER:
            if len(self) >= MOST_ORDERS:
                self.clear()
            self[keys] = known
        return known


def _taker(order: tuple[str, ...]) -> Callable[[dict[str, object]], tuple[object, ...]]:
    if len(order) > 1:
        return itemgetter(*order)
    return lambda mapping: tuple(map(mapping.__getitem__, order))


class Walk:
    """One quick walk over the values of one key."""

    __slots__ = ("_cuts", "_depth", "_known", "_name", "_orders", "_visits", "_weight")

    def __init__(self, visits: Visits, orders: Orders, namer: Namer) -> None:
        self._visits = visits
        self._orders = orders
        self._name = namer.name
        self._weight = 0
        self._depth = 0
        self._cuts = 0
        # Only what holds a cut is remembered: all else is small, whatever is shared in it.
        self._known: dict[int, tuple[object, Node, int]] = {}

    def nodes(self, values: Iterable[object]) -> list[Node]:
        """The nodes of some values; what they weigh is added up on the way."""
        if self._depth >= DEEPEST:
            raise TooDeepError
        self._depth += 1
        visits = self._visits
        nodes = [
            # A value equal to itself: all atoms but nan.
            value
            if type(value) in FLAT and value == value  # noqa: PLR0124
            else visits[type(value)](self, value)
            for value in values
        ]
        self._depth -= 1
        return nodes

    def _inside(self, values: Any, kinds: set[type]) -> Any:
        """The nodes of what is in a container; rows of atoms are looked at all together."""
        if kinds == LISTS and max(map(len, values)) <= LONGEST_ROW:
            kinds = set(map(type, chain.from_iterable(values)))
            if kinds <= ATOMS or (kinds <= FLAT and _are_themselves(values)):
                self._weight += sum(map(len, values), OWN_WEIGHT * len(values))
                return values
        return self.nodes(values)

    def _flat(self, values: Any, kinds: set[type]) -> Any:
        if kinds <= ATOMS or same_as_itself(values, kinds):
            return values
        fixed = [value if value == value else NAN for value in values]  # noqa: PLR0124
        return fixed if type(values) is list else tuple(fixed)

    def _recall(self, value: object) -> Node | None:
        known = self._known.get(id(value))
        if known is None:
            return None
        self._weight += known[2]
        return known[1]

    def _finish(self, value: object, node: Node, weight: int, before: int, cuts: int) -> Node:
        if weight > HEAVIEST:
            node = {CUT: self._name(node)}
            weight = 1
            self._cuts += 1
        if self._cuts != cuts:
            self._known[id(value)] = (value, node, weight)
        self._weight = before + weight
        return node

    def visit_float(self, value: float) -> Node:
        """All nans are one."""
        return value if value == value else NAN  # noqa: PLR0124

    def visit_sequence(self, value: list[object] | tuple[object, ...]) -> Node:
        """A list or a tuple; one of atoms passes untouched."""
        if self._known and (known := self._recall(value)) is not None:
            return known
        before = self._weight
        cuts = self._cuts
        kinds = set(map(type, value))
        weight = OWN_WEIGHT + len(value)
        if kinds <= FLAT:
            node = self._flat(value, kinds)
        else:
            self._weight = 0
            node = self._inside(value, kinds)
            if type(value) is tuple:
                node = tuple(node)
            weight += self._weight
        return self._finish(value, node, weight, before, cuts)

    def visit_parts(self, value: tuple[object, ...]) -> Node:
        """The pieces of a value; they are fresh, so nothing is remembered of them."""
        before = self._weight
        self._weight = 0
        node: Node = tuple(self.nodes(value))
        weight = OWN_WEIGHT + len(value) + self._weight
        if weight > HEAVIEST:
            node = {CUT: self._name(node)}
            weight = 1
            self._cuts += 1
        self._weight = before + weight
        return node

    def visit_dict(self, value: dict[Any, object]) -> Node:
        """A dict, whatever its keys."""
        if self._known and (known := self._recall(value)) is not None:
            return known
        keys = tuple(value)
        if keys and set(map(type, keys)) != STRINGS:
            return self._visit_mapping(value)
        return self._ordered(value, self._orders.get(keys) or self._orders.of(keys), DICT)

    def visit_state(self, value: dict[str, object]) -> Node:
        """The attributes of an object."""
        keys = tuple(value)
        order = self._orders.get(keys)
        return self._ordered(value, order or self._orders.of(keys), STATE)

    def _ordered(self, value: dict[str, object], order: Order, tag: int) -> Node:
        before = self._weight
        cuts = self._cuts
        names, take = order
        values: Any = take(value)
        kinds = set(map(type, values))
        weight = OWN_WEIGHT + 2 * len(names)
        if kinds <= FLAT:
            values = self._flat(values, kinds)
        else:
            self._weight = 0
            values = tuple(self._inside(values, kinds))
            weight += self._weight
        return self._finish(value, assemble_dict(names, values, tag), weight, before, cuts)

    def _visit_mapping(self, value: dict[object, object]) -> Node:
        before = self._weight
        cuts = self._cuts
        self._weight = 0
        keys = self.nodes(value)
        values = self.nodes(value.values())
        weight = OWN_WEIGHT + 2 * len(keys) + self._weight
        node = assemble_mapping(keys, values, self._name)
        return self._finish(value, node, weight, before, cuts)

    def visit_set(self, value: set[object] | frozenset[object]) -> Node:
        """A set or frozenset, sorted by what is in it."""
        if self._known and (known := self._recall(value)) is not None:
            return known
        before = self._weight
        cuts = self._cuts
        kinds = set(map(type, value))
        weight = OWN_WEIGHT + len(value)
        if kinds <= ATOMS:
            nodes: Any = value
        else:
            self._weight = 0
            nodes = self.nodes(value)
            weight += self._weight
        node = assemble_set(nodes, type(value) is frozenset, self._name)
        return self._finish(value, node, weight, before, cuts)

    def visit_object(self, value: object, rule: Rule) -> Node:
        """A value that its rule takes apart."""
        if self._known and (known := self._recall(value)) is not None:
            return known
        before = self._weight
        cuts = self._cuts
        tag, content = rule(value)
        if type(content) in ATOMS:
            self._weight += OWN_WEIGHT + 1
            return {OBJECT: (tag, content)}
        self._weight = 0
        node = self._visits[type(content)](self, content)
        weight = OWN_WEIGHT + 1 + self._weight
        return self._finish(value, {OBJECT: (tag, node)}, weight, before, cuts)

    def visit_named(self, value: object, rule: Rule) -> Node:
        """A class or a function: many objects have one, so it is always remembered."""
        known = self._recall(value)
        if known is None:
            before = self._weight
            known = self.visit_object(value, rule)
            self._known[id(value)] = (value, known, self._weight - before)
        return known


class Visits(dict[type, Visit]):
    """Type -> how the quick walk visits a value of exactly that type.

    Args:
        rule_of: Finds the rule of a type that is met for the first time.
    """

    def __init__(self, rule_of: Callable[[type], Rule]) -> None:
        super().__init__(STRUCTURAL)
        self._rule_of = rule_of

    def __missing__(self, kind: type) -> Visit:
        rule = self._rule_of(kind)
        method = Walk.visit_named if issubclass(kind, (type, FunctionType)) else Walk.visit_object

        def visit(walk: Walk, value: object) -> Node:
            return method(walk, value, rule)

        if equals_itself_alone(kind):
            self[kind] = visit
        return visit


STRUCTURAL: Final[dict[type, Visit]] = {
    float: Walk.visit_float,
    list: Walk.visit_sequence,
    tuple: Walk.visit_sequence,
    dict: Walk.visit_dict,
    set: Walk.visit_set,
    frozenset: Walk.visit_set,
    Parts: Walk.visit_parts,
    State: Walk.visit_state,
}
