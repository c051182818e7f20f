"""How what is made in a way of its own comes to be made again."""

from __future__ import annotations

import copyreg
import inspect
from types import FunctionType
from typing import Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._clients import place_of_error
from pytest_mimic._outcome._families import has_open_state


def reduce_made(value: Any) -> Any:
    """Store a class that a library makes on demand, and that no name leads to.

    Those are generic models of pydantic with their parameters, and the errors of AWS.
    """
    place = place_of_error(value) if isinstance(value, type) else None
    if place is not None:
        return _rebuild.botocore_error, (*place, value.__name__)
    generic = vars(value).get("__pydantic_generic_metadata__")
    if not generic or generic["origin"] is None:
        return None
    return _rebuild.parametrised, (generic["origin"], generic["args"])


def reduce_unmade(value: Any) -> Any:
    """Store an object whose class wants arguments to make one, and does not say which.

    All its state is in attributes, so it is made without that class's ``__new__``.
    """
    kind: Any = type(value)
    new = kind.__new__
    if not isinstance(new, FunctionType) or not has_open_state(kind):
        return NotImplemented
    made_by: Any = copyreg
    reduced = value.__reduce_ex__(4)
    if reduced[:2] != (made_by.__newobj__, (kind,)):
        return NotImplemented
    try:
        inspect.signature(new).bind(kind)
    except (TypeError, ValueError):
        return _rebuild.unmade, *reduced[1:]
    return NotImplemented


def reduce_view(value: memoryview) -> Any:
    """Store a view of memory with a memory of its own."""
    content = value.tobytes() if value.readonly else bytearray(value.tobytes())
    return _rebuild.view, (content, value.format, value.shape)
