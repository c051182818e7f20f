"""A kind of state: remembered before a call, compared after, set at replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome._identity import is_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._outcome._families import Families

    Digest = Callable[[object], str]

UNKNOWN = object()  # not taken: the state counts as changed where anything changed
SMALL = 1 << 12  # bytes up to which a copy costs less than a digest


class State(NamedTuple):
    """How one kind of state is handled.

    Attributes:
        take: From an object and a digest, what is remembered.
        change: From an object, what was remembered and a digest, the change, or None.
        make: Makes the change to an object.
        by_digest: Whether ``take`` may read the whole of a large object.
    """

    take: Callable[[Any, Digest], Any]
    change: Callable[[Any, Any, Digest], Any]
    make: Callable[[Any, Any], None]
    by_digest: bool = False


class Content:
    """An array or tensor that stands for its elements: what they are now is to be stored.

    Args:
        array: The array or tensor. It lies in the memory of an argument, and is no view of it here.
    """

    __slots__ = ("array",)

    def __init__(self, array: object) -> None:
        self.array = array


def same(first: Any, second: Any, families: Families) -> bool:
    """Tell whether two values are one object, or atoms that nobody can tell apart."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    family = families.of(first)
    if family == "tuple":
        return len(first) == len(second) and all(
            same(one, other, families) for one, other in zip(first, second, strict=True)
        )
    if family == "frozenset":
        return is_plain(first, families) and bool(first == second)
    if family != "atom":
        return False
    # By their texts 0.0 differs from -0.0, and a nan is like a nan.
    return (
        repr(first) == repr(second)
        if isinstance(first, (float, complex))
        else bool(first == second)
    )
