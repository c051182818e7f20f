"""A vault to try things on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_mimic._vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def leftovers(vault: Vault) -> Callable[[], list[str]]:
    """Names of what stands in the vault and is neither a recording nor its README."""

    def find() -> list[str]:
        return sorted(
            path.name
            for path in vault.path.rglob("*")
            if path.is_file() and path.suffix not in (".json", ".pkl", ".md")
        )

    return find


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: syncing to a disk takes its time."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder is made with a name of its own
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)
