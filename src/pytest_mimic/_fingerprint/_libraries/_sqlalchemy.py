"""SQLAlchemy: mapped objects by what is loaded of them, statements by their text and parameters.

So are expressions with values of Python in them, each of which has a name made of where it lies.
What other expressions, tables and columns remember of what they were asked for is no part of them.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts, Refusal
from pytest_mimic._fingerprint._objects import Rule, overrides, reduction_rule, rule_without

BOOKKEEPING: Final = frozenset({"_sa_instance_state"})
"""The attribute of mapped objects that leads to their session, and to all tables."""

MEMORY: Final = "memoized_attribute"
NOTED: Final = frozenset({"_memoized_keys", "_creation_order"})
"""What is remembered of an expression, and how many tables and columns the process made before."""


def rule_of(kind: type) -> Rule | None:
    """The rule of a statement or an expression; other types say themselves what they are."""
    base: Any = sys.modules.get("sqlalchemy.sql.base")
    elements: Any = sys.modules.get("sqlalchemy.sql.elements")
    schema: Any = sys.modules.get("sqlalchemy.sql.schema")
    # The default of a column can be executed as well, but has no text.
    if base is not None and issubclass(kind, base.Executable) and hasattr(kind, "compile"):
        return _take_statement
    if elements is not None and issubclass(kind, elements.ClauseElement):
        return _expression_rule(kind)
    return _itself(kind) if schema is not None and issubclass(kind, schema.SchemaItem) else None


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


def _itself(kind: type) -> Rule:
    remembered = {
        name
        for base in kind.__mro__
        for name, item in vars(base).items()
        if type(item).__name__ == MEMORY
    }
    return reduction_rule(kind, NOTED | remembered)


def _expression_rule(kind: type) -> Rule:
    rule = _itself(kind)
    elements: Any = sys.modules["sqlalchemy.sql.elements"]
    visitors: Any = sys.modules["sqlalchemy.sql.visitors"]

    def take(value: Any) -> tuple[str, object]:
        parts = visitors.iterate(value)
        if any(isinstance(part, elements.BindParameter) and part.unique for part in parts):
            compiled = value.compile()
            return "expression", Parts((type(value), str(compiled), compiled.params))
        return rule(value)

    return take
