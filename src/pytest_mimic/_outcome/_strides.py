"""How arrays and tensors lie in memory."""

from __future__ import annotations

import sys
from typing import Any

Extent = tuple[int, int]
"""The addresses of the first byte of an array, and of the one after its last."""

_ARRAY = ("numpy", "ndarray")
_TENSORS = frozenset({("torch", "Tensor"), ("torch.nn.parameter", "Parameter")})


def extent_of(value: Any) -> Extent | None:
    """Return where an object lies, if it is an array or tensor whose views can be made."""
    kind = (type(value).__module__, type(value).__qualname__)
    if kind == _ARRAY:
        return None if value.dtype.hasobject or not value.nbytes else _extent_of_array(value)
    return _extent_of_tensor(value) if kind in _TENSORS else None


def bare(owner: Any) -> Any:
    """Return an array of numpy's own class on the memory of one of a class derived from it.

    Args:
        owner: An array, or any other object, which comes back as it is. So does a masked array,
            for what lies under the mask is no part of it.
    """
    numpy: Any = sys.modules.get("numpy")
    if not hasattr(owner, "strides") or isinstance(owner, numpy.ma.MaskedArray):
        return owner
    return numpy.ndarray.view(owner, numpy.ndarray)


def address_of(array: Any) -> int:
    """Return the address of the first element of an array."""
    address: int = array.__array_interface__["data"][0]
    return address


def _extent_of_array(array: Any) -> Extent:
    first = last = address_of(array)
    for length, stride in zip(array.shape, array.strides, strict=True):
        first += min(0, (length - 1) * stride)
        last += max(0, (length - 1) * stride)
    return first, last + array.itemsize


def _extent_of_tensor(tensor: Any) -> Extent | None:  # pragma: no cover - torch
    if str(tensor.layout) != "torch.strided" or tensor.device.type != "cpu":
        return None
    if not tensor.numel() or tensor.is_quantized:
        return None
    spans = zip(tensor.shape, tensor.stride(), strict=True)
    last = sum((length - 1) * stride for length, stride in spans)
    start = tensor.data_ptr()
    return start, start + (last + 1) * tensor.element_size()


def layout_of(owner: Any) -> str | None:
    """Return in which order an array or tensor lies that lies in one piece; None for another.

    Args:
        owner: The array or tensor.

    Returns:
        C or F, and the type of an array's elements with the order of their bytes.
    """
    if hasattr(owner, "strides"):
        order = "C" if owner.flags.c_contiguous else "F" if owner.flags.f_contiguous else None
        return order and f"{order}{owner.dtype.str}"
    return "C" if owner.is_contiguous() else None  # pragma: no cover - torch
