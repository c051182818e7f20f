"""The identities in a call's arguments: which objects a caller can tell apart, and their paths.

A recording refers to an object of the caller by its path from an argument, never by its content.
Paths name dict keys and not places, so that arguments equal to the recorded ones, in whatever
order and process they were built, lead to the counterpart. An object with several paths is
referred to by all of them: where they part ways at replay, no guess is made.
"""

from __future__ import annotations

import functools
import types
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from pytest_mimic._outcome._families import (
    PLAIN,
    Families,
    attributes_of,
    is_shared_by_name,
    items_of,
    slot_descriptors,
    slots_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A path is a root (the index of an argument), then for each step its kind and its operand.
Path = tuple[Any, ...]
# What stands at the roots: the arguments by index, or these and others by any name.
Roots = Union[Sequence[object], Mapping[Any, object]]

ITEM = "i"  # the item at an index of a list, tuple or deque
KEY = "["  # the value under a key of a dict
ATTRIBUTE = "."  # what the __dict__ holds under a name
SLOT = "s"  # what a slot or another attribute of C code holds
NAMESPACE = "d"  # the __dict__ itself
CELL = "c"  # the cell of a closure
TYPE = "t"  # the class, where it has no name to be found by
FLAT = "f"  # the item at an index of a flat array of objects
ELEMENT = "{"  # the element of a set that has a digest
DICT_KEY = "k"  # the key of a dict that has a digest
DICT_VALUE = "K"  # the value under the key that has a digest
# Stands for the exception that the caller was handling when it made the call: the end of the
# context of what the call raised, and no part of the call.
HANDLED = "handled"
SEVERAL = "*"  # in place of a root: several paths follow
OF_TYPE = "="  # no step: what was reached has a type of this name

# Where a walk of an ignored argument ends: it may be a client that holds half a program.
_IGNORED_LIMIT = 2_000


class Node:
    """An object met in the walk of the arguments.

    Attributes:
        value: The object; held, so that its id stays its own.
        family: Its family.
        paths: All the paths that lead to it, each through the first path of its holder.
        origin: Whether it was reached from ignored arguments only; None if from no argument.
    """

    __slots__ = ("family", "origin", "paths", "value")

    def __init__(self, value: object, family: str, path: Path, origin: bool | None) -> None:
        self.value = value
        self.family = family
        self.paths = [path]
        self.origin = origin

    @property
    def reference(self) -> Path:
        """What stands for the object in a recording: its path, or all of them."""
        if len(self.paths) > 1:
            return (SEVERAL, *self.paths)
        path = self.paths[0]
        if self.origin and len(path) > 1:
            # Nothing makes the ignored argument of a later call alike, so the type is checked.
            return (*path, OF_TYPE, type(self.value).__qualname__)
        return path


def walk(
    roots: Iterable[tuple[Any, object]],
    ignored: Iterable[tuple[Any, object]] = (),
    others: Iterable[tuple[Any, object]] = (),
    digest: Callable[[object], str] | None = None,
) -> dict[int, Node]:
    """Find the objects in the arguments whose identity a caller can tell, before the call.

    Args:
        roots: The arguments that are part of the key, each with what its paths begin with.
        ignored: Those that are not.
        others: What else the caller may know by identity; a path through an argument goes first.
        digest: Tells apart the elements of sets, and keys without a value of their own.

    Returns:
        The nodes by the id of their object, in the order met.
    """
    nodes: dict[int, Node] = {}
    families = Families()
    _spread(_starts(roots), False, nodes, families, digest, -1)
    for root, value in others:
        if id(value) not in nodes:
            _spread(_starts([(root, value)]), None, nodes, families, digest, -1)
    if ignored:
        _spread(_starts(ignored), True, nodes, families, None, len(nodes) + _IGNORED_LIMIT)
    return nodes


def _starts(roots: Iterable[tuple[Any, object]]) -> list[tuple[object, Path]]:
    """Return where a walk begins."""
    return [(value, (root,)) for root, value in roots]


def _spread(
    start: list[tuple[object, Path]],
    ignored: bool | None,
    nodes: dict[int, Node],
    families: Families,
    digest: Callable[[object], str] | None,
    limit: int,
) -> None:
    """Walk breadth first from some objects, so that the first path found is a shortest one."""
    waiting = deque(start)
    while waiting and len(nodes) != limit:
        value, path = waiting.popleft()
        if not has_identity(value, families):
            continue
        known = nodes.get(id(value))
        if known is not None:
            # A path from an argument of the key is surest, and the only one it takes.
            if known.origin == ignored:
                known.paths.append(path)
            continue
        family = families.of(value)
        nodes[id(value)] = Node(value, family, path, ignored)
        for kind, operand, child in children(value, family, digest):
            if kind == NAMESPACE:
                # It is known, but what it holds are the attributes of its owner.
                nodes.setdefault(
                    id(child), Node(child, "namespace", (*path, kind, operand), ignored)
                )
            elif families.of(child) != "atom":
                waiting.append((child, (*path, kind, operand)))


def has_identity(value: object, families: Families) -> bool:
    """Tell whether a caller can tell an object from its equals, and finds it by no name."""
    family = families.of(value)
    if family == "atom" or is_shared_by_name(value):
        return False
    return family not in ("tuple", "frozenset") or not is_plain(value, families)


def is_plain(value: Any, families: Families) -> bool:
    """Tell whether a tuple or frozenset holds nothing but atoms: then it is one itself."""
    waiting = [value]
    for holder in waiting:
        for item in holder:
            family = families.of(item)
            if family in ("tuple", "frozenset"):
                waiting.append(item)
            elif family != "atom" and not is_shared_by_name(item):
                return False
    return True


def children(
    value: Any, family: str, digest: Callable[[object], str] | None
) -> Iterator[tuple[str, Any, object]]:
    """Yield what an object holds: the kind of the step, its operand, and what is there."""
    special = _CHILDREN.get(family)
    if special is not None:
        yield from special(value, digest)
    if not is_shared_by_name(type(value)):
        yield TYPE, None, type(value)
    if is_closed(value, family):
        return
    names = attributes_of(value)
    if names is not None:
        yield NAMESPACE, None, names
        for name, content in list(names.items()):
            yield ATTRIBUTE, name, content
    for name, content in slots_of(value):
        yield SLOT, name, content


# They have no attributes of their own, or none that is not part of another state.
_CLOSED = frozenset({"class", "namespace", "opaque", "frame"})
_BARE = frozenset({list, tuple, dict, set, frozenset, deque, bytearray, memoryview})


def is_closed(value: object, family: str) -> bool:
    """Tell whether an object has no attributes that are looked into one by one."""
    kind = type(value)
    return (
        family in _CLOSED
        or kind in _BARE
        or not (kind.__dictoffset__ or next(slot_descriptors(kind), None))
    )


def _items(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the items of a list, tuple or deque."""
    for index, item in enumerate(_base(value).__iter__(value)):
        if type(item) not in PLAIN:
            yield ITEM, index, item


def _base(value: Any) -> Any:
    """Return the built-in sequence type that a value's class derives from."""
    return next(base for base in (list, tuple, deque) if isinstance(value, base))


def _entries(
    value: Any, digest: Callable[[object], str] | None
) -> Iterator[tuple[str, Any, object]]:
    """Yield the values of a dict, and the keys that are objects in their own right."""
    unnamed = []
    for key, content in items_of(value):
        if key_has_value(key):
            yield KEY, key, content
        else:
            unnamed.append((key, content))
    if isinstance(value, dict) and type(value).__name__ == "defaultdict":
        yield SLOT, "default_factory", value.default_factory  # type: ignore[attr-defined]
    for name, (key, content) in _by_digest(unnamed, digest):
        yield DICT_KEY, name, key
        yield DICT_VALUE, name, content


def _proxied(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the values under the plain keys of a read-only view of a dict."""
    for key in value:
        if key_has_value(key):
            yield KEY, key, value[key]


def _elements(
    value: Any, digest: Callable[[object], str] | None
) -> Iterator[tuple[str, Any, object]]:
    """Yield the elements of a set that are not plain."""
    unnamed = [(element, None) for element in value if not key_has_value(element)]
    for name, (element, _) in _by_digest(unnamed, digest):
        yield ELEMENT, name, element


def _by_digest(
    pairs: list[tuple[Any, Any]], digest: Callable[[object], str] | None
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Name the pairs by the digests of their first halves; equal ones cannot be told apart."""
    if not pairs or digest is None:
        return
    named: dict[str, list[tuple[Any, Any]]] = {}
    for pair in pairs:
        named.setdefault(digest(pair[0]), []).append(pair)
    for name, equal in named.items():
        if len(equal) == 1:
            yield name, equal[0]


def _closure(value: types.FunctionType, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the cells and the defaults of a function that is found by no name."""
    for index, cell in enumerate(value.__closure__ or ()):
        yield CELL, index, cell
    for name in ("__defaults__", "__kwdefaults__"):
        yield SLOT, name, getattr(value, name)


def _content(value: types.CellType, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield what a cell holds, if it holds anything yet."""
    try:
        content = value.cell_contents
    except ValueError:
        return
    yield SLOT, "cell_contents", content


def _bound(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the object that a method is bound to, and the function of a Python one."""
    yield SLOT, "__self__", value.__self__
    if isinstance(value, types.MethodType):
        yield SLOT, "__func__", value.__func__


def _partial(value: functools.partial[Any], _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the function and the arguments that a partial holds."""
    yield SLOT, "func", value.func
    yield SLOT, "args", value.args
    yield SLOT, "keywords", value.keywords


def _objects(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the objects in an array of objects."""
    if value.dtype.kind == "O":
        for index, item in enumerate(value.flat):
            yield FLAT, index, item


def _bases(value: type, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the tuple of the bases of a class that is found by no name."""
    yield SLOT, "__bases__", value.__bases__


def _causes(value: BaseException, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield what an exception holds besides its ``__dict__``."""
    for name in ("args", "__cause__", "__context__"):
        yield SLOT, name, getattr(value, name)


_CHILDREN: dict[str, Callable[..., Iterator[tuple[str, Any, object]]]] = {
    "list": _items,
    "tuple": _items,
    "deque": _items,
    "dict": _entries,
    "mappingproxy": _proxied,
    "set": _elements,
    "frozenset": _elements,
    "function": _closure,
    "cell": _content,
    "method": _bound,
    "builtin": _bound,
    "partial": _partial,
    "ndarray": _objects,
    "class": _bases,
    "exception": _causes,
}


def key_has_value(key: object) -> bool:
    """Tell whether a key or element is found again by an equal one."""
    if is_shared_by_name(key):
        return True
    if isinstance(key, (tuple, frozenset)):
        return all(map(key_has_value, key))
    if isinstance(key, float) and key != key:  # noqa: PLR0124  # a nan equals nothing
        return False
    return type(key).__hash__ is not object.__hash__


def follow(arguments: Roots, path: Path, digest: Callable[[object], str] | None = None) -> object:
    """Return the object that a path leads to.

    Raises:
        LookupError, AttributeError, TypeError: The arguments have no such path.
    """
    value: Any = arguments[path[0]]
    for place in range(1, len(path), 2):
        value = _STEPS[path[place]](value, path[place + 1], digest)
    return value


def _item(value: Any, index: int, _digest: object) -> object:
    return _base(value).__getitem__(value, index)


def _value(value: Any, key: object, _digest: object) -> object:
    return dict.__getitem__(value, key) if isinstance(value, dict) else value[key]


def _attribute(value: object, name: str, _digest: object) -> object:
    return (attributes_of(value) or {})[name]


def _slot(value: object, name: str, _digest: object) -> object:
    return object.__getattribute__(value, name)


def _namespace(value: object, _operand: object, _digest: object) -> object:
    return object.__getattribute__(value, "__dict__")


def _type(value: object, _operand: object, _digest: object) -> object:
    return type(value)


def _cell(value: Any, index: int, _digest: object) -> object:
    return value.__closure__[index]


def _checked(value: object, name: str, _digest: object) -> object:
    if type(value).__qualname__ != name:
        raise LookupError(f"found {type(value).__qualname__} where {name} was recorded")
    return value


def _flat(value: Any, index: int, _digest: object) -> object:
    return value.flat[index]


def _find(kind: str) -> Callable[[Any, str, Callable[[object], str] | None], object]:
    """Return the step that finds by digest what a walk names so."""

    def step(value: Any, name: str, digest: Callable[[object], str] | None) -> object:
        walked = _elements if kind == ELEMENT else _entries
        return next(
            child
            for found, operand, child in walked(value, digest)
            if (found, operand) == (kind, name)
        )

    return step


_STEPS: dict[str, Callable[[Any, Any, Callable[[object], str] | None], object]] = {
    ITEM: _item,
    KEY: _value,
    ATTRIBUTE: _attribute,
    SLOT: _slot,
    NAMESPACE: _namespace,
    TYPE: _type,
    CELL: _cell,
    FLAT: _flat,
    OF_TYPE: _checked,
    ELEMENT: _find(ELEMENT),
    DICT_KEY: _find(DICT_KEY),
    DICT_VALUE: _find(DICT_VALUE),
}


def resolve(
    arguments: Roots,
    reference: Any,
    digest: Callable[[object], str] | None = None,
) -> object:
    """Return the caller's object that a reference stands for.

    Raises:
        LookupError: The arguments hold nothing there, or not one object for all of its paths.
    """
    paths = reference[1:] if reference[0] == SEVERAL else (reference,)
    try:
        found = [follow(arguments, path, digest) for path in paths]
    except (LookupError, AttributeError, TypeError, StopIteration) as error:
        raise LookupError(f"the arguments have no such part: {error}") from error
    if any(one is not found[0] for one in found):
        raise LookupError("what was one object when it was recorded are several here")
    return found[0]


def describe(path: Path, names: Sequence[str]) -> str:
    """Return a path as a user would write it: ``cfg['layers'][0].weights``."""
    root = path[0]
    text = names[root] if isinstance(root, int) else " ".join(map(str, root))
    for place in range(1, len(path), 2):
        text += describe_step(path[place], path[place + 1])
    return text


def describe_step(kind: str, operand: object) -> str:
    """Return one step as a user would write it."""
    if kind in (ITEM, KEY):
        return f"[{operand!r}]"
    if kind in (ATTRIBUTE, SLOT):
        return f".{operand}"
    return _STEP_WORDS[kind].format(str(operand)[:6])


_STEP_WORDS = {
    NAMESPACE: ".__dict__",
    TYPE: ".__class__",
    CELL: ".__closure__[{}]",
    FLAT: ".flat[{}]",
    ELEMENT: "{{element {}}}",
    DICT_KEY: "{{key {}}}",
    DICT_VALUE: "[key {}]",
}
