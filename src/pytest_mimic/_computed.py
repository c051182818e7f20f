"""Attributes that hold what was computed from the others: they say nothing that those do not."""

from __future__ import annotations

_CACHED = "cached_property"


def computed_names(kind: type) -> frozenset[str]:
    """Give the names under which objects of a class keep what they computed.

    `functools.cached_property` and those of other libraries, which all go by this name.
    """
    names: set[str] = set()
    for base in kind.__mro__:
        for name, value in vars(base).items():
            if any(above.__name__ == _CACHED for above in type(value).__mro__):
                names.add(name)
    return frozenset(names)
