"""Make outlines: bounded, redacted, JSON-able pictures of values.

An outline is the text ``<redacted>``, or an object with ``type`` and, as far as they apply,
``value``, ``length``, ``dtype``, ``shape``, ``columns``, ``items``, ``entries``, ``attributes``.
An argument's own also has the ``digest`` of all of it. Inside of others, a text, a number, a truth
value or None stands as it is.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from pytest_mimic._outline._atoms import atom
from pytest_mimic._outline._classes import is_one_of, mro, type_name
from pytest_mimic._outline._contents import PART, WHOLE, contents, tells_secrets
from pytest_mimic._outline._hidden import Hidden, hidden_in
from pytest_mimic._outline._inside import ATOMS, PAIR, Part, length_of, parts
from pytest_mimic._outline._libraries import column_names, of_library
from pytest_mimic._outline._secrets import LONGEST_TEXT, looks_secret, tells_secret

REDACTED: Final = "<redacted>"
# What stands as it is, and the type that this says without words.
LITERALS: Final = {
    type(None): "NoneType",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
}

_MOST_NODES: Final = 60
_MOST_CHARACTERS: Final = 2500
_MOST_PARTS: Final = 16
_DEEPEST: Final = 6
_LONGEST_STEP: Final = 60
# How far a value is searched for secrets; what is larger gets no digest.
_MOST_SEARCHED: Final = 100_000
_HARMLESS: Final = frozenset({type(None), bool, int, float, complex})
_SEQUENCES: Final[frozenset[type]] = frozenset({list, tuple})
_PLAIN_CONTAINERS: Final = frozenset({list, tuple, set, frozenset, collections.deque})

_NOTHING: Final = Hidden()

Redact = Callable[[str], bool]
Digest = Callable[[object], str]


def outline(
    value: object,
    name: str = "",
    digest: Digest | None = None,
    *,
    redact: Redact | None = None,
    hidden: Hidden = _NOTHING,
) -> Any:
    """Picture a value for a card.

    It never fails, runs no code of the value's class, and is the same in every process and on
    every Python.

    Args:
        value: Any value.
        name: The name it goes by; where that looks like a secret's, nothing is told.
        digest: What computes the digest of the whole; left out where a secret is in it.
        redact: Whether a name, beyond those that look like it, is a secret's.
        hidden: What must not be seen, wherever it is.

    Returns:
        Something that ``json`` takes, of a few kB at the most.
    """
    is_secret = _either(redact)
    if is_secret(name):
        return REDACTED
    try:
        if is_one_of(type(value), ATOMS):
            told = _whole_atom(value, hidden)
        else:
            told = _Picture(is_secret, digest, hidden).draw(value)
    except Exception:  # noqa: BLE001 - a card must never fail because of what it is about
        return {"type": _safe_type_name(value)}
    if digest is not None and told != REDACTED:
        try:
            # An atom was just looked at, all of it.
            if is_one_of(type(value), ATOMS) or not _holds_secret(value, is_secret, hidden):
                told["digest"] = digest(value)
        except Exception:  # noqa: BLE001, S110 - what cannot be digested is told of without
            pass
    return told


def outline_arguments(  # noqa: PLR0913 - a call is described by that much
    names: Sequence[str],
    values: Sequence[object],
    digest: Digest | None = None,
    *,
    redact: Redact | None = None,
    var_positional: str | None = None,
    var_keyword: str | None = None,
    hidden: Hidden = _NOTHING,
) -> dict[str, Any]:
    """Picture the bound arguments of a call.

    Args:
        names: The parameters' names.
        values: Their values, in the same order.
        digest: What computes an argument's digest.
        redact: Whether a name, beyond those that look like it, is a secret's.
        var_positional: The parameter that holds a tuple of arguments, if any.
        var_keyword: The parameter that holds a dict of arguments, if any.
        hidden: What must not be seen, wherever it is.

    Returns:
        Their outlines by name, in the order given; the names of the two have their stars.
    """
    stars = {var_positional: "*", var_keyword: "**"}
    return {
        stars.get(name, "") + name: outline(value, name, digest, redact=redact, hidden=hidden)
        for name, value in zip(names, values, strict=True)
    }


def hidden_of(
    names: Sequence[str],
    values: Sequence[object],
    ignored: Collection[str] = (),
    redact: Redact | None = None,
) -> Hidden:
    """Collect what must not be seen of the arguments of a call, wherever it comes back.

    Args:
        names: The parameters' names.
        values: Their values, in the same order.
        ignored: Parameters that must not appear.
        redact: Whether a name, beyond those that look like it, is a secret's.

    Returns:
        What to hand on to ``outline``; nothing where the arguments cannot be looked into.
    """
    try:
        return hidden_in(names, values, ignored, _either(redact))
    except Exception:  # noqa: BLE001 - whatever reading the code of others raises
        return _NOTHING


def _either(redact: Redact | None) -> Redact:
    """Join the rule and the hook; each name is judged once, as records repeat theirs."""
    if redact is None:
        return looks_secret
    judged: dict[str, bool] = {"": False}

    def is_secret(name: str) -> bool:
        known = judged.get(name)
        if known is None:
            known = looks_secret(name) or bool(redact(name))
            judged[name] = known
        return known

    return is_secret


class _Picture:
    """One outline being drawn, level by level: a large part leaves room for its siblings."""

    def __init__(self, is_secret: Redact, digest: Digest | None, hidden: Hidden) -> None:
        self._is_secret = is_secret
        self._hidden = hidden
        self._digest = digest
        self._nodes = _MOST_NODES
        self._characters = _MOST_CHARACTERS
        self._waiting: collections.deque[tuple[object, dict[str, Any], tuple[int, ...]]]
        self._waiting = collections.deque()

    def draw(self, value: object) -> Any:
        root = self._head(value, "", ())
        while self._waiting and self._nodes > 0:
            self._expand(*self._waiting.popleft())
        return root

    def _head(self, value: object, name: str, above: tuple[int, ...]) -> Any:
        """Picture a value without its parts, which come later."""
        kind = type_name(type(value))
        if is_one_of(type(value), ATOMS):
            return self._inner_atom(value, name, kind)
        if self._is_secret(name) or not self._may_be_seen(value, kind):
            return REDACTED
        self._nodes -= 1
        if id(value) in above:
            return {"type": kind, "cycle": True}
        told = atom(value)
        if told is not None:
            return REDACTED if _tells(value) else self._atom(kind, told, inside=bool(above))
        told = of_library(value)
        if told is not None:
            return {"type": kind} | self._redact_columns(told) | self._contents(value, above)
        node: dict[str, Any] = {"type": kind}
        length = length_of(value)
        if length is not None:
            node["length"] = length
        if len(above) < _DEEPEST:
            self._waiting.append((value, node, (*above, id(value))))
        return node

    def _atom(self, kind: str, told: dict[str, Any], *, inside: bool) -> Any:
        shown = told.get("value", "")
        self._characters -= len(shown if type(shown) is str else str(shown))
        if self._characters <= 0:
            return {"type": kind}
        # What JSON has a literal for stands as that: it is read more often than its type.
        is_literal = len(told) == 1 and kind == LITERALS.get(type(shown))
        return shown if inside and is_literal else {"type": kind, **told}

    def _may_be_seen(self, value: object, kind: str) -> bool:
        return not (looks_secret(kind.rpartition(".")[2]) or self._hidden.has(value))

    def _inner_atom(self, value: object, name: str, kind: str) -> Any:
        if name and self._is_secret(name):
            return REDACTED
        self._nodes -= 1
        if _tells_anything(value, self._hidden):
            return REDACTED
        return self._atom(kind, atom(value) or {}, inside=True)

    def _expand(self, value: Any, node: dict[str, Any], above: tuple[int, ...]) -> None:
        if is_one_of(type(value), _SEQUENCES) and len(value) > PAIR:
            items = value[:_MOST_PARTS]
            node["items"] = [self._head(item, "", above) for item in items if self._nodes > 0]
            return
        counts: dict[str, int] = {}
        for part in parts(value, _MOST_PARTS):
            counts[part.group] = count = counts.get(part.group, 0) + 1
            if not part.group or count > _MOST_PARTS or self._nodes <= 0:
                continue
            told = self._head(part.value, part.name, above)
            if part.step is None:
                node.setdefault(part.group, []).append(told)
            else:
                step = part.step[:_LONGEST_STEP]
                self._characters -= len(step)
                node.setdefault(part.group, {})[step] = told

    def _contents(self, value: object, above: tuple[int, ...]) -> dict[str, Any]:
        try:
            return contents(value, self._digest, self._is_secret, PART if above else WHOLE)
        except Exception:  # noqa: BLE001 - then there is less to tell
            return {}

    def _redact_columns(self, told: dict[str, Any]) -> dict[str, Any]:
        if "columns" in told:
            told["columns"] = {
                name[:_LONGEST_STEP]: REDACTED if self._is_secret(name) else dtype
                for name, dtype in told["columns"].items()
            }
        return told


def _whole_atom(value: object, hidden: Hidden) -> Any:
    """Picture a number or a text by itself, as most arguments are."""
    if _tells_anything(value, hidden):
        return REDACTED
    return {"type": type_name(type(value)), **(atom(value) or {})}


def _tells_anything(value: object, hidden: Hidden) -> bool:
    """Tell whether a number or a text is hidden, or tells a secret."""
    return type(value) not in _HARMLESS and (hidden.has(value) or _tells(value))


def _tells(value: Any) -> bool:
    if type(value) is str or str in mro(type(value)):
        return tells_secret(str.__str__(value))
    if type(value) in (bytes, bytearray):
        # No copy of all of it: it may be large.
        return tells_secret(bytes(memoryview(value)[:LONGEST_TEXT]).decode("latin-1"))
    return False


def _holds_secret(value: object, is_secret: Redact, hidden: Hidden) -> bool:
    """Search all of a value for what would be redacted if it were shown."""
    if _is_harmless(value):
        return False
    seen: set[int] = set()
    # Kept alive while it is searched: an id must not be used twice.
    waiting: list[Part] = [Part("", None, "", value)]
    kept: list[object] = []
    while waiting:
        part = waiting.pop()
        if is_secret(part.name):
            return True
        if id(part.value) in seen or _is_harmless(part.value):
            continue
        seen.add(id(part.value))
        kept.append(part.value)
        if len(kept) > _MOST_SEARCHED or _is_secret_itself(part.value, is_secret):
            return True
        if hidden.has(part.value):
            return True
        waiting.extend(parts(part.value))
    return False


def _is_harmless(value: Any) -> bool:
    """Tell quickly whether a value is a number, or a built-in container of nothing else."""
    kind = type(value)
    if kind in _PLAIN_CONTAINERS:
        return _HARMLESS.issuperset(map(type, value))
    return kind in _HARMLESS


def _is_secret_itself(value: object, is_secret: Redact) -> bool:
    if looks_secret(type_name(type(value)).rpartition(".")[2]) or _tells(value):
        return True
    if of_library(value) is None:
        return False
    return any(map(is_secret, column_names(value))) or tells_secrets(value)


def _safe_type_name(value: object) -> str:
    try:
        return type_name(type(value))
    except Exception:  # noqa: BLE001 - a class whose name cannot be read has none
        return "object"
