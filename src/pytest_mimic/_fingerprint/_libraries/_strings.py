"""Columns of strings: one form for all the libraries that store them in their own way."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from pytest_mimic._fingerprint._naming import digest_buffer
from pytest_mimic._fingerprint._nodes import Parts


def take_strings(values: Sequence[Any], missing: Iterable[Any]) -> Parts:
    """What stands for a column of strings.

    Args:
        values: The strings; anything where one is missing.
        missing: For each, whether it is missing.
    """
    mask = bytes(map(bool, missing))
    if any(mask):
        values = ["" if gone else value for value, gone in zip(values, mask, strict=True)]
    text = "".join(values)
    if text.isascii():
        return _parts(mask, array("q", accumulate(map(len, values), initial=0)), text.encode())
    encoded = [value.encode(errors="surrogatepass") for value in values]
    return _parts(mask, array("q", accumulate(map(len, encoded), initial=0)), b"".join(encoded))


def take_arrow(values: Any) -> Parts:
    """The same for an array of strings or of bytes of pyarrow, whatever its chunks and offsets.

    Args:
        values: An array without chunks.
    """
    size = len(values)
    mask = bytes(size)
    if values.null_count:
        mask = bytes(values.is_null().to_pylist())
        values = values.fill_null("" if "string" in str(values.type) else b"")
    if not size:
        return _parts(mask, array("q", [0]), b"")
    _, offsets, data = values.buffers()
    code = "q" if str(values.type).startswith("large") else "i"
    ends: Any = memoryview(offsets).cast(code)  # type: ignore[call-overload]  # "q" or "i"
    ends = ends[values.offset : values.offset + size + 1]
    text = memoryview(data if data is not None else b"")[ends[0] : ends[-1]]
    return _parts(mask, _from_zero(ends, code), text)


def _from_zero(ends: Any, code: str) -> Any:
    if ends[0]:
        first = ends[0]
        return array("q", [end - first for end in ends])
    return ends if code == "q" else array("q", ends)


def _parts(mask: bytes, ends: Any, text: object) -> Parts:
    """A column as the text of all, where each ends in it, and which are missing."""
    gone = digest_buffer(mask) if any(mask) else None
    return Parts((len(mask), gone, digest_buffer(ends), digest_buffer(text)))
