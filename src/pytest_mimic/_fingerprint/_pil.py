"""PIL: images by their pixels."""

from __future__ import annotations

import sys
from typing import Any

from pytest_mimic._fingerprint._builtins import take_buffer
from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import Rule


def _take_image(value: Any) -> tuple[str, object]:
    pixels = take_buffer(value.tobytes())
    palette = value.getpalette() if value.mode in ("P", "PA") else None
    return "image", Parts((type(value), value.mode, value.size, pixels, palette, value.info))


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of PIL, or of one derived from it."""
    image: Any = sys.modules["PIL.Image"]
    return _take_image if issubclass(kind, image.Image) else None
