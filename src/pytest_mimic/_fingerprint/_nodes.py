"""The canonical form: what a value looks like once no identity is left in it.

A canonical node is one of

* an atom: ``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, each of that exact type;
* a ``list`` of nodes, for a list;  a ``tuple`` of nodes, for a tuple;
* ``{tag: content}``, a dict of one integer key, for everything else.

A dict of the user never enters as a dict, so that no value of theirs can look like a tagged node,
and the pickle of a node is as good as the node.

Every container has a weight, which grows with what is in it. A container that grows heavier than
``HEAVIEST`` enters its parent as its digest alone. That bounds the depth and the size of what is
pickled at once, and lets a shared value be named once, however often it is met. The weight is
a property of the value: neither sharing nor the way it is walked has a say in it.
"""

from __future__ import annotations

import math
from typing import Any, Final

Node = Any
"""A canonical node, see above."""

CUT: Final = 0
MAPPING: Final = 1
DICT: Final = 2
SET: Final = 3
FROZENSET: Final = 4
STATE: Final = 5
OBJECT: Final = 6
CYCLE: Final = 7

LIST: Final = 10
TUPLE: Final = 11
PARTS: Final = 12
"""Kinds of containers that need no tag in their node."""

ATOMS: Final = frozenset({type(None), bool, int, str, bytes})
"""The types whose values stand for themselves, always."""

FLAT: Final = ATOMS | {float}
"""The same with the one type that has a value that is not equal to itself."""

NAN: Final = math.nan

HEAVIEST: Final = 256
"""What a container may weigh before its digest takes its place."""

OWN_WEIGHT: Final = 8
"""What a container weighs when empty; so a node is no deeper than ``HEAVIEST / OWN_WEIGHT``."""


class Parts(tuple[object, ...]):
    """The pieces that a rule took a value apart into; they are no step of the path to a culprit."""

    __slots__ = ()


class State(dict[str, object]):
    """The attributes of an object by name."""

    __slots__ = ()


class Refusal(Exception):  # noqa: N818 - it never leaves the package
    """A value that cannot be told apart; the walk adds the path to it.

    Args:
        culprit: The type of the value, and why it cannot be told apart where that is not plain.
    """

    def __init__(self, culprit: str) -> None:
        super().__init__(culprit)
        self.culprit = culprit


class TooDeepError(Exception):
    """The recursive walk met a value nested deeper than it goes; it may be a cycle."""
