"""Where a vault is: a folder, or a URL of a store that several people share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pytest_mimic.errors import MimicUsageError

# Two letters at least: one is a drive of Windows. With two colons, fsspec chains URLs.
_URL: Final = r"([A-Za-z][A-Za-z0-9+.-]+)(?:://|::)(.*)"
_DRIVE: Final = r"^/(?=[A-Za-z]:)"
# A secret may hold a slash, so nothing but the last `@` ends it.
_CREDENTIALS: Final = r"://[^@\s]*:\S*@"
_USER: Final = r"://[^\s\"'<>]*@"


def locate(text: str, base: Path) -> Path | str:
    """Tells where a vault is that somebody has named.

    Args:
        text: A folder, or a URL.
        base: What a relative folder is relative to.

    Returns:
        The folder, absolute if ``base`` is; or the URL, without a slash at its end.

    Raises:
        MimicUsageError: It cannot be used as written.
    """
    url = re.fullmatch(_URL, text) if ":" in text else None
    if url is None:
        return _folder(text, base)
    protocol, rest = url.groups()
    if text.lower().startswith("file://"):
        return _folder(re.sub(_DRIVE, "", rest, count=1), base)
    if re.search(_CREDENTIALS, text):
        raise MimicUsageError(
            f"the vault {redacted(text)} is named with credentials: leave them out, and give them "
            "the way that the store's own tools take them, as by environment variables"
        )
    if "?" in text:
        raise MimicUsageError(
            f"the vault {text.partition('?')[0]} is named with a query: leave out the question "
            "mark and what follows it"
        )
    if not rest.strip("/"):
        raise MimicUsageError(
            f"the vault {text} has no place: name one, such as '{protocol}://bucket/vault'"
        )
    return text.rstrip("/")


def redacted(text: str) -> str:
    """Leaves out of a text what stands before the ``@`` of a URL.

    Args:
        text: Any text, a URL or a message that holds one.

    Returns:
        The text, to be shown.
    """
    return re.sub(_USER, "://***@", text)


def _folder(text: str, base: Path) -> Path:
    try:
        return base / Path(text).expanduser()
    except RuntimeError as error:
        raise MimicUsageError(f"the vault {text} is nowhere: {error}") from error
