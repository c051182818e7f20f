"""The raw attribute that a target names, found without running any of the user's code."""

import functools
import types
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeGuard, TypeVar

_Kind = TypeVar("_Kind")

STAR = "*"
LRU_WRAPPER: type = type(functools.lru_cache(len))

# A class as Python sees it, whatever its metaclass makes of these names.
dict_of_class = type.__dict__["__dict__"].__get__
module_of_class = type.__dict__["__module__"].__get__
_mro_of_class = type.__dict__["__mro__"].__get__
_qualname_of_class = type.__dict__["__qualname__"].__get__


# Its annotations are no text (from __future__), which NamedTuple would compile at each start.
class Found(NamedTuple):
    """The raw attribute that a target names.

    Args:
        owner: The module or class that the target names.
        name: The attribute's name there; a private name of a class is mangled.
        raw: What is stored, no descriptor run.
        defined_in: Where it is really stored: the owner, or a base of it.
    """

    owner: object
    name: str
    raw: object
    defined_in: object


def find_raw(module: object, qualname: str) -> Found | None:
    """Finds what is stored under a name, without running any of the user's code.

    No descriptor, metaclass or module ``__getattr__`` runs, and a lazy module is not loaded.

    Args:
        module: The module; any object, if that is what the module put in its place.
        qualname: The path to the attribute. It may lead through classes, not through modules.
    """
    return walk(module, qualname)[0]


def callable_inside(raw: object) -> object | None:
    """Peels one descriptor off a stored attribute.

    Args:
        raw: What find_raw found.

    Returns:
        What a static or class method, property, cached property and the like calls; None if the
        attribute is no descriptor around a callable.
    """
    if is_a(raw, staticmethod) or is_a(raw, classmethod):
        return raw.__func__
    if is_a(raw, property):
        return raw.fget
    if callable(raw) or static(type(raw), "__get__") is None:
        return None
    stored = own_dict(raw)
    inside = [stored.get(name) for name in ("func", "fget", "__wrapped__", "wrapped")]
    return next(filter(callable, inside), None)


def wrapped_by(value: object) -> object | None:
    """What a decorator says that it wraps, kept as ``__wrapped__``; no code of its class runs."""
    stored = own_dict(value).get("__wrapped__")
    slot = static(type(value), "__wrapped__")
    if stored is None and isinstance(
        slot, (types.GetSetDescriptorType, types.MemberDescriptorType)
    ):
        return slot.__get__(value)  # type: ignore[no-any-return]
    return stored


def binds_in_python(raw: object) -> bool:
    """Whether Python code says what it is that is called where a class holds this callable."""
    return is_a(static(type(raw), "__get__"), types.FunctionType)


def walk(module: object, qualname: str) -> tuple[Found | None, object, str]:
    """Goes as far as the path leads: what is found, the last owner, and the path left from it."""
    owner = module
    names = qualname.split(".")
    for position, name in enumerate(names[:-1]):
        step = _attribute(owner, name)
        if step is None:
            return None, owner, ".".join(names[position:])
        owner = _class_at(step.raw, name_of_module(module), ".".join(names[: position + 1]))
        if not is_class(owner):
            return None, owner, ".".join(names[position + 1 :])
    if names[-1] == STAR:
        return Found(owner, STAR, owner, owner), owner, STAR
    return _attribute(owner, names[-1]), owner, names[-1]


def _class_at(value: object, home: str, path: str) -> object:
    """The class that was defined at a path, where a decorator put another thing in its place.

    Who wants but one instance has the name stand for that, or for a function that gives it.
    """
    wrapped = None if is_class(value) else wrapped_by(value)
    if is_class(wrapped):
        return wrapped
    kind = type(value)
    defined_at = dict_of_class(kind).get("__module__"), _qualname_of_class(kind)
    return kind if defined_at == (home, path) else value


def _attribute(owner: object, name: str) -> Found | None:
    for place, stored in _places(owner):
        for each in _spellings(place, name):
            if each in stored:
                return Found(owner, each, stored[each], place)
    return None


def _spellings(place: object, name: str) -> tuple[str, ...]:
    if name.startswith("__") and not name.endswith("__") and is_class(place):
        return f"_{place.__name__.lstrip('_')}{name}", name
    return (name,)


def _places(owner: object) -> Iterator[tuple[object, Mapping[str, object]]]:
    """Yields what may hold an attribute of a class or module, with what it holds."""
    if not is_class(owner):
        yield owner, own_dict(owner)
    # A module may put an object with methods in its place in sys.modules.
    for base in _mro_of_class(owner if is_class(owner) else type(owner)):
        if base is not types.ModuleType and (is_class(owner) or base is not object):
            yield base, dict_of_class(base)


def is_a(value: object, kind: type[_Kind]) -> TypeGuard[_Kind]:
    """Does not believe what an object says of its ``__class__``, as ``isinstance`` does."""
    return issubclass(type(value), kind)


def is_class(value: object) -> TypeGuard[type]:
    """Tells classes from all else."""
    return is_a(value, type)


def own_dict(value: object) -> Mapping[str, object]:
    """The attributes of an instance, read as the interpreter does."""
    descriptor = static(type(value), "__dict__")
    if isinstance(descriptor, (types.GetSetDescriptorType, types.MemberDescriptorType)):
        stored: Mapping[str, object] = descriptor.__get__(value)
        return stored
    return {}


def static(kind: type, name: str) -> object | None:
    """An attribute of a class as it is stored, in it or in a base."""
    for base in _mro_of_class(kind):
        stored = dict_of_class(base)
        if name in stored:
            return stored[name]  # type: ignore[no-any-return]  # stored by users
    return None


def name_of_module(module: object) -> str:
    name = own_dict(module).get("__name__")
    return name if isinstance(name, str) else ""


def stored_names(owner: object) -> list[str]:
    return sorted({name for _, stored in _places(owner) for name in stored})
