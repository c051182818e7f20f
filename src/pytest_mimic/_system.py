"""The system's calls as they were before any code under test could put mocks in their place.

A call may be replayed while its test has patched ``os.replace``, ``builtins.open`` or
``time.sleep``. So this is imported as a run starts, whenever the rest of the engine is.
"""

from __future__ import annotations

import mmap as _mmap
import os
from io import FileIO
from mmap import mmap
from os import (
    close,
    fstat,
    fsync,
    ftruncate,
    getpid,
    listdir,
    lseek,
    mkdir,
    read,
    replace,
    rmdir,
    scandir,
    stat,
    unlink,
    write,
)
from os import lstat as _lstat
from os import open as open_fd
from os.path import dirname
from stat import S_ISDIR, S_ISREG
from time import sleep, time
from typing import Final

# Windows would change line ends otherwise; elsewhere there is no such flag.
_BINARY: Final = getattr(os, "O_BINARY", 0)

TO_READ: Final = os.O_RDONLY | _BINARY
TO_LOCK: Final = os.O_RDWR | _BINARY
TO_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
TO_OVERWRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
MODE: Final = 0o666

# Pages of the process's own. Windows has neither flag, and only Linux has huge pages.
PRIVATE_PAGES: Final[int] = getattr(_mmap, "MAP_PRIVATE", 0) | getattr(_mmap, "MAP_ANONYMOUS", 0)
HUGE_PAGES: Final[int | None] = getattr(_mmap, "MADV_HUGEPAGE", None)

__all__ = [
    "HUGE_PAGES",
    "MODE",
    "PRIVATE_PAGES",
    "TO_CREATE",
    "TO_LOCK",
    "TO_OVERWRITE",
    "TO_READ",
    "FileIO",
    "close",
    "dirname",
    "exists",
    "fstat",
    "fsync",
    "ftruncate",
    "getpid",
    "is_file",
    "is_folder",
    "listdir",
    "lseek",
    "make_folder",
    "mmap",
    "open_fd",
    "read",
    "replace",
    "rmdir",
    "scandir",
    "sleep",
    "stat",
    "time",
    "unlink",
    "write",
]


def exists(path: str) -> bool:
    """Tell whether there is anything of that name, a broken link too."""
    try:
        _lstat(path)
    except OSError:
        return False
    return True


def is_folder(path: str) -> bool:
    """Tell whether a path leads to a folder."""
    try:
        return S_ISDIR(stat(path).st_mode)
    except OSError:
        return False


def is_file(path: str) -> bool:
    """Tell whether a path leads to a regular file."""
    try:
        return S_ISREG(stat(path).st_mode)
    except OSError:
        return False


def make_folder(path: str) -> None:
    """Make a folder and those that it lies in, as far as they do not exist.

    Args:
        path: The folder.

    Raises:
        OSError: It cannot be made, or something else has its name.
    """
    try:
        mkdir(path)
    except FileNotFoundError:
        make_folder(dirname(path))
        make_folder(path)
    except OSError:
        if not is_folder(path):
            raise
