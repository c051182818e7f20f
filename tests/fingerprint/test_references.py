"""Names that are the same on every Python, wherever it keeps what they stand for."""

from __future__ import annotations

import copyreg
import fnmatch
import sys
from array import array
from types import ModuleType
from typing import Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter, _references
from pytest_mimic._fingerprint._libraries import _polars as of_polars


class Moved:
    pass


def test_module_that_some_versions_have(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("pathlib._local")
    monkeypatch.setitem(sys.modules, "pathlib._local", module)
    monkeypatch.setattr(Moved, "__module__", "pathlib._local")
    monkeypatch.setattr(module, "Moved", Moved, raising=False)
    assert _references.reference(Moved) == "pathlib:Moved"


def test_library_that_publishes_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("attr", "attr._inner", "attr._inner.deep"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(Moved, "__module__", "attr._inner.deep")
    monkeypatch.setattr(sys.modules["attr._inner.deep"], "Moved", Moved, raising=False)
    assert _references.reference(Moved) == "attr._inner.deep:Moved"
    monkeypatch.setattr(sys.modules["attr"], "Moved", Moved, raising=False)
    assert _references.reference(Moved) == "attr:Moved"


def test_nothing_leads_through_a_value() -> None:
    assert _references.find("sys", "maxsize.real") is None
    assert _references.find("sys", "nothing.real") is None
    assert _references.find("builtins", "bool.nothing") is None
    assert _references.find("builtins", "bool.real") is int.__dict__["real"]


def test_function_that_remembers() -> None:
    remembering = fnmatch._compile_pattern  # type: ignore[attr-defined]
    assert Fingerprinter().digest(remembering) == Fingerprinter().digest(remembering)


class Remembering(type):
    """Makes classes that remember what they were asked, as sympy's undefined functions do."""

    def __new__(cls, name: str) -> Remembering:
        return super().__new__(cls, name, (), {"asked": []})


def test_a_class_is_what_its_metaclass_has_pickles_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def reduce(value: type) -> tuple[object, ...]:
        return Remembering, (value.__name__,)

    monkeypatch.setitem(copyreg.dispatch_table, Remembering, reduce)
    asked: Any = Remembering("f")
    asked.asked.append("what are you?")
    digest = Fingerprinter().digest
    assert digest(asked) == digest(Remembering("f")) != digest(Remembering("g"))
    assert digest([asked, asked()]) == digest([Remembering("f"), Remembering("f")()])


def test_what_has_no_names_of_its_own() -> None:
    assert _references.reference(1) is None


def test_polars_with_and_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    polars = pytest.importorskip("polars")
    pytest.importorskip("numpy")
    series = polars.Series([1, 2, None, 4])
    digest = Fingerprinter().digest(series)
    assert not isinstance(of_polars._numbers(series.drop_nulls(), "q"), array)
    monkeypatch.delitem(sys.modules, "numpy")
    assert isinstance(of_polars._numbers(series.drop_nulls(), "q"), array)
    assert Fingerprinter().digest(series) == digest
