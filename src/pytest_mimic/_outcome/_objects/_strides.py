"""How arrays, tensors and other buffers lie in memory."""

from __future__ import annotations

import importlib
import sys
from typing import Any

Extent = tuple[int, int]
"""The addresses of the first byte of an array, and of the one after its last."""

_ARRAY = ("numpy", "ndarray")
_TENSORS = frozenset({("torch", "Tensor"), ("torch.nn.parameter", "Parameter")})
_WRITEABLE = 0x400
_BUFFERS = frozenset({("builtins", "bytearray"), ("builtins", "memoryview"), ("array", "array")})


def _kind_of(value: object) -> tuple[str, str]:
    return type(value).__module__, type(value).__qualname__


def is_buffer(value: object) -> bool:
    """Tell whether an object is one of Python's own that others may be views of."""
    return _kind_of(value) in _BUFFERS


def extent_of(value: Any) -> Extent | None:
    """Return where an object lies, if it is one that views can be made of, or a view."""
    kind = _kind_of(value)
    if kind in _BUFFERS:
        return _extent_of_buffer(memoryview(value))
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
    if is_buffer(owner) or not hasattr(owner, "strides") or isinstance(owner, numpy.ma.MaskedArray):
        return owner
    return numpy.ndarray.view(owner, numpy.ndarray)


def is_writeable(array: Any) -> bool:
    """Tell whether an array may be written to, of which numpy itself would warn for some."""
    return bool(array.flags.num & _WRITEABLE)


def address_of(array: Any) -> int:
    """Return the address of the first element of an array, or of a view that may be written to."""
    if isinstance(array, memoryview):
        ctypes: Any = importlib.import_module("ctypes")
        first = array if array.c_contiguous else array[:1]
        return int(ctypes.addressof(ctypes.c_char.from_buffer(first)))
    address: int = array.__array_interface__["data"][0]
    return address


def _extent_of_buffer(view: memoryview) -> Extent | None:
    if view.readonly or not view.nbytes:
        return None
    if view.c_contiguous:
        start = address_of(view)
        return start, start + view.nbytes
    if view.ndim != 1 or view.strides is None:
        return None
    start = address_of(view)
    last = start + (len(view) - 1) * view.strides[0]
    return min(start, last), max(start, last) + view.itemsize


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
    """Return in which order what lies in one piece lies; None for what does not.

    Args:
        owner: An array, a tensor, or another buffer; or the number that is there instead.

    Returns:
        C or F, and the type of an array's elements with the order of their bytes.
    """
    if is_buffer(owner):
        return "C" if memoryview(owner).c_contiguous else None
    if hasattr(owner, "strides"):
        if isinstance(owner, sys.modules["numpy"].generic):
            return None
        order = "C" if owner.flags.c_contiguous else "F" if owner.flags.f_contiguous else None
        return order and f"{order}{owner.dtype.str}"
    return "C" if owner.is_contiguous() else None  # pragma: no cover - torch


def is_lying(owner: object) -> bool:
    """Tell an array, a tensor or another buffer from what stands for one without its caller."""
    return is_buffer(owner) or hasattr(owner, "reshape")


def memory_of(owner: Any) -> Any:
    """Return the memory of an array, a tensor or another buffer, as a buffer.

    Args:
        owner: One that lies in one piece.
    """
    if is_buffer(owner):
        return owner
    if hasattr(owner, "strides"):
        return bare(owner).reshape(-1, order="A").view("u1")
    return owner.data.numpy().reshape(-1).view("u1")  # pragma: no cover - torch
