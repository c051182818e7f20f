"""The arrays in a payload, read from their bytes without the library that made them."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome import Inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Numpy's own functions, whose module has moved once.
_CORES = ("numpy._core.", "numpy.core.")
_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex", "b": "bool"}
_FORMATS = {
    "b1": "?",
    "f2": "e",
    "f4": "f",
    "f8": "d",
    "i1": "b",
    "i2": "h",
    "i4": "i",
    "i8": "q",
    "u1": "B",
    "u2": "H",
    "u4": "I",
    "u8": "Q",
}


class Array(NamedTuple):
    """An array, or one of its scalars.

    Args:
        code: The kind and the size of its cells: ``f8``.
        byte_order: ``<`` or ``>``.
        shape: Its shape.
        by_columns: Whether the cells of a column lie together.
        data: The cells.
    """

    code: str
    byte_order: str
    shape: tuple[int, ...]
    by_columns: bool
    data: Any

    @property
    def head(self) -> str:
        """Its type and shape: ``float64 (100, 3)``."""
        kind, width = _KINDS.get(self.code[0]), self.code[1:]
        name = self.code if kind is None else kind + str(8 * int(width)) * (kind != "bool")
        return f"{name} {self.shape}" if self.shape else name

    def cells(self) -> Iterator[object] | None:
        """Gives the cells in the order they lie in; None where their bytes cannot be read."""
        form = _FORMATS.get(self.code)
        if form is None:
            return None
        return (cell for (cell,) in struct.iter_unpack(self.byte_order + form, self.data))

    def index_of(self, place: int) -> str:
        """Gives the index of a cell by where it lies."""
        index: list[int] = []
        for size in self.shape if self.by_columns else reversed(self.shape):
            place, rest = divmod(place, size)
            index.append(rest)
        return ", ".join(map(str, index if self.by_columns else index[::-1]))


def array_of(value: Inert) -> Array | None:
    """Recognises an array.

    Args:
        value: What a payload would make.

    Returns:
        The array; None where it is none, or one of objects.
    """
    core = next((core for core in _CORES if value.name.startswith(core)), None)
    if core is None:
        return None
    try:
        return _read(value.name[len(core) :], value)
    # A library's later version may write it otherwise; then it is shown as any object is.
    except (AttributeError, IndexError, TypeError, ValueError):
        return None


def _read(name: str, value: Inert) -> Array | None:
    args: Sequence[Any] = value.args
    if name == "numeric._frombuffer":
        data, dtype, shape, order = args
        return _array(dtype, shape, order == "F", data)
    if name == "multiarray._reconstruct":
        _, shape, dtype, by_columns, data = value.state
        return _array(dtype, shape, by_columns, data)
    if name == "multiarray.scalar":
        dtype, data = args
        return _array(dtype, (), False, data)
    return None


def _array(dtype: Any, shape: Any, by_columns: bool, data: Any) -> Array | None:
    # The byte order is in the name, or besides where the pickle is that of numpy itself.
    code = dtype.args[0].lstrip("<>|")
    order = dtype.state[1] if dtype.state else dtype.args[0][0]
    data = memoryview(data).cast("B")
    # Of texts, the code counts the characters.
    width = int(code[1:]) * (4 if code[0] == "U" else 1)
    if math.prod(shape) * width != len(data):
        return None
    return Array(code, ">" if order == ">" else "<", tuple(shape), bool(by_columns), data)
