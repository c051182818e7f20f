"""Whether something is an outline at all: a card may have been edited, or merged by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

# Of levels: far more than any outline has, far fewer than Python can go down.
_DEEPEST: Final = 30
_LITERALS: Final = frozenset({str, int, float, bool, type(None)})

_ILLEGIBLE: Final = {"type": "?"}


def legible(outlines: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put a sign in the place of what is no outline: it is for people, and decides nothing.

    Args:
        outlines: What a card has in the place of outlines.

    Returns:
        What can be shown and compared.
    """
    if all(map(is_outline, outlines.values())):
        return outlines
    return {name: told if is_outline(told) else _ILLEGIBLE for name, told in outlines.items()}


def is_outline(told: Any, deepest: int = _DEEPEST) -> bool:
    """Tell whether something is an outline, of whose words each says what it should.

    Args:
        told: What a card has in the place of one.
        deepest: The most levels of it.

    Returns:
        Whether it can be shown and compared. Words of a later version are no reason against it.
    """
    kind = type(told)
    if kind in _LITERALS:
        return True
    if kind is not dict or not deepest or type(told.get("type")) is not str:
        return False
    for word, value in told.items():
        is_sound = _WORDS.get(word)
        if is_sound is not None and not is_sound(value):
            return False
        if word in _GROUPS and not _are_outlines(value, deepest - 1):
            return False
    return told["type"] != "str" or type(told.get("value", "")) is str


def _are_outlines(parts: Any, deepest: int) -> bool:
    kind = type(parts)
    if kind is not list and kind is not dict:
        return False
    return all(is_outline(part, deepest) for part in (parts.values() if kind is dict else parts))


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_shape(value: Any) -> bool:
    return type(value) is list and all(size is None or _is_count(size) for size in value)


def _are_texts(value: Any) -> bool:
    return type(value) is dict and all(map(_is_text, value.values()))


_GROUPS: Final = frozenset({"items", "entries", "attributes"})
_WORDS: Final[dict[str, Callable[[Any], bool]]] = {
    "value": lambda value: type(value) in _LITERALS,
    **dict.fromkeys(("dtype", "name", "values", "cells", "index", "digest"), _is_text),
    **dict.fromkeys(("length", "bits", "stored"), _is_count),
    "shape": _is_shape,
    **dict.fromkeys(("columns", "contents"), _are_texts),
}
