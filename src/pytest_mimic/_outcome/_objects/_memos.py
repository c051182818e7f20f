"""Attributes in which an object only remembers its own hash, which is another in each process."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from pytest_mimic._fingerprint._objects import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

# The class of an object, its ``__dict__`` if it has one, and its slots.
Attributes = tuple[type, dict[str, Any] | None, dict[str, Any]]


def without_hashes(old: Attributes, new: Attributes) -> Attributes:
    """Return what an object's attributes are now, with a remembered hash as it was before.

    What may be one is told from a number that matters by the hash that the object would have
    without it: an object like it, with the old number or none, is asked.
    """
    kind, names, slots = new
    if not isinstance(kind.__hash__, types.FunctionType) or hasattr(kind, "__del__"):
        return new  # of the latter, the end of one more object would be noticed
    was = (old[1] or {}) | old[2]
    suspects = [
        name
        for name, content in ((names or {}) | slots).items()
        if type(content) is int and was.get(name) != content
    ]
    if not suspects:
        return new
    names_before = _reset(names or {}, was, suspects)
    slots_before = _reset(slots, was, suspects)
    try:
        own = hash(filled(object.__new__(kind), names_before, slots_before))
    except Exception:  # noqa: BLE001  # code of its class, and a class may be made otherwise
        return new
    kept = [name for name in suspects if ((names or {}) | slots)[name] == own]
    return kind, None if names is None else _reset(names, was, kept), _reset(slots, was, kept)


def _reset(new: Mapping[str, Any], old: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return attributes of which some are as they were: have their old content, or are not set."""
    return {
        name: old[name] if name in names else content
        for name, content in new.items()
        if name not in names or name in old
    }
