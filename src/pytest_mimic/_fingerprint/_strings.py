"""Columns of strings: one form for all the libraries that store them in their own way."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
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
        return _parts(mask, array("q", map(len, values)), text.encode())
    encoded = [value.encode(errors="surrogatepass") for value in values]
    return _parts(mask, array("q", map(len, encoded)), b"".join(encoded))


def take_arrow(values: Any) -> Parts:
    """The same for an array of strings or of bytes of pyarrow, whatever its chunks and offsets."""
    if hasattr(values, "combine_chunks"):
        values = values.combine_chunks()
    mask = bytes(len(values))
    if values.null_count:
        mask = bytes(values.is_null().to_pylist())
        values = values.fill_null("" if "string" in str(values.type) else b"")
    _, offsets, data = values.buffers()
    wide = str(values.type).startswith("large")
    start = values.offset
    ends = memoryview(offsets or b"").cast("q" if wide else "i")[start : start + len(values) + 1]
    if not len(values):
        return _parts(mask, array("q"), b"")
    lengths = array("q", map(int.__sub__, ends[1:], ends[:-1]))
    return _parts(mask, lengths, memoryview(data or b"")[ends[0] : ends[-1]])


def _parts(mask: bytes, lengths: array[int], text: object) -> Parts:
    gone = digest_buffer(mask) if any(mask) else None
    return Parts((len(lengths), gone, digest_buffer(lengths), digest_buffer(text)))
