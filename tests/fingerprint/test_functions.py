"""Functions that no name leads to: what is left of them by ``-O`` and elsewhere is the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter, _source

SOURCE = '''
import math

LIMIT, SHOWN, DEFAULT, near = 3, 4, 5, 6

def decorate(function):
    return function

def made(near=1, count=0):
    @decorate
    def checked(value, most=DEFAULT, *, also=DEFAULT, needed):
        """What it does.

            Indented.
        """
        nonlocal count
        assert value < LIMIT and near, f"{SHOWN} {value}"
        count += 1
        return [math.pi for _ in value]

    async def waiting(value):
        "Waits."
        assert LIMIT
        def inner():
            "Within."
            assert SHOWN
            return super().waiting
        return inner

    class Holder:
        def method(self):
            assert near and LIMIT
            return super().method()

    return checked, waiting, lambda value, key=lambda: DEFAULT: (value, LIMIT), Holder.method
'''


def made_of(text: str, path: Path, optimize: int = 0, **values: object) -> Any:
    """The functions that a module makes."""
    path.write_text(text, encoding="utf-8")
    scope: dict[str, Any] = {"__name__": "made_up", "__file__": str(path)}
    code = compile(text, str(path), "exec", dont_inherit=True, optimize=optimize)
    exec(code, scope)  # noqa: S102  # written here
    scope.update(values)
    return scope["made"]()


@pytest.mark.parametrize("optimize", [1, 2])
def test_without_assertions_and_docstrings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimize: int
) -> None:
    digest = Fingerprinter().digest
    path = tmp_path / "made_up.py"
    whole = [digest(each) for each in made_of(SOURCE, path)]
    monkeypatch.setattr(_source, "sys", SimpleNamespace(flags=SimpleNamespace(optimize=optimize)))
    assert [digest(each) for each in made_of(SOURCE, path, optimize)] == whole
    changed = [digest(each) for each in made_of(SOURCE, path, optimize, LIMIT=9)]
    assert not set(changed) & set(whole)
    unchanged = [digest(each) for each in made_of(SOURCE, path, optimize, near=9, __doc__="")]
    assert unchanged == whole


def test_where_a_module_lies_is_no_part_of_its_functions(tmp_path: Path) -> None:
    text = "def made(): return lambda: (__file__, __name__, here)\nhere = 1\n"
    digest = Fingerprinter().digest
    first = digest(made_of(text, tmp_path / "first.py"))
    shutil.copy(tmp_path / "first.py", tmp_path / "second.py")
    assert digest(made_of(text, tmp_path / "second.py")) == first
    assert digest(made_of(text, tmp_path / "second.py", here=2)) != first
    assert digest(made_of(text, tmp_path / "second.py", __name__="other")) != first
