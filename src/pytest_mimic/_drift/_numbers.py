"""Numbers beside numbers, and arrays of them: which differ by more than they may.

A nan is like a nan. With a tolerance, two numbers are alike if they differ by no more than that
part of the larger one; so nothing but zero is like zero.
"""

from __future__ import annotations

import cmath
import math
import sys
from typing import Any, NamedTuple

_NUMBERS = (float, complex)
_PLAIN = "biuSU"


class Cells(NamedTuple):
    """The cells of two arrays that differ.

    Args:
        differing: How many they are.
        total: How many cells there are.
        first: The index of the first that differs.
        most: The largest difference, as a part of the larger number; 0 where that says nothing.
    """

    differing: int
    total: int
    first: tuple[int, ...]
    most: float


def is_number(value: object) -> bool:
    """Tell whether a tolerance says anything of a value."""
    if type(value) in _NUMBERS:
        return True
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.inexact)


def is_close(recorded: Any, live: Any, rtol: float) -> bool:
    """Tell whether two numbers of one type are alike.

    Args:
        recorded: The one.
        live: The other.
        rtol: The part of the larger one by which they may differ.
    """
    if type(recorded) not in _NUMBERS:
        numpy: Any = sys.modules["numpy"]
        cells = differing_cells(numpy.asarray(recorded), numpy.asarray(live), rtol)
        return cells is not None and not cells.differing
    if recorded != recorded:  # noqa: PLR0124 - nan
        return bool(live != live)  # noqa: PLR0124
    close = math.isclose if type(recorded) is float else cmath.isclose
    return bool(close(recorded, live, rel_tol=rtol))


def is_comparable(value: Any) -> bool:
    """Tell whether a value is an array whose cells can be compared all at once."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray:
        return False
    return value.dtype.kind in f"{_PLAIN}fcmM"


def differing_cells(recorded: Any, live: Any, rtol: float) -> Cells | None:
    """Compare two arrays cell by cell.

    Args:
        recorded: An array of numbers, texts or moments.
        live: Another.
        rtol: The part of the larger number by which numbers may differ.

    Returns:
        What differs; None where they cannot be compared cell by cell.
    """
    if (recorded.dtype, recorded.shape) != (live.dtype, live.shape):
        return None
    numpy: Any = sys.modules["numpy"]
    with numpy.errstate(all="ignore"):
        differ = ~_alike(numpy, recorded, live, rtol)
        count = int(differ.sum())
        first = tuple(map(int, numpy.argwhere(differ)[0])) if count else ()
        most = _largest(numpy, recorded[differ], live[differ]) if count else 0.0
    return Cells(count, differ.size, first, most)


def _alike(numpy: Any, recorded: Any, live: Any, rtol: float) -> Any:
    kind = recorded.dtype.kind
    if kind in _PLAIN:
        return recorded == live
    if kind in "mM":
        return (recorded == live) | (numpy.isnat(recorded) & numpy.isnat(live))
    if rtol:
        return _close(numpy, recorded, live, rtol)
    if kind == "c":
        parts = ((recorded.real, live.real), (recorded.imag, live.imag))
        return _equal(numpy, *parts[0]) & _equal(numpy, *parts[1])
    return _equal(numpy, recorded, live)


def _equal(numpy: Any, recorded: Any, live: Any) -> Any:
    signed = numpy.signbit(recorded) == numpy.signbit(live)
    return ((recorded == live) & signed) | (numpy.isnan(recorded) & numpy.isnan(live))


def _close(numpy: Any, recorded: Any, live: Any, rtol: float) -> Any:
    same = (recorded == live) | (numpy.isnan(recorded) & numpy.isnan(live))
    finite = numpy.isfinite(recorded) & numpy.isfinite(live)
    return same | (finite & (_relative(numpy, recorded, live) <= rtol))


def _largest(numpy: Any, recorded: Any, live: Any) -> float:
    if recorded.dtype.kind not in "fc":
        return 0.0
    relative = _relative(numpy, recorded, live)
    finite = relative[numpy.isfinite(relative)]
    return float(finite.max()) if finite.size else 0.0


def _relative(numpy: Any, recorded: Any, live: Any) -> Any:
    """Compute the differences as parts of the larger numbers; 0 where both are zero."""
    wide = recorded.dtype.type(0).real.dtype.itemsize < numpy.dtype("f8").itemsize
    if wide:
        # The difference of two small numbers of a small type may be nothing there.
        recorded, live = (
            each.astype(numpy.promote_types(each.dtype, "f8")) for each in (recorded, live)
        )
    larger = numpy.maximum(numpy.abs(recorded), numpy.abs(live))
    return numpy.abs(recorded - live) / numpy.where(larger == 0, 1, larger)
