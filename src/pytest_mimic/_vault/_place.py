"""Where a recording's files are, and the plainest reading of them."""

from __future__ import annotations

import contextlib
from typing import Final, NamedTuple

from pytest_mimic import _system as system
from pytest_mimic.errors import MimicError, VaultError

# The most writers of one key at once; each has unfinished files of its own.
SLOTS: Final = 256
# In place of a slot's number: of a writer that holds the whole vault while it writes.
AT_ONCE: Final = SLOTS
# Seconds. Whoever left something unfinished for so long does not come back to it.
SURELY_DEAD: Final = 24 * 3600.0

_CARD_GUESS: Final = 1 << 16


class Measure(NamedTuple):
    """How large and how old a recording is.

    Args:
        bytes: The bytes of card and payload, whether or not the payload is here.
        age: Seconds since its card was written, here: a version control system writes it anew.
    """

    bytes: int
    age: float


class Place(NamedTuple):
    """The place of one recording in a vault, whether or not there is one.

    Args:
        vault: The vault's folder, or its URL.
        folder: The folder of the target in it.
        key: The call's key.
        target: The target's configured name; None where only the card can tell.
    """

    vault: str
    folder: str
    key: str
    target: str | None = None

    @property
    def card(self) -> str:
        """The card's path."""
        return f"{self.folder}/{self.key}.json"

    @property
    def payload(self) -> str:
        """The payload's path."""
        return f"{self.folder}/{self.key}.pkl"

    def unfinished_card(self, slot: int) -> str:
        """The path of a card that a writer has not put in its place yet."""
        return f"{self.folder}/.{self.key}-{slot}.json.part"

    def unfinished_payload(self, slot: int) -> str:
        """The path of a payload that a writer has not put in its place yet."""
        return f"{self.folder}/.{self.key}-{slot}.pkl.part"

    def size(self) -> int:
        """Sum up the bytes of card and payload, as far as they exist."""
        total = 0
        for path in (self.card, self.payload):
            with contextlib.suppress(FileNotFoundError):
                total += system.stat(path).st_size
        return total

    def writing(self) -> Writing:
        """Say of a failure in this block what could not be written, where and why.

        Returns:
            A context manager, which raises a ``VaultError`` in place of any ``OSError``.
        """
        return Writing(self)


class Writing:
    """A stretch in which a recording is written.

    Args:
        place: Its place.
    """

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> None:
        """Nothing has to be done before."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, OSError) or isinstance(error, MimicError):
            return
        vault, target = self._place.vault, self._place.target
        what = f"the recording of {target}" if target else self._place.card
        raise VaultError(
            f"cannot write {what} to the vault {vault}: {reason(vault, error)}"
        ) from error


def reason(vault: str, error: OSError) -> str:
    """Say why an operation on the vault failed.

    Args:
        vault: The vault's folder, or its URL.
        error: What the system said.

    Returns:
        The reason, in words.
    """
    if isinstance(error, (NotADirectoryError, FileExistsError)) and system.is_file(vault):
        return "that is a file, not a folder"
    words = error.strerror or str(error)
    # Of a file that is put in the place of another, that is the one which people know.
    name = error.filename2 or error.filename
    return f"{words} ({name})" if name else words


def slurp(path: str, vault: str) -> bytes | None:
    """Read a small file.

    Args:
        path: The file.
        vault: The vault's folder, for errors.

    Returns:
        Its contents; None where there is no such file.

    Raises:
        VaultError: The file is there and cannot be read.
    """
    try:
        fd = system.open_fd(path, system.TO_READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, vault, error) from error
    try:
        data = system.read(fd, _CARD_GUESS)
        if len(data) < _CARD_GUESS:
            return data
        chunks = [data]
        while chunks[-1]:
            chunks.append(system.read(fd, _CARD_GUESS))
        return b"".join(chunks)
    except OSError as error:
        raise unreadable(path, vault, error) from error
    finally:
        system.close(fd)


def unreadable(path: str, vault: str, error: OSError) -> VaultError:
    """Make the error for a file of the vault that the system does not let us read.

    Args:
        path: The file.
        vault: The vault's folder, or its URL.
        error: What the system said.

    Returns:
        The error, to be raised.
    """
    if isinstance(error, NotADirectoryError) and system.is_file(vault):
        return VaultError(f"cannot read the vault {vault}: that is a file, not a folder")
    return VaultError(
        f"cannot read {path}: {error.strerror or error}\n"
        "It has to be a file that whoever runs the tests may read: mend that, or restore it from "
        "version control."
    )
