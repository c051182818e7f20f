"""The identities in a call's arguments: which objects a caller can tell apart, and their paths.

A recording refers to an object of the caller by its path from an argument, never by its content.
Paths name dict keys and not places, so that arguments equal to the recorded ones, in whatever
order and process they were built, lead to the counterpart. An object with several paths is
referred to by all of them: where they part ways at replay, no guess is made, and one that is not
there any more says nothing. Equal arguments need not have computed the same of themselves
(``functools.cached_property``), so a path through that is taken only where there is no other, and
at replay it is computed if it has to be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._children import (
    ANNOTATION,
    ATTRIBUTE,
    CELL,
    DICT_KEY,
    DICT_VALUE,
    ELEMENT,
    FLAT,
    ITEM,
    KEY,
    MEMBER,
    NAMESPACE,
    ON_DEMAND,
    SLOT,
    TYPE,
    annotated,
    base_of,
    children,
    elements_of,
    entries_of,
)
from pytest_mimic._outcome._objects._families import (
    Families,
    attributes_of,
    body_of,
    function_inside,
    has_identity,
)
from pytest_mimic._outcome._objects._node import OF_TYPE, SEVERAL, Node
from pytest_mimic._values._attributes import TOGETHER, computed_names, keeps_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_mimic._outcome._objects._node import Path, Way

# What stands at the roots: the arguments by index, or these and others by any name.
Roots = Sequence[object] | Mapping[Any, object]

# Stands for the exception that the caller was handling when it made the call: the end of the
# context of what the call raised, and no part of the call.
HANDLED = "handled"
WAS = "was"  # in place of a root: the reference of what was there when a stream began

# Where a walk of an ignored argument ends: it may be a client that holds half a program.
_IGNORED_LIMIT = 2_000


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
    found = _Walk(digest)
    found.spread(roots, False, -1)
    for root, value in others:
        if id(value) not in found.nodes:
            found.spread([(root, value)], None, -1)
    found.spread(ignored, True, len(found.nodes) + _IGNORED_LIMIT)
    return found.nodes


class _Walk:
    """A walk under way."""

    def __init__(self, digest: Callable[[object], str] | None) -> None:
        self.nodes: dict[int, Node] = {}
        self._families = Families()
        self._digest = digest
        self._computed: dict[type, frozenset[str]] = {}

    def spread(self, roots: Iterable[tuple[Any, object]], origin: bool | None, limit: int) -> None:
        """Walk breadth first from some objects, so that the first path found is a shortest one.

        Args:
            roots: The objects, each with what its paths begin with.
            origin: As ``Node.origin``.
            limit: The number of nodes at which to stop, if it is met.
        """
        waiting: deque[tuple[object, Way]] = deque(
            (value, (None, "", root)) for root, value in roots
        )
        computed: deque[tuple[object, Way]] = deque()
        digest = None if origin else self._digest
        while (waiting or computed) and len(self.nodes) != limit:
            is_computed = not waiting
            value, way = (waiting or computed).popleft()
            if not has_identity(value, self._families):
                continue
            known = self.nodes.get(id(value))
            if known is None:
                node = self.nodes[id(value)] = Node(value, self._families.of(value), way, origin)
                held = computed if is_computed else waiting
                held.extend(self._held(node, digest, computed))
            elif known.origin == origin and not is_computed:
                # A path from an argument of the key is surest, and the only one it takes.
                known.ways.append(way)

    def _held(
        self,
        node: Node,
        digest: Callable[[object], str] | None,
        computed: deque[tuple[object, Way]],
    ) -> Iterator[tuple[object, Way]]:
        """Yield what a node holds that may be a node itself, less what it computed of itself."""
        for kind, operand, child in children(node.value, node.family, digest):
            if kind == NAMESPACE:
                # It is known, but what it holds are the attributes of its owner.
                self.nodes.setdefault(
                    id(child), Node(child, "namespace", (node, kind, operand), node.origin)
                )
            elif self._families.of(child) == "atom":
                continue
            elif kind == ATTRIBUTE and operand == TOGETHER and keeps_together(type(node.value)):
                on_demand = Node(child, "on demand", (node, kind, operand), node.origin)
                self.nodes.setdefault(id(child), on_demand)
            elif kind == ON_DEMAND or (
                kind == ATTRIBUTE and operand in self._computed_names(type(node.value))
            ):
                computed.append((child, (node, kind, operand)))
            else:
                yield child, (node, kind, operand)

    def _computed_names(self, kind: type) -> frozenset[str]:
        names = self._computed.get(kind)
        if names is None:
            names = self._computed[kind] = computed_names(kind)
        return names


def follow(
    arguments: Roots,
    path: Path,
    digest: Callable[[object], str] | None = None,
    *,
    strict: bool = False,
) -> object:
    """Return the object that a path leads to.

    Args:
        arguments: The caller's own bound values.
        path: The path.
        digest: The same as when recording.
        strict: Refuse steps that no walk makes, and ends that it gives no path to.

    Raises:
        LookupError, AttributeError, TypeError: The arguments have no such path.
    """
    value: Any = arguments[path[0]]
    for place in range(1, len(path), 2):
        if strict and path[place] != OF_TYPE and not _is_made(value, *path[place:], digest=digest):
            raise LookupError("no recording makes such a step")
        value = _STEPS[path[place]](value, path[place + 1], digest)
    if strict and len(path) > 1 and not has_identity(value, Families()):
        raise LookupError("no recording refers to such a thing")
    return value


def _is_made(
    value: object, kind: str, operand: object, *_: object, digest: Callable[[object], str] | None
) -> bool:
    """Tell whether a walk of a value makes a step."""
    steps = children(value, Families().of(value), digest)
    return any((made, place) == (kind, operand) for made, place, _ in steps)


def _item(value: Any, index: int, _digest: object) -> object:
    return base_of(value).__getitem__(value, index)


def _value(value: Any, key: object, _digest: object) -> object:
    return dict.__getitem__(value, key) if isinstance(value, dict) else value[key]


def _attribute(value: object, name: str, _digest: object) -> object:
    attributes = attributes_of(value) or {}
    if name not in attributes and name in computed_names(type(value)):
        return getattr(value, name)
    if name == TOGETHER and keeps_together(type(value)):
        return attributes.setdefault(name, {})
    return attributes[name]


def _on_demand(value: object, name: str, _digest: object) -> object:
    computed = (attributes_of(value) or {}).get(TOGETHER, {})
    return computed[name] if name in computed else getattr(value, name)


def _slot(value: object, name: str, _digest: object) -> object:
    return object.__getattribute__(value, name)


def _namespace(value: object, _operand: object, _digest: object) -> object:
    return object.__getattribute__(value, "__dict__")


def _type(value: object, _operand: object, _digest: object) -> object:
    return type(value)


def _member(value: type, name: str, _digest: object) -> object:
    return function_inside(body_of(value)[name])


def _annotated(value: type, operand: tuple[str, int], _digest: object) -> object:
    return annotated(value, operand)


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
        walked = elements_of if kind == ELEMENT else entries_of
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
    ON_DEMAND: _on_demand,
    SLOT: _slot,
    NAMESPACE: _namespace,
    TYPE: _type,
    MEMBER: _member,
    ANNOTATION: _annotated,
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
    *,
    strict: bool = False,
) -> object:
    """Return the caller's object that a reference stands for.

    Args:
        arguments: The caller's own bound values.
        reference: What stands for the object in a recording.
        digest: The same as when recording.
        strict: Refuse what no recording refers to.

    Raises:
        LookupError: The arguments hold nothing there, or not one object for all of its paths.
    """
    paths = reference[1:] if reference[0] == SEVERAL else (reference,)
    found = []
    failure: Exception | None = None
    for path in paths:
        # An argument that is pickled in a way of its own need not have all that an equal one has.
        try:
            found.append(follow(arguments, path, digest, strict=strict))
        except (LookupError, AttributeError, TypeError, StopIteration) as error:
            failure = error
    if failure is not None and (strict or not found):
        raise LookupError(f"the arguments have no such part: {failure}") from failure
    if any(one is not found[0] for one in found):
        raise LookupError("what was one object when it was recorded are several here")
    return found[0]


def describe(path: Path, names: Sequence[str]) -> tuple[str, str]:
    """Return a path as a user would write it: ``cfg`` and ``['layers'][0].weights``."""
    root = path[0]
    text = names[root] if isinstance(root, int) else " ".join(map(str, root))
    steps = zip(path[1::2], path[2::2], strict=True)
    return text, "".join(describe_step(kind, operand) for kind, operand in steps)


def describe_reference(reference: Any, names: Sequence[str]) -> str:
    """Return what a reference stands for as a user would write it."""
    if reference == HANDLED:
        return "the exception that the caller is handling"
    path = reference[1] if reference[0] == SEVERAL else reference
    if path[0] == WAS:
        path = path[1]
    if path[-2:-1] == (OF_TYPE,):
        path = path[:-2]
    return f"the caller's own {''.join(describe(path, names))}"


def describe_step(kind: str, operand: Any) -> str:
    """Return one step as a user would write it."""
    if kind in (ITEM, KEY):
        return f"[{operand!r}]"
    if kind in (ATTRIBUTE, ON_DEMAND, SLOT, MEMBER):
        return f".{operand}"
    if kind == ANNOTATION:
        return f".__annotations__[{operand[0]!r}]"
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
