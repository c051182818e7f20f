"""The vault: a folder of recordings that is kept in people's repositories."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pytest_mimic import _system as system
from pytest_mimic._vault._any import AnyVault
from pytest_mimic._vault._card import Card, damaged, is_key
from pytest_mimic._vault._lock import locked
from pytest_mimic._vault._names import folder_of
from pytest_mimic._vault._place import AT_ONCE, Measure, Place, reason
from pytest_mimic._vault._reading import Recording, read_card, read_recording
from pytest_mimic._vault._readme import FOLDER
from pytest_mimic._vault._slots import settle_slot, unlink
from pytest_mimic._vault._writing import PayloadWriter
from pytest_mimic.errors import VaultError

_UNFINISHED: Final = re.compile(r"\.([0-9a-f]{32})-([0-9]{1,3})\.(?:json|pkl)\.part")


class Vault(AnyVault):
    """The recordings in a folder. Nothing is read or made before it is asked for.

    Args:
        path: The folder, which need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Code under test may change the working directory.
        self.path = Path(path).absolute()
        self._root = os.fspath(self.path)
        self._folders: dict[str, str] = {}
        self._has_readme = False

    def exists(self) -> bool:
        """Tell whether there is such a folder."""
        return system.is_folder(self._root)

    def place(self, target: str, key: str) -> Place:
        """Say where the files are."""
        folder = self._folders.get(target)
        if folder is None:
            folder = self._folders[target] = "/".join((self._root, *folder_of(target)))
        return Place(self._root, folder, key, target)

    def read(self, target: str, key: str) -> Recording | None:
        """Read card and payload."""
        return read_recording(self.place(target, key))

    def has(self, target: str, key: str) -> bool:
        """Look for the card."""
        return system.exists(self.place(target, key).card)

    def writer(self, target: str, key: str) -> PayloadWriter:
        """Begin with a payload that nobody takes for one yet."""
        writer = PayloadWriter(self.place(target, key), self._ensure_readme)
        writer.begin()
        return writer

    def _writer_at_once(self, card: Card) -> PayloadWriter:
        return PayloadWriter(self.place(card.target, card.key), self._ensure_readme)

    def places(self, target: str | None = None) -> Iterator[Place]:
        """List the names of the files."""
        with _reading(self._root):
            if target is not None:
                folder = self.place(target, "").folder
                yield from (Place(self._root, folder, key) for key in _keys(folder))
                return
            for module in _folders(self._root):
                for folder in _folders(module):
                    yield from (Place(self._root, folder, key) for key in _keys(folder))

    def measure(self, place: Place, card: Card) -> Measure:
        """Look at the card's file, and what it says of the payload."""
        with _reading(self._root):
            status = system.stat(place.card)
        payload = card.payload.bytes if card.payload is not None else 0
        return Measure(status.st_size + payload, system.time() - status.st_mtime)

    def card_at(self, place: Place) -> Card | None:
        """Read the card."""
        card = read_card(place)
        if card is None:
            return None
        folder = self.place(card.target, place.key).folder
        if _folded(folder) != _folded(place.folder):
            raise damaged(place.card, f"it is the card of another target, {card.target}")
        return card

    def delete_at(self, place: Place) -> bool:
        """Delete card and payload, and the folders that they leave empty."""
        if not system.is_folder(place.folder):
            return False
        with place.writing(), locked(self._root):
            # What a dead writer left must not bring the recording back.
            settle_slot(place, AT_ONCE)
            slot = 0
            while settle_slot(place, slot):
                slot += 1
            # The card first: without it there is no recording.
            existed = [unlink(place.card), unlink(place.payload)]
            _remove_if_empty(place.folder)
            return any(existed)

    def clean(self) -> int:
        """Finish or remove what killed runs left unfinished, and payloads that have no card."""
        cleaned = 0
        with _reading(self._root):
            for module in _folders(self._root):
                for folder in _folders(module):
                    cleaned += self._clean_folder(folder)
        return cleaned

    def size(self, target: str | None = None) -> int:
        """Sum up the sizes of the files."""
        return sum(place.size() for place in self.places(target))

    def _clean_folder(self, folder: str) -> int:
        names = set(system.listdir(folder))
        unfinished = sorted(
            {match.group(1, 2) for match in map(_UNFINISHED.fullmatch, names) if match}
        )
        orphans = sorted(
            name[:-4]
            for name in names
            if name.endswith(".pkl") and is_key(name[:-4]) and f"{name[:-4]}.json" not in names
        )
        if not unfinished and not orphans:
            return 0
        with Place(self._root, folder, "").writing(), locked(self._root):
            cleaned = sum(
                settle_slot(Place(self._root, folder, key), int(slot)) for key, slot in unfinished
            )
            for key in orphans:
                place = Place(self._root, folder, key)
                # Looked up again: the list was made before the vault was held.
                cleaned += not system.exists(place.card) and unlink(place.payload)
            _remove_if_empty(folder)
        return cleaned

    def _ensure_readme(self) -> None:
        if self._has_readme:
            return
        path = f"{self._root}/README.md"
        if not system.exists(path):
            unfinished = f"{self._root}/.README.md.part"
            with system.FileIO(unfinished, "w") as file:
                file.write(FOLDER.encode())
            system.replace(unfinished, path)
        self._has_readme = True


@contextlib.contextmanager
def _reading(vault: str) -> Iterator[None]:
    try:
        yield
    except VaultError:
        raise
    except OSError as error:
        raise VaultError(f"cannot read the vault {vault}: {reason(vault, error)}") from error


def _folders(parent: str) -> list[str]:
    """List the folders in a folder, hidden ones left out; none where that does not exist."""
    try:
        with system.scandir(parent) as entries:
            return sorted(
                f"{parent}/{entry.name}"
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir()
            )
    except FileNotFoundError:
        return []


def _keys(folder: str) -> list[str]:
    """List the keys that have a card in a folder."""
    try:
        names = system.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(name[:-5] for name in names if name.endswith(".json") and is_key(name[:-5]))


def _folded(path: str) -> str:
    """Write a path the way that file systems which ignore case and normal forms compare it."""
    return unicodedata.normalize("NFC", path).casefold()


def _remove_if_empty(folder: str) -> None:
    with contextlib.suppress(OSError):
        system.rmdir(folder)
        system.rmdir(system.dirname(folder))
