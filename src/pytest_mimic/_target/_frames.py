"""Which functions ask who called them: patched, they would find this plugin instead."""

from __future__ import annotations

import dis
import types
from typing import TYPE_CHECKING

from pytest_mimic._target._raw import is_a

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_SOME_DEPTH = frozenset({"_getframe", "_getframemodulename"})
_OWN_FRAME = frozenset({"_getframe", "currentframe"})
_WARNING = frozenset({"warn", "warn_explicit"})


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
