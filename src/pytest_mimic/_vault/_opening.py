"""Which kind of vault there is at a place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_mimic._location import locate
from pytest_mimic._vault._vault import Vault

if TYPE_CHECKING:
    from pytest_mimic._vault._any import AnyVault


def open_vault(location: str | Path) -> AnyVault:
    """Open a vault, which need not exist.

    Args:
        location: Its folder, or its URL.

    Returns:
        The vault.

    Raises:
        MimicUsageError: The location cannot be used as written, or something that its URL needs is
            not installed.
    """
    found = locate(location, Path()) if isinstance(location, str) else location
    if isinstance(found, Path):
        return Vault(found)
    # Deferred for start-up time: whose vault is a folder pays for nothing else.
    from pytest_mimic._vault._remote import RemoteVault

    return RemoteVault(found)
