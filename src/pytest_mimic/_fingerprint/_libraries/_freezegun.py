"""freezegun: while time is frozen, its classes stand in for those of `datetime`, as equals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_mimic._fingerprint._references import describe_type
from pytest_mimic._fingerprint._stdlib import RULES

if TYPE_CHECKING:
    from pytest_mimic._fingerprint._objects import Rule

_STANDS_FOR: Final = {
    "freezegun.api.FakeDate": "datetime.date",
    "freezegun.api.FakeDatetime": "datetime.datetime",
}


def rule_of(kind: type) -> Rule | None:
    """The rule of what it stands in for; a class derived from that is one of its own."""
    return RULES.get(_STANDS_FOR.get(describe_type(kind), ""))
