"""The targets that a line stands for in its module."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from pytest_mimic._target._line import Target, TargetLine
from pytest_mimic._target._raw import (
    LRU_WRAPPER,
    STAR,
    callable_inside,
    dict_of_class,
    is_a,
    is_class,
    module_of_class,
    name_of_module,
    own_dict,
    static,
    walk,
    wrapped_by,
)
from pytest_mimic._target._refusal import asks_who_called, is_fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

_AROUND_TESTS = frozenset(
    f"{when}{what}"
    for when in ("setup", "teardown", "asyncsetup", "asyncteardown")
    for what in ("", "module", "class", "method", "function")
)


def expand(line: TargetLine, module: object, module_name: str | None = None) -> list[Target]:
    """Lists what a line stands for in its module.

    Args:
        line: The line; without a star it stands for one target, which need not exist.
        module: The module, as imported so far.
        module_name: The name that the line knows the module by, if not its ``__name__``.

    Returns:
        The targets, by name. None of a star's if what it stands on is not there.
    """
    name = name_of_module(module) if module_name is None else module_name
    qualname = line.qualname_in(name)
    if qualname is None:
        return []
    qualnames = [qualname]
    if line.starred:
        path = qualname.removesuffix(STAR)
        qualnames = [path + member for member in _public_members(module, path.removesuffix("."))]
    return [Target(name, each, line.ignore, line.sequence, line) for each in qualnames]


def _public_members(module: object, path: str) -> list[str]:
    """The names of the public functions or methods defined in a module, or in a class of it."""
    found, _, _ = walk(module, f"{path}.{STAR}" if path else STAR)
    if found is None:
        return []
    if is_class(found.owner):
        members = dict_of_class(found.owner)
        home = members.get("__module__")
        fields: Any = members.get("__dataclass_fields__", ())
        names = [
            name
            for name, raw in members.items()
            # What a field holds is its default, if it is not what reads the field.
            if _is_method(raw, home) and (name not in fields or is_a(raw, property))
        ]
    else:
        members = list(own_dict(module).items())
        names = [name for name, raw in members if _defined_in(module, raw)]
    module_name = name_of_module(module)
    return sorted(
        name
        for name in names
        if not name.startswith("_") and not _is_called_by_pytest(name, module_name)
    )


def _is_called_by_pytest(name: str, module_name: str) -> bool:
    """Whether this is a hook, a test or what prepares one: replayed, no test could ever fail."""
    last = module_name.rpartition(".")[2]
    is_of_tests = last == "conftest" or last.startswith("test_") or last.endswith("_test")
    is_of_a_test = name.startswith("test") or name.lower().replace("_", "") in _AROUND_TESTS
    return name.startswith("pytest_") or (is_of_tests and is_of_a_test)


def _is_left_out(raw: object) -> bool:
    """Whether this is what no target may be, whoever defined it."""
    return _is_type(raw) or is_fixture(raw) or asks_who_called(raw)


def _is_method(raw: object, home: object) -> bool:
    inside = callable_inside(raw)
    for each in (raw, inside):
        if _is_left_out(each) or _is_of_another_package(each, home):
            return False
    if inside is None:
        return callable(raw) and (_home(raw) is not None or _is_around_function(raw))
    return True


def _is_type(raw: object) -> bool:
    """Whether this is a class, or what `typing` makes of classes: called, it makes an instance."""
    is_alias = is_a(raw, types.GenericAlias) or static(type(raw), "__module__") == "typing"
    return is_class(raw) or is_alias


def _is_of_another_package(raw: object, home: object) -> bool:
    """Whether this is a function of a module, like `len`: in a class it is a default, no method.

    Methods that a class takes from another module of its own package are its own. What is bound to
    an object of another package, as `random.randint` is, is no method of any other class.
    """
    while type(raw) is LRU_WRAPPER:  # patched is what it remembers the results of
        raw = wrapped_by(raw)
    if is_a(raw, types.BuiltinFunctionType) and is_a(raw.__self__, types.ModuleType):
        return True
    origin = _home(raw)
    if origin is None and is_a(raw, types.BuiltinFunctionType):
        origin = _home_of_receiver(raw)
    if not isinstance(origin, str) or _package(origin) == _package(home):
        return False
    if is_a(raw, types.BuiltinFunctionType) or is_a(raw, types.MethodType):
        return True
    exported = own_dict(sys.modules.get(origin)).values()
    return any(each is raw for each in exported)


def _home_of_receiver(method: Any) -> object:
    """The module of the class that a method without Python code is bound to, or to one of it."""
    receiver = method.__self__
    return module_of_class(receiver if is_class(receiver) else type(receiver))


def _package(module: object) -> str:
    return str(module).partition(".")[0]


def _is_around_function(raw: object) -> bool:
    inside = wrapped_by(raw)
    return issubclass(type(inside), (types.FunctionType, staticmethod, classmethod))


def _defined_in(module: object, raw: object) -> bool:
    if _is_left_out(raw) or not callable(raw):
        return False
    name = name_of_module(module)
    return any(name in _homes(each) for each in _layers(raw))


def _layers(function: object) -> Iterator[object]:
    """Yields a function and what its decorators, with or without ``wraps``, were given."""
    waiting, seen = [function], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            wrapped = wrapped_by(each)
            waiting += [wrapped] if wrapped is not None else _enclosed_functions(each)


def _enclosed_functions(function: object) -> list[object]:
    if not is_a(function, types.FunctionType):
        return []
    empty = types.CellType()  # compared with this, a cell does not compare what it holds
    contents = [cell.cell_contents for cell in function.__closure__ or () if cell != empty]
    return [each for each in contents if is_a(each, types.FunctionType)]


def _homes(function: object) -> Iterator[object]:
    """Yields the module that a function says it is from, and the one that its code is in.

    They differ where a package has its functions say that they are from where they are exported.
    """
    yield _home(function)
    if is_a(function, types.FunctionType):
        yield function.__globals__.get("__name__")


def _home(function: object) -> object | None:
    """The module that a function says it is from; None for what says so only of its class."""
    own = own_dict(function).get("__module__")
    if own is not None or isinstance(static(type(function), "__module__"), str):
        return own
    return getattr(function, "__module__", None)
