"""How arrays of numpy are pickled where their own pickle brings back another."""

from __future__ import annotations

import sys
from typing import Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import attributes_of
from pytest_mimic._outcome._objects._strides import is_writeable

# Arrays below own their data when they are loaded, as fresh arrays do; above, a copy less is worth
# more than that.
_OWNED = 1 << 14


def reduce_dtype(value: Any) -> Any:
    """Store a type of elements of which there is one by its name: else it comes back as another."""
    numpy: Any = sys.modules["numpy"]
    # There may be several of one name, and some types have none.
    is_plain = value.isbuiltin == 1 and numpy.dtype(value.str) is value
    return (numpy.dtype, (value.str,)) if is_plain else NotImplemented


def reduce_own_array(value: Any) -> Any:
    """Store an array with attributes of its own class, which numpy's own pickles lose.

    Those of masked arrays lose that there is no mask, that it is hard, and what anybody set.
    """
    kind: Any = type(value)
    attributes = _attributes_beside_elements(value)
    own = next(base for base in kind.__mro__ if base.__module__.partition(".")[0] == "numpy")
    saying = ("__reduce__", "__reduce_ex__", "__setstate__")
    if not attributes or any(getattr(kind, name) is not getattr(own, name) for name in saying):
        return NotImplemented
    made_by, arguments, *states = value.__reduce__()
    if not states:  # `np.ma.masked`, of which there is one
        return NotImplemented
    return made_by, arguments, (states[0], attributes), None, None, _rebuild.set_array


def _attributes_beside_elements(value: Any) -> dict[str, Any]:
    """Return an array's attributes, less a mask that is an array: numpy's own pickles have that."""
    attributes = attributes_of(value) or {}
    numpy: Any = sys.modules["numpy"]
    is_masked = isinstance(value, numpy.ma.MaskedArray) and isinstance(value._mask, numpy.ndarray)
    return {name: attributes[name] for name in attributes if not (is_masked and name == "_mask")}


def reduce_array(value: Any) -> Any:
    """Store a small array so that it owns its data when it comes back, and no repetitions.

    One in one piece comes back as it lies, with its axes in whatever order.
    """
    is_large = value.nbytes > _OWNED
    if not is_writeable(value):
        if not is_large or 0 not in value.strides:
            return NotImplemented
        kept = tuple(slice(None) if stride else slice(1) for stride in value.strides)
        return _rebuild.repeated, (value[kept].copy(), value.shape)
    laid = None if value.flags.forc else _in_order(value)
    if laid is not None:
        return laid
    if is_large:
        return NotImplemented
    if value.dtype.isnative or value.dtype.names is not None or value.dtype.hasobject:
        return value.__reduce__()
    # So reduced it would come back in the byte order of the machine.
    native = value.dtype.newbyteorder("=")
    return sys.modules["numpy"].array, (value.astype(native), value.dtype)


def _in_order(value: Any) -> Any:
    """Store an array that lies in one piece by that piece and its axes; None for any other.

    The last digits of a sum over it depend on how it lies.
    """
    order = sorted(range(value.ndim), key=lambda axis: -value.strides[axis])
    lying = value.transpose(order)
    if value.dtype.hasobject or not lying.flags.c_contiguous:
        return None
    back = tuple(sorted(range(value.ndim), key=order.__getitem__))
    # A copy, for its memory may be that of an argument, whose elements are meant here.
    return sys.modules["numpy"].transpose, (lying.copy(), back)
