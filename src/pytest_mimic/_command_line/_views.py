"""What there is to see of a value that was read from a payload: a text, or parts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import xxhash

from pytest_mimic._command_line._arrays import Array, array_of
from pytest_mimic._outcome import Inert, Reference, own_path
from pytest_mimic._outline import REDACTED, looks_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Characters, and bytes.
_LONG = 1000
_MANY = 48
_DEEPEST_NAME = 3
_LINE = 80

_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", dict: "{}", set: "{}", frozenset: "()"}
_BUFFERS = (bytes, bytearray, memoryview)
_EXCEPTION = "pytest_mimic._outcome._rebuild.exception"
_RECONSTRUCTOR = "copyreg._reconstructor"


class _Redacted:
    """Stands for what the name before it says is a secret."""


_REDACTED = _Redacted()


class Part(NamedTuple):
    """One part of a value.

    Args:
        step: What leads to it: ``['rate']``, ``.weights``.
        label: What stands before it: ``'rate': ``, ``weights=``.
        value: It.
    """

    step: str
    label: str
    value: object


class View(NamedTuple):
    """What there is to see of a value.

    Args:
        head: What it is: a text that says all, or what stands before its parts.
        brackets: What its parts stand in; empty where it has none.
        parts: Its parts.
        array: The array that it is, where its parts are too many for a list of them.
    """

    head: str
    brackets: str = ""
    parts: tuple[Part, ...] = ()
    array: Array | None = None


def view(value: object) -> View:
    """Looks at a value.

    Args:
        value: One that was read without running anything: of Python's plain types, ``Inert`` or a
            ``Reference``.
    """
    for kinds, look in _LOOKS:
        if isinstance(value, kinds):
            return look(value)
    return View(repr(value))


def digest(data: Any) -> str:
    """Gives a few digits that tell contents apart."""
    return "xxh3 " + xxhash.xxh3_64_hexdigest(data)


def _container(value: Any) -> View:
    head = "frozenset" if type(value) is frozenset else ""
    brackets = _BRACKETS[type(value)]
    if isinstance(value, dict):
        parts = list(_entries(value.items()))
    elif isinstance(value, (set, frozenset)):
        # Their order is the hash seed's; the steps are what tells the elements apart.
        named = sorted([(name_of(item), place) for place, item in enumerate(value)])
        items = list(value)
        parts = [Part(f"{{{name}}}", "", items[place]) for name, place in named]
        head, brackets = (head, brackets) if value else ("set", "()")
    else:
        parts = [Part(f"[{place}]", "", item) for place, item in enumerate(value)]
    return View(head, brackets, tuple(parts))


def _entries(entries: Iterable[tuple[object, object]]) -> Iterator[Part]:
    for key, item in entries:
        name = name_of(key)
        is_secret = isinstance(key, str) and looks_secret(key)
        yield Part(f"[{name}]", f"{name}: ", _REDACTED if is_secret else item)


def _attribute(name: str, item: object) -> Part:
    return Part(f".{name}", f"{name}=", _REDACTED if looks_secret(name) else item)


def name_of(value: object, depth: int = _DEEPEST_NAME) -> str:
    """Writes a key or an element of a set in one piece.

    Args:
        value: It.
        depth: How many levels of its parts are told: a payload may hold anything.
    """
    if not isinstance(value, (tuple, frozenset, Inert)):
        return view(value).head
    if depth == 0:
        return "..."
    if isinstance(value, Inert):
        head, items = _bare(value.name), value.args
    else:
        head, items = "frozenset" * isinstance(value, frozenset), tuple(value)
    names = [name_of(item, depth - 1) for item in items[:_MANY]]
    names = sorted(names) if isinstance(value, frozenset) else names
    return f"{head}({', '.join(names)}{', ...' * (len(items) > _MANY)})"


def _buffer(value: Any) -> View:
    if len(value) <= _MANY:
        return View(repr(bytes(value)))
    return View(f"<{len(value)} bytes, {digest(value)}>")


def _text(value: str) -> View:
    lines = value.splitlines(keepends=True)
    if len(value) > _LINE and len(lines) > 1:
        parts = [Part(f" line {place}", "", line) for place, line in enumerate(lines, start=1)]
        return View("", "()", tuple(parts))
    if len(value) > _LONG:
        told = digest(value.encode("utf-8", "surrogatepass"))
        return View(f"{value[:_LONG]!r}... ({len(value)} characters, {told})")
    return View(repr(value))


def _inert(value: Inert) -> View:
    array = array_of(value)
    if array is not None:
        return _array(array)
    if value.name.startswith("datetime."):
        read = _moment(value)
        if read is not None:
            return View(read)
    if value.name == _EXCEPTION and isinstance(value.state, dict):
        return _exception(value)
    args = value.args
    name = value.name
    if name == _RECONSTRUCTOR and args:
        name, args = view(args[0]).head, ()
    parts = [Part(f"({place})", "", item) for place, item in enumerate(args)]
    parts += [_attribute(key, item) for key, item in value.kwargs.items()]
    parts += _of_state(value.state)
    parts += [Part(f"[{place}]", "", item) for place, item in enumerate(value.elements)]
    parts += _entries(value.entries)
    return View(_bare(name), "()", tuple(parts))


def _of_state(state: Any) -> Iterator[Part]:
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):  # noqa: PLR2004  # of __dict__ and of slots
        yield from _of_state(state[0])
        state = state[1]
    if isinstance(state, dict):
        for key, item in state.items():
            yield _attribute(key if isinstance(key, str) else name_of(key), item)
    elif state is not None:
        yield Part(".state", "state=", state)


def _exception(value: Inert) -> View:
    state = value.state
    args = state.get("args")
    parts = [Part(f".args[{place}]", "", item) for place, item in enumerate(args or ())]
    for group in ("dict", "slots"):
        parts += _of_state(state.get(group))
    named = {"cause": "__cause__", "context": "__context__"}
    parts += [
        Part(f".{name}", f"{name}=", state[key])
        for key, name in named.items()
        if state.get(key) is not None
    ]
    return View(view(value.args[0]).head, "()", tuple(parts))


def _array(array: Array) -> View:
    if array.shape:
        return View(array.head, "[]", array=array)
    cells = array.cells()
    read = digest(array.data) if cells is None else repr(next(cells))
    return View(f"{array.head}({read})")


def _moment(value: Inert) -> str | None:
    """Reads a date or a time from the bytes that it is made from."""
    kinds: dict[str, Any] = {
        "datetime.date": dt.date,
        "datetime.datetime": dt.datetime,
        "datetime.time": dt.time,
    }
    kind = kinds.get(value.name)
    # Of what is made from bytes alone, no code but the standard library's is run.
    if kind is None or not value.args or type(value.args[0]) is not bytes:
        return None
    try:
        read = repr(kind(value.args[0]))
    except (TypeError, ValueError):
        return None
    return " ".join([read, *map(name_of, value.args[1:])])


def _bare(name: str) -> str:
    return name.removeprefix("builtins.")


def _reference(value: Reference) -> View:
    return View(f"<{own_path(value)}>")


def _redacted(_: _Redacted) -> View:
    return View(REDACTED)


def _class(value: type) -> View:
    return View(_bare(getattr(value, "name", value.__name__)))


_LOOKS: tuple[tuple[Any, Callable[[Any], View]], ...] = (
    (str, _text),
    (tuple(_BRACKETS), _container),
    (Inert, _inert),
    (Reference, _reference),
    (_Redacted, _redacted),
    (type, _class),
    (_BUFFERS, _buffer),
)
