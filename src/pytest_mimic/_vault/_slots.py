"""Slots: where the writers of one key keep what they have not put in its place yet.

An unfinished payload that is locked has a writer that lives; see there how it goes about writing.
"""

from __future__ import annotations

from typing import Final

from pytest_mimic import _system as system
from pytest_mimic._vault._card import Card
from pytest_mimic._vault._lock import try_lock
from pytest_mimic._vault._place import AT_ONCE, SLOTS, SURELY_DEAD, Place, slurp
from pytest_mimic._vault._reading import is_whole
from pytest_mimic.errors import CorruptRecordingError, VaultError

# Windows refuses to replace a file for as long as somebody reads it.
_SHARING_VIOLATIONS: Final = frozenset({5, 32})
_ATTEMPTS: Final = 50


def settle_slot(place: Place, slot: int) -> bool:
    """Finish or remove what a dead writer left in a slot; the vault must be held.

    Args:
        place: Where the recording belongs.
        slot: The slot's number.

    Returns:
        Whether something was left over. What a living writer holds is not.
    """
    if system.exists(place.unfinished_payload(slot)):
        return _reclaim(place, slot)
    if system.exists(place.unfinished_card(slot)):
        _finish(place, slot)
        return True
    return False


def _reclaim(place: Place, slot: int) -> bool:
    """Remove a slot whose writer is dead; where files cannot be locked, one that is old."""
    fd = system.open_fd(place.unfinished_payload(slot), system.TO_LOCK)
    try:
        taken = try_lock(fd)
        is_old = system.time() - system.fstat(fd).st_mtime > SURELY_DEAD
    finally:
        system.close(fd)
    if taken or (taken is None and is_old):
        discard(place, slot)
        return True
    return False


def take_slot(place: Place) -> tuple[int, int]:
    """Take the first slot that no living writer has; the vault must be held.

    Args:
        place: Where the recording belongs.

    Returns:
        The slot's number, and its payload's open file: empty, and locked where that can be.

    Raises:
        VaultError: Living writers have all of them.
    """
    settle_slot(place, AT_ONCE)
    for slot in range(SLOTS):
        path = place.unfinished_payload(slot)
        try:
            fd = system.open_fd(path, system.TO_CREATE, system.MODE)
        except FileExistsError:
            fd = system.open_fd(path, system.TO_LOCK)
            if not try_lock(fd):
                system.close(fd)
                continue
            # Its writer died before anything was put in place.
            unlink(place.unfinished_card(slot))
            system.ftruncate(fd, 0)
            return slot, fd
        try_lock(fd)
        if system.exists(place.unfinished_card(slot)):
            _finish(place, slot)
        return slot, fd
    raise VaultError(f"cannot write to the vault {place.vault}: {SLOTS} others write {place.card}")


def _finish(place: Place, slot: int) -> None:
    """Put the card of a dead writer in its place, if its payload is still there."""
    path = place.unfinished_card(slot)
    card = sound_card(place, path)
    if card is not None and is_whole(place, card):
        replace(path, place.card)
    else:
        unlink(path)


def sound_card(place: Place, path: str | None = None) -> Card | None:
    """Read a card, where its trouble is no matter.

    Args:
        place: Where the recording belongs.
        path: The card's file, if it is not in its place.

    Returns:
        The card; None where there is none that is sound.
    """
    path = path or place.card
    try:
        data = slurp(path, place.vault)
        return None if data is None else Card.from_json(data, path, place.target, place.key)
    except (CorruptRecordingError, VaultError):
        return None


def discard(place: Place, slot: int) -> None:
    """Remove what a slot holds; the vault must be held.

    Args:
        place: Where the recording belongs.
        slot: The slot's number.
    """
    # In this order: a card alone would mean that its payload is in place.
    unlink(place.unfinished_card(slot))
    unlink(place.unfinished_payload(slot))


def unlink(path: str) -> bool:
    """Remove a file, if it is there.

    Args:
        path: The file.

    Returns:
        Whether it was there.
    """
    try:
        system.unlink(path)
    except FileNotFoundError:
        return False
    return True


def replace(source: str, destination: str) -> None:
    """Put a file in the place of another, as soon as nobody reads that.

    Args:
        source: The file.
        destination: Its place.

    Raises:
        OSError: It cannot be put there.
    """
    for _ in range(_ATTEMPTS):
        try:
            system.replace(source, destination)
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _SHARING_VIOLATIONS:
                raise
            system.sleep(0.01)
        else:
            return
    system.replace(source, destination)
