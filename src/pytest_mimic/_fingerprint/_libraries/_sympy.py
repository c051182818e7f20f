"""sympy: dummy symbols are refused, and facts are known without the rules that led to them.

A polynomial says itself of what it is made, but not over which numbers.

A dummy is equal to nothing but itself, in its process alone. The rules are the same for all facts,
and stand in the order of a set: classes of expressions keep both.
"""

from __future__ import annotations

import sys
from typing import Any

from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import Rule, reduction_rule, refuse


def rule_of(kind: type) -> Rule | None:
    """The rule of a dummy symbol, facts or a polynomial; what else there is says what it is."""
    symbol: Any = sys.modules["sympy.core.symbol"]
    facts: Any = sys.modules["sympy.core.facts"]
    if issubclass(kind, symbol.Dummy):
        return refuse("sympy.Dummy (it is equal to nothing but itself)")
    if issubclass(kind, facts.FactKB):
        return lambda value: ("object", Parts((kind, dict(value))))
    polynomials: Any = sys.modules.get("sympy.polys.polytools")
    if polynomials is not None and issubclass(kind, polynomials.Poly):
        return _polynomial_rule(kind)
    return None


def _polynomial_rule(kind: Any) -> Rule:
    rule = reduction_rule(kind)

    def take(value: Any) -> tuple[str, object]:
        tag, content = rule(value)
        if kind(*value.args).domain == value.domain:
            return tag, content
        return "polynomial", Parts((content, type(value.domain), str(value.domain)))

    return take
