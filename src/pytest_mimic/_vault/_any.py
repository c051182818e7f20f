"""What every vault can do, whether it is a folder or a store of objects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from pytest_mimic._vault._card import Card
from pytest_mimic.errors import CorruptRecordingError, MimicError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import Buffer, Self

    from pytest_mimic._vault._place import Measure, Place
    from pytest_mimic._vault._reading import Recording
    from pytest_mimic._vault._writing import Written


class AnyWriter(ABC):
    """A payload being written, part by part; without a commit nothing stays of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abandon()

    @abstractmethod
    def write(self, part: Buffer) -> None:
        """Append a part; it is not kept.

        Args:
            part: Any contiguous buffer.

        Raises:
            VaultError: There is no room for it, or it cannot be written.
        """

    @abstractmethod
    def contents(self) -> bytes:
        """Read what was written so far.

        Raises:
            VaultError: It cannot be read.
        """

    @abstractmethod
    def commit(self, card: Card, *, replace: bool = False) -> Written:
        """Make what was written a recording.

        Args:
            card: The recording's card; its ``payload`` is filled in here.
            replace: Replace an existing recording, unless the payload is the same. Without it an
                existing recording stays: of several that record one call at once, the first wins,
                as far as a store can tell.

        Returns:
            What became of it.

        Raises:
            VaultError: The vault cannot be written.
        """

    @abstractmethod
    def commit_card(self, card: Card) -> Written:
        """Keep the recording's payload, and renew its card if that has become untrue.

        Args:
            card: The card that would be written; its ``payload`` does not matter.

        Returns:
            ``CARD_ONLY`` or ``UNCHANGED``.

        Raises:
            CorruptRecordingError: There is no whole recording to keep.
            VaultError: The vault cannot be written.
        """

    @abstractmethod
    def abandon(self) -> None:
        """Leave nothing behind; harmless after a commit."""


class AnyVault(ABC):
    """The recordings at one place. Nothing is read or made before it is asked for."""

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether there is such a vault.

        Raises:
            VaultError: It cannot be told.
        """

    @abstractmethod
    def place(self, target: str, key: str) -> Place:
        """Say where a call's recording is, if there is one.

        Args:
            target: The target's configured name, ``module:qualname``.
            key: The call's key.

        Returns:
            The place.
        """

    @abstractmethod
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

    def read_card(self, target: str, key: str) -> Card | None:
        """Read a recording's card, without its payload.

        Args:
            target: The target's configured name.
            key: The call's key.

        Returns:
            The card; None where there is no recording.

        Raises:
            CorruptRecordingError: The card is damaged.
            VaultError: It cannot be read.
        """
        return self.card_at(self.place(target, key))

    @abstractmethod
    def card_at(self, place: Place) -> Card | None:
        """Read the card at a place.

        Args:
            place: One of ``places()``.

        Returns:
            The card; None if there is none, or none any more.

        Raises:
            CorruptRecordingError: It is damaged, or belongs in another target's folder.
            VaultError: It cannot be read.
        """

    @abstractmethod
    def has(self, target: str, key: str) -> bool:
        """Tell whether a call has a recording, sound or not.

        Args:
            target: The target's configured name.
            key: The call's key.

        Raises:
            VaultError: The vault cannot be read.
        """

    @abstractmethod
    def writer(self, target: str, key: str) -> AnyWriter:
        """Begin a recording whose payload comes bit by bit.

        Args:
            target: The target's configured name.
            key: The call's key.

        Returns:
            A context manager: ``write`` parts, then ``commit`` the card.

        Raises:
            VaultError: The vault cannot be written.
        """

    def write(self, card: Card, parts: Iterable[Buffer], *, replace: bool = False) -> Written:
        """Write a recording.

        Args:
            card: Its card; ``payload`` is filled in here.
            parts: The payload, in parts.
            replace: As for ``AnyWriter.commit``.

        Returns:
            What became of it.

        Raises:
            VaultError: The vault cannot be written.
        """
        with self._writer_at_once(card) as writer:
            for part in parts:
                writer.write(part)
            return writer.commit(card, replace=replace)

    def _writer_at_once(self, card: Card) -> AnyWriter:
        """Begin a recording of which all is there already."""
        return self.writer(card.target, card.key)

    def renew(self, card: Card) -> Written:
        """Keep a recording's payload, and renew its card: as ``AnyWriter.commit_card``."""
        with self.writer(card.target, card.key) as writer:
            return writer.commit_card(card)

    @abstractmethod
    def places(self, target: str | None = None) -> Iterator[Place]:
        """List where recordings are, by names alone; sorted.

        Args:
            target: Only those in this target's folder, which one of another case may share.

        Yields:
            One place for each card.

        Raises:
            VaultError: The vault cannot be read.
        """

    def walk(self, target: str | None = None) -> Iterator[tuple[Place, Card | MimicError]]:
        """Read the cards, whatever state they are in.

        Args:
            target: Only those in this target's folder.

        Yields:
            The place of each, and the card or what keeps it from being read.

        Raises:
            VaultError: The vault cannot be read.
        """
        for place, read in self._readings(target):
            try:
                card: Card | MimicError | None = read()
            except MimicError as error:
                card = error
            if card is not None:
                yield place, card

    def _readings(self, target: str | None) -> Iterator[tuple[Place, Callable[[], Card | None]]]:
        """Give the places of recordings, each with what reads its card."""
        for place in self.places(target):
            yield place, partial(self.card_at, place)

    def cards(
        self,
        target: str | None = None,
        on_damage: Callable[[CorruptRecordingError], object] | None = None,
    ) -> Iterator[Card]:
        """Read the cards that can be believed.

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

    @abstractmethod
    def measure(self, place: Place, card: Card) -> Measure:
        """Tell how large and how old a recording is.

        Args:
            place: Where it is.
            card: Its card.

        Raises:
            VaultError: It cannot be told.
        """

    def delete(self, target: str, key: str) -> bool:
        """Delete a recording: as ``delete_at``."""
        return self.delete_at(self.place(target, key))

    @abstractmethod
    def delete_at(self, place: Place) -> bool:
        """Delete the recording at a place, whatever state it is in.

        Args:
            place: One of ``places()``.

        Returns:
            Whether there was one.

        Raises:
            VaultError: The vault cannot be written.
        """

    @abstractmethod
    def clean(self) -> int:
        """Remove what killed runs left behind, and payloads that no card names.

        Returns:
            How many such things there were.

        Raises:
            VaultError: The vault cannot be read or written.
        """

    @abstractmethod
    def size(self, target: str | None = None) -> int:
        """Sum up the bytes of recordings.

        Args:
            target: Only those in this target's folder.

        Returns:
            The bytes of their cards and payloads.

        Raises:
            VaultError: The vault cannot be read.
        """
