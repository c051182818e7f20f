"""What payloads call when they are loaded. The names here are part of the vault's format."""

from __future__ import annotations

import importlib
from typing import Any

_HEAP_TYPE = 1 << 9  # the flag of the classes that a class statement made


def module(name: str) -> object:
    """Return a module by its name."""
    return importlib.import_module(name)


def attribute(module: str, name: str) -> object:
    """Return what a module holds under a name: an object that is known by its identity alone."""
    return getattr(importlib.import_module(module), name)


def exception(kind: type[BaseException], made_from: tuple[Any, ...]) -> BaseException:
    """Make an exception without running the ``__init__`` or ``__new__`` of its class.

    Args:
        kind: Its class.
        made_from: What the built-in class below wants for ``__new__``; only groups want anything.
    """
    made: BaseException = solid(kind).__new__(kind, *made_from)
    return made


def solid(kind: type) -> type:
    """Return the built-in class whose layout the instances of a class have."""
    while kind.__flags__ & _HEAP_TYPE and kind.__base__ is not None:
        kind = kind.__base__
    return kind


def set_exception(made: BaseException, state: dict[str, Any]) -> None:
    """Give an exception that was just made its state.

    Args:
        made: The exception.
        state: ``args``, ``dict``, ``cause``, ``context``, ``suppress``, and ``slots``: what the
            attributes are that live outside of its ``__dict__``.
    """
    made.args = state["args"]
    for name, value in state["slots"].items():
        object.__setattr__(made, name, value)
    if state["dict"]:
        made.__dict__.update(state["dict"])
    made.__cause__ = state["cause"]
    made.__context__ = state["context"]
    made.__suppress_context__ = state["suppress"]
