"""``prune``: what it lists, what it deletes, and what it leaves alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project

    Command = Callable[..., Any]


def test_nothing_is_deleted_before_it_was_listed(shop: Project, command: Command) -> None:
    done = command("prune", "--target", "shop:price", "--test", "milk")
    assert done.status == 0
    assert done.lines[0].startswith("KEY")
    assert "shop:price(item='milk')" in done.lines[1]
    assert done.lines[2].startswith("would delete 1 recording, ")
    assert done.lines[2].endswith("add --delete for that")
    assert len(shop.recordings()) == 3
    for flag, count in [("--delete", 2), ("--yes", 0)]:
        target = "shop:price" if count else "shop"
        done = command("prune", "--target", target, "--test", "milk" if count else "test", flag)
        assert done.lines[-1].startswith(f"deleted {3 - count if count else 2} recording")
        assert len(shop.recordings()) == count
    assert command("prune", "--target", "shop").lines == ["there is nothing to delete"]


def test_what_is_old_or_large_can_go(
    shop: Project, command: Command, grow_old: Callable[..., None]
) -> None:
    stock = shop.recordings("shop/stock")[0]
    assert command("prune", "--older", "90d", "--delete").lines == ["deleted 0 recordings, 0 B"]
    assert command("prune", "--larger", "1MB").lines == ["there is nothing to delete"]
    grow_old(shop, stock, 100 * 86400)
    command("prune", "--older", "90d", "--larger", "1k", "--delete")
    assert not stock.exists()
    assert len(shop.recordings()) == 2


def test_it_has_to_be_said_which(shop: Project, command: Command) -> None:
    done = command("prune", "--delete")
    assert done.status == 2
    assert "say which recordings" in done.err
    assert len(shop.recordings()) == 3


def conflict(card: Path) -> None:
    card.write_text(f"<<<<<<< ours\n{card.read_text()}=======\n>>>>>>> theirs\n")


def later(card: Path) -> None:
    card.write_text(json.dumps({**json.loads(card.read_text()), "format": 99}))


def unfetched(card: Path) -> None:
    card.with_suffix(".pkl").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")


@pytest.mark.parametrize("spoil", [conflict, later, unfetched])
def test_what_may_be_of_use_is_not_damaged(
    shop: Project, command: Command, spoil: Callable[[Path], None]
) -> None:
    spoil(shop.recordings()[0].with_suffix(".json"))
    done = command("prune", "--damaged", "--delete")
    assert done.status == (0 if spoil is unfetched else 1)
    assert ("left alone, for it cannot be read: " in done.err) is (spoil is not unfetched)
    assert done.lines == ["deleted 0 recordings, 0 B"]
    assert len(shop.recordings()) == 3


def test_what_is_damaged_can_go(shop: Project, command: Command) -> None:
    first, second, third = shop.recordings()
    first.write_bytes(b"")
    second.with_suffix(".json").write_text("{}")
    orphan = third.with_name(f"{'0' * 32}.pkl")
    orphan.write_bytes(b"")
    done = command("prune", "--damaged")
    assert done.status == 0
    assert done.lines[-1].startswith("would delete 2 recordings, ")
    assert len(shop.recordings()) == 4
    # Of what card could not be read, no filter can tell whether it is meant.
    done = command("prune", "--damaged", "--target", "shop")
    assert done.status == 1
    assert "left alone, for it cannot be read" in done.err
    done = command("prune", "--damaged", "--delete")
    assert f"{second.with_suffix('.json')} (damaged)" in done.lines
    assert done.lines[-2] == "1 leftover of killed runs removed"
    assert shop.recordings() == [third]
    assert command("prune", "--damaged", "--delete").lines == ["deleted 0 recordings, 0 B"]


@pytest.mark.parametrize(
    ("lines", "code", "gone"),
    [
        (["shop:price"], "", ["shop:stock"]),
        (["shop.price"], "", ["shop:stock"]),
        (["shop:*"], "", []),
        (["shop:pric", "other:stock"], "", ["shop:price", "shop:stock"]),
        (
            ["shop:price ignore=item"],
            "from pytest_mimic import mimic; '12:30'; mimic('shop:stock')",
            [],
        ),
        (["shop:price"], 'import pytest\n@pytest.mark.mimic("shop:*")\ndef f(): pass', []),
        (["shop:price"], "'shop:stock'", ["shop:stock"]),
    ],
)
def test_targets_that_are_not_configured_any_more_can_go(
    shop: Project, command: Command, lines: list[str], code: str, gone: list[str]
) -> None:
    shop.configure(*lines)
    shop.write({"sub/code.py": code, "site-packages/m.py": "mimic('shop:stock')"})
    done = command("prune", "--unconfigured")
    listed = {line.split("  ")[-2].partition("(")[0] for line in done.lines[1:-1]}
    assert listed == set(gone)


def test_without_a_configuration_nothing_is_unconfigured(shop: Project, command: Command) -> None:
    done = command("prune", "--unconfigured", "--vault", ".mimic_vault")
    assert done.status == 2
    assert "leave out --vault" in done.err
    (shop.path / "pytest.ini").write_text("[pytest]\n")
    done = command("prune", "--unconfigured", "--delete")
    assert done.status == 2
    assert f"no mimic_functions in {shop.path / 'pytest.ini'}" in done.err
    assert len(shop.recordings()) == 3
