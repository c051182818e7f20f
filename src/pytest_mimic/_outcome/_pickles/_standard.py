"""Values of the standard library that pickle refuses, or brings back as another."""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import attributes_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from struct import Struct

_LOCK = "_cookies_lock"


class Rows:
    """Reduces the rows of one pickle, of which as a rule many have the same columns."""

    __slots__ = ("_columns",)

    def __init__(self) -> None:
        self._columns: dict[tuple[str, ...], _rebuild.Columns] = {}

    def reduce(self, row: Any) -> Any:
        """Store a row of sqlite3: the names of its columns, and its values."""
        names = tuple(row.keys())
        columns = self._columns.get(names)
        if columns is None:
            columns = self._columns[names] = _rebuild.Columns(names)
        return _rebuild.row, (columns, tuple(row))


def _reduce_match(value: re.Match[Any]) -> Any:
    """Store a match by what was matched with what, and where."""
    made_of = (value.re, value.string, value.pos, value.endpos, value.regs)
    # One that was found while its string had other contents cannot be found again.
    return (_rebuild.match, made_of) if _rebuild.match(*made_of) is not None else NotImplemented


def _reduce_pattern(value: re.Pattern[Any]) -> Any:
    """Store a pattern that shows how it is compiled so that loading it shows nothing."""
    made_of = value.pattern, value.flags
    return (_rebuild.pattern, made_of) if value.flags & re.DEBUG else NotImplemented


def _reduce_struct(value: Struct) -> Any:
    """Store a compiled format by the format."""
    return type(value), (value.format,)


def _reduce_decimal_context(value: object) -> Any:
    """Store the thread's context of decimal numbers as that; it is equal to no copy of it."""
    current = sys.modules["decimal"].getcontext
    return (current, ()) if value is current() else NotImplemented


def _reduce_forward(value: Any) -> Any:
    """Store the text of a forward reference, and not what it was compiled to.

    Only the Python that compiled it can run that.
    """
    made_of = value.__forward_arg__, value.__forward_is_argument__, value.__forward_module__
    kept = ["__forward_is_class__"]
    if value.__forward_evaluated__:
        kept += ["__forward_evaluated__", "__forward_value__"]
    return type(value), made_of, (None, {name: getattr(value, name) for name in kept})


def _reduce_address(value: Any) -> Any:
    """Store an IPv6 address with its scope, which before Python 3.13 its own reduction loses."""
    if value._scope_id is None:
        return NotImplemented
    return type(value), (f"{value._string_from_ip_int(value._ip)}%{value._scope_id}",)


def _reduce_week(value: Any) -> Any:
    """Store the week and weekday of a date, which its own reduction makes a plain tuple."""
    return date.isocalendar, (date.fromisocalendar(*value),)


def reduce_jar(value: object) -> Any:
    """Store the cookies of a jar, less the lock of those who take them at once."""
    kind: Any = type(value)
    if getattr(kind, "__getstate__", None) is not getattr(object, "__getstate__", None):
        return NotImplemented
    state = dict(attributes_of(value) or {})
    state.pop(_LOCK, None)
    return _rebuild.jar, (kind, state)


REDUCTIONS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("re", "Match"): _reduce_match,
    ("re", "Pattern"): _reduce_pattern,
    ("_struct", "Struct"): _reduce_struct,
    ("decimal", "Context"): _reduce_decimal_context,
    ("typing", "ForwardRef"): _reduce_forward,
    ("ipaddress", "IPv6Address"): _reduce_address,
    ("datetime", "IsoCalendarDate"): _reduce_week,
}
