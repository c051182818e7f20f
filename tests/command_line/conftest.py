"""A project with recordings of every kind, and the command line run in its folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytest_mimic._command_line import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project


class Done(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Command = "Callable[..., Done]"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs a command in this process."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        status = main(arguments)
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with three recordings of two targets, and its folder the current one."""
    project.write(
        {
            "shop.py": """
                def price(item):
                    return len(item)

                def stock(item):
                    return "x" * 5000
            """,
            "test_shop.py": """
                import shop

                def test_tea():
                    assert shop.price("tea") == 3
                    assert shop.stock("tea")

                def test_milk():
                    assert shop.price("milk") == 4
            """,
        }
    )
    project.configure("shop:price", "shop:stock")
    project.record(in_process=True).passed(2)
    monkeypatch.chdir(project.path)
    return project


@pytest.fixture
def grow_old() -> Callable[..., None]:
    """Makes a recording look as if it were written long ago."""

    def change(project: Project, payload: os.PathLike[str], seconds: float) -> None:
        card = project.vault / os.path.relpath(os.fspath(payload), project.vault)
        card = card.with_suffix(".json")
        now = card.stat().st_mtime
        os.utime(card, (now - seconds, now - seconds))

    return change
