"""Why a value cannot be stored: the path to the innermost part that cannot be.

This runs only after a failure. It pickles every part on its way, so it takes its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._children import KEY, children
from pytest_mimic._outcome._objects._families import Families, items_of
from pytest_mimic._outcome._objects._identity import describe_step
from pytest_mimic._outcome._pickles._exceptions import reduce_exception
from pytest_mimic._outcome._pickles._pickling import is_refused
from pytest_mimic.errors import UnrecordableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REMEDY = (
    "A recording holds values only. Name a target further out, whose outcome is made of values, or "
    "further in, below what makes the file, lock or connection."
)
_DEPTH = 100  # how many steps a path has at most: each costs an attempt to pickle all below
# Families whose parts are found by looking, and not by reducing.
_LOOKED_INTO = frozenset({"list", "tuple", "deque", "set", "frozenset", "dict", "function", "cell"})


def unrecordable(
    label: str,
    value: object,
    attempt: Callable[[object], object],
    failure: Exception,
    start: str = "",
) -> UnrecordableOutcomeError:
    """Return the error that says which part of a value cannot be stored.

    Args:
        label: What the value is: ``result``, ``exception``, ``argument 'model'``.
        value: The value that could not be pickled.
        attempt: Raises for a part that cannot be stored.
        failure: Why the value cannot be; shown where no part explains it.
        start: The path from what the label names to the value.
    """

    def fails(part: object) -> Exception | None:
        try:
            attempt(part)
        except Exception as reason:  # noqa: BLE001  # any failure is the answer
            return reason
        return None

    path, culprit, reason = _descend(value, fails)
    path = start + path
    where = f"{label} -> {path}" if path else label
    why = f"{type(reason or failure).__name__}: {reason or failure}"
    return UnrecordableOutcomeError(
        f"cannot record {where}: {type_name(culprit)}\n{why}\n{_REMEDY}"
    )


def _descend(
    value: object, fails: Callable[[object], Exception | None]
) -> tuple[str, object, Exception | None]:
    """Go from a value to the innermost part that fails: path, part, reason."""
    path = ""
    reason = None
    families = Families()
    seen = {id(value)}
    while len(seen) <= _DEPTH and not is_refused(value):
        for label, part in _parts(value, families):
            if id(part) in seen or families.of(part) == "atom":
                continue
            failure = fails(part)
            if isinstance(failure, RecursionError) and type(part) is type(value):
                # Each is made of another one, without end, and each attempt takes long.
                return path, value, reason
            if failure is not None:
                seen.add(id(part))
                path, value, reason = path + label, part, failure
                break
        else:
            break
    return path, value, reason


def _parts(value: Any, families: Families) -> Iterator[tuple[str, object]]:
    """Yield the parts that pickling a value would pickle, with what leads to each."""
    family = families.of(value)
    if family in _LOOKED_INTO:
        for kind, operand, part in children(value, family, None):
            yield describe_step(kind, operand), part
        if family == "dict":
            yield from (("{key}", key) for key, _ in items_of(value))
        elif family in ("set", "frozenset"):
            yield from (("{element}", part) for part in value)
        return
    if isinstance(value, type):
        return
    yield from _reduced(value, family)


def _reduced(value: Any, family: str) -> Iterator[tuple[str, object]]:
    """Yield what the reduction of an object holds."""
    try:
        reduced = (
            reduce_exception(value, lambda _: False, lambda _: True)
            if family == "exception"
            else value.__reduce_ex__(5)
        )
    except Exception:  # noqa: BLE001  # any failure is the answer
        return  # the object itself is the culprit
    if not isinstance(reduced, tuple):
        return
    made_from, state, items, pairs = (*reduced, None, None, None)[1:5]
    if family == "exception":
        state = _flat_state(state)
    for group in state if isinstance(state, tuple) else (state,):
        if isinstance(group, dict):
            yield from ((f".{name}", part) for name, part in group.items())
        else:
            yield "", group
    yield from (("", part) for part in made_from)
    yield from ((f"[{index}]", part) for index, part in enumerate(items or ()))
    yield from ((describe_step(KEY, key), part) for key, part in pairs or ())


def _flat_state(state: dict[str, Any]) -> dict[str, Any]:
    """Return an exception's state with the names that a user knows it by."""
    return {
        "args": state["args"],
        **(state["dict"] or {}),
        **state["slots"],
        "__cause__": state["cause"],
        "__context__": state["context"],
    }


def type_name(value: object) -> str:
    """Return the name of a value's type, with its module unless that is ``builtins``."""
    kind = type(value)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"
