"""What can be named by where it lives: classes, functions and whatever else can be imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

MOVED: Final = {
    "pathlib._local": "pathlib",
    "zipfile._path": "zipfile",
    "_pydecimal": "decimal",
    "_decimal": "decimal",
    "_pydatetime": "datetime",
    "_io": "io",
    "_random": "random",
    "re._constants": "re",
    "sre_constants": "re",
}
"""Modules that only some versions of Python have -> where all versions have what is in them."""

PUBLISHING: Final = frozenset(
    {"numpy", "pandas", "scipy", "sklearn", "polars", "pyarrow", "PIL", "torch", "pydantic", "attr"}
)
"""Libraries that move what they publish between private modules from one version to the next."""

RENAMED: Final = {
    "enum:EnumMeta": "enum:EnumType",
    "re:error": "re:PatternError",
    "posixpath:islink": "genericpath:islink",
    "posixpath:lexists": "genericpath:lexists",
    "ntpath:islink": "genericpath:islink",
    "ntpath:lexists": "genericpath:lexists",
}
"""Names that a later version of Python gave up for another; the old ones stay as aliases."""

PYTHON_BEFORE: Final = {
    "posix:_path_normpath": "posixpath:normpath",
    "posix:_path_splitroot_ex": "posixpath:splitroot",
}
"""Functions of C code that were written in Python on other versions, and their names there."""

BY_VALUE_MODULES: Final = frozenset({"__main__", "__mp_main__"})
"""Modules whose name says nothing about what is in them."""


HEAP_TYPE: Final = 1 << 9
"""Flag of the types that are made at run time: by a class statement, or by some extensions."""

IMMUTABLE_TYPE: Final = 1 << 8
"""Flag of those that no class statement made."""


def find(module: str, qualname: str) -> object:
    """What stands under a name in a module that is loaded; ``None`` where nothing does."""
    found: Any = sys.modules.get(module)
    for name in qualname.split("."):
        if found is None:
            return None
        # Not getattr: a module or a class may make up what it is asked for.
        found = _own(found, name)
    return found


def _own(holder: object, name: str) -> object:
    if isinstance(holder, ModuleType):
        return vars(holder).get(name)
    if isinstance(holder, type):
        for base in holder.__mro__:
            if name in vars(base):
                found = vars(base)[name]
                return found.__func__ if isinstance(found, staticmethod | classmethod) else found
    return None


def reference(value: Any) -> str | None:
    """The name of a class, a function or the like: where it can be imported from.

    Returns:
        ``module:qualname``; ``None`` where that is not the way to this very object.
    """
    if not is_named(value) or value.__module__ in BY_VALUE_MODULES:
        return None
    module, qualname = value.__module__, value.__qualname__
    name = f"{public_module(module, qualname, value)}:{qualname}"
    return RENAMED.get(name, name)


def is_named(value: Any) -> bool:
    """Whether the name that a class, a function or the like has leads to it.

    It does not where a function made it under a name of its module's, or of its own choosing:
    ``namedtuple`` and ``type`` do, and what ``functools.wraps`` decorates.
    """
    module = getattr(value, "__module__", None)
    qualname = getattr(value, "__qualname__", None)
    if type(module) is not str or type(qualname) is not str:
        return False
    return find(module, qualname) is value or _is_native(value, module)


def _is_native(value: object, module: str) -> bool:
    """Whether a type is one of C code; to some, as that of ``None``, no name leads.

    From version to version, Python itself makes more of them at run time.
    """
    if not isinstance(value, type):
        return False
    return module == "builtins" or value.__flags__ & (HEAP_TYPE | IMMUTABLE_TYPE) != HEAP_TYPE


def public_module(module: str, qualname: str, value: object) -> str:
    """The module that publishes a value, on every version of the library that has it."""
    if module in MOVED:
        return MOVED[module]
    parts = module.split(".")
    if parts[0] in PUBLISHING:
        for length in range(1, len(parts)):
            parent = ".".join(parts[:length])
            if find(parent, qualname) is value:
                return parent
    return module


def places_elsewhere(module: str, qualname: str) -> Iterator[tuple[str, str]]:
    """Where another version may have what is not found under its name.

    Args:
        module: The module that lacks it, or that is not there.
        qualname: The name in it.

    Yields:
        A module and a name in it; the public places first.
    """
    for names in (*RENAMED.items(), *PYTHON_BEFORE.items()):
        if f"{module}:{qualname}" in names:
            for name in names:
                place, _, other = name.partition(":")
                yield place, other
    if module in MOVED:
        yield MOVED[module], qualname
    *parents, last = module.split(".")
    while parents and last.startswith("_"):
        yield ".".join(parents), qualname
        *parents, last = parents


def module_of(kind: type) -> str:
    """The module of a class; a metaclass may have put something else in its place."""
    module: object = kind.__module__
    return module if type(module) is str else ""


def describe_type(kind: type) -> str:
    """The name of a type in the path to a culprit."""
    module = module_of(kind)
    return kind.__qualname__ if module in ("builtins", "") else f"{module}.{kind.__qualname__}"
