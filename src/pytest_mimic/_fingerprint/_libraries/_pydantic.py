"""pydantic: models by what their equality compares, and by the fields that were given."""

from __future__ import annotations

from typing import Any

from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import (
    Rule,
    named,
    overrides,
    reduction_rule,
)
from pytest_mimic._values._attributes import computed_names


def rule_of(kind: type) -> Rule | None:
    """The rule of a model, or of a class derived from one."""
    base = next((each for each in kind.__mro__ if each.__name__ == "BaseModel"), None)
    if base is None or not hasattr(kind, "__pydantic_private__"):
        return None
    if overrides(kind, base, "__reduce__", "__reduce_ex__", "__getstate__"):
        return reduction_rule(kind)
    silent = computed_names(kind)

    def take(value: Any) -> tuple[str, object]:
        """A given field that equals its default is the same, but a patch that is sent has it."""
        state = {name: item for name, item in vars(value).items() if name not in silent}
        more = (
            value.__pydantic_private__,
            value.__pydantic_extra__,
            frozenset(value.__pydantic_fields_set__),
        )
        return "model", Parts((kind, named(state), *more))

    return take
