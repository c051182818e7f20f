"""A kind of state, remembered before a call, compared after, set at replay; and its changes."""

from __future__ import annotations

import operator
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome._objects._families import Families, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable

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
    return family == "atom" and _is_same_atom(first, second)


def _is_same_atom(first: Any, second: Any) -> bool:
    # By their texts 0.0 differs from -0.0, and a nan is like a nan.
    if isinstance(first, (float, complex)):
        return repr(first) == repr(second)
    # Equal times of a day may be before or after a clock was set back.
    return bool(first == second) and getattr(first, "fold", 0) == getattr(second, "fold", 0)


def mapping_change(old: dict[Any, Any], new: dict[Any, Any]) -> Any:
    """Return the change of a mapping: whether it is emptied, keys removed, entries set; or None."""
    if _is_untouched(old, new):
        return None
    removed, fresh = differences(old, new)
    kept = [key for key in old if key in new]
    # Setting keeps the place of an old key and appends a new one: is that the order there is?
    in_order = [*kept, *(key for key in new if key not in old)]
    if not all(one is other or one == other for one, other in zip(in_order, new, strict=True)):
        return True, [], list(new.items())
    if not removed and not fresh:
        return None
    return False, removed, list(fresh.items())


def _is_untouched(old: dict[Any, Any], new: dict[Any, Any]) -> bool:
    """Tell, at the speed of C, whether two mappings have the very same entries in one order."""
    return (
        len(old) == len(new)
        and all(map(operator.is_, old, new))
        and all(map(operator.is_, old.values(), new.values()))
    )


def differences(old: dict[Any, Any], new: dict[Any, Any]) -> tuple[list[Any], dict[Any, Any]]:
    """Return the keys that are gone, and the entries that were not there or were others."""
    families = Families()
    fresh = {
        key: value
        for key, value in new.items()
        if key not in old or not same(old[key], value, families)
    }
    return [key for key in old if key not in new], fresh


def make_entries(value: Any, change: tuple[bool, list[Any], list[tuple[Any, Any]]]) -> None:
    """Make the change of a mapping, past what its class says of setting."""
    base: Any = OrderedDict if isinstance(value, OrderedDict) else dict
    emptied, removed, entries = change
    if emptied:
        base.clear(value)
    for key in removed:
        base.__delitem__(value, key)
    for key, content in entries:
        base.__setitem__(value, key, content)
