"""Whether pytest calls a target for itself.

Who mimics ``time:time`` or ``pathlib:Path.read_bytes`` means the code under test: pytest's own
clock, and the sources that it reads, are no part of any recording.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import FrameType

# Coverage asks where a file is whenever code of a new one begins to run.
_PYTEST = frozenset({"_pytest", "coverage", "execnet", "pluggy", "pytest", "pytest_mimic", "xdist"})
# Hypothesis times the garbage collector from here, whatever it interrupts.
_GARBAGE_CLOCK = "hypothesis.internal.conjecture.junkdrawer"


def is_for_pytest(frame: FrameType | None, names: Collection[str]) -> bool:
    """Tells whether a call is pytest's own, directly or through the standard library.

    What pytest only hands on, as ``pytest.raises(KeyError, fetch)`` does, is its user's: its code
    does not name what it calls.

    Args:
        frame: That of the caller.
        names: What the callee is called.
    """
    if not names:
        return False
    inner: FrameType | None = None
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        origin = _origin(module)
        if origin == "garbage clock":
            return True
        if origin == "pytest":
            if _mentions(frame, names if inner is None else _names_of(inner)):
                return True
            # A target that pytest calls may call another, with what runs the first in between.
            if module.partition(".")[0] != "pytest_mimic":
                return False
        elif origin == "user":
            return False
        else:
            inner = frame
        frame = frame.f_back
    return False


# Every call asks, and few modules call.
@functools.lru_cache(maxsize=1024)
def _origin(module: str) -> Literal["garbage clock", "pytest", "standard library", "user"]:
    if module == _GARBAGE_CLOCK:
        return "garbage clock"
    if is_of_pytest(module):
        return "pytest"
    root = module.partition(".")[0]
    return "standard library" if root in sys.stdlib_module_names else "user"


def is_of_pytest(module_name: str) -> bool:
    """Tells whether a module is pytest's or a near relation's."""
    return module_name.partition(".")[0] in _PYTEST


def _names_of(called: FrameType) -> Collection[str]:
    """What the caller of a frame may call it by: what makes an object, by a name of its class."""
    name = called.f_code.co_name
    if name not in {"__init__", "__new__"}:
        return {name}
    made = [called.f_locals.get(first) for first in called.f_code.co_varnames[:1]]
    kinds = [each if isinstance(each, type) else type(each) for each in made]
    return {name, *(base.__name__ for kind in kinds for base in kind.__mro__[:-1])}


def _mentions(frame: FrameType, names: Collection[str]) -> bool:
    code = frame.f_code
    return any(name in names for name in (*code.co_names, *code.co_freevars))
