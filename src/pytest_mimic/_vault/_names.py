"""Names of folders in the vault: what every file system takes, still readable.

Two targets may share a folder (on a file system that ignores case, say). That harms nobody: the key
in the file's name covers the target's name, and the card states it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import xxhash

# Room for the rest of a path where a whole path may have 260 characters.
_LONGEST: Final = 100
_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")
_RESERVED: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?|readme\.md", re.IGNORECASE
)


def folder_of(target: str) -> tuple[str, str]:
    """Name the folders of a target.

    Args:
        target: ``module:qualname``.

    Returns:
        The folder in the vault, and the folder in that.
    """
    module, _, qualname = target.partition(":")
    return _safe(module), _safe(qualname)


def _safe(name: str) -> str:
    """Encode what some file system refuses or changes, and shorten what is too long."""
    # A fixed version of Unicode, so that every Python names the same folder.
    is_stable = unicodedata.ucd_3_2_0.normalize("NFC", name) == name
    encoded = "".join(
        char if char in _PLAIN or (is_stable and _is_letter(char)) else _percent(char)
        for char in name
    )
    if encoded.startswith(".") or _RESERVED.fullmatch(encoded):
        encoded = _percent(encoded[0]) + encoded[1:]
    if encoded.endswith("."):
        encoded = encoded[:-1] + "%2E"
    return _shortened(encoded or "%", name)


def _is_letter(char: str) -> bool:
    return unicodedata.ucd_3_2_0.category(char)[0] == "L"


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def _shortened(encoded: str, name: str) -> str:
    data = encoded.encode()
    if len(data) <= _LONGEST:
        return encoded
    digest = xxhash.xxh3_64_hexdigest(name.encode("utf-8", "surrogatepass"))
    return data[: _LONGEST - 17].decode("utf-8", "ignore") + "~" + digest
