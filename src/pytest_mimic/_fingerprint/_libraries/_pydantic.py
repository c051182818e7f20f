"""pydantic: models by what their equality compares, and adapters by the type that they are for."""

from __future__ import annotations

from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import (
    Rule,
    named,
    overrides,
    reduction_rule,
    rule_without,
)
from pytest_mimic._fingerprint._references import describe_type
from pytest_mimic._values._attributes import computed_names

_ADAPTER: Final = "pydantic.type_adapter.TypeAdapter"
# These name each class by where it lies in memory, too.
_MADE_OF_TYPE: Final = frozenset({"core_schema", "validator", "serializer"})


def rule_of(kind: type) -> Rule | None:
    """The rule of a model, or of a class derived from one; and of what validates any type."""
    if describe_type(kind) == _ADAPTER:
        return rule_without(_MADE_OF_TYPE)
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
