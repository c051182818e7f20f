"""Read classes through the descriptors of ``type`` itself, whatever their metaclass pretends."""

from __future__ import annotations

import sys
import types
from typing import Any, Final

_MRO: Final = type.__dict__["__mro__"]
_NAMESPACE: Final = type.__dict__["__dict__"]
_MODULE: Final = type.__dict__["__module__"]
_QUALNAME: Final = type.__dict__["__qualname__"]
_LONGEST_NAME: Final = 120
# Most values are of these.
BUILT_IN: Final = frozenset({
    type(None), bool, int, float, str, bytes, list, tuple, dict, set, frozenset,
})  # fmt: skip
# Their classes are known by their public names; where they are defined differs between versions.
_FLAT_LIBRARIES: Final = frozenset({"numpy", "pandas", "polars", "torch"})


def mro(kind: type) -> tuple[type, ...]:
    """Return a class's method resolution order."""
    order: tuple[type, ...] = _MRO.__get__(kind)
    return order


def is_one_of(kind: type, kinds: frozenset[type]) -> bool:
    """Tell whether a class is one of some built-in ones, asking no metaclass for hash or equality.

    Args:
        kind: The class.
        kinds: The built-in ones.
    """
    return type(kind) is type and kind in kinds


def namespace(kind: type) -> types.MappingProxyType[str, Any]:
    """Return what a class itself defines."""
    own: types.MappingProxyType[str, Any] = _NAMESPACE.__get__(kind)
    return own


def type_name(kind: type) -> str:
    """Name a class the same on every Python.

    Args:
        kind: The class.

    Returns:
        ``int``, ``pathlib.PosixPath``, ``my_module.Client``.
    """
    if is_one_of(kind, BUILT_IN):
        return kind.__name__
    qualname: str = _QUALNAME.__get__(kind)
    module = _MODULE.__get__(kind)
    if type(module) is not str or module == "builtins":
        return qualname[-_LONGEST_NAME:]
    head, *rest = module.split(".")
    if head in sys.stdlib_module_names:
        # The private modules of the standard library come and go: pathlib._local.
        module = ".".join([head, *(part for part in rest if not part.startswith("_"))])
    elif head in _FLAT_LIBRARIES:
        module = head
    return f"{module}.{qualname}"[-_LONGEST_NAME:]
