"""Exceptions: what each is by itself, and the exceptions that it came from."""

from __future__ import annotations

import types
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts, State
from pytest_mimic._fingerprint._objects import Rule

FROM_OTHERS: Final = " from others"
ORIGINS: Final = ("__cause__", "__context__", "__suppress_context__")

MORE_OF_ERRORS: Final[dict[type, tuple[str, ...]]] = {
    OSError: ("filename", "filename2"),
    ImportError: ("name", "path"),
    NameError: ("name",),
    AttributeError: ("name",),
}
"""Attributes that some built-in errors keep apart from their arguments."""


def exception_content(value: BaseException) -> object:
    """What an exception is by itself."""
    kinds = [kind for kind in MORE_OF_ERRORS if isinstance(value, kind)]
    more = {name: getattr(value, name) for kind in kinds for name in MORE_OF_ERRORS[kind]}
    return Parts((value.args, more))


def with_origins(rule: Rule) -> Rule:
    """The rule of exceptions that another rule takes apart, less where they came from.

    Args:
        rule: What there is of one without its cause and its context.
    """

    def take(value: Any) -> tuple[str, object]:
        tag, content = rule(value)
        origins = {name: getattr(value, name) for name in ORIGINS}
        if origins["__cause__"] is origins["__context__"] is None:
            return tag, content
        return tag + FROM_OTHERS, Parts((content, State(origins)))

    return take


def reduces_in_c(kind: type[BaseException]) -> bool:
    """Whether C code of a library says how the exceptions of a class are reduced.

    Args:
        kind: The class.
    """
    method: object = kind.__reduce__
    if not isinstance(method, types.MethodDescriptorType):
        return False
    return method.__objclass__.__module__ != "builtins"
