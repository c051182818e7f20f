"""The nan of the modules that people take it from.

It is equal to nothing, so that a list or a dict which holds it is known by its identity: in
``[math.nan] == [math.nan]`` both are the one of `math`.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._node import Named

if TYPE_CHECKING:
    from collections.abc import Iterable

# In place of a path from an argument: the name of a module follows.
_NAN = "nan"
_MODULES = ("math", "cmath", "numpy")
# As pickles hold it. They hold other things that look like this, but seldom.
_PICKLED = b"G" + b"\x7f\xf8" + bytes(6)


def references_to_nan() -> dict[int, Named]:
    """Return what tells how a recording refers to the nan of each module, by id."""
    held = {name: getattr(sys.modules.get(name), "nan", None) for name in reversed(_MODULES)}
    return {id(nan): Named((_NAN, name)) for name, nan in held.items() if nan is not None}


def may_hold_nan(pickled: Iterable[Any]) -> bool:
    """Tell whether there may be a nan in the parts of a pickle."""
    return any(type(part) is bytes and _PICKLED in part for part in pickled)


def nan_at(reference: Any) -> float | None:
    """Return the nan that a reference stands for; None where it stands for anything else."""
    if type(reference) is not tuple or reference[:1] != (_NAN,):
        return None
    nan: float = getattr(sys.modules.get(reference[1]), "nan", math.nan)
    return nan
