"""How heavy values are: whether looking at them again and again is affordable."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._children import children, is_closed
from pytest_mimic._outcome._objects._families import PLAIN, Families, attributes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_BYTES_PER_ENTRY = 64
_SIZED = frozenset({"list", "tuple", "dict", "set", "frozenset", "deque"})


def weight(values: Iterable[object], limit: int) -> int:
    """Count the entries of values, and stretches of bytes; no further than just above a limit."""
    families = Families()
    waiting = deque(values)
    seen: set[int] = set()
    total = 0
    while waiting and total <= limit:
        value: Any = waiting.popleft()
        if type(value) in PLAIN or id(value) in seen:
            continue
        seen.add(id(value))
        family = families.of(value)
        total += 1 + _own_weight(value, family)
        if total <= limit and family != "atom":
            waiting.extend(child for _, _, child in children(value, family, None))
    return total


def _own_weight(value: Any, family: str) -> int:
    """Count the entries of one value, not of what they hold."""
    if family in _SIZED:
        return len(value)
    if family in ("bytearray", "memoryview"):
        return len(value) // _BYTES_PER_ENTRY
    if family in ("ndarray", "tensor"):
        return int(value.nbytes) // _BYTES_PER_ENTRY
    if family == "frame":
        return int(value.size) // 8
    if family == "polars":
        return int(value.estimated_size()) // _BYTES_PER_ENTRY
    return 0 if is_closed(value, family) else len(attributes_of(value) or ())
