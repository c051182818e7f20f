"""The change of a mapping: a dict, or the attributes of an object."""

from __future__ import annotations

import operator
from collections import OrderedDict
from typing import Any

from pytest_mimic._outcome._families import Families
from pytest_mimic._outcome._state import same


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
