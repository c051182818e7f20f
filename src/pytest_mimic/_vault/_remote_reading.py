"""Where a recording's objects are in a shared store, and the reading of them."""

from __future__ import annotations

import xxhash

from pytest_mimic._vault._card import Card, Payload, damaged, is_lfs_pointer, lfs_pointer
from pytest_mimic._vault._place import Place
from pytest_mimic._vault._reading import Recording
from pytest_mimic._vault._store import ObjectStore
from pytest_mimic.errors import CorruptRecordingError

_REMEDY = "Record it anew with --mimic-rerecord."


class RemotePlace(Place):
    """The place of one recording in a shared vault, whether or not there is one."""

    __slots__ = ()

    @property
    def payload(self) -> str:
        """A pattern of the payload's URL; only the card tells all of it."""
        return f"{self.folder}/{self.key}-*.pkl"


def payload_url(place: Place, payload: Payload) -> str:
    """Give the URL of a payload.

    Args:
        place: Where the recording is.
        payload: What the card says of it.

    Returns:
        The URL.
    """
    return f"{place.folder}/{place.key}-{payload.digest}.pkl"


def copied_url(place: Place) -> str:
    """Give the URL of the payload where the vault is a copy of a local one.

    Args:
        place: Where the recording is.

    Returns:
        The URL.
    """
    return f"{place.folder}/{place.key}.pkl"


def read_recording(store: ObjectStore, place: Place) -> Recording | None:
    """Read card and payload, and check the one by the other.

    Args:
        store: What they are in.
        place: Where they are.

    Returns:
        The recording; None where there is none.

    Raises:
        CorruptRecordingError: It is damaged.
        VaultError: It cannot be read.
    """
    data = store.get(place.card)
    while data is not None:
        try:
            card = Card.from_json(data, place.card, place.target, place.key)
            return Recording(card, read_payload(store, place, card))
        except CorruptRecordingError:
            # Deleted, or replaced a day ago: who reads card and payload may be as slow as that.
            now = store.get(place.card)
            if now == data:
                raise
            data = now
    return None


def read_payload(store: ObjectStore, place: Place, card: Card) -> bytes:
    """Read a payload and check it.

    Args:
        store: What it is in.
        place: Where it is.
        card: What it has to agree with.

    Returns:
        The payload.

    Raises:
        CorruptRecordingError: It is missing, or is not what the card describes.
        VaultError: It cannot be read.
    """
    expected = card.payload or Payload(0, "")
    own = payload_url(place, expected)
    for url in (own, copied_url(place)):
        data = store.get(url, expected.bytes)
        if data is not None:
            _check(url, data, expected)
            return data
    raise damaged(own, f"it is missing, and its card {place.card} is there", _REMEDY)


def is_whole(store: ObjectStore, place: Place, card: Card) -> bool:
    """Tell whether the payload in its place is the one that a card describes.

    Args:
        store: What the payload is in.
        place: Where it is.
        card: The card.

    Returns:
        Whether length and digest agree.

    Raises:
        VaultError: It cannot be read.
    """
    try:
        read_payload(store, place, card)
    except CorruptRecordingError:
        return False
    return True


def sound_card(data: bytes | None, place: Place) -> Card | None:
    """Read a card if it is one.

    Args:
        data: Its contents.
        place: Where it is.

    Returns:
        The card; None where it is missing or damaged.
    """
    try:
        return None if data is None else Card.from_json(data, place.card, place.target, place.key)
    except CorruptRecordingError:
        return None


def _check(url: str, data: bytes, expected: Payload) -> None:
    if is_lfs_pointer(data):
        raise lfs_pointer(url)
    if len(data) != expected.bytes:
        what = f"it has {len(data)} bytes, and its card says {expected.bytes}"
        raise damaged(url, what, _REMEDY)
    if xxhash.xxh3_128_hexdigest(data) != expected.digest:
        raise damaged(url, "the contents are not those that its card describes", _REMEDY)
