"""A vault in a store that several people share: the same recordings, in objects instead of files.

Such a store knows no lock and no renaming, but it stores each object whole or not at all. So a
payload's name states what is in it, ``<key>-<digest>.pkl``: it is stored first, and the card, which
is stored last, names it by its digest. Whatever dies when, and however many write at once, a card
meets its own payload. A payload that no card names any more stays for those who have just read
such a card, until ``clean`` finds that it is old.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from pytest_mimic._vault._any import AnyVault
from pytest_mimic._vault._card import Card, damaged, is_key
from pytest_mimic._vault._names import folder_of
from pytest_mimic._vault._place import SURELY_DEAD, Measure, Place
from pytest_mimic._vault._readme import STORE
from pytest_mimic._vault._remote_reading import (
    RemotePlace,
    copied_url,
    payload_url,
    read_recording,
    sound_card,
)
from pytest_mimic._vault._remote_writing import RemoteWriter
from pytest_mimic._vault._store import ObjectStore

if TYPE_CHECKING:
    from pytest_mimic._vault._reading import Recording

# The cards that are fetched at once.
_BATCH: Final = 128


class RemoteVault(AnyVault):
    """The recordings below a URL. Nothing is read or written before it is asked for.

    Args:
        url: The URL, without credentials.

    Raises:
        MimicUsageError: fsspec or what it needs for this URL is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._store = ObjectStore(url)
        self._has_readme = False

    def exists(self) -> bool:
        """Tell whether there is anything below the URL."""
        return self._store.exists()

    def place(self, target: str, key: str) -> RemotePlace:
        """Say where the objects are."""
        return RemotePlace(self.url, "/".join((self.url, *folder_of(target))), key, target)

    def read(self, target: str, key: str) -> Recording | None:
        """Fetch card and payload."""
        return read_recording(self._store, self.place(target, key))

    def has(self, target: str, key: str) -> bool:
        """Ask for the card."""
        return self._store.get(self.place(target, key).card) is not None

    def writer(self, target: str, key: str) -> RemoteWriter:
        """Begin with the payload, which waits here until its commit."""
        self._ensure_readme()
        return RemoteWriter(self._store, self.place(target, key))

    def places(self, target: str | None = None) -> Iterator[Place]:
        """List the names of the objects."""
        for folder, key in self._keys(self._sizes(target)):
            yield RemotePlace(self.url, folder, key)

    def measure(self, place: Place, card: Card) -> Measure:
        """Ask for the age; the card states the size."""
        payload = card.payload.bytes if card.payload is not None else 0
        return Measure(len(card.to_json()) + payload, self._store.age(place.card))

    def card_at(self, place: Place) -> Card | None:
        """Fetch the card."""
        return self._card(place, self._store.get(place.card))

    def delete_at(self, place: Place) -> bool:
        """Delete the card, then its payload."""
        data = self._store.get(place.card)
        if data is None:
            return False
        # The card first: without it there is no recording.
        self._store.delete(place.card)
        card = sound_card(data, place)
        if card is not None and card.payload is not None:
            self._store.delete(payload_url(place, card.payload))
        self._store.delete(copied_url(place))
        return True

    def clean(self) -> int:
        """Remove payloads that no card names, once they are a day old."""
        # Asked again for each: since it was listed, somebody may have stored the same once more.
        unnamed = [url for url in self._unnamed() if self._store.age(url) > SURELY_DEAD]
        for url in unnamed:
            self._store.delete(url)
        return len(unnamed)

    def size(self, target: str | None = None) -> int:
        """Sum up the sizes, of payloads too that are replaced and not yet removed."""
        sizes = self._sizes(target)
        recorded = set(self._keys(sizes))
        return sum(size for url, size in sizes.items() if self._split(url)[:2] in recorded)

    def _sizes(self, target: str | None = None) -> dict[str, int]:
        return self._store.sizes(self.url if target is None else self.place(target, "").folder)

    def _readings(self, target: str | None) -> Iterator[tuple[Place, Callable[[], Card | None]]]:
        """Fetch the cards, many at once."""
        for place, data in self._read_all(self.places(target)):
            yield place, partial(self._card, place, data)

    def _card(self, place: Place, data: bytes | None) -> Card | None:
        if data is None:
            return None
        card = Card.from_json(data, place.card, place.target, place.key).legible()
        if self.place(card.target, place.key).folder != place.folder:
            raise damaged(place.card, f"it is the card of another target, {card.target}")
        return card

    def _read_all(self, places: Iterable[Place]) -> Iterator[tuple[Place, bytes | None]]:
        places = iter(places)
        while batch := list(islice(places, _BATCH)):
            found = self._store.get_all([place.card for place in batch])
            yield from zip(batch, found, strict=True)

    def _unnamed(self) -> Iterator[str]:
        """Find the payloads that no card names."""
        sizes = self._sizes()
        payloads: dict[Place, list[str]] = defaultdict(list)
        for url in sizes:
            folder, key, kind = self._split(url)
            if kind == "pkl":
                payloads[RemotePlace(self.url, folder, key)].append(url)
        recorded = set(self._keys(sizes))
        # Where there is but one, it is the card's, or all there is left of what the card says.
        doubtful: list[Place] = []
        for place, urls in payloads.items():
            if (place.folder, place.key) not in recorded:
                yield from urls
            elif len(urls) > 1:
                doubtful.append(place)
        for place, data in self._read_all(doubtful):
            yield from _others(place, sound_card(data, place), payloads[place])

    def _keys(self, urls: Iterable[str]) -> list[tuple[str, str]]:
        """List the folders and keys that have a card."""
        parts = map(self._split, urls)
        return sorted((folder, key) for folder, key, kind in parts if kind == "json")

    def _split(self, url: str) -> tuple[str, str, str]:
        """Take the URL of a card or a payload apart: folder, key, ending; empty for all else."""
        folder, _, name = url.rpartition("/")
        stem, _, kind = name.partition(".")
        key, _, digest = stem.partition("-")
        is_payload = kind == "pkl" and (digest == "" or is_key(digest))
        # Above may be nothing of ours, and below another vault.
        is_in_place = folder.count("/") == self.url.count("/") + 2
        if is_in_place and is_key(key) and (is_payload or name == f"{key}.json"):
            return folder, key, kind
        return "", "", ""

    def _ensure_readme(self) -> None:
        url = f"{self.url}/README.md"
        if not self._has_readme and self._store.get(url) is None:
            self._store.put(url, STORE.encode())
        self._has_readme = True


def _others(place: Place, card: Card | None, urls: Sequence[str]) -> Iterator[str]:
    """Give the payloads that are not a card's own; none where the card does not tell."""
    if card is not None and card.payload is not None:
        own = payload_url(place, card.payload)
        own = own if own in urls else copied_url(place)
        yield from (url for url in urls if url != own)
