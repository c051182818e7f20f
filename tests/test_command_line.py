"""``python -m pytest_mimic``: what it tells of a vault."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_mimic.__main__ import main
from pytest_mimic._vault import Vault

if TYPE_CHECKING:
    from tests.conftest import Project


@pytest.fixture
def vault(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two recordings, and its folder the current one."""
    project.write(
        {
            "shop.py": "def price(item): return len(item)\ndef stock(item): return 3",
            "test_shop.py": """
                import shop

                def test_it():
                    assert shop.price("tea") == shop.stock("tea")
            """,
        }
    )
    project.configure("shop:*")
    project.record().passed(1)
    monkeypatch.chdir(project.path)
    return project


def test_list_tells_calls_and_tests(vault: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("shop:price(item='tea')  (test_shop.py::test_it)")
    assert main(["list", "--target", "shop:stock"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(vault.recordings("shop/stock")[0].stem[:12])


def test_show_prints_the_card(vault: Project, capsys: pytest.CaptureFixture[str]) -> None:
    key = vault.recordings("shop/price")[0].stem
    assert main(["show", key[:10]]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == key
    assert main(["show", "zz"]) == 1
    assert "no recording" in capsys.readouterr().out


def test_check_finds_what_is_damaged(vault: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "2 recordings, 0 damaged\n"
    payload, other = vault.recordings()
    payload.write_bytes(b"")
    other.with_suffix(".json").write_text("{}")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert payload.name in out
    assert other.with_suffix(".json").name in out
    assert out.endswith("2 recordings, 2 damaged\n")
    assert main(["list"]) == 1


def test_what_is_gone_meanwhile_is_not_damaged(
    vault: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Vault, "card_at", lambda *_: None)
    assert main(["check"]) == 0
    assert capsys.readouterr().out == f"{len(vault.recordings())} recordings, 0 damaged\n"


def test_a_vault_that_is_not_there_is_said_to_be(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest_mimic", "--vault", f"{tmp_path}/nowhere", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no vault at" in done.stderr
