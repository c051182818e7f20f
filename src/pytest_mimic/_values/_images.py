"""What there is of an image of PIL, in plain values; and an image given it back.

PIL is never imported here: nobody has an image where it is not loaded.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Final

# What C code holds, what is told of it here, and what a file is read through.
_INNER: Final = frozenset({
    "_im", "im", "_mode", "mode", "_size", "palette", "_readonly", "readonly", "_exif", "pyaccess",
    "fp", "_fp", "map", "tile",
})  # fmt: skip
_CORE: Final = ("_im", "im", "_mode", "mode", "_size")

Palette = tuple[str, Any]


def module() -> Any:
    """The module of images."""
    return sys.modules["PIL.Image"]


def is_image(kind: type) -> bool:
    """Whether a class is that of images, or derived from it."""
    return any((one.__module__, one.__qualname__) == ("PIL.Image", "Image") for one in kind.__mro__)


def is_format(kind: type) -> bool:
    """Whether a class is PIL's own for files of one format: its attributes are what a file says."""
    return kind.__module__.partition(".")[0] == "PIL" and kind.__module__ != "PIL.Image"


def has_frames(image: Any) -> bool:
    """Whether there is more to an image than can be seen of it: the other frames of its file."""
    return bool(getattr(image, "is_animated", False))


def attributes_of(image: Any) -> dict[str, Any]:
    """The attributes of an image, ``info`` among them, less what is its content."""
    return {name: value for name, value in vars(image).items() if name not in _INNER}


def palette_of(image: Any) -> Palette | None:
    """The mode and the colours of the palette of an image that is loaded."""
    palette = image.palette
    return None if palette is None else (palette.mode, palette.palette[:])


def exif_of(image: Any) -> bytes | None:
    """What the Exif record of an image says where that is not what its ``info`` says."""
    record = vars(image).get("_exif")
    if record is None:
        return None
    unchanged = module().Image()
    unchanged.info = image.info
    with contextlib.suppress(Exception):  # of records that cannot be written
        said: bytes = record.tobytes()
        return None if said == unchanged.getexif().tobytes() else said
    return None


def content_of(image: Any) -> dict[str, Any]:
    """All that there is of an image but its attributes."""
    pixels = image.tobytes()  # this loads it, and only then is its palette complete
    return {
        "mode": image.mode,
        "size": image.size,
        "pixels": pixels,
        "palette": palette_of(image),
        "exif": exif_of(image),
    }


def set_content(image: Any, content: dict[str, Any]) -> None:
    """Give an image its content: in place where mode and size allow it, for others may draw there.

    Args:
        image: The image.
        content: As ``content_of`` has it.
    """
    if vars(image).get("tile"):
        image.load()  # else its file would be read over what is given here
    fresh = module().new(content["mode"], content["size"])
    fresh.frombytes(content["pixels"])
    if _has_core(image) and (image.mode, image.size) == (fresh.mode, fresh.size):
        image.paste(fresh, (0, 0))
    else:
        vars(image).update({name: vars(fresh)[name] for name in _CORE if name in vars(fresh)})
        image.readonly = 0
    _set_palette(image, fresh, content["palette"])
    if content["exif"] is not None:
        image._exif = vars(image).get("_exif") or module().Exif()
        image._exif.load(content["exif"])
        image._exif._loaded = True
    elif exif_of(image) is not None:
        image._exif = None


def _has_core(image: Any) -> bool:
    held = vars(image)
    return held.get("_im", held.get("im")) is not None


def _set_palette(image: Any, fresh: Any, content: Palette | None) -> None:
    if content is None:
        image.palette = None
        return
    image.palette = image.palette or fresh.palette
    image.palette.mode, image.palette.palette = content
    image.palette.rawmode = None
    if content[1]:
        image.palette.dirty = 1
        image.load()
