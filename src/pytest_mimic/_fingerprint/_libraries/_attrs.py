"""attrs: classes by their fields; the hash that such an object may keep is not part of it."""

from __future__ import annotations

from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import (
    Rule,
    attributes_of,
    named,
    overrides,
    present,
    reduction_rule,
    slots_of,
)
from pytest_mimic._values._attributes import computed_names

CACHED_HASH: Final = "_attrs_cached_hash"


def attrs_rule(kind: Any) -> Rule:
    """The rule of a class that attrs made, or of one derived from it."""
    if overrides(kind, object, "__reduce__", "__reduce_ex__"):
        return reduction_rule(kind)
    # The slots that attrs made hold what cached properties computed, too.
    plain = slots_of(base for base in kind.__mro__ if "__attrs_attrs__" not in vars(base))
    fields = *(field.name for field in kind.__attrs_attrs__), *plain
    silent = computed_names(kind) | {CACHED_HASH}

    def take(value: Any) -> tuple[str, object]:
        state = {**attributes_of(value), **present(value, fields)}
        kept = {name: item for name, item in state.items() if name not in silent}
        return "object", Parts((kind, named(kept)))

    return take
