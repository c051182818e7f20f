"""Targets: what a configured line says, and the raw attribute that a target names."""

from __future__ import annotations

import difflib
import keyword
import types
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STAR = "*"
_EXAMPLE = "write it like 'my_module:fetch' or 'my_module:Client.get ignore=self'"

# A class as Python sees it, whatever its metaclass makes of these names.
_dict_of_class = type.__dict__["__dict__"].__get__
_mro_of_class = type.__dict__["__mro__"].__get__

_IMMUTABLE_TYPE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: its attributes cannot be set
_CLOSURE_DEPTH = 8  # decorators stacked deeper than this are not looked through


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One configured line.

    Args:
        text: The line as written, for messages.
        expression: The part before the options: ``module:qualname`` or dotted, maybe with a star.
        ignore: The parameters that stay out of the key and out of the vault.
        sequence: Whether the nth equal call replays the nth recording.
    """

    text: str
    expression: str
    ignore: frozenset[str] = frozenset()
    sequence: bool = False

    def modules(self) -> tuple[str, ...]:
        """The modules that the line may mean, shortest first: one, unless it is dotted."""
        module, colon, _ = self.expression.partition(":")
        if colon:
            return (module,)
        parts = self.expression.split(".")
        return tuple(".".join(parts[:count]) for count in range(1, len(parts)))

    def qualname_in(self, module_name: str) -> str | None:
        """The part after the module, if that module is the one; None if the line cannot mean it."""
        for separator in ":.":
            prefix = module_name + separator
            if self.expression.startswith(prefix):
                rest = self.expression[len(prefix) :]
                return None if ":" in rest else rest
        return None

    @property
    def starred(self) -> bool:
        """Whether the line stands for any number of targets."""
        return self.expression.endswith(_STAR)


@dataclass(frozen=True, slots=True)
class Target:
    """One concrete callable.

    Args:
        module: The module, by the name that it was configured under.
        qualname: The path to the callable inside the module.
        ignore: The parameters that stay out of the key and out of the vault.
        sequence: Whether the nth equal call replays the nth recording.
        line: The line that names it.
    """

    module: str
    qualname: str
    ignore: frozenset[str]
    sequence: bool
    line: TargetLine

    @property
    def name(self) -> str:
        """``module:qualname``: what keys and the vault know it by."""
        return f"{self.module}:{self.qualname}"


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


def parse_target_line(text: str) -> TargetLine:
    """Parses a configured line.

    Args:
        text: ``module:qualname [ignore=NAME[,NAME...]] [sequence]``.

    Raises:
        MimicUsageError: It is malformed.
    """
    words = text.split()
    if not words:
        raise _malformed(text, "it is empty")
    expression = _parse_expression(text, words[0])
    ignore: frozenset[str] = frozenset()
    sequence = False
    seen = set()
    for word in words[1:]:
        option, equals, value = word.partition("=")
        if option in seen:
            raise _malformed(text, f"{option!r} is given twice")
        seen.add(option)
        if option == "ignore":
            ignore = _parse_ignore(text, value)
        elif option == "sequence" and not equals:
            sequence = True
        else:
            raise _malformed(text, f"there is no option {word!r}; ignore=NAME and sequence are all")
    return TargetLine(text.strip(), expression, ignore, sequence)


def merge_lines(lines: Sequence[TargetLine]) -> tuple[TargetLine, ...]:
    """Merges lines that say the same.

    Args:
        lines: In the order of the configuration.

    Raises:
        MimicUsageError: Two lines give one target different options.
    """
    merged: dict[str, TargetLine] = {}
    for line in lines:
        first = merged.setdefault(line.expression, line)
        if (first.ignore, first.sequence) != (line.ignore, line.sequence):
            raise MimicUsageError(
                f"mimic_functions: {first.text!r} and {line.text!r} give one target "
                "different options: keep one of the lines"
            )
    return tuple(merged.values())


def expand(line: TargetLine, module: object, module_name: str | None = None) -> list[Target]:
    """Lists what a line stands for in its module.

    Args:
        line: The line; without a star it stands for one target, which need not exist.
        module: The module, as imported so far.
        module_name: The name that the line knows the module by, if not its ``__name__``.

    Returns:
        The targets, by name. None of a star's if what it stands on is not there.
    """
    name = _module_name(module) if module_name is None else module_name
    qualname = line.qualname_in(name)
    if qualname is None:
        return []
    qualnames = [qualname]
    if line.starred:
        path = qualname.removesuffix(_STAR)
        qualnames = [path + member for member in _public_members(module, path.removesuffix("."))]
    return [Target(name, each, line.ignore, line.sequence, line) for each in qualnames]


def find_raw(module: object, qualname: str) -> Found | None:
    """Finds what is stored under a name, without running any of the user's code.

    No descriptor, metaclass or module ``__getattr__`` runs, and a lazy module is not loaded.

    Args:
        module: The module; any object, if that is what the module put in its place.
        qualname: The path to the attribute. It may lead through classes, not through modules.
    """
    return _walk(module, qualname)[0]


def callable_inside(raw: object) -> object | None:
    """Peels one descriptor off a stored attribute.

    Args:
        raw: What find_raw found.

    Returns:
        What a static or class method, property, cached property and the like calls; None if the
        attribute is no descriptor around a callable.
    """
    if isinstance(raw, (staticmethod, classmethod)):
        return raw.__func__
    if isinstance(raw, property):
        return raw.fget
    if callable(raw) or _static(type(raw), "__get__") is None:
        return None
    stored = _own_dict(raw)
    inside = [stored.get(name) for name in ("func", "fget", "__wrapped__", "wrapped")]
    return next(filter(callable, inside), None)


def check_target(target: Target, found: Found) -> None:
    """Refuses what cannot be intercepted.

    Args:
        target: The target.
        found: What it names.

    Raises:
        MimicUsageError: It is a class, a module, a fixture, a member of an immutable type, or
            nothing that can be called.
    """
    reason = _refusal(target, found)
    if reason is not None:
        raise MimicUsageError(f"mimic_functions: {target.line.text!r}: {reason}")


def absent(target: Target, module: object) -> MimicUsageError:
    """Makes the error for a target that its module lacks.

    Args:
        target: The target; its qualname may still end in a star.
        module: Its module, imported completely.
    """
    found, owner, path = _walk(module, target.qualname)
    name = path.partition(".")[0]
    if found is not None and target.line.starred:
        reason = "the star stands for nothing: no public function or method is defined there"
    elif isinstance(owner, types.ModuleType) and owner is not module:
        reason = f"its last part is in a module: write '{_module_name(owner)}:{path}'"
    elif owner is not module and not _is_class(owner):
        kind = type(owner)
        reason = (
            f"only classes have members that can be named, and this is a {kind.__qualname__}: "
            f"write '{kind.__module__}:{kind.__qualname__}.{path}'"
        )
    else:
        where = f"class {owner.__qualname__}" if isinstance(owner, type) else target.module
        close = difflib.get_close_matches(name, _stored_names(owner), n=3)
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
        reason = f"{where} has no {name!r}{hint}"
    return MimicUsageError(f"mimic_functions: {target.line.text!r}: {reason}")


def _malformed(text: str, reason: str) -> MimicUsageError:
    return MimicUsageError(f"mimic_functions: {text.strip()!r}: {reason}; {_EXAMPLE}")


def _parse_expression(text: str, expression: str) -> str:
    module, colon, qualname = expression.partition(":")
    if ":" in qualname:
        raise _malformed(text, "it has more than one colon")
    if not colon:
        if "." not in module:
            raise _malformed(text, f"{module!r} names no module")
        return ".".join(_parse_path(text, module))
    if not module:
        raise _malformed(text, "the module is missing before the colon")
    if not qualname:
        raise _malformed(text, "the function or method is missing after the colon")
    if module.endswith(_STAR):
        raise _malformed(text, "a star can stand for functions and methods, not for modules")
    return f"{'.'.join(_parse_path(text, module))}:{'.'.join(_parse_path(text, qualname))}"


def _parse_path(text: str, path: str) -> list[str]:
    *names, last = path.split(".")
    parsed = [_parse_name(text, name) for name in names]
    return [*parsed, last if last == _STAR else _parse_name(text, last)]


def _parse_name(text: str, name: str) -> str:
    if not name:
        raise _malformed(text, "a name is missing")
    if _STAR in name:
        raise _malformed(text, "a star stands alone, as the last part")
    if not name.isidentifier():
        raise _malformed(text, f"{name!r} is not a name")
    if keyword.iskeyword(name):
        raise _malformed(text, f"{name!r} is a keyword of Python")
    return unicodedata.normalize("NFKC", name)  # as Python does with the names in a source


def _parse_ignore(text: str, value: str) -> frozenset[str]:
    if not value:
        raise _malformed(text, "ignore= names no parameter")
    names = [_parse_name(text, name.lstrip("*")) for name in value.split(",")]
    return frozenset(names)


def _walk(module: object, qualname: str) -> tuple[Found | None, object, str]:
    """Goes as far as the path leads: what is found, the last owner, and the path left from it."""
    owner = module
    names = qualname.split(".")
    for position, name in enumerate(names[:-1]):
        step = _attribute(owner, name)
        if step is None:
            return None, owner, ".".join(names[position:])
        owner = step.raw
        if not _is_class(owner):
            return None, owner, ".".join(names[position + 1 :])
    if names[-1] == _STAR:
        return Found(owner, _STAR, owner, owner), owner, _STAR
    return _attribute(owner, names[-1]), owner, names[-1]


def _attribute(owner: object, name: str) -> Found | None:
    for place, stored in _places(owner):
        for each in _spellings(place, name):
            if each in stored:
                return Found(owner, each, stored[each], place)
    return None


def _spellings(place: object, name: str) -> tuple[str, ...]:
    if name.startswith("__") and not name.endswith("__") and _is_class(place):
        return f"_{place.__name__.lstrip('_')}{name}", name
    return (name,)


def _places(owner: object) -> Iterator[tuple[object, Mapping[str, object]]]:
    """Yields what may hold an attribute of a class or module, with what it holds."""
    if not _is_class(owner):
        yield owner, _own_dict(owner)
    # A module may put an object with methods in its place in sys.modules.
    for base in _mro_of_class(owner if _is_class(owner) else type(owner)):
        if base is not types.ModuleType and (_is_class(owner) or base is not object):
            yield base, _dict_of_class(base)


def _is_class(value: object) -> TypeGuard[type]:
    # Not isinstance(): it believes a proxy that lies about its __class__.
    return issubclass(type(value), type)


def _own_dict(value: object) -> Mapping[str, object]:
    """The attributes of an instance, read as the interpreter does."""
    descriptor = _static(type(value), "__dict__")
    if isinstance(descriptor, (types.GetSetDescriptorType, types.MemberDescriptorType)):
        stored: Mapping[str, object] = descriptor.__get__(value)
        return stored
    return {}


def _static(kind: type, name: str) -> object | None:
    """An attribute of a class as it is stored, in it or in a base."""
    places = (_dict_of_class(base) for base in _mro_of_class(kind))
    return next((stored[name] for stored in places if name in stored), None)


def _module_name(module: object) -> str:
    name = _own_dict(module).get("__name__")
    return name if isinstance(name, str) else ""


def _stored_names(owner: object) -> list[str]:
    return sorted({name for _, stored in _places(owner) for name in stored})


def _public_members(module: object, path: str) -> list[str]:
    """The names of the public functions or methods defined in a module, or in a class of it."""
    found, _, _ = _walk(module, f"{path}.{_STAR}" if path else _STAR)
    if found is None:
        return []
    if _is_class(found.owner):
        members = _dict_of_class(found.owner).items()
        names = [name for name, raw in members if _is_method(raw)]
    else:
        members = list(_own_dict(module).items())
        names = [name for name, raw in members if _defined_in(module, raw)]
    return sorted(name for name in names if not name.startswith("_"))


def _is_method(raw: object) -> bool:
    if _is_class(raw):
        return False
    return callable_inside(raw) is not None or (_home(raw) is not None and callable(raw))


def _defined_in(module: object, raw: object) -> bool:
    if _is_class(raw) or not callable(raw) or is_fixture(raw):
        return False
    name = _module_name(module)
    return any(_home(each) == name for each in _layers(raw, _CLOSURE_DEPTH))


def _layers(function: object, depth: int) -> Iterator[object]:
    """Yields a function and what its decorators, with or without ``wraps``, were given."""
    yield function
    if depth:
        wrapped = _own_dict(function).get("__wrapped__")
        inside = [wrapped] if wrapped is not None else _enclosed_functions(function)
        for each in inside:
            yield from _layers(each, depth - 1)


def _enclosed_functions(function: object) -> list[object]:
    if not isinstance(function, types.FunctionType):
        return []
    filled = [cell for cell in function.__closure__ or () if cell != types.CellType()]
    contents = [cell.cell_contents for cell in filled]
    return [each for each in contents if isinstance(each, types.FunctionType)]


def _home(function: object) -> object | None:
    """The module that a function says it is from; None for what says so only of its class."""
    own = _own_dict(function).get("__module__")
    if own is not None or isinstance(_static(type(function), "__module__"), str):
        return own
    return getattr(function, "__module__", None)


def is_fixture(raw: object) -> bool:
    """Whether this is what ``pytest.fixture`` makes of a function, in any version of pytest."""
    kind = type(raw)
    if kind.__name__ == "FixtureFunctionDefinition":
        return kind.__module__.startswith("_pytest.")
    return "_pytestfixturefunction" in _own_dict(raw)


def _refusal(target: Target, found: Found) -> str | None:
    raw = found.raw
    if _is_class(raw):
        return (
            f"it is a class: write '{target.name}.*' for its public methods, "
            f"or name one, such as '{target.name}.__init__'"
        )
    if isinstance(raw, types.ModuleType):
        return f"it is a module: write '{_module_name(raw)}:*' for its public functions"
    if is_fixture(raw):
        return "it is a fixture, which only pytest calls: name the function that the fixture calls"
    inside = callable_inside(raw)
    if inside is None and not callable(raw):
        return f"it cannot be called: it is a {type(raw).__qualname__}"
    owner = found.owner
    if _is_class(owner) and owner.__flags__ & _IMMUTABLE_TYPE:
        return (
            f"{owner.__qualname__} is a built-in type, whose methods Python does not let anyone "
            "replace: name the function of yours that calls it"
        )
    return None
