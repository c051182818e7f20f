"""Values of the standard library that pickle refuses, though they are nothing but values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._families import attributes_of

if TYPE_CHECKING:
    import re
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


def reduce_match(value: re.Match[Any]) -> Any:
    """Store a match by what was matched with what, and where."""
    made_of = (value.re, value.string, value.pos, value.endpos, value.regs)
    # One that was found while its string had other contents cannot be found again.
    return (_rebuild.match, made_of) if _rebuild.match(*made_of) is not None else NotImplemented


def reduce_struct(value: Struct) -> Any:
    """Store a compiled format by the format."""
    return type(value), (value.format,)


def reduce_jar(value: object) -> Any:
    """Store the cookies of a jar, less the lock of those who take them at once."""
    kind: Any = type(value)
    if getattr(kind, "__getstate__", None) is not getattr(object, "__getstate__", None):
        return NotImplemented
    state = {**(attributes_of(value) or {})}
    state.pop(_LOCK, None)
    return _rebuild.jar, (kind, state)


REDUCTIONS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("re", "Match"): reduce_match,
    ("_struct", "Struct"): reduce_struct,
}
