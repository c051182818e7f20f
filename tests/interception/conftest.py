"""Interception by itself, in this process, with a dispatcher that runs everything live."""

from __future__ import annotations

import importlib
import sys
from contextvars import ContextVar
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Callee, Interception
from pytest_mimic._target import parse_target_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Intercepted:
    """Modules whose targets are intercepted.

    Args:
        path: A folder on the import path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engaged: ContextVar[bool] = ContextVar("engaged", default=False)
        self.calls: list[str] = []
        self.values: list[tuple[object, ...]] = []
        self.interceptions: list[Interception] = []
        self.finders: list[MimicFinder] = []
        self.modules = set(sys.modules)

    def dispatch(self, callee: Callee, values: tuple[object, ...], raw: tuple[object, ...]) -> Any:
        __tracebackhide__ = True
        self.calls.append(",".join(target.name for target in callee.targets))
        self.values.append(values)
        return callee.live(raw)

    def start(self, *lines: str) -> Interception:
        interception = Interception(
            [parse_target_line(line) for line in lines], self.dispatch, self.engaged
        )
        finder = MimicFinder(interception)
        finder.install()
        self.interceptions.append(interception)
        self.finders.append(finder)
        interception.sweep()
        return interception

    def write(self, source: str, name: str = "m") -> None:
        (self.path / f"{name}.py").write_text(dedent(source), "utf-8")
        importlib.invalidate_caches()

    def module(self, source: str, *lines: str) -> Any:
        """Writes the module ``m``, begins to intercept, and imports it."""
        self.write(source)
        self.start(*lines)
        return importlib.import_module("m")

    def stop(self) -> None:
        for finder, interception in zip(self.finders, self.interceptions, strict=True):
            finder.uninstall()
            interception.restore()
        self.finders.clear()
        self.interceptions.clear()


@pytest.fixture
def intercepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Intercepted]:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    meta_path = sys.meta_path
    made = Intercepted(tmp_path)
    yield made
    made.stop()
    assert sys.meta_path is meta_path
    for name in set(sys.modules) - made.modules:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(
            sys.modules[name].__file__
        ):
            del sys.modules[name]
