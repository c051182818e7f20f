"""Read recordings, and believe none that is not whole."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

import xxhash

from pytest_mimic import _system as system
from pytest_mimic._vault._card import Card, Payload, damaged, is_lfs_pointer, lfs_pointer
from pytest_mimic._vault._place import SLOTS, Place, slurp, unreadable
from pytest_mimic.errors import CorruptRecordingError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_POINTER_LENGTH: Final = 1024
# Bytes, from which on a buffer of its own is worth its price.
_LARGE: Final = 1 << 16
# From here on the C library asks the system for new memory each time.
_HUGE: Final = 1 << 25
# What is hashed while it is still in the processor's own memory.
_CHUNK: Final = 1 << 20


class Recording(NamedTuple):
    """A card, and the payload that was checked against it."""

    card: Card
    payload: Buffer


def read_card(place: Place) -> Card | None:
    """Read the card alone.

    Args:
        place: Where it is.

    Returns:
        The card; None where there is no recording.

    Raises:
        CorruptRecordingError: The card is damaged.
        VaultError: The card cannot be read.
    """
    data = slurp(place.card, place.vault)
    if data is None:
        return None
    return Card.from_json(data, place.card, place.target, place.key).legible()


def read_recording(place: Place) -> Recording | None:
    """Read card and payload, and check the one by the other.

    A writer may replace both at the same time, or may have died while it did. A card and a payload
    that do not belong together are an error only if that is not the explanation.

    Args:
        place: Where they are.

    Returns:
        The recording; None where there is none.

    Raises:
        CorruptRecordingError: It is damaged.
        VaultError: It cannot be read.
    """
    data = slurp(place.card, place.vault)
    while data is not None:
        try:
            card = Card.from_json(data, place.card, place.target, place.key)
            return Recording(card, read_payload(place, card))
        except CorruptRecordingError:
            interrupted = _interrupted(place)
            now = slurp(place.card, place.vault)
            if now == data:
                if interrupted is not None:
                    return interrupted
                raise
            data = now
    return None


def is_whole(place: Place, card: Card) -> bool:
    """Tell whether the payload in its place is the one that a card describes.

    Args:
        place: Where the payload is.
        card: The card.

    Returns:
        Whether length and digest agree.
    """
    expected = card.payload or Payload(0, "")
    try:
        fd = system.open_fd(place.payload, system.TO_READ)
    except OSError:
        return False
    try:
        if system.fstat(fd).st_size != expected.bytes:
            return False
        # Over and over the same memory: beside a large payload there is no room for a second.
        room = memoryview(bytearray(min(expected.bytes + 1, _CHUNK)))
        return _fill(fd, itertools.repeat(room)) == (expected.bytes, expected.digest)
    except OSError:
        return False
    finally:
        system.close(fd)


def read_payload(place: Place, card: Card) -> Buffer:
    """Read a payload into one buffer and check it.

    Args:
        place: Where it is.
        card: What it has to agree with.

    Returns:
        The payload.

    Raises:
        CorruptRecordingError: It is missing, or is not what the card describes.
        VaultError: It cannot be read.
    """
    expected = card.payload or Payload(0, "")
    path = place.payload
    try:
        fd = system.open_fd(path, system.TO_READ)
    except FileNotFoundError:
        raise damaged(path, f"the file is missing, and its card {place.card} is there") from None
    except OSError as error:
        raise unreadable(path, place.vault, error) from error
    try:
        data, digest = _read_all(fd, expected.bytes)
        if len(data) != expected.bytes or digest != expected.digest:
            raise _not_as_described(path, data, system.fstat(fd).st_size, expected)
    except OSError as error:
        raise unreadable(path, place.vault, error) from error
    finally:
        system.close(fd)
    return data


def _read_all(fd: int, expected: int) -> tuple[bytes | bytearray | memoryview, str]:
    """Read a file that should have a known length.

    Returns:
        All of it; less, or some bytes more, where it has another length. And the digest of that.
    """
    if expected >= _LARGE and system.fstat(fd).st_size == expected:
        # Writable, so that who decodes it can let large arrays lie where they are.
        data = _room(expected)
        with memoryview(data) as view:
            parts = (view[start : start + _CHUNK] for start in range(0, expected, _CHUNK))
            filled, digest = _fill(fd, parts)
        return data if filled == expected else data[:filled], digest
    # No room is made for what a damaged card asks for, and a pointer is read so far as to know it.
    some = system.read(fd, max(min(expected + 1, _LARGE), _POINTER_LENGTH))
    return some, xxhash.xxh3_128_hexdigest(some)


def _room(size: int) -> bytearray | memoryview:
    """Make a writable buffer, which belongs to this process alone.

    Not by a map of the file: who changes that in place would change what a test was given, or end
    the process where it became shorter; and Windows replaces no file that is mapped.
    """
    if size < _HUGE or sys.platform == "win32":
        return bytearray(size)
    # A bytearray would be filled with zeros first, page by page.
    pages = system.mmap(-1, size, flags=system.PRIVATE_PAGES)
    if system.HUGE_PAGES is not None:
        # A system may know the word and not have them.
        with contextlib.suppress(OSError):
            pages.madvise(system.HUGE_PAGES)
    return memoryview(pages)


def _fill(fd: int, rooms: Iterable[memoryview]) -> tuple[int, str]:
    """Read a file into one piece of memory after another, until it ends or there are no more.

    Returns:
        How many bytes there were, and their digest.
    """
    digest = xxhash.xxh3_128()
    total = 0
    with system.FileIO(fd, closefd=False) as file:
        for room in rooms:
            filled = 0
            while count := file.readinto(room[filled:]):
                filled += count
            digest.update(room[:filled])
            total += filled
            if filled < len(room):
                break
    return total, digest.hexdigest()


def _not_as_described(
    path: str, data: Buffer, size: int, expected: Payload
) -> CorruptRecordingError:
    if is_lfs_pointer(bytes(memoryview(data)[:_POINTER_LENGTH])):
        return lfs_pointer(path)
    if size == 0:
        return damaged(path, f"the file is empty, and its card says {expected.bytes} bytes")
    if size != expected.bytes:
        return damaged(path, f"the file has {size} bytes, and its card says {expected.bytes}")
    return damaged(path, "the contents are not those that its card describes")


def _interrupted(place: Place) -> Recording | None:
    """Find the card of a writer that put its payload in place and not, or not yet, its card."""
    for slot in range(SLOTS):
        path = place.unfinished_card(slot)
        data = slurp(path, place.vault)
        if data is None:
            continue
        try:
            card = Card.from_json(data, path, place.target, place.key)
            return Recording(card, read_payload(place, card))
        except CorruptRecordingError:
            continue
    return None
