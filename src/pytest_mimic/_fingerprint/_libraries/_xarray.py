"""xarray: objects by their attributes, whether or not anybody has asked for what is empty there.

They make a dict of attributes, or of how they are written to files, where one is asked for.
"""

from __future__ import annotations

from typing import Any, Final

from pytest_mimic._fingerprint._objects import Rule, object_rule, slot_names, stand_in
from pytest_mimic._values._attributes import computed_names

WAITING: Final = frozenset({"_attrs", "_encoding"})


def rule_of(kind: type) -> Rule | None:
    """The rule of what keeps such dicts; all else of xarray is as it says itself."""
    names = WAITING.intersection(slot_names(kind))
    if not names or computed_names(kind):
        return None
    rule = object_rule(kind)

    def take(value: Any) -> tuple[str, object]:
        asked_for = [name for name in names if getattr(value, name, None) == {}]
        if not asked_for:
            return rule(value)
        known = stand_in(value, kind, asked_for)
        for name in asked_for:
            object.__setattr__(known, name, None)
        return rule(known)

    return take
