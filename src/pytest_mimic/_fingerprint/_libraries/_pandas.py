"""pandas: frames column by column and element by element, however they were put together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import xxhash

from pytest_mimic._fingerprint._libraries import _numpy, _pyarrow, _strings
from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import (
    Rule,
    family_rule,
    is_its_attributes,
    rule_without,
    slot_names,
)
from pytest_mimic._values._attributes import computed_names

NANOSECONDS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
INDEX_PIECE: Final = 1 << 16
INDEX_IN_MEMORY: Final = 1 << 36
"""A range of more numbers than these is equal to no array of them: there is none."""
FIXED_WIDTH: Final = "biufcmM"
"""Kinds of dtypes whose elements are bytes of a fixed width."""

FLAGS: Final = frozenset({"_readonly"})
"""What an array that others derived says of its memory: a slice has it, what it equals has not."""


def _is_numpy(column: Any) -> bool:
    return isinstance(column.dtype, sys.modules["numpy"].dtype)


def _take_frame(value: Any) -> tuple[str, object]:
    digest = xxhash.xxh3_128()
    plain: list[object] = []
    others: list[object] = []
    for position in range(value.shape[1]):
        column = value.iloc[:, position]
        if not _is_numpy(column) or column.dtype.kind not in FIXED_WIDTH:
            plain.append(None)
            others.append(take_values(column))
            continue
        plain.append(column.dtype.str)
        for piece in _numpy.pieces(column.to_numpy()):
            digest.update(_numpy.as_bytes(piece))
    content = Parts((value.shape, plain, digest.digest(), others))
    return "frame", Parts((_own(value), value.columns, value.index, content, _more(value)))


def _take_series(value: Any) -> tuple[str, object]:
    content = take_values(value)
    return "series", Parts((_own(value), value.name, value.index, content, _more(value)))


def _own(value: Any) -> object:
    """The type, where it is derived from that of pandas."""
    kind = type(value)
    return None if kind.__module__.partition(".")[0] == "pandas" else kind


def _more(value: Any) -> object:
    names = [name for name in type(value)._metadata if name not in ("name", "_name")]
    more: tuple[object, ...] = (value.attrs, {name: getattr(value, name, None) for name in names})
    if not value.flags.allows_duplicate_labels:
        more += ("no duplicate labels",)
    return Parts(more)


def take_values(column: Any) -> object:
    """What stands for the elements of a column, by the kind of array they are in.

    Args:
        column: A series, an index or an array of pandas.
    """
    pandas: Any = sys.modules["pandas"]
    if _is_numpy(column):
        return Parts(("numpy", _numpy.take_array(column.to_numpy())[1]))
    values = getattr(column, "array", column)
    dtype = describe_dtype(values.dtype)
    if isinstance(values.dtype, pandas.StringDtype):
        return Parts((dtype, _take_strings(values)))
    for kind, take in _arrays(pandas).items():
        if isinstance(values, kind):
            return Parts((dtype, take(values)))
    return Parts(("other", values))


def _arrays(pandas: Any) -> dict[Any, Callable[[Any], object]]:
    arrays = pandas.arrays
    kinds: dict[Any, Callable[[Any], object]] = {
        pandas.Categorical: lambda values: values.codes,
        (arrays.DatetimeArray, arrays.TimedeltaArray, arrays.PeriodArray): _take_moments,
        (arrays.IntegerArray, arrays.FloatingArray, arrays.BooleanArray): _take_masked,
        arrays.IntervalArray: lambda values: Parts((values.left, values.right)),
        arrays.SparseArray: lambda values: Parts((values.to_dense(), values.fill_value)),
        arrays.ArrowExtensionArray: _take_arrow,
        arrays.NumpyExtensionArray: lambda values: values.to_numpy(),
    }
    return kinds


def _take_moments(values: Any) -> object:
    return values.asi8


def _take_masked(values: Any) -> object:
    """What lies under a missing value is no element."""
    mask = values._mask
    data = values._data.copy()
    data[mask] = 0
    return Parts((data, mask))


def _take_strings(values: Any) -> object:
    """Strings, wherever they are stored; that is told by the dtype, where it is to be told."""
    if values.dtype.storage == "pyarrow":
        return _strings.take_arrow(_pyarrow.without_chunks(values.__arrow_array__()))
    return _strings.take_strings(values.to_numpy(dtype=object), values.isna())


def _take_arrow(values: Any) -> object:
    return _pyarrow.take_values(values.__arrow_array__())


def _take_index(value: Any) -> tuple[str, object]:
    pandas: Any = sys.modules["pandas"]
    if isinstance(value, pandas.MultiIndex):
        levels = [take_values(value.get_level_values(at)) for at in range(value.nlevels)]
        return "multi index", Parts((list(value.names), levels))
    if isinstance(value, pandas.RangeIndex):
        content: object = _take_range(value)
    else:
        content = take_values(value)
    parts: tuple[object, ...] = (value.name, content)
    # That of a period is part of its type.
    if isinstance(value, (pandas.DatetimeIndex, pandas.TimedeltaIndex)) and value.freq is not None:
        parts += (value.freq,)
    return "index", Parts(parts)


def _take_range(value: Any) -> object:
    """A range as the array of numbers that it is, a piece at a time."""
    numpy: Any = sys.modules["numpy"]
    steps = range(value.start, value.stop, value.step)
    if (steps.stop - steps.start) // steps.step > INDEX_IN_MEMORY:
        return Parts(("range", steps))
    digest = xxhash.xxh3_128()
    for start in range(0, len(steps), INDEX_PIECE):
        part = steps[start : start + INDEX_PIECE]
        digest.update(numpy.arange(part.start, part.stop, part.step, dtype="int64"))
    dtype = _numpy.describe_dtype(numpy.dtype("int64"))
    return Parts(("numpy", Parts((dtype, (len(steps),), digest.digest()))))


def _take_array(value: Any) -> tuple[str, object]:
    # Its ``__init__`` is called with an array that has no elements yet.
    is_made = getattr(value, "_ndarray", value) is not None
    return "pandas array", Parts((_own(value), take_values(value) if is_made else None))


def describe_dtype(dtype: Any) -> object:
    """A dtype of pandas."""
    pandas: Any = sys.modules["pandas"]
    if isinstance(dtype, pandas.StringDtype):
        chosen = () if dtype.storage == _usual_storage(dtype.na_value) else (dtype.storage,)
        return Parts(("string", dtype.na_value, *chosen))
    if isinstance(dtype, pandas.CategoricalDtype):
        return Parts(("category", dtype.categories, dtype.ordered))
    if isinstance(dtype, pandas.SparseDtype):
        return Parts(("Sparse", dtype.subtype, dtype.fill_value))
    return str(dtype)


def _usual_storage(missing: Any) -> str:
    """How strings are stored where nobody chose it: that depends on what is installed.

    So it is no part of a key, but any other storage, which somebody did choose, is.
    """
    pandas: Any = sys.modules["pandas"]
    of_python = missing is pandas.NA and pandas.__version__ < "3"
    return "python" if of_python or "pyarrow" not in sys.modules else "pyarrow"


def _dtypes(pandas: Any) -> tuple[type, ...]:
    """The dtypes of pandas itself, which are told apart by what they are written as."""
    base = pandas.api.extensions.ExtensionDtype
    return tuple(
        item for item in vars(pandas).values() if isinstance(item, type) and issubclass(item, base)
    )


def _take_dtype(value: Any) -> tuple[str, object]:
    return "pandas dtype", Parts((_own(value), describe_dtype(value)))


def _take_timestamp(value: Any) -> tuple[str, object]:
    """Moments are equal whatever unit they are counted in."""
    return "timestamp", Parts((_nanoseconds(value), value.tzinfo, value.fold))


def _take_timedelta(value: Any) -> tuple[str, object]:
    return "pandas timedelta", _nanoseconds(value)


def _nanoseconds(value: Any) -> int:
    return int(value.asm8.view("i8")) * NANOSECONDS[value.unit]


def _take_period(value: Any) -> tuple[str, object]:
    return "period", (value.ordinal, value.freqstr)


def _take_interval(value: Any) -> tuple[str, object]:
    return "interval", Parts((value.left, value.right, value.closed))


def _take_offset(value: Any) -> tuple[str, object]:
    return "offset", Parts((type(value).__name__, value.n, value.normalize, value.kwds))


def _take_missing(value: Any) -> tuple[str, object]:
    return "missing", type(value).__name__


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of pandas, or of one derived from it."""
    pandas: Any = sys.modules["pandas"]
    families: dict[Any, Rule] = {
        pandas.DataFrame: _take_frame,
        pandas.Series: _take_series,
        pandas.Index: _take_index,
        (type(pandas.NA), type(pandas.NaT)): _take_missing,
        pandas.Timestamp: _take_timestamp,
        pandas.Timedelta: _take_timedelta,
        pandas.Period: _take_period,
        pandas.Interval: _take_interval,
        pandas.offsets.BaseOffset: _take_offset,
    }
    if kind.__module__.partition(".")[0] == "pandas":
        # Those of other libraries have their own way of being taken apart.
        families[tuple(_arrays(pandas))] = _take_array
        families[_dtypes(pandas)] = _take_dtype
    if is_its_attributes(kind) and not slot_names(kind):
        families[pandas.api.extensions.ExtensionArray] = rule_without(computed_names(kind) | FLAGS)
    return family_rule(kind, families)
