"""How expressions of sympy are stored, where their constructors make others of the arguments."""

from __future__ import annotations

import pickle
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import state_of

if TYPE_CHECKING:
    from collections.abc import Callable

# What every expression has: it follows from what it is made of.
_GIVEN = frozenset({"_args", "_assumptions", "_mhash"})


def reduce_expression(value: Any) -> Any:
    """Store an expression of sympy; one that was not evaluated must not be when it comes back."""
    kind: Any = type(value)
    if not value.args or _makes(kind, value.args, value):
        return NotImplemented
    if _makes(partial(kind, evaluate=False), value.args, value):
        return _rebuild.unevaluated, (kind, *value.args)
    base = sys.modules["sympy.core.basic"].Basic
    if not _makes(partial(_rebuild.unmade, kind, base), value._args, value):
        raise pickle.PicklingError(
            f"sympy's own pickle of {kind.__qualname__} objects brings back another expression here"
        )
    state = {name: one for name, one in state_of(value).items() if name not in _GIVEN}
    return _rebuild.unmade, (kind, base, *value._args), state


def _makes(make: Callable[..., Any], arguments: tuple[Any, ...], value: Any) -> bool:
    """Tell whether just an expression is made of its arguments."""
    try:
        return bool(make(*arguments) == value)
    except Exception:  # noqa: BLE001  # its own code
        return False
