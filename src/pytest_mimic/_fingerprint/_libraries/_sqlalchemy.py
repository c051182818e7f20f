"""SQLAlchemy: mapped objects by what is loaded of them, statements by their text and parameters."""

from __future__ import annotations

import sys
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts, Refusal
from pytest_mimic._fingerprint._objects import Rule, overrides, rule_without

BOOKKEEPING: Final = frozenset({"_sa_instance_state"})
"""The attribute of mapped objects that leads to their session, and to all tables."""


def rule_of(kind: type) -> Rule | None:
    """The rule of a statement; other types of SQLAlchemy say themselves what they are."""
    base: Any = sys.modules.get("sqlalchemy.sql.base")
    return _take_statement if base is not None and issubclass(kind, base.Executable) else None


def mapped_rule(kind: type) -> Rule | None:
    """The rule of a mapped class, unless it says in Python how its objects are reduced."""
    if overrides(kind, object, "__reduce__", "__reduce_ex__", "__getstate__"):
        return None
    return rule_without(BOOKKEEPING)


def _take_statement(value: Any) -> tuple[str, object]:
    if getattr(value, "_with_options", ()):
        raise Refusal(f"{type(value).__qualname__} (its options are no part of its text)")
    compiled = value.compile()
    options = dict(value.get_execution_options())
    return "statement", Parts((type(value), str(compiled), compiled.params, options))
