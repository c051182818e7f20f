"""sympy: dummy symbols are refused. One is equal to nothing but itself, in its process alone."""

from __future__ import annotations

import sys
from typing import Any

from pytest_mimic._fingerprint._objects import Rule, refuse


def rule_of(kind: type) -> Rule | None:
    """The rule of a dummy symbol; what else there is says itself what it is."""
    symbol: Any = sys.modules["sympy.core.symbol"]
    if issubclass(kind, symbol.Dummy):
        return refuse("sympy.Dummy (it is equal to nothing but itself)")
    return None
