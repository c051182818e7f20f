"""What a call computed of the caller's objects where a target computes it.

A cached property is no part of a key, and a caller's object computes it anew where it lacks it. But
where it is a target, nobody may run that: the call that computed it has its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._families import attributes_of
from pytest_mimic._outcome._objects._state import State
from pytest_mimic._target import callable_inside
from pytest_mimic._trampoline import site_of
from pytest_mimic._values._attributes import computed_names
from pytest_mimic.errors import UnhashableArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_mimic._outcome._objects._state import Digest

COMPUTED = "computed"
Change = tuple[tuple[()], list[tuple[str, Any]]]


def is_computed_by_target(kind: type) -> bool:
    """Tell whether a class has cached properties that are targets."""
    return bool(_names(kind))


def _names(kind: type) -> list[str]:
    return [name for name in sorted(computed_names(kind)) if _is_target(kind, name)]


def _is_target(kind: type, name: str) -> bool:
    raw = next(vars(base)[name] for base in kind.__mro__ if name in vars(base))
    code = getattr(callable_inside(raw), "__code__", None)
    return code is not None and site_of(code) is not None


def _take(value: Any, _digest: Digest) -> frozenset[str]:
    """Remember what is computed already."""
    return frozenset(attributes_of(value) or ())


def _change(value: Any, old: frozenset[str], digest: Digest) -> Change | None:
    """Return what is computed since, in the form of a change of a class: nothing is removed."""
    now = attributes_of(value) or {}
    new = {name: now[name] for name in _names(type(value)) if name in now and name not in old}
    held = [(name, content) for name, content in new.items() if _has_value(content, digest)]
    return ((), held) if held else None


def without_unstorable(
    kind: type, old: Mapping[str, Any], new: dict[str, Any], digest: Digest
) -> dict[str, Any]:
    """Leave out what an object computed that no recording can hold, and it computes again.

    Args:
        kind: Its class.
        old: Its attributes before the call.
        new: Its attributes after it.
        digest: A digest of any value.
    """
    added = new.keys() - old.keys()
    if not added:
        return new
    unstorable = {
        name for name in added & computed_names(kind) if not _has_value(new[name], digest)
    }
    return {name: content for name, content in new.items() if name not in unstorable}


def _has_value(content: object, digest: Digest) -> bool:
    try:
        digest(content)
    except UnhashableArgumentError:
        return False
    return True


def _make(value: Any, change: Change) -> None:
    """Set what is not computed yet: of what is, the caller knows the very object."""
    held = object.__getattribute__(value, "__dict__")
    for name, content in change[1]:
        held.setdefault(name, content)


COMPUTATIONS = {COMPUTED: State(_take, _change, _make)}
