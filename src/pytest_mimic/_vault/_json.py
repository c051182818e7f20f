"""Indented JSON, written as ``json`` writes it.

With an indent, that makes functions anew for each text, which refer to one another and so stay
until garbage is collected, and writes piece by piece: a tenth of what it takes to record a call.
"""

from __future__ import annotations

import json
import math
from json.encoder import encode_basestring as quoted
from typing import Any, Final

# An object of our own: code under test may have put a mock in the place of json.dumps.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def indented(value: Any, margin: str = "\n") -> str:
    """Write a value as ``json.dumps`` does, with an indent of two and sorted keys.

    Args:
        value: What JSON can say. The keys of its dicts are texts.
        margin: What each of its lines but the first begins with, and a line end before that.

    Returns:
        The JSON, not confined to ASCII.

    Raises:
        TypeError: It holds what JSON cannot say.
        ValueError: It holds a float that JSON cannot say.
    """
    kind = type(value)
    if kind is str:
        return quoted(value)
    if kind is int or (kind is float and math.isfinite(value)):
        return repr(value)
    inner = margin + "  "
    if isinstance(value, dict):
        parts = [f"{quoted(name)}: {indented(value[name], inner)}" for name in sorted(value)]
        start, end = "{}"
    elif isinstance(value, (list, tuple)):
        parts = [indented(item, inner) for item in value]
        start, end = "[]"
    else:
        return _ENCODER.encode(value)
    return f"{start}{inner}{f',{inner}'.join(parts)}{margin}{end}" if parts else start + end
