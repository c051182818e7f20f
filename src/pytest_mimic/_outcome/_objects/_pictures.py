"""Images of PIL: their state, and how they are stored.

Drawing changes the pixels, which are no attribute and no state that Python sees. What PIL itself
stores of an image leaves out the transparency of a palette, a changed Exif record, and attributes.
"""

from __future__ import annotations

import contextlib
import copyreg
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._state import SMALL, State, make_entries, mapping_change
from pytest_mimic._values import _images

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._outcome._objects._state import Digest


def _take_image(value: Any, digest: Digest) -> tuple[dict[str, Any], dict[str, Any]]:
    content = _images.content_of(value)
    if len(content["pixels"]) > SMALL:
        content["pixels"] = digest(content["pixels"])
    return content, _images.attributes_of(value)


def _change_image(value: Any, old: Any, digest: Digest) -> Any:
    content, attributes = _take_image(value, digest)
    change = (
        None if content == old[0] else _images.content_of(value),
        mapping_change(old[1], attributes),
    )
    return None if change == (None, None) else change


def _make_image(value: Any, change: tuple[dict[str, Any] | None, Any]) -> None:
    content, attributes = change
    if content is not None:
        _images.set_content(value, content)
    if attributes is not None:
        make_entries(vars(value), attributes)


IMAGE = State(_take_image, _change_image, _make_image)


def reduce_image(value: Any, is_storable: Callable[[object], bool]) -> Any:
    """Store an image with all that there is of it; one that says itself how it is stored, so.

    Args:
        value: The image.
        is_storable: Whether an attribute of it can be stored.

    Raises:
        ValueError: There is more to it than can be stored.
    """
    kind: Any = type(value)
    if any(map(_says_how, kind.__mro__)):
        return NotImplemented
    if _images.has_frames(value):
        raise ValueError("an image of several frames reads the others from its file: return copies")
    with contextlib.suppress(Exception):  # what PIL says of a file that is closed
        _ = value.n_frames  # which some count in the file, and remember
    content = _images.content_of(value)
    attributes = _images.attributes_of(value)
    if _images.is_format(kind):
        # How far its file was read, and through what, is over.
        attributes = {name: one for name, one in attributes.items() if is_storable(one)}
    if any(base.__module__ == "PIL.ImageFile" for base in kind.__mro__):
        attributes |= {"fp": None, "tile": []}
    made_by: Any = copyreg
    return made_by.__newobj__, (kind,), (content, attributes), None, None, _rebuild.set_image


def _says_how(kind: type) -> bool:
    """Tell whether a class has a say in how its objects are stored, and is not one of PIL."""
    own = vars(kind).keys() & {"__reduce__", "__reduce_ex__", "__getstate__"}
    return bool(own) and kind.__module__.partition(".")[0] not in ("PIL", "builtins")
