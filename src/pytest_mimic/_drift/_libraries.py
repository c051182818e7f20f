"""The parts of frames, columns and arrays of libraries, in plain values where that can be.

A library is never imported here: nobody has a value of one that is not loaded.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Part = tuple[str, str, object]


def of_library(value: Any) -> list[Part] | None:
    """Take a value of a library apart.

    Args:
        value: Any value.

    Returns:
        Its parts, each with its step and its name; None for a value of another kind.
    """
    kind = type(value)
    if kind is getattr(sys.modules.get("numpy"), "ndarray", None):
        return list(_of_array(value))
    for base in kind.__mro__:
        take = _TAKERS.get((base.__module__.partition(".")[0], base.__name__))
        if take is not None:
            return list(take(value))
    return None


def _of_array(value: Any) -> Iterator[Part]:
    """An array of objects or of records; the numbers of others are compared where they lie."""
    yield " (dtype)", "", str(value.dtype)
    yield " (shape)", "", value.shape
    if value.dtype.names is not None:
        yield from ((f"[{name!r}]", name, value[name]) for name in value.dtype.names)
        return
    numpy = sys.modules["numpy"]
    for index in numpy.ndindex(value.shape):
        yield f"[{', '.join(map(str, index))}]", "", value[index]


def _of_frame(value: Any) -> Iterator[Part]:
    yield " (columns)", "", value.columns
    yield ".index", "", value.index
    yield from _more(value)
    for position, name in enumerate(value.columns):
        column = value.iloc[:, position]
        step = f"[{name!r}]"
        if list(value.columns[:position]).count(name):
            step = f".iloc[:, {position}]"
        yield f"{step} (dtype)", "", column.dtype
        yield step, str(name), _cells(column)


def _of_series(value: Any) -> Iterator[Part]:
    yield ".name", "", value.name
    yield ".index", "", value.index
    yield ".dtype", "", value.dtype
    yield from _more(value)
    yield "", str(value.name), _cells(value)


def _of_index(value: Any) -> Iterator[Part]:
    yield ".names", "", list(value.names)
    yield "", "", _cells(value)


def _more(value: Any) -> Iterator[Part]:
    """What heirs of pandas' classes say of themselves, and what users attach."""
    yield ".attrs", "", value.attrs
    for name in type(value)._metadata:
        yield f".{name}", name, getattr(value, name, None)


def _cells(column: Any) -> object:
    """The elements of a column: an array of numbers, or a list."""
    is_plain = isinstance(column.dtype, sys.modules["numpy"].dtype)
    return column.to_numpy() if is_plain else column.tolist()


def _of_polars_frame(value: Any) -> Iterator[Part]:
    yield " (columns)", "", value.columns
    yield from ((f"[{column.name!r}]", column.name, column) for column in value.get_columns())


def _of_polars_series(value: Any) -> Iterator[Part]:
    yield ".name", "", value.name
    yield ".dtype", "", str(value.dtype)
    yield "", value.name, value.to_list()


def _of_table(value: Any) -> Iterator[Part]:
    yield " (schema)", "", value.schema
    for name, column in zip(value.schema.names, value.columns, strict=True):
        yield f"[{name!r}]", name, column.to_pylist()


def _of_arrow(value: Any) -> Iterator[Part]:
    yield ".type", "", value.type
    yield "", "", value.to_pylist()


def _of_tensor(value: Any) -> Iterator[Part]:
    yield " (traits)", "", (str(value.dtype), tuple(value.shape), value.requires_grad)
    yield " (layout)", "", str(value.layout)
    yield "", "", value.detach().to_dense().tolist()


def _of_module(value: Any) -> Iterator[Part]:
    """A torch module by its parameters, buffers and parts, and its other attributes."""
    held = vars(value)
    yield " (kind)", "", type(value)
    for name, part in held.items():
        if name in ("_parameters", "_buffers", "_modules"):
            yield f" (names in {name})", "", list(part)
            yield from ((f".{inner}", inner, item) for inner, item in part.items())
        elif not name.startswith("_"):
            yield f".{name}", name, part


def _of_number_array(value: array[Any]) -> Iterator[Part]:
    yield ".typecode", "", value.typecode
    yield "", "", value.tolist()


_TAKERS: dict[tuple[str, str], Callable[[Any], Iterator[Part]]] = {
    ("pandas", "DataFrame"): _of_frame,
    ("pandas", "Series"): _of_series,
    ("pandas", "Index"): _of_index,
    ("polars", "DataFrame"): _of_polars_frame,
    ("polars", "Series"): _of_polars_series,
    ("pyarrow", "Table"): _of_table,
    ("pyarrow", "RecordBatch"): _of_table,
    ("pyarrow", "Array"): _of_arrow,
    ("pyarrow", "ChunkedArray"): _of_arrow,
    ("torch", "Tensor"): _of_tensor,
    ("torch", "Module"): _of_module,
    ("array", "array"): _of_number_array,
}
