"""What the README says of other tools is true of the versions that are installed."""

from __future__ import annotations

import sys
import types
import warnings
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def test_joblib_memory(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    memory = joblib.Memory(tmp_path, verbose=0)
    ran: list[str] = []

    @memory.cache
    def returns(x: list[int]) -> int:
        ran.append("returns")
        x.append(1)
        return len(x)

    @memory.cache
    def raises() -> None:
        ran.append("raises")
        raise ValueError

    @memory.cache
    def yields() -> Any:
        ran.append("yields")
        yield 1

    first: list[int] = []
    second: list[int] = []
    assert returns(first) == returns(second) == 1  # the first ran: nothing has to be recorded
    assert (first, second) == ([1], [])
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^$"):
            raises()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert list(yields()) == [1]
    assert ran == ["returns", "raises", "yields", "raises", "yields"]


def test_vcr() -> None:
    vcr = pytest.importorskip("vcr")
    config = vcr.VCR()
    assert config.record_mode == "once"
    assert tuple(config.match_on) == ("method", "scheme", "host", "port", "path", "query")
    assert config.serializer == "yaml"


def test_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    library = types.ModuleType("library")
    library.fetch = lambda: "live"  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "library", library)
    from library import fetch  # type: ignore[import-not-found]

    with mock.patch("library.fetch", return_value="mocked"):
        assert library.fetch() == "mocked"
        assert fetch() == "live"
