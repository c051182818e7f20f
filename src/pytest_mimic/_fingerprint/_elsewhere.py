"""What a class keeps of its objects outside of them, in the mappings of its descriptors."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from types import FunctionType
from typing import Any, NamedTuple

from pytest_mimic._values._attributes import computed_names


class Store(NamedTuple):
    """A mapping in which a descriptor keeps what it was set to, by object or by its `id`.

    Args:
        name: The attribute that the descriptor stands for.
        mapping: The mapping.
    """

    name: str
    mapping: Any

    def holds(self, value: object) -> bool:
        """Whether it keeps something of an object. No key is asked what it is equal to."""
        if isinstance(self.mapping, dict):
            keys = list(self.mapping)
        else:
            keys = [reference() for reference in list(self.mapping.data)]
        own = id(value)
        return any(key is value or (type(key) is int and key == own) for key in keys)


def stores_of(kind: type) -> Sequence[Store]:
    """The mappings of the descriptors of a class that Python code sets.

    Args:
        kind: The class.
    """
    computed = computed_names(kind)
    return [
        Store(name, content)
        for base in kind.__mro__
        for name, descriptor in vars(base).items()
        if name not in computed and _is_set_in_python(type(descriptor))
        for content in list(vars(descriptor).values())
        if issubclass(type(content), (dict, weakref.WeakKeyDictionary))
    ]


def _is_set_in_python(kind: type) -> bool:
    found = next((vars(base)["__set__"] for base in kind.__mro__ if "__set__" in vars(base)), None)
    return isinstance(found, FunctionType) and bool(kind.__dictoffset__)
