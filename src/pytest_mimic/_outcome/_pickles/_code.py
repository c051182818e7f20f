"""Compiled code in a payload: only the Python that compiled it can run it.

Dill brings back the code of another Python as if it were its own. It crashes, or does anything.
"""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType


class ForeignCodeError(pickle.UnpicklingError):
    """A payload holds code that another Python compiled."""


def this_python() -> str:
    """Return the name of this Python, as far as compiled code depends on it."""
    major, minor, *_ = sys.version_info
    return f"{sys.implementation.name} {major}.{minor}"


def compiled(make: Callable[..., CodeType], python: object, *made_of: Any) -> CodeType:
    """Make code of what is stored of it.

    Args:
        make: Dill's own function for it.
        python: The name of the Python that it was compiled by.
        made_of: What it is made of.

    Raises:
        ForeignCodeError: It was another one than this.
    """
    if not isinstance(python, str):  # a recording that does not tell
        return make(python, *made_of)
    if python != this_python():
        # Of what dill makes code of, the last text is its name, and a qualified one where it has.
        name = [each for each in made_of if isinstance(each, str)][-1]
        raise ForeignCodeError(
            f"it holds the code of {name}, which {python} compiled, and this is {this_python()}. "
            "Functions, and classes with methods, that no module holds by their names are stored "
            "as code, which no other Python can run: for all of them to replay it, move what is "
            "called so to the top of a module."
        )
    return make(*made_of)
