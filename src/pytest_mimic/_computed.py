"""What an object's attributes do not say, and what they say twice.

Some hold what was computed from the others; and what C code holds, no attribute may tell.
"""

from __future__ import annotations

import types
from typing import Any

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


def reduces_in_c(kind: type[BaseException]) -> bool:
    """Whether C code of a library says how the exceptions of a class are reduced.

    Args:
        kind: The class.
    """
    method: object = kind.__reduce__
    if not isinstance(method, types.MethodDescriptorType):
        return False
    return method.__objclass__.__module__ != "builtins"


def children_spawned(bits: Any) -> tuple[Any, ...] | None:
    """Give what the next generators that a bit generator of numpy spawns come from.

    Its state has nothing of it: spawning changes none of the numbers that it gives itself.

    Args:
        bits: A bit generator.

    Returns:
        How many it spawned, and the seed that they come from; None where it spawned none.
    """
    seeds: Any = getattr(bits, "_seed_seq", None)
    count = getattr(seeds, "n_children_spawned", 0)
    return (count, seeds.entropy, seeds.spawn_key, seeds.pool_size) if count else None
