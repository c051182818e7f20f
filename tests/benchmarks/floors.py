"""What recordings cost with everything of ours taken out: the same files, with the same calls."""

from __future__ import annotations

import mmap
import os
import pickle
import statistics
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import xxhash

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Bytes that fit into a processor's own memory.
_CHUNK = 1 << 20
_TIMES = 5


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


def reading_large(vault: Path) -> float:
    """Times the reading of large payloads into memory that belongs to nobody else, and hashing it.

    Args:
        vault: Where recordings are.

    Returns:
        The least of the seconds that one takes.
    """
    huge_pages = getattr(mmap, "MADV_HUGEPAGE", None)
    # Windows has no such flags.
    private = {} if sys.platform == "win32" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}

    def read(payload: Path) -> object:
        digest = xxhash.xxh3_128()
        with payload.open("rb", buffering=0) as file:
            pages = mmap.mmap(-1, payload.stat().st_size, **private)
            if huge_pages is not None:
                pages.madvise(huge_pages)
            view = memoryview(pages)
            for start in range(0, len(view), _CHUNK):
                digest.update(view[start : start + file.readinto(view[start : start + _CHUNK])])
        return pages, digest.digest()

    return min(_median(read, [payload]) for payload in vault.rglob("*.pkl") for _ in range(_TIMES))


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
    work: Callable[..., object], each: list[Path] | list[tuple[str, str]] | list[Files]
) -> float:
    taken = []
    for item in each:
        start = time.perf_counter()
        work(item)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
