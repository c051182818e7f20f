"""polars: frames column by column and element by element, however they are cut into chunks."""

from __future__ import annotations

import sys
from array import array
from typing import Any, Final

from pytest_mimic._fingerprint._builtins import take_buffer
from pytest_mimic._fingerprint._libraries import _strings
from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import Rule, family_rule, refuse

CODES: Final = {
    "Int8": "b",
    "Int16": "h",
    "Int32": "i",
    "Int64": "q",
    "UInt8": "B",
    "UInt16": "H",
    "UInt32": "I",
    "UInt64": "Q",
    "Float32": "f",
    "Float64": "d",
}
"""Types that numbers are stored in -> those of `array.array`."""


def take_values(series: Any) -> Parts:
    """What stands for the elements of a series, with their type."""
    polars: Any = sys.modules["polars"]
    dtype = str(series.dtype)
    if isinstance(series.dtype, polars.String | polars.Categorical | polars.Enum):
        text = series.cast(polars.String)
        return Parts((dtype, _strings.take_strings(text.to_list(), text.is_null().to_list())))
    stored = series.to_physical()
    code = CODES.get(str(stored.dtype))
    if code is None or isinstance(series.dtype, polars.Decimal):
        return Parts((dtype, series.to_list()))
    mask = bytes(stored.is_null().to_list()) if stored.null_count() else None
    return Parts((dtype, len(stored), mask, take_buffer(_numbers(stored.fill_null(0), code))))


def _numbers(stored: Any, code: str) -> Any:
    """The numbers as a buffer; polars needs numpy to hand it out."""
    if "numpy" in sys.modules:
        return stored.rechunk().to_numpy()
    return array(code, stored.to_list())


def _take_series(value: Any) -> tuple[str, object]:
    return "polars series", Parts((value.name, take_values(value)))


def _take_frame(value: Any) -> tuple[str, object]:
    columns = [take_values(column) for column in value.get_columns()]
    return "polars frame", Parts((value.shape, value.columns, columns))


def _take_type(value: Any) -> tuple[str, object]:
    return "polars type", str(value)


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of polars, or of one derived from it."""
    polars: Any = sys.modules["polars"]
    families: dict[type, Rule] = {
        polars.DataFrame: _take_frame,
        polars.Series: _take_series,
        polars.DataType: _take_type,
        polars.LazyFrame: refuse("polars.LazyFrame (a plan, whose form differs between versions)"),
    }
    return family_rule(kind, families)
