"""How expressions of sympy are stored, where pickle makes others of their arguments."""

from __future__ import annotations

import pickle
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import set_state, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# What every expression has: it follows from what it is made of.
_GIVEN = frozenset({"_args", "_assumptions", "_mhash"})


def reduce_expression(value: Any) -> Any:
    """Store an expression of sympy; one that was not evaluated must not be when it comes back."""
    kind: Any = type(value)
    if not value.args:
        return NotImplemented
    if _makes(kind, value.args, value):
        # Pickle calls no initialiser, and where there is one, all the rest is set by it.
        return NotImplemented if kind.__init__ is object.__init__ else (kind, value.args)
    if _makes(partial(kind, evaluate=False), value.args, value):
        return _rebuild.unevaluated, (kind, *value.args)
    state = _set_on(value)
    if _makes(partial(_corrected, state, value), value.args, value):
        return kind, value.args, state
    base = sys.modules["sympy.core.basic"].Basic
    if not _makes(partial(_with_state, state, kind, base), value._args, value):
        raise pickle.PicklingError(
            f"sympy's own pickle of {kind.__qualname__} objects brings back another expression here"
        )
    return _rebuild.unmade, (kind, base, *value._args), state


def _set_on(value: Any) -> dict[str, Any]:
    """Return what the class of an expression set on it."""
    return {name: one for name, one in state_of(value).items() if name not in _GIVEN}


def _corrected(state: Mapping[str, Any], value: Any, *arguments: Any) -> Any:
    """Make an equal expression of the arguments, and set on it what is set on the other."""
    kind: Any = type(value)
    made = kind(*arguments)
    if type(made) is kind and made == value and made is not kind(*arguments):
        set_state(made, state)
    return made


def _with_state(state: Mapping[str, Any], kind: type, base: Any, *arguments: Any) -> Any:
    made = _rebuild.unmade(kind, base, *arguments)
    set_state(made, state)
    return made


def _makes(make: Callable[..., Any], arguments: tuple[Any, ...], value: Any) -> bool:
    """Tell whether just an expression is made of its arguments."""
    try:
        made = make(*arguments)
        return bool(made == value) and _has_all(_set_on(value), _set_on(made))
    except Exception:  # noqa: BLE001  # its own code
        return False


def _has_all(state: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Tell whether all that is set on what was just made is the same on an expression.

    Expressions are equal that are written otherwise, or whose numbers are of another domain.
    What is empty there waits for what will be computed.
    """
    return all(_is_same(one, state.get(name)) for name, one in made.items() if one is not None)


def _is_same(one: Any, other: Any) -> bool:
    kind: Any = type(one)
    plain: Any = object
    waits = hasattr(kind, "__len__") and not len(one)
    # What is equal may be of another domain, which is shown.
    return kind is type(other) and (
        waits or kind.__eq__ is plain.__eq__ or bool(one == other and repr(one) == repr(other))
    )
