"""One object in a call's arguments, and the paths that lead to it."""

from __future__ import annotations

from typing import Any

# A path is a root (the index of an argument), then for each step its kind and its operand.
Path = tuple[Any, ...]
# The last step of a path, and the node that it is made from; none for a root, its operand.
Way = tuple["Node | None", str, Any]

SEVERAL = "*"  # in place of a root: several paths follow
OF_TYPE = "="  # no step: what was reached has a type of this name


class Named:
    """An object that no argument holds, and that a recording has a name for.

    Attributes:
        reference: The name.
    """

    __slots__ = ("reference",)

    def __init__(self, reference: Any) -> None:
        self.reference = reference


class Node:
    """An object met in the walk of the arguments.

    Attributes:
        value: The object; held, so that its id stays its own.
        family: Its family.
        ways: What leads to it, each from a holder that is named by its own first way. Whole paths
            are made when they are asked for: those of a long chain are far longer than the chain.
        origin: Whether it was reached from ignored arguments only; None if from no argument.
    """

    __slots__ = ("_kind", "family", "origin", "value", "ways")

    def __init__(self, value: object, family: str, way: Way, origin: bool | None) -> None:
        self.value = value
        self.family = family
        self.ways = [way]
        self.origin = origin
        # As it was found: the call may give it another.
        self._kind = type(value)

    @property
    def path(self) -> Path:
        """The first path that leads to it, a shortest one."""
        return _path_along(self.ways[0])

    @property
    def reference(self) -> Path:
        """What stands for the object in a recording: its path, or all of them."""
        if len(self.ways) > 1:
            return (SEVERAL, *map(_path_along, self.ways))
        path = self.path
        if self.origin and len(path) > 1:
            # Nothing makes the ignored argument of a later call alike, so the type is checked.
            return (*path, OF_TYPE, self._kind.__qualname__)
        return path

    def is_held_like(self, other: Node) -> bool:
        """Tell whether the same holders lead to it, in the same way, as to another node."""
        return [_apart(way) for way in self.ways] == [_apart(way) for way in other.ways]


def _path_along(way: Way) -> Path:
    steps: list[Any] = []
    holder, kind, operand = way
    while holder is not None:
        steps += operand, kind
        holder, kind, operand = holder.ways[0]
    return (operand, *reversed(steps))


def _apart(way: Way) -> tuple[int | None, str, Any]:
    holder, kind, operand = way
    return None if holder is None else id(holder.value), kind, operand
