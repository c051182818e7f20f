"""Exceptions: what each is by itself, and the exceptions that it came from."""

from __future__ import annotations

from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts, State
from pytest_mimic._fingerprint._objects import Rule

FROM_OTHERS: Final = " from others"
ORIGINS: Final = ("__cause__", "__context__", "__suppress_context__")


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
