"""PIL: images by their pixels, and what draws into one by the image."""

from __future__ import annotations

from typing import Any, Final

from pytest_mimic._fingerprint._builtins import take_buffer
from pytest_mimic._fingerprint._nodes import Parts, Refusal
from pytest_mimic._fingerprint._objects import Rule, named, rule_without
from pytest_mimic._values import _images

_DRAWS: Final = ("PIL.ImageDraw", "ImageDraw")
_COLOURS: Final = ("PIL.ImagePalette", "ImagePalette")


def _take_image(value: Any) -> tuple[str, object]:
    kind = type(value)
    if _images.has_frames(value):
        raise Refusal(f"{kind.__qualname__} of several frames (hand over a copy() of one)")
    pixels = take_buffer(value.tobytes())
    parts = [kind, value.mode, value.size, pixels, _palette(value), value.info]
    exif = _images.exif_of(value)
    attributes = {} if _images.is_format(kind) else _images.attributes_of(value)
    attributes.pop("info", None)
    if exif is not None or attributes:
        parts += [exif, named(attributes)]
    return "image", Parts(parts)


def _palette(value: Any) -> object:
    if value.mode not in ("P", "PA"):
        return None
    mode = value.palette.mode if value.palette else "RGB"
    colours = value.getpalette(mode)
    return colours if mode == "RGB" else Parts((mode, colours))


def _take_palette(value: Any) -> tuple[str, object]:
    return "palette", (value.mode, value.rawmode, bytes(value.palette))


# An ImageDraw keeps what C code holds of the image and of the pen; its other attributes tell both.
_take_draw = rule_without(frozenset({"im", "draw"}))


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of PIL, or of one derived from it."""
    if _images.is_image(kind):
        return _take_image
    names = {(base.__module__, base.__qualname__) for base in kind.__mro__}
    if _DRAWS in names:
        return _take_draw
    return _take_palette if _COLOURS in names else None
