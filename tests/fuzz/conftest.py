"""Functions of a module whose calls are answered as in a run, without a run of pytest."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._config import MimicConfig, Mode, StalePolicy, UnusedPolicy
from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Interception
from pytest_mimic._session import Session
from pytest_mimic._target import parse_target_line
from pytest_mimic._vault import open_vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Stage:
    """Modules whose targets are intercepted, and sessions that answer their calls.

    Args:
        path: A folder on the import path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, source: str) -> None:
        """Writes a module."""
        file = self.path.joinpath(*name.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(source), "utf-8")
        importlib.invalidate_caches()

    @contextmanager
    def session(
        self, mode: Mode, vault: Path, *lines: str, stale: StalePolicy = StalePolicy.IGNORE
    ) -> Iterator[Session]:
        """Intercepts targets for as long as the block lasts, which is one passing test."""
        parsed = tuple(map(parse_target_line, lines))
        settings = MimicConfig(self.path, vault, vault.name, mode, stale, UnusedPolicy.KEEP, parsed)
        session = Session(settings, open_vault(vault), Fingerprinter())
        interception = Interception(parsed, session.dispatch, session.engagement.variable)
        finder = MimicFinder(interception)
        finder.install()
        try:
            interception.sweep()
            session.begin_test()
            yield session
            problem = session.books.settle(passed=True)
            if problem is not None:
                raise problem
        finally:
            finder.uninstall()
            interception.restore()

    def forget(self) -> None:
        """Takes the modules that were written out of those that are imported."""
        for name, module in list(sys.modules.items()):
            if str(self.path) in str(getattr(module, "__file__", None)):
                del sys.modules[name]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = Stage(folder)
    yield made
    made.forget()


@pytest.fixture
def digest() -> Any:
    """Tells values apart, types and all."""
    return Fingerprinter().digest
