"""Write recordings so that a reader meets the old one or the new one, whole, whatever dies when.

A writer of a key takes a slot: two unfinished files beside the recording, the payload's locked as
long as the writer lives. It fills the payload's, then the card's, then, holding the whole vault,
renames the payload's and last the card's. So an unfinished card without an unfinished payload
means that a writer died between the two renames, and whoever comes next can finish its work.

Where there is no recording yet, and all of a small one is there, its writer holds the whole vault
from beginning to end and needs no slot. It writes the payload in its place, for nobody looks for
one that has no card, and the card into an unfinished file that it renames.
"""

from __future__ import annotations

import contextlib
import enum
import pickle
from collections.abc import Callable
from os import SEEK_SET
from typing import TYPE_CHECKING, Final

import xxhash

from pytest_mimic import _system as system
from pytest_mimic._vault._any import AnyWriter
from pytest_mimic._vault._card import Card, Payload, damaged, goes_beyond
from pytest_mimic._vault._lock import locked
from pytest_mimic._vault._place import AT_ONCE, Place
from pytest_mimic._vault._reading import is_whole
from pytest_mimic._vault._slots import discard, replace, sound_card, take_slot, unlink

if TYPE_CHECKING:
    from typing_extensions import Buffer

_CHUNK: Final = 1 << 17
# The number of no slot.
_NONE: Final = -1
# Seconds. A recording that took this long to make is worth the milliseconds that make it
# outlive a power cut; so is one that stands in for an older one.
_WORTH_SYNCING: Final = 0.1


class Written(enum.Enum):
    """What became of a write."""

    NEW = "new"
    REPLACED = "replaced"
    CARD_ONLY = "card only"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class PayloadWriter(AnyWriter):
    """A payload being written, part by part; without a commit nothing stays of it.

    It takes its slot when it begins, at the latest when there is much to write. What was not begun,
    is small and has to outlive no power cut is written in one go.

    Args:
        place: Where the recording belongs.
        prepare: Called once the vault is held, before anything is written.
    """

    def __init__(self, place: Place, prepare: Callable[[], None]) -> None:
        self._place = place
        self._prepare = prepare
        self._pid = system.getpid()
        self._pending = bytearray()
        self._hash = xxhash.xxh3_128()
        self._length = 0
        self._slot = _NONE
        self._fd: int | None = None

    def begin(self) -> None:
        """Take a slot.

        Raises:
            VaultError: The vault cannot be written.
        """
        with self._place.writing(), locked(self._place.vault):
            self._take_slot()

    def write(self, part: Buffer) -> None:
        """Append a part."""
        view = flat(part)
        self._hash.update(view)
        self._length += len(view)
        is_large = len(view) >= _CHUNK
        if not is_large:
            self._pending += view
        if is_large or len(self._pending) >= _CHUNK:
            with self._place.writing():
                self._drain()
                if is_large:
                    write_all(self._open_fd(), view)

    def commit(self, card: Card, *, replace: bool = False) -> Written:
        """Put payload and card in their places."""
        described = Payload(self._length, self._hash.hexdigest())
        card = card._replace(payload=described)
        sync = self._is_worth_syncing(card, replace=replace or self._goes_beyond(card))
        with self._place.writing():
            try:
                text = card.to_json()
                if self._slot == _NONE and not sync:
                    with locked(self._place.vault):
                        if not system.exists(self._place.card):
                            self._put_new(text)
                            return Written.NEW
                self._drain()
                if sync:
                    system.fsync(self._open_fd())
                self._write_card(text, sync=sync)
                with locked(self._place.vault):
                    return self._settle(card, replace=replace)
            finally:
                self.abandon()

    def commit_card(self, card: Card) -> Written:
        """Put the card in its place, if the old one has become untrue."""
        place = self._place
        with place.writing(), contextlib.ExitStack() as leaving:
            leaving.callback(self.abandon)
            leaving.enter_context(locked(place.vault))
            old = sound_card(place)
            if old is None or not is_whole(place, old):
                raise damaged(place.card, "it went missing or was damaged meanwhile")
            card = card._replace(payload=old.payload)
            self._write_card(card.to_json(), sync=True)
            return self._renew(old, card)

    def contents(self) -> bytes:
        """Read what was written so far."""
        with self._place.writing():
            self._drain()
            fd = self._open_fd()
            system.lseek(fd, 0, SEEK_SET)
            pieces = list(iter(lambda: system.read(fd, _CHUNK), b""))
        return b"".join(pieces)

    def abandon(self) -> None:
        """Remove the payload."""
        if self._fd is None:
            return
        if system.getpid() != self._pid:
            # A forked child has the same open file, and no say in what becomes of it.
            self._close()
            return
        # What cannot be removed now is recognised by whoever comes next.
        with contextlib.suppress(OSError), locked(self._place.vault):
            self._discard()
        self._close()

    def _is_worth_syncing(self, card: Card, *, replace: bool) -> bool:
        if not replace:
            return card.took >= _WORTH_SYNCING
        old = sound_card(self._place)
        # What is the same as before will not be put in its place.
        return old is None or old.payload != card.payload

    def _goes_beyond(self, card: Card) -> bool:
        """Tell whether the recording that there is is a stream that was left sooner."""
        old = sound_card(self._place) if card.outcome["kind"] == "streamed" else None
        return old is not None and goes_beyond(card, old)

    def _put_new(self, text: bytes) -> None:
        """Write a small recording where there is none; the vault must be held.

        Without its card, nothing of it stays.
        """
        place = self._place
        unfinished = place.unfinished_card(AT_ONCE)
        self._prepare()
        try:
            _write_file(self._create(), self._pending)
            _write_file(system.open_fd(unfinished, system.TO_OVERWRITE, system.MODE), text)
            replace(unfinished, place.card)
        except BaseException:
            with contextlib.suppress(OSError):
                unlink(unfinished)
                unlink(place.payload)
            raise

    def _create(self) -> int:
        """Open a new file for the payload, in its place."""
        path = self._place.payload
        try:
            return system.open_fd(path, system.TO_CREATE, system.MODE)
        except FileNotFoundError:
            system.make_folder(self._place.folder)
        except FileExistsError:
            # Whoever wrote it died, or somebody removed its card.
            unlink(path)
        return system.open_fd(path, system.TO_CREATE, system.MODE)

    def _settle(self, card: Card, *, replace: bool) -> Written:
        place = self._place
        exists = system.exists(place.card)
        if exists and not replace and not self._goes_beyond(card):
            self._discard()
            return Written.KEPT
        old = sound_card(place) if exists else None
        if old is not None and old.payload == card.payload and is_whole(place, old):
            return self._renew(old, card)
        self._put()
        return Written.REPLACED if exists else Written.NEW

    def _put(self) -> None:
        place = self._place
        # Windows renames no open file. Nobody takes the slot while the vault is held.
        self._close()
        try:
            replace(place.unfinished_payload(self._slot), place.payload)
        except OSError:
            discard(place, self._slot)
            raise
        replace(place.unfinished_card(self._slot), place.card)

    def _renew(self, old: Card, card: Card) -> Written:
        """Put the card in its place if the old one has become untrue; the payload stays."""
        place = self._place
        if states_the_same(old, card):
            self._discard()
            return Written.UNCHANGED
        replace(place.unfinished_card(self._slot), place.card)
        self._discard()
        return Written.CARD_ONLY

    def _write_card(self, text: bytes, *, sync: bool) -> None:
        path = self._place.unfinished_card(self._slot)
        fd = system.open_fd(path, system.TO_OVERWRITE, system.MODE)
        _write_file(fd, text, sync=sync)

    def _drain(self) -> None:
        pending, self._pending = self._pending, bytearray()
        write_all(self._open_fd(), memoryview(pending))

    def _discard(self) -> None:
        self._close()
        discard(self._place, self._slot)

    def _take_slot(self) -> None:
        """Take a slot; the vault must be held."""
        self._prepare()
        try:
            self._slot, self._fd = take_slot(self._place)
        except FileNotFoundError:
            system.make_folder(self._place.folder)
            self._slot, self._fd = take_slot(self._place)

    def _open_fd(self) -> int:
        if self._slot == _NONE:
            self.begin()
        if self._fd is None:
            raise ValueError("this recording is already committed or abandoned")
        return self._fd

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            system.close(fd)


def states_the_same(old: Card, card: Card) -> bool:
    """Tell whether nothing that a card states of the code behind it has changed.

    Args:
        old: The card that there is.
        card: The card that would be written.

    Returns:
        Whether source and versions are the same.
    """
    return (
        old.source == card.source
        and old.distributions == card.distributions
        and old.python == card.python
    )


def _write_file(fd: int, content: Buffer, *, sync: bool = False) -> None:
    """Write all of an open file, and close it."""
    try:
        write_all(fd, memoryview(content))
        if sync:
            system.fsync(fd)
    finally:
        system.close(fd)


def write_all(fd: int, view: memoryview) -> None:
    """Write to an open file.

    Args:
        fd: The file.
        view: What to write.

    Raises:
        OSError: It does not take all of it.
    """
    while view:
        view = view[system.write(fd, view) :]


def flat(part: Buffer) -> memoryview:
    """Look at any contiguous buffer as bytes, without a copy.

    Args:
        part: The buffer.

    Returns:
        Its bytes.
    """
    return pickle.PickleBuffer(part).raw()
