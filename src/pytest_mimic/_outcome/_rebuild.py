"""What payloads call when they are loaded. The names here are part of the vault's format."""

from __future__ import annotations

import importlib
import io
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


def http_error(  # noqa: PLR0913, PLR0917  # as many as the class itself takes
    kind: type[BaseException], url: str, code: int, reason: str, headers: Any, body: bytes
) -> BaseException:
    """Make an ``urllib.error.HTTPError`` whose body is in memory."""
    made = exception(kind, ())
    fill_http_error(made, url, code, reason, headers, body)
    return made


def fill_http_error(  # noqa: PLR0913, PLR0917  # likewise
    error: Any, url: str, code: int, reason: str, headers: Any, body: bytes
) -> None:
    """Give an error its content, with a body that is in memory."""
    # Not the class's own constructor, if it is a derived one.
    base: Any = next(one for one in type(error).__mro__ if one.__module__ == "urllib.error")
    error.args = (url, code, reason, headers, io.BytesIO(body))
    base.__init__(error, *error.args)


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
    if state["args"] is not None:
        made.args = state["args"]
    for name, value in state["slots"].items():
        object.__setattr__(made, name, value)
    if state["dict"]:
        made.__dict__.update(state["dict"])
    made.__cause__ = state["cause"]
    made.__context__ = state["context"]
    made.__suppress_context__ = state["suppress"]
