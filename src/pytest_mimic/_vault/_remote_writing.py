"""Write recordings to a shared store: the payload first, and last the card that names it."""

from __future__ import annotations

import contextlib
import os
from tempfile import mkstemp
from typing import TYPE_CHECKING, Final

import xxhash

from pytest_mimic import _system as system
from pytest_mimic._vault._any import AnyWriter
from pytest_mimic._vault._card import Card, Payload, damaged, goes_beyond
from pytest_mimic._vault._place import Place
from pytest_mimic._vault._remote_reading import is_whole, payload_url, sound_card
from pytest_mimic._vault._store import ObjectStore
from pytest_mimic._vault._writing import Written, flat, states_the_same, write_all

if TYPE_CHECKING:
    from typing_extensions import Buffer

# Bytes; more of a payload waits in a file until it is complete.
_MOST_IN_MEMORY: Final = 8 << 20


class RemoteWriter(AnyWriter):
    """A payload being collected, part by part; nothing of it is stored before its commit.

    Args:
        store: Where the recording goes.
        place: Where in it the recording belongs.
    """

    def __init__(self, store: ObjectStore, place: Place) -> None:
        self._store = store
        self._place = place
        self._draft = _Draft()

    def write(self, part: Buffer) -> None:
        """Append a part."""
        with self._place.writing():
            self._draft.append(flat(part))

    def commit(self, card: Card, *, replace: bool = False) -> Written:
        """Put payload and card in their places."""
        with self._place.writing(), contextlib.closing(self._draft):
            card = card._replace(payload=self._draft.described())
            return self._settle(card, replace=replace)

    def contents(self) -> bytes:
        """Read what was written so far."""
        with self._place.writing():
            return self._draft.contents()

    def commit_card(self, card: Card) -> Written:
        """Put the card in its place, if the old one has become untrue."""
        store, place = self._store, self._place
        with place.writing(), contextlib.closing(self._draft):
            old = sound_card(store.get(place.card), place)
            if old is None or not is_whole(store, place, old):
                raise damaged(place.card, "it went missing or was damaged meanwhile")
            return self._renew(old, card._replace(payload=old.payload))

    def abandon(self) -> None:
        """Remove the payload."""
        self._draft.close()

    def _settle(self, card: Card, *, replace: bool) -> Written:
        store, place = self._store, self._place
        data = store.get(place.card)
        old = sound_card(data, place)
        replace = replace or (old is not None and goes_beyond(card, old))
        if data is not None and not replace:
            return Written.KEPT
        if old is not None and old.payload == card.payload and is_whole(store, place, old):
            return self._renew(old, card)
        self._draft.store(store, payload_url(place, self._draft.described()))
        # Of several that record one call at once, the first wins where the store can tell.
        if not store.put(place.card, card.to_json(), exclusive=not replace):
            return Written.KEPT
        return Written.NEW if data is None else Written.REPLACED

    def _renew(self, old: Card, card: Card) -> Written:
        """Store the card if the old one has become untrue; the payload stays."""
        if states_the_same(old, card):
            return Written.UNCHANGED
        self._store.put(self._place.card, card.to_json())
        return Written.CARD_ONLY


class _Draft:
    """A payload that is not stored yet: in memory, and in a file once it is large."""

    def __init__(self) -> None:
        self._pid = system.getpid()
        self._hash = xxhash.xxh3_128()
        self._length = 0
        self._pending = bytearray()
        self._file = ""
        self._closed = False

    def append(self, view: memoryview) -> None:
        """Append a part."""
        self._check_open()
        self._hash.update(view)
        self._length += len(view)
        if len(self._pending) + len(view) <= _MOST_IN_MEMORY:
            self._pending += view
            return
        self._spill(memoryview(self._pending))
        self._pending = bytearray()
        self._spill(view)

    def described(self) -> Payload:
        """Give what a card says of it."""
        self._check_open()
        return Payload(self._length, self._hash.hexdigest())

    def contents(self) -> bytes:
        """Read it back."""
        self._check_open()
        if not self._file:
            return bytes(self._pending)
        with system.FileIO(self._file) as file:
            return file.readall() + self._pending

    def store(self, store: ObjectStore, url: str) -> None:
        """Store it."""
        if not self._file:
            store.put(url, bytes(self._pending))
            return
        self._spill(memoryview(self._pending))
        store.put_file(url, self._file)

    def close(self) -> None:
        """Remove the file."""
        self._closed = True
        file, self._file = self._file, ""
        # A forked child knows the same file, and it is its parent's.
        if file and system.getpid() == self._pid:
            with contextlib.suppress(OSError):
                system.unlink(file)

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("this recording is already committed or abandoned")

    def _spill(self, view: memoryview) -> None:
        if not self._file:
            fd, self._file = mkstemp(prefix="pytest-mimic-")
        else:
            fd = system.open_fd(self._file, os.O_WRONLY | os.O_APPEND)
        try:
            write_all(fd, view)
        finally:
            system.close(fd)
