"""The vault: a folder of recordings that is kept in people's repositories."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_mimic import _system as system
from pytest_mimic._vault._card import Card, damaged, is_key
from pytest_mimic._vault._lock import locked
from pytest_mimic._vault._names import folder_of
from pytest_mimic._vault._place import Measure, Place, reason
from pytest_mimic._vault._reading import Recording, read_card, read_recording
from pytest_mimic._vault._readme import FOLDER
from pytest_mimic._vault._slots import settle_slot, unlink
from pytest_mimic._vault._writing import PayloadWriter, Written
from pytest_mimic.errors import CorruptRecordingError, MimicError, VaultError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_UNFINISHED: Final = re.compile(r"\.([0-9a-f]{32})-([0-9]{1,3})\.(?:json|pkl)\.part")


class Vault:
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
        """Say where a call's recording is, if there is one.

        Args:
            target: The target's configured name, ``module:qualname``.
            key: The call's key.

        Returns:
            The place.
        """
        folder = self._folders.get(target)
        if folder is None:
            folder = self._folders[target] = "/".join((self._root, *folder_of(target)))
        return Place(self._root, folder, key, target)

    def read(self, target: str, key: str) -> Recording | None:
        """Read a recording, and check its payload by its card.

        Args:
            target: The target's configured name.
            key: The call's key.

        Returns:
            The recording; None where there is none.

        Raises:
            CorruptRecordingError: It is damaged.
            VaultError: It cannot be read.
        """
        return read_recording(self.place(target, key))

    def read_card(self, target: str, key: str) -> Card | None:
        """Read a recording's card, without its payload.

        Args:
            target: The target's configured name.
            key: The call's key.

        Returns:
            The card; None where there is no recording.

        Raises:
            CorruptRecordingError: It is damaged.
            VaultError: It cannot be read.
        """
        return read_card(self.place(target, key))

    def has(self, target: str, key: str) -> bool:
        """Tell whether a call has a recording, sound or not.

        Args:
            target: The target's configured name.
            key: The call's key.
        """
        return system.exists(self.place(target, key).card)

    def write(self, card: Card, parts: Iterable[Buffer], *, replace: bool = False) -> Written:
        """Write a recording.

        Args:
            card: Its card; ``payload`` is filled in here.
            parts: The payload, in parts.
            replace: Replace an existing recording, unless the payload is the same. Without it an
                existing recording stays: of several that record one call at once, the first wins.

        Returns:
            What became of it.

        Raises:
            VaultError: The vault cannot be written.
        """
        with self.writer(card.target, card.key) as writer:
            for part in parts:
                writer.write(part)
            return writer.commit(card, replace=replace)

    def writer(self, target: str, key: str) -> PayloadWriter:
        """Begin a recording whose payload comes bit by bit.

        Args:
            target: The target's configured name.
            key: The call's key.

        Returns:
            A context manager: ``write`` parts, then ``commit`` the card.

        Raises:
            VaultError: The vault cannot be written.
        """
        return PayloadWriter(self.place(target, key), self._ensure_readme)

    def renew(self, card: Card) -> Written:
        """Keep a recording's payload, and replace its card if the versions or the source changed.

        Args:
            card: The card that would be written; its ``payload`` does not matter.

        Returns:
            ``CARD_ONLY`` or ``UNCHANGED``.

        Raises:
            CorruptRecordingError: There is no whole recording to keep.
            VaultError: The vault cannot be written.
        """
        with self.writer(card.target, card.key) as writer:
            return writer.commit_card(card)

    def places(self, target: str | None = None) -> Iterator[Place]:
        """List where recordings are, by the names of files alone; sorted.

        Args:
            target: Only those in this target's folder, which one of another case may share.

        Yields:
            One place for each card.

        Raises:
            VaultError: The vault cannot be read.
        """
        with _reading(self._root):
            if target is not None:
                folder = self.place(target, "").folder
                yield from (Place(self._root, folder, key) for key in _keys(folder))
                return
            for module in _folders(self._root):
                for folder in _folders(module):
                    yield from (Place(self._root, folder, key) for key in _keys(folder))

    def cards(
        self,
        target: str | None = None,
        on_damage: Callable[[CorruptRecordingError], object] | None = None,
    ) -> Iterator[Card]:
        """Read the cards one by one.

        Args:
            target: Only those of this target.
            on_damage: What to do with a card that cannot be believed; without it, it is raised.

        Yields:
            The cards.

        Raises:
            CorruptRecordingError: A card is damaged, and there is no ``on_damage``.
            VaultError: The vault cannot be read.
        """
        for _, card in self.walk(target):
            if isinstance(card, Card):
                if target in (None, card.target):
                    yield card
            elif on_damage is not None and isinstance(card, CorruptRecordingError):
                on_damage(card)
            else:
                raise card

    def walk(self, target: str | None = None) -> Iterator[tuple[Place, Card | MimicError]]:
        """Read the cards one by one, whatever state they are in.

        Args:
            target: Only those in this target's folder.

        Yields:
            The place of each, and the card or what keeps it from being read.
        """
        for place in self.places(target):
            try:
                card: Card | MimicError | None = self.card_at(place)
            except MimicError as error:
                card = error
            if card is not None:
                yield place, card

    def measure(self, place: Place, card: Card) -> Measure:
        """Tell how large and how old a recording is.

        Args:
            place: Where it is.
            card: Its card.

        Raises:
            VaultError: It cannot be told.
        """
        with _reading(self._root):
            status = system.stat(place.card)
        payload = card.payload.bytes if card.payload is not None else 0
        return Measure(status.st_size + payload, system.time() - status.st_mtime)

    def card_at(self, place: Place) -> Card | None:
        """Read the card at a listed place.

        Args:
            place: One of ``places()``.

        Returns:
            The card; None if it is gone meanwhile.

        Raises:
            CorruptRecordingError: It is damaged, or belongs in another target's folder.
            VaultError: It cannot be read.
        """
        card = read_card(place)
        if card is None:
            return None
        folder = self.place(card.target, place.key).folder
        if _folded(folder) != _folded(place.folder):
            raise damaged(place.card, f"it is the card of another target, {card.target}")
        return card

    def delete(self, target: str, key: str) -> bool:
        """Delete a recording, and the folders that it leaves empty.

        Args:
            target: The target's configured name.
            key: The call's key.

        Returns:
            Whether there was one.

        Raises:
            VaultError: The vault cannot be written.
        """
        return self.delete_at(self.place(target, key))

    def delete_at(self, place: Place) -> bool:
        """Delete the recording at a listed place, whatever state it is in.

        Args:
            place: One of ``places()``.

        Returns:
            Whether there was one.

        Raises:
            VaultError: The vault cannot be written.
        """
        if not system.is_folder(place.folder):
            return False
        with place.writing(), locked(self._root):
            # What a dead writer left must not bring the recording back.
            slot = 0
            while settle_slot(place, slot):
                slot += 1
            # The card first: without it there is no recording.
            existed = [unlink(place.card), unlink(place.payload)]
            _remove_if_empty(place.folder)
            return any(existed)

    def clean(self) -> int:
        """Finish or remove what killed runs left unfinished, and payloads that have no card.

        Returns:
            How many such things there were.

        Raises:
            VaultError: The vault cannot be read or written.
        """
        cleaned = 0
        with _reading(self._root):
            for module in _folders(self._root):
                for folder in _folders(module):
                    cleaned += self._clean_folder(folder)
        return cleaned

    def size(self, target: str | None = None) -> int:
        """Sum up the bytes of recordings.

        Args:
            target: Only those in this target's folder.

        Returns:
            The bytes of their cards and payloads.

        Raises:
            VaultError: The vault cannot be read.
        """
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
