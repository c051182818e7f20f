"""Locks that the system lets go of when their holder dies, however it dies."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
from typing import Final

import xxhash

from pytest_mimic import _system as system
from pytest_mimic.errors import VaultError

# Seconds. What is done under the lock takes milliseconds, a big payload's check excepted.
_PATIENCE: Final = 120.0
_FIRST_PAUSE: Final = 0.0005
_LONGEST_PAUSE: Final = 0.02

if sys.platform == "win32":
    import msvcrt

    # Beyond the end of any file, since a locked region cannot be read by others.
    _REGION: Final = 1 << 60

    def try_lock(fd: int) -> bool | None:
        """Lock an open file, without waiting.

        Args:
            fd: The file; closing it unlocks it.

        Returns:
            Whether it is locked now; None where the file system has no locks.
        """
        place = system.lseek(fd, 0, os.SEEK_CUR)
        system.lseek(fd, _REGION, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return None
        finally:
            system.lseek(fd, place, os.SEEK_SET)
        return True

    def _unlock(fd: int) -> None:
        system.lseek(fd, _REGION, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def try_lock(fd: int) -> bool | None:
        """Lock an open file or folder, without waiting.

        Args:
            fd: The file; closing it unlocks it.

        Returns:
            Whether it is locked now; None where the file system has no locks.
        """
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True

    def _unlock(fd: int) -> None:
        # Said aloud, since a child that was forked meanwhile holds the same open file.
        fcntl.flock(fd, fcntl.LOCK_UN)


class locked:  # noqa: N801  # it is used as a function; a generator would take twice as long
    """Hold a folder against every other process and thread that asks by this context manager.

    The folder itself is locked, which leaves no file behind; where that cannot be, a file in the
    system's folder for temporary files stands for it.

    Args:
        folder: The folder; it is made if it is not there.

    Raises:
        VaultError: Another one held it for minutes.
    """

    __slots__ = ("_fd", "_folder", "_taken")

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        # From before it is held until after: whatever runs between the two may collect garbage.
        _collection.hold_back()
        try:
            self._fd, self._taken = _hold(self._folder)
        except BaseException:
            _collection.let_go()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            if self._taken:
                _unlock(self._fd)
            system.close(self._fd)
        finally:
            _collection.let_go()


def _hold(folder: str) -> tuple[int, bool | None]:
    """Lock a folder, or what stands for it; give the open file, and whether it is locked."""
    fd = _open_folder(folder)
    taken = None if fd is None else _wait_for(fd, folder)
    if fd is not None and taken is None:
        system.close(fd)
        fd = None
    if fd is None:
        system.make_folder(folder)
        fd = system.open_fd(_stand_in(folder), os.O_RDWR | os.O_CREAT, system.MODE)
        taken = _wait_for(fd, folder)
    return fd, taken


class _Collection:
    """Keeps finalizers waiting, which may close a stream that is recorded and so want a lock too.

    They would run in the very thread that holds it, and wait for themselves. Python collects for
    all threads or for none, so the threads that hold a lock, or wait for one, are counted.
    """

    def __init__(self) -> None:
        self._count = 0
        self._was_enabled = False
        self._lock = threading.RLock()

    def become_child(self) -> None:
        """Leave to a parent process what its other threads were holding."""
        if self._count and self._was_enabled:
            gc.enable()
        self._count = 0
        self._lock = threading.RLock()

    def hold_back(self) -> None:
        """Have nothing collected from now on."""
        with self._lock:
            if not self._count:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._count += 1

    def let_go(self) -> None:
        """Have garbage collected again, if nobody else holds it back."""
        with self._lock:
            self._count -= 1
            if not self._count and self._was_enabled:
                gc.enable()


# One for the process, as the collector is.
_collection: Final = _Collection()
if sys.platform != "win32":  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_collection.become_child)


def _open_folder(folder: str) -> int | None:
    """Open a folder, which is made if need be; None where folders cannot be opened."""
    try:
        return system.open_fd(folder, os.O_RDONLY)
    except FileNotFoundError:
        system.make_folder(folder)
        return _open_folder(folder)
    except PermissionError:
        return None


def _stand_in(folder: str) -> str:
    digest = xxhash.xxh3_128_hexdigest(os.fsencode(os.path.realpath(folder)))
    return os.path.join(tempfile.gettempdir(), f"pytest-mimic-{digest}.lock")


def _wait_for(fd: int, folder: str) -> bool | None:
    pause = _FIRST_PAUSE
    # Counted rather than measured: code under test may have stopped the clock.
    waited = 0.0
    while (taken := try_lock(fd)) is False:
        if waited > _PATIENCE:
            system.close(fd)
            raise VaultError(
                f"cannot write to the vault {folder}: another process has held it for "
                f"{_PATIENCE:.0f} seconds"
            )
        system.sleep(pause)
        waited += pause
        pause = min(2 * pause, _LONGEST_PAUSE)
    return taken
