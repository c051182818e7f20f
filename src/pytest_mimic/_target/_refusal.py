"""What cannot be intercepted, and what to write instead."""

from __future__ import annotations

import difflib
import dis
import types
from collections import Counter
from typing import TYPE_CHECKING

from pytest_mimic._target._raw import (
    Found,
    callable_inside,
    is_a,
    is_class,
    name_of_module,
    own_dict,
    stored_names,
    walk,
)
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_mimic._target._line import Target

_OF_SOME_DEPTH = frozenset({"_getframe", "_getframemodulename"})
_OWN_FRAME = frozenset({"_getframe", "currentframe"})
_WARNING = frozenset({"warn", "warn_explicit"})

_IMMUTABLE_TYPE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: its attributes cannot be set


def check_target(target: Target, found: Found) -> None:
    """Refuses what cannot be intercepted.

    Args:
        target: The target.
        found: What it names.

    Raises:
        MimicUsageError: It is a class, a module, a fixture, a member of an immutable type, what
            looks at its caller's frame, or nothing that can be called.
    """
    reason = _refusal(target, found) or _refusal_of_code(found.raw)
    if reason is not None:
        raise MimicUsageError(f"mimic_functions: {target.line.text!r}: {reason}")


def absent(target: Target, module: object) -> MimicUsageError:
    """Makes the error for a target that its module lacks.

    Args:
        target: The target; its qualname may still end in a star.
        module: Its module, imported completely.
    """
    found, owner, path = walk(module, target.qualname)
    name = path.partition(".")[0]
    if found is not None and target.line.starred:
        reason = "the star stands for nothing: no public function or method is defined there"
        elsewhere = _home_of_most(found.owner)
        if elsewhere is not None:
            reason += f"; what it has is from elsewhere: write '{elsewhere}:*'"
    elif is_a(owner, types.ModuleType) and owner is not module:
        reason = f"its last part is in a module: write '{name_of_module(owner)}:{path}'"
    elif owner is not module and not is_class(owner):
        kind = type(owner)
        reason = (
            f"only classes have members to name, and this is an instance of {kind.__qualname__}: "
            f"write '{kind.__module__}:{kind.__qualname__}.{path}'"
        )
    else:
        where = f"class {owner.__qualname__}" if is_class(owner) else target.module
        close = difflib.get_close_matches(name, stored_names(owner), n=3)
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
        reason = f"{where} has no {name!r}{hint}"
    return MimicUsageError(f"mimic_functions: {target.line.text!r}: {reason}")


def _home_of_most(module: object) -> str | None:
    """The module that most of the functions which a module hands on are from."""
    if not is_a(module, types.ModuleType):
        return None
    homes = Counter(
        str(raw.__module__)
        for name, raw in own_dict(module).items()
        if not name.startswith("_") and is_a(raw, types.FunctionType)
    )
    return max(homes.keys() - {name_of_module(module)}, key=lambda home: homes[home], default=None)


def is_fixture(raw: object) -> bool:
    """Whether this is what ``pytest.fixture`` makes of a function, in any version of pytest."""
    kind = type(raw)
    if kind.__name__ == "FixtureFunctionDefinition":
        return kind.__module__.startswith("_pytest.")
    return "_pytestfixturefunction" in own_dict(raw)


def asks_who_called(function: object) -> bool:
    """Whether the code of a function itself looks at the frame that called it, or further out.

    Such are `collections.namedtuple`, for the module of the class that it makes, and what sets
    names in its caller. What looks at its own frame does not, nor does a function that has another
    look: that cannot be told. What warns looks for the place to name, which warnings tell rightly.
    """
    if not is_a(function, types.FunctionType):
        return False
    names = {*function.__code__.co_names}
    if names & _WARNING:
        return False
    if "f_back" in names and names & _OWN_FRAME:
        return True
    return bool(names & _OF_SOME_DEPTH) and any(_depths(function.__code__))


def _depths(code: types.CodeType) -> Iterator[bool]:
    """Yield for each frame that is asked for whether its depth is, or may be, more than none."""
    asked = False
    for step in dis.get_instructions(code):
        if step.argval in _OF_SOME_DEPTH:
            asked = True
        elif asked and step.opname.startswith(("LOAD_", "CALL")):
            asked = False
            yield step.opname.startswith("LOAD_") and step.argval != 0


def _refusal(target: Target, found: Found) -> str | None:
    raw = found.raw
    if is_class(raw):
        return (
            f"it is a class: write '{target.name}.*' for its public methods, "
            f"or name one, such as '{target.name}.__init__'"
        )
    if is_a(raw, types.ModuleType):
        return f"it is a module: write '{name_of_module(raw)}:*' for its public functions"
    if is_fixture(raw):
        return "it is a fixture, which only pytest calls: name the function that the fixture calls"
    inside = callable_inside(raw)
    if inside is None and not callable(raw):
        return f"it cannot be called: it is an instance of {type(raw).__qualname__}"
    owner = found.owner
    if is_class(owner) and owner.__flags__ & _IMMUTABLE_TYPE:
        return (
            f"{owner.__qualname__} is a built-in type, whose methods Python does not let anyone "
            "replace: name the function of yours that calls it"
        )
    return None


def _refusal_of_code(raw: object) -> str | None:
    inside = callable_inside(raw)
    if asks_who_called(raw if inside is None else inside):
        return (
            "it looks at the frame of whoever calls it, and would find one of pytest-mimic's: "
            "name the function of yours that calls it"
        )
    return None
