"""Classes of named tuples stored by value: with all that their bodies say, and never as others.

Dill stores their fields alone, and brings back whatever else their module has under their name.
"""

from __future__ import annotations

import collections
from types import FunctionType
from typing import Any

from pytest_mimic._outcome._pickles._places import is_nameless

# A module that nobody has: what is looked up there is not found, and made.
_NOWHERE = "<nowhere>"
# What every class of named tuples has, and each has for itself.
_OF_EACH = frozenset({"__annotations__", "__doc__", "__module__"})


def save_class(pickler: Any, value: Any) -> None:
    """Save a class as dill does, where that is faithful.

    Args:
        pickler: A pickler that derives from dill's.
        value: The class.
    """
    from dill import _dill

    if value.__bases__ != (tuple,) or not hasattr(value, "_fields") or not is_nameless(value):
        _dill.save_type(pickler, value)
        return
    defaults = list(value._field_defaults.values())
    made_of = value.__name__, value._fields, _NOWHERE, defaults
    said = {"__qualname__": value.__qualname__, **_body_of(value)}
    _dill._save_with_postproc(
        pickler,
        (_dill._create_namedtuple, made_of),
        obj=value,
        postproc_list=[(setattr, (value, name, content)) for name, content in said.items()],
    )


def _body_of(value: Any) -> dict[str, Any]:
    """Return what a class of named tuples has that is not made of its fields."""
    kind: Any = collections.namedtuple  # noqa: PYI024  # no checker knows these fields
    bare = vars(kind(value.__name__, value._fields, rename=True))
    return {
        name: content
        for name, content in vars(value).items()
        if name in _OF_EACH or name not in bare or _is_other_code(content, bare[name])
    }


def _is_other_code(content: object, usual: object) -> bool:
    """Tell whether a method is not the one that is made of the fields: its own ``__repr__``."""
    if not isinstance(content, FunctionType) or not isinstance(usual, FunctionType):
        return False
    return content.__code__ != usual.__code__
