"""``list``, and what all commands have in common."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._command_line import main
from pytest_mimic._command_line._console import Console
from pytest_mimic._outline import outline
from pytest_mimic._vault import Card, Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project

    Command = Callable[..., Any]


def calls(lines: list[str]) -> list[str]:
    """The calls of a list, without its first and its last line."""
    return [line.split("  ")[-2] for line in lines[1:-1]]


PRICE_TEA, PRICE_MILK = "shop:price(item='tea')", "shop:price(item='milk')"
STOCK_TEA = "shop:stock(item='tea')"


def test_list_tells_keys_sizes_calls_and_tests(shop: Project, command: Command) -> None:
    done = command("list")
    assert done.status == 0
    assert done.lines[0].split() == ["KEY", "SIZE", "AGE", "CALL", "(TEST)"]
    assert sorted(calls(done.lines)) == [PRICE_MILK, PRICE_TEA, STOCK_TEA]
    (stock,) = [line for line in done.lines if STOCK_TEA in line]
    payload = shop.recordings("shop/stock")[0]
    assert stock.startswith(f"{payload.stem[:12]}    5.")
    assert stock.endswith(f"{STOCK_TEA}  (test_shop.py::test_tea)")
    assert done.lines[-1].startswith("3 recordings of 2 targets, ")
    assert not done.err


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["--target", "shop:stock"], {STOCK_TEA}),
        (["--target", "shop:pr*"], {PRICE_TEA, PRICE_MILK}),
        (["--target", "shop"], {PRICE_TEA, PRICE_MILK, STOCK_TEA}),
        (["--target", "sho"], set()),
        (["--test", "test_milk"], {PRICE_MILK}),
        (["--test", "shop*tea"], {PRICE_TEA, STOCK_TEA}),
        (["--larger", "2k"], {STOCK_TEA}),
        (["--larger", "2k", "--test", "milk"], set()),
        (["--older", "1h"], {PRICE_MILK}),
    ],
)
def test_filters_select(
    shop: Project,
    command: Command,
    grow_old: Callable[..., None],
    filters: list[str],
    expected: set[str],
) -> None:
    for line in command("list", "--test", "milk").lines[1:-1]:
        (payload,) = shop.vault.rglob(f"{line[:12]}*.pkl")
        grow_old(shop, payload, 7300)
    done = command("list", *filters)
    assert done.status == 0
    assert set(calls(done.lines)) == expected
    if "--older" in filters:
        assert done.lines[1].split()[3] == "2h"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("target", ["shop:price", "shop:price", "shop:stock"]),
        ("test", ["shop:price", "shop:price", "shop:stock"]),
        ("size", ["shop:stock", "shop:price", "shop:price"]),
        ("age", ["shop:stock", "shop:price", "shop:price"]),
    ],
)
def test_orders(
    shop: Project,
    command: Command,
    grow_old: Callable[..., None],
    order: str,
    expected: list[str],
) -> None:
    grow_old(shop, shop.recordings("shop/stock")[0], 100)
    lines = command("list", "--sort", order).lines
    assert [call.partition("(")[0] for call in calls(lines)] == expected
    if order == "test":
        assert calls(lines)[0] == PRICE_MILK
    first = command("list", "--sort", order, "--limit", "1").lines
    assert first[:2] == lines[:2]
    assert first[2].startswith("1 recording of 1 target, ")
    assert len(command("list", "--limit", "2").lines) == 4


def test_a_card_that_cannot_be_read_is_told_of_and_the_rest_listed(
    shop: Project, command: Command
) -> None:
    card = shop.recordings("shop/stock")[0].with_suffix(".json")
    card.write_text("{}")
    done = command("list")
    assert done.status == 1
    assert sorted(calls(done.lines)) == [PRICE_MILK, PRICE_TEA]
    assert str(card) in done.err


@pytest.mark.parametrize("arguments", [["list"], ["prune", "--target", "shop"]])
def test_a_line_is_printed_before_the_next_card_is_read(
    shop: Project, command: Command, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    walk, say = Vault.walk, Console.say
    events: list[str] = []

    def walked(self: Vault, target: str | None = None) -> Any:
        for one in walk(self, target):
            events.append("card")
            yield one

    def said(self: Console, text: str) -> None:
        events.append("line")
        say(self, text)

    monkeypatch.setattr(Vault, "walk", walked)
    monkeypatch.setattr(Console, "say", said)
    assert command(*arguments).status == 0
    header = ["card", "line"]
    assert events == [*header, "line", "card", "line", "card", "line", "line"]


def test_what_goes_meanwhile_is_left_out(
    shop: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_at = Vault.card_at
    seen: list[object] = []

    def gone(self: Vault, place: Any) -> Card | None:
        seen.append(place)
        return card_at(self, place) if len(seen) <= 3 else None

    monkeypatch.setattr(Vault, "card_at", gone)
    assert command("list", "--sort", "size").lines == ["0 recordings of 0 targets, 0 B"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--larger", "big"], "'big' is no size"),
        (["--older", "yesterday"], "'yesterday' is no age"),
        (["--sort", "colour"], "invalid choice"),
        (["--limit", "0"], "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(
    command: Command, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["list", *arguments])
    assert stopped.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\nmimic_vault_path = elsewhere\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nmimic_vault_path = "elsewhere"\n'),
        ("tox.ini", "[pytest]\nmimic_vault_path = elsewhere\n"),
        ("setup.cfg", "[tool:pytest]\nmimic_vault_path = elsewhere\n"),
    ],
)
def test_the_vault_is_found_as_pytest_finds_it(
    shop: Project, command: Command, monkeypatch: pytest.MonkeyPatch, file: str, text: str
) -> None:
    (shop.path / "pytest.ini").unlink()
    shop.write({file: text, "conftest.py": "raise AssertionError('imported')", "sub/a.txt": ""})
    shop.vault.rename(shop.path / "elsewhere")
    monkeypatch.chdir(shop.path / "sub")
    assert len(command("list").lines) == 5


def test_the_vault_can_be_named(
    shop: Project, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop.vault.rename(shop.path / "elsewhere")
    done = command("list")
    assert done.status == 2
    assert f"there is no vault at {shop.vault}" in done.err
    assert len(command("--vault", "elsewhere", "list").lines) == 5
    assert len(command("list", "--vault", "elsewhere").lines) == 5
    url = (shop.path / "elsewhere").as_uri()
    assert len(command("list", "--vault", url).lines) == 5


def test_a_configuration_that_cannot_be_read_is_an_error(shop: Project, command: Command) -> None:
    (shop.path / "pytest.ini").write_text("[pytest\n")
    done = command("list")
    assert done.status == 2
    assert "pytest.ini" in done.err


def test_a_vault_that_several_share_is_read_too(command: Command) -> None:
    pytest.importorskip("fsspec")
    from pytest_mimic._vault import open_vault

    url = f"memory://command-line-{os.getpid()}"
    remote = open_vault(url)
    for place in range(2):
        remote.write(make_card(f"{place}" * 32, f"m:f{place}"), [pickle.dumps(place) + b"\0"])
    done = command("list", "--vault", url)
    assert [line.split()[0] for line in done.lines[1:-1]] == ["0" * 12, "1" * 12]
    assert command("check", "--vault", url).status == 0
    assert "returned 1" in command("show", "1", "--vault", url).lines
    assert command("prune", "--target", "m:f1", "--delete", "--vault", url).status == 0
    assert len(command("list", "--vault", url).lines) == 3
    done = command("git-setup", "--vault", url)
    assert done.status == 2
    assert "is no folder" in done.err


def make_card(key: str, target: str = "m:f", **changes: Any) -> Card:
    fields: dict[str, Any] = {
        "arguments": {"x": outline(1)},
        "outcome": {"kind": "returned", "outline": outline(1)},
        "effects": (),
        "took": 0.1,
        "python": "3.12.1",
        "distributions": {},
        "source": None,
        "test": "test_m.py::test_it",
    }
    return Card(target, key, **(fields | changes))


def test_a_card_does_not_steer_the_terminal(
    shop: Project, command: Command, tmp_path: Path
) -> None:
    Vault(tmp_path / "v").write(make_card("a" * 32, test="\x1b[2Jtest\ud800ü"), [b"\x80\x05N.\0"])
    done = command("list", "--vault", str(tmp_path / "v"))
    assert done.lines[1].endswith("(\\x1b[2Jtest\\ud800ü)")


def test_a_reader_that_has_seen_enough_is_not_complained_about(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "v")
    for place in range(300):
        key = f"{place:032x}"
        vault.write(make_card(key, test="x" * 500), [b"\x80\x05N.\0"])
    command = [sys.executable, "-m", "pytest_mimic", "list", "--vault", str(tmp_path / "v")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith("KEY")
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait() == 141


def test_nothing_runs_where_it_is_only_imported() -> None:
    assert importlib.import_module("pytest_mimic.__main__").main is main


def test_an_interrupt_is_quiet(
    shop: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Vault, "walk", interrupt)
    assert command("list") == (130, "", "")


def test_help_is_for_strangers(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["prune", "--help"], ["git-setup", "--help"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert "python -m pytest_mimic show" in shown
    assert "Without --delete" in shown
    assert ".gitattributes" in shown
