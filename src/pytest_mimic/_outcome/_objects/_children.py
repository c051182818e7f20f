"""What an object holds, and by which step each of it is reached."""

from __future__ import annotations

import functools
import types
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._families import (
    BARE,
    PLAIN,
    Families,
    attributes_of,
    body_of,
    function_inside,
    has_identity,
    is_shared_by_name,
    items_of,
    slot_descriptors,
    slots_of,
)
from pytest_mimic._values._attributes import TOGETHER, keeps_together
from pytest_mimic._values._graphs import grad_of
from pytest_mimic._values._images import attributes_of as attributes_of_image
from pytest_mimic.errors import UnhashableArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ITEM = "i"  # the item at an index of a list, tuple or deque
KEY = "["  # the value under a key of a dict
ATTRIBUTE = "."  # what the __dict__ holds under a name
ON_DEMAND = "o"  # what a property computed, and keeps with what others did
SLOT = "s"  # what a slot or another attribute of C code holds
NAMESPACE = "d"  # the __dict__ itself
CELL = "c"  # the cell of a closure
TYPE = "t"  # the class, where it has no name to be found by
MEMBER = "m"  # what the body of a class defines under a name
ANNOTATION = "a"  # a class in the annotation of a name in the body of a class: name and which
FLAT = "f"  # the item at an index of a flat array of objects
ELEMENT = "{"  # the element of a set that has a digest
DICT_KEY = "k"  # the key of a dict that has a digest
DICT_VALUE = "K"  # the value under the key that has a digest


def children(
    value: Any, family: str, digest: Callable[[object], str] | None
) -> Iterator[tuple[str, Any, object]]:
    """Yield what an object holds: the kind of the step, its operand, and what is there."""
    special = _CHILDREN.get(family)
    if special is not None:
        yield from special(value, digest)
    if type(value) in BARE:
        return
    if not is_shared_by_name(type(value)):
        yield TYPE, None, type(value)
    if is_closed(value, family):
        return
    names = attributes_of(value)
    if names is not None:
        yield NAMESPACE, None, names
        for name, content in list(names.items()):
            yield ATTRIBUTE, name, content
        yield from _computed_on_demand(value, names)
    for name, content in slots_of(value):
        yield SLOT, name, content


def _computed_on_demand(value: Any, names: dict[str, Any]) -> Iterator[tuple[str, Any, object]]:
    computed = names.get(TOGETHER)
    if type(computed) is dict and keeps_together(type(value)):
        for name, content in list(computed.items()):
            yield ON_DEMAND, name, content


# They have no attributes of their own, or none that is not part of another state.
_CLOSED = frozenset({"class", "namespace", "opaque", "backed", "frame", "index", "image", "polars"})
# Keys of these types are found again by an equal one; a float may be a nan.
_NAMES = PLAIN - {float, complex}
_BARE = BARE | {tuple, frozenset, memoryview}
# What a class may keep in its body for its instances to fill.
_KEPT = BARE | {defaultdict, OrderedDict}


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
    base = base_of(value)
    if PLAIN.issuperset(map(type, base.__iter__(value))):
        return
    for index, item in enumerate(base.__iter__(value)):
        if type(item) not in PLAIN:
            yield ITEM, index, item


def base_of(value: Any) -> Any:
    """Return the built-in sequence type that a value's class derives from, or that class."""
    return next((base for base in (list, tuple, deque) if isinstance(value, base)), type(value))


def entries_of(
    value: Any, digest: Callable[[object], str] | None
) -> Iterator[tuple[str, Any, object]]:
    """Yield the values of a dict, and the keys that are objects in their own right."""
    if (
        type(value) is dict
        and PLAIN.issuperset(map(type, value.values()))
        and _NAMES.issuperset(map(type, value))
    ):
        return
    by_digest = []
    families = Families()
    for key, content in items_of(value):
        is_found = type(key) in _NAMES or key_has_value(key)
        if is_found and type(content) not in PLAIN:
            yield KEY, key, content
        if not is_found or has_identity(key, families):
            by_digest.append((key, content))
    if isinstance(value, dict) and type(value).__name__ == "defaultdict":
        yield SLOT, "default_factory", value.default_factory  # type: ignore[attr-defined]
    for name, (key, content) in _by_digest(by_digest, digest):
        yield DICT_KEY, name, key
        if not key_has_value(key):
            yield DICT_VALUE, name, content


def _proxied(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the values under the plain keys of a read-only view of a dict."""
    for key in value:
        if key_has_value(key):
            yield KEY, key, value[key]


def elements_of(
    value: Any, digest: Callable[[object], str] | None
) -> Iterator[tuple[str, Any, object]]:
    """Yield the elements of a set that a caller can tell from their equals."""
    if PLAIN.issuperset(map(type, value)):
        return
    families = Families()
    pairs = [(element, None) for element in value if has_identity(element, families)]
    for name, (element, _) in _by_digest(pairs, digest):
        yield ELEMENT, name, element


def _by_digest(
    pairs: list[tuple[Any, Any]], digest: Callable[[object], str] | None
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Name the pairs by the digests of their first halves, and equal ones by both halves.

    Those that are equal in both cannot be told apart.
    """
    if not pairs or digest is None:
        return
    for name, equal in _grouped(pairs, 0, digest):
        if len(equal) == 1:
            yield name, equal[0]
            continue
        for under, alike in _grouped(equal, 1, digest):
            if len(alike) == 1:
                yield f"{name}:{under}", alike[0]


def _grouped(
    pairs: list[tuple[Any, Any]], half: int, digest: Callable[[object], str]
) -> Iterable[tuple[str, list[tuple[Any, Any]]]]:
    named: dict[str, list[tuple[Any, Any]]] = {}
    for pair in pairs:
        try:
            name = digest(pair[half])
        except UnhashableArgumentError:
            continue  # an item of a stream, perhaps: what is part of a key has a digest
        named.setdefault(name, []).append(pair)
    return named.items()


def _closure(value: types.FunctionType, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the cells and the defaults of a function that is found by no name."""
    for index, cell in enumerate(value.__closure__ or ()):
        # By that one a method knows its own class, which has it.
        if value.__code__.co_freevars[index] != "__class__":
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


def _parameters(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield what ``list[Item]`` or ``Item | None`` is made of."""
    yield SLOT, "__args__", value.__args__


def _objects(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the objects in an array of objects."""
    if value.dtype.kind == "O":
        for index, item in enumerate(value.flat):
            yield FLAT, index, item


def _backing(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the array of numpy that holds the elements of one of pandas."""
    yield SLOT, "_ndarray", value._ndarray


def _of_image(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the attributes of an image, less its pixels and what goes with them."""
    for name, content in attributes_of_image(value).items():
        yield ATTRIBUTE, name, content


def _gradient(  # pragma: no cover - torch
    value: Any, _digest: object
) -> Iterator[tuple[str, Any, object]]:
    """Yield the gradient that a tensor keeps, if any."""
    grad = grad_of(value)
    if grad is not None:
        yield SLOT, "grad", grad


def _definition(value: type, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the bases of a class that is found by no name, and what a call may change in its body.

    So may it give an instance of a class that is named there. Other objects in a body may lead to
    half a library: to all tables of a program, say.
    """
    yield SLOT, "__bases__", value.__bases__
    for name, item in body_of(value).items():
        member = function_inside(item)
        if type(member) in _KEPT or isinstance(member, (types.FunctionType, type)):
            yield MEMBER, name, member
    for name, annotation in _annotations(value).items():
        for place, kind in enumerate(_classes_in(annotation)):
            yield ANNOTATION, (name, place), kind


def annotated(value: type, operand: tuple[str, int]) -> type:
    """Return a class that the annotations of another name."""
    name, place = operand
    return list(_classes_in(_annotations(value)[name]))[place]


def _annotations(value: type) -> dict[str, Any]:
    """Return what a class says of the types of its fields; pydantic knows what texts stand for."""
    body: dict[str, Any] = type.__getattribute__(value, "__dict__")
    fields = body.get("__pydantic_fields__") or {}
    resolved = {name: field.annotation for name, field in fields.items()}
    return {**(body.get("__annotations__") or {}), **resolved}


def _classes_in(annotation: Any) -> Iterator[type]:
    """Yield the classes in an annotation, those in ``list[Item]`` and ``Item | None`` too."""
    arguments = getattr(annotation, "__args__", None)
    if isinstance(arguments, tuple):
        for each in (getattr(annotation, "__origin__", None), *arguments):
            yield from _classes_in(each)
    elif isinstance(annotation, type):
        yield annotation


def _of_element(value: Any, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield the elements that one of XML holds, and the dict of its attributes."""
    for index, element in enumerate(value):
        yield ITEM, index, element
    yield SLOT, "attrib", value.attrib


def _causes(value: BaseException, _digest: object) -> Iterator[tuple[str, Any, object]]:
    """Yield what an exception holds besides its ``__dict__``."""
    for name in ("args", "__cause__", "__context__"):
        yield SLOT, name, getattr(value, name)


_CHILDREN: dict[str, Callable[..., Iterator[tuple[str, Any, object]]]] = {
    "list": _items,
    "tuple": _items,
    "deque": _items,
    "dict": entries_of,
    "mappingproxy": _proxied,
    "set": elements_of,
    "frozenset": elements_of,
    "function": _closure,
    "cell": _content,
    "method": _bound,
    "builtin": _bound,
    "partial": _partial,
    "alias": _parameters,
    "ndarray": _objects,
    "backed": _backing,
    "image": _of_image,
    "tensor": _gradient,
    "class": _definition,
    "exception": _causes,
    "element": _of_element,
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
