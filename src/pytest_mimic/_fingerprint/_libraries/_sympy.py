"""sympy: dummy symbols are refused, and facts are known without the rules that led to them.

A dummy is equal to nothing but itself, in its process alone. The rules are the same for all facts,
and stand in the order of a set: classes of expressions keep both.
"""

from __future__ import annotations

import sys
from typing import Any

from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import Rule, refuse


def rule_of(kind: type) -> Rule | None:
    """The rule of a dummy symbol or of facts; what else there is says itself what it is."""
    symbol: Any = sys.modules["sympy.core.symbol"]
    facts: Any = sys.modules["sympy.core.facts"]
    if issubclass(kind, symbol.Dummy):
        return refuse("sympy.Dummy (it is equal to nothing but itself)")
    if issubclass(kind, facts.FactKB):
        return lambda value: ("object", Parts((kind, dict(value))))
    return None
