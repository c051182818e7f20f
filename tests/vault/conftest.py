"""A vault to try things on, and cards to write into it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_mimic._vault import Card, Vault

HERE = Path(__file__).parent


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def make_card() -> Callable[..., Card]:
    def make(key: str = "a" * 32, target: str = "my_module:fetch", **changes: Any) -> Card:
        fields: dict[str, Any] = {
            "arguments": {"user_id": {"type": "int", "value": 1}},
            "outcome": {"kind": "returned"},
            "effects": (),
            "took": 0.5,
            "python": "3.12.1",
            "distributions": {"numpy": "2.0"},
            "source": "0" * 32,
            "test": "tests/test_it.py::test_it",
        }
        return Card(target, key, **(fields | changes))

    return make


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


@pytest.fixture
def unmeasured() -> dict[str, str]:
    """An environment without coverage: a process that is killed or held short breaks its files."""
    return {name: value for name, value in os.environ.items() if "COVERAGE" not in name}


@pytest.fixture
def run_script(unmeasured: dict[str, str]) -> Callable[..., str]:
    """Run one of the scripts beside this file and return what it printed."""

    def run(name: str, *args: object) -> str:
        done = subprocess.run(
            [sys.executable, HERE / name, *map(str, args)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env=unmeasured | {"PYTHONWARNINGS": ""},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
