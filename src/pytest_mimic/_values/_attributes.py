"""Attributes that are no part of what an object is.

Some hold what it computed of the others. And a test that hands on a method of its own as a callback
hands on its object: what unittest and pytest keep there leads to the whole run.
"""

from __future__ import annotations

from typing import Any, Final

_CACHED: Final = "cached_property"
_ON_DEMAND: Final = frozenset({"CachedProperty", "cache_readonly"})
TOGETHER: Final = "_cache"
"""Where pandas and statsmodels keep all that they computed on demand."""
_METHOD: Final = "_testMethodName"
_RUNS: Final = frozenset({
    _METHOD, "_testMethodDoc", "_outcome", "_subtest", "_cleanups", "_type_equality_funcs",
    "_asyncioRunner", "_asyncioTestContext", "_asyncioTestLoop", "_asyncioCallsQueue",
})  # fmt: skip


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


def silent_names(kind: type) -> frozenset[str]:
    """Give the names of all that objects of a class keep of what they computed."""
    return computed_names(kind) | ({TOGETHER} if keeps_together(kind) else set())


def keeps_together(kind: type) -> bool:
    """Tell whether objects of a class keep what they compute on demand in one attribute."""
    kinds = {type(value).__name__ for base in kind.__mro__ for value in vars(base).values()}
    return bool(kinds & _ON_DEMAND)


def own_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """Give the attributes of an object, less those that only run a test, if it is a test case.

    Args:
        attributes: All of them; given back where it is none.
    """
    if _METHOD not in attributes:
        return attributes
    # The method, too: pytest keeps what it calls under that name.
    runs = {*_RUNS, attributes[_METHOD]}
    return {name: item for name, item in attributes.items() if name not in runs}
