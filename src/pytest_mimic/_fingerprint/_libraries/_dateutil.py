"""dateutil: zones of the machine's database by name, and those of a fixed offset by that.

Where the database lies and which version it has is another on other machines, and so it is no part
of the zones of `zoneinfo` either.
"""

from __future__ import annotations

from typing import Final

from pytest_mimic._fingerprint._objects import Rule, attributes_of, object_rule, rule_without
from pytest_mimic._fingerprint._references import describe_type

_FIXED: Final = frozenset({"dateutil.tz.tz.tzoffset", "dateutil.tz.tz.tzutc"})
_OF_FILES: Final = frozenset({"dateutil.tz.tz.tzfile", "dateutil.tz._tzfile.tzfile"})
_DATABASE: Final = "/zoneinfo/"


def rule_of(kind: type) -> Rule | None:
    """The rule of a zone; not of what derives from one."""
    name = describe_type(kind)
    if name in _FIXED:
        # Some versions reduce them in a way of their own.
        return rule_without(frozenset())
    return _file_rule(kind) if name in _OF_FILES else None


def _file_rule(kind: type) -> Rule:
    whole = object_rule(kind)

    def take(value: object) -> tuple[str, object]:
        path = str(attributes_of(value).get("_filename")).replace("\\", "/")
        name = path.rpartition(_DATABASE)[2]
        return ("zone of dateutil", name) if _DATABASE in path else whole(value)

    return take
