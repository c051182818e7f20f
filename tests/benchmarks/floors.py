"""What recordings cost with everything of ours taken out: the same files, with the same calls."""

from __future__ import annotations

import os
import pickle
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Files(NamedTuple):
    """The files of one recording.

    Args:
        name: What they are called, without their ends.
        card: What is in the one.
        payload: What is in the other.
    """

    name: str
    card: bytes
    payload: bytes


def reading(vault: Path) -> float:
    """Times the reading of a recording's files, and loading the outcome.

    Args:
        vault: Where recordings are.

    Returns:
        The median of the seconds that one takes.
    """
    cards = sorted(vault.rglob("*.json"))
    return _median(_read, [(str(card), str(card.with_suffix(".pkl"))) for card in cards])


def writing(vault: Path, folder: Path) -> float | None:
    """Times the writing of files like those of a vault's recordings, under the same lock.

    Args:
        vault: Where recordings are.
        folder: Where to write.

    Returns:
        The median of the seconds that one takes; None where the system's locks are others.
    """
    try:
        import fcntl
    except ImportError:
        return None
    folder.mkdir()

    def write(files: Files) -> None:
        card, payload = f"{folder}/{files.name}.json", f"{folder}/{files.name}.pkl"
        if os.path.lexists(card):
            raise FileExistsError(card)
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        for path, content in ((payload, files.payload), (card, files.card)):
            fd = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            os.write(fd, content)
            os.close(fd)
        os.replace(f"{payload}.part", payload)
        os.replace(f"{card}.part", card)
        fcntl.flock(held, fcntl.LOCK_UN)
        os.close(held)

    cards = sorted(vault.rglob("*.json"))
    return _median(
        write,
        [
            Files(card.stem, card.read_bytes(), card.with_suffix(".pkl").read_bytes())
            for card in cards
        ],
    )


def _read(paths: tuple[str, str]) -> object:
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        content = os.read(fd, 1 << 16)
        os.close(fd)
    return pickle.loads(content)


def _median(
    work: Callable[..., object], each: list[object] | list[tuple[str, str]] | list[Files]
) -> float:
    taken = []
    for item in each:
        start = time.perf_counter()
        work(item)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
