"""What kind of thing a live call returned: a value, or something that is yet to be consumed."""

from __future__ import annotations

import collections.abc
import inspect
import io
from typing import Any

from pytest_mimic._outcome._async_streams import ASYNC_ITERATOR
from pytest_mimic._outcome._streams import ITERATOR


def kind_of_stream(value: object) -> str | None:
    """Tell what kind of stream a value is, if it is one.

    An iterator is its own iterator, or passes its items on as one that a generator function makes.
    Files are, and yet they are no streams of items but files;
    and so is a Mock that says yes to everything.
    """
    kind: Any = type(value)
    if kind.__module__ == "unittest.mock" or isinstance(value, io.IOBase):
        return None
    if isinstance(value, collections.abc.Iterator) and _is_own(kind, "__iter__", value):
        return ITERATOR
    if isinstance(value, collections.abc.AsyncIterator) and _is_own(kind, "__aiter__", value):
        return ASYNC_ITERATOR
    return None


def _is_own(kind: Any, name: str, value: object) -> bool:
    """Tell whether asking for an iterator of a value gives that value."""
    try:
        method = getattr(kind, name)
        if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
            return True
        return bool(method(value) is value)
    except Exception:  # noqa: BLE001  # the class's own trouble; then it is a value
        return False
