"""A value taken apart one level, each part with the step to it as a user would write it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._drift._libraries import of_library
from pytest_mimic._fingerprint import FLAT, FROM_OTHERS, Parts, State
from pytest_mimic._outline import looks_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from pytest_mimic._fingerprint import Fingerprinter

    Digest = Callable[[object], str]

# What the key engine says of these is what a user knows of them; of the rest it says more, and in
# another form, than a user would.
_OPEN = frozenset({
    "object", "reduced", "namespace", "mappingproxy", "partial", "cell", "sparse", "masked array",
    "derived array", "derived list", "derived tuple", "derived dict", "derived set",
    "derived frozenset", "derived deque", "derived defaultdict",
})  # fmt: skip
_PAIR = 2


class Piece(NamedTuple):
    """A part of a value.

    Args:
        place: Tells it from its siblings; its counterpart in another value has an equal one.
        step: The step that leads to it.
        name: The name it goes by, for telling secrets; empty if it has none.
        value: The part itself.
    """

    place: Hashable
    step: str
    name: str
    value: object


class Pieces(NamedTuple):
    """What a value is made of.

    Args:
        kind: What it is; parts are compared only with those of the same kind.
        parts: Its parts.
        length: How many there are, where that can be said of it.
    """

    kind: str
    parts: list[Piece]
    length: int | None = None


class Labelled(NamedTuple):
    """Parts that have their steps already.

    Args:
        parts: Each with the step to it.
    """

    parts: tuple[tuple[str, object], ...]


def pieces_of(value: Any, engine: Fingerprinter) -> Pieces | None:
    """Take a value apart.

    Args:
        value: Any value.
        engine: The key engine, which knows what counts in it.

    Returns:
        Its parts; None for a value that has none that a user knows.

    Raises:
        UnhashableArgumentError: A key or an element in it cannot be told from others.
    """
    exact = _EXACT.get(type(value))
    if exact is not None:
        return exact(value, engine.digest)
    if isinstance(value, OrderedDict):
        parts = [Piece("", " (order of keys)", "", list(value)), *entries(value, engine.digest)]
        return Pieces("ordered", parts, len(value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        named = zip(value._fields, value, strict=False)
        return Pieces("named", [Piece(name, f".{name}", name, part) for name, part in named])
    known = of_library(value)
    if known is not None:
        return Pieces("library", [Piece(step, step, name, part) for step, name, part in known])
    return _by_rule(value, engine)


def _by_rule(value: Any, engine: Fingerprinter) -> Pieces | None:
    """Take a value apart as its key does."""
    apart = engine.take_apart(value)
    if apart is None:
        return None
    tag, content = apart
    if isinstance(value, BaseException) and tag.startswith("derived "):
        said: Any = content  # by the rule of exceptions
        said, origins = said if tag.endswith(FROM_OTHERS) else (said, None)
        kind, (args, more), state = said
        labelled = Labelled((("", kind), (".args", args), ("", more), ("", state), ("", origins)))
        return Pieces(tag, [Piece(0, "", "", labelled)])
    return Pieces(tag, [Piece(0, "", "", content)]) if tag in _OPEN else None


def _sequence(value: Any, _digest: Digest) -> Pieces:
    # ("Authorization", "..."): headers and the like are often lists of pairs.
    is_pair = len(value) == _PAIR and type(value[0]) is str and looks_secret(value[0])
    parts = [
        Piece(index, f"[{index}]", value[0] if is_pair and index else "", item)
        for index, item in enumerate(value)
    ]
    return Pieces(type(value).__name__, parts, len(value))


def _mapping(value: Any, digest: Digest) -> Pieces:
    return Pieces("dict", list(entries(value, digest)), len(value))


def entries(value: Any, digest: Digest) -> Iterable[Piece]:
    """Yield the values of a mapping, by their keys."""
    for key, item in value.items():
        is_flat = type(key) in FLAT
        place = (type(key), repr(key)) if is_flat else digest(key)
        step = f"[{key!r}]" if is_flat else f"[{type(key).__name__} {place[:6]}]"
        yield Piece(place, step, key if type(key) is str else "", item)


def _attributes(value: Any, _digest: Digest) -> Pieces:
    return Pieces("state", [Piece(name, f".{name}", name, part) for name, part in value.items()])


def _elements(value: Any, digest: Digest) -> Pieces:
    parts = [Piece(digest(element), "{...}", "", element) for element in value]
    return Pieces(type(value).__name__, parts, len(value))


def _parts(value: Any, _digest: Digest) -> Pieces:
    return Pieces("parts", [Piece(index, "", "", part) for index, part in enumerate(value)])


def _labelled(value: Any, _digest: Digest) -> Pieces:
    parts = [
        Piece(step or index, step, step.lstrip("."), part)
        for index, (step, part) in enumerate(value.parts)
    ]
    return Pieces("labelled", parts)


_EXACT: dict[type, Callable[[Any, Digest], Pieces]] = {
    list: _sequence,
    tuple: _sequence,
    dict: _mapping,
    set: _elements,
    frozenset: _elements,
    State: _attributes,
    Parts: _parts,
    Labelled: _labelled,
}
