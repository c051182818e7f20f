"""The vault at the command line: ``python -m pytest_mimic``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from pytest_mimic._options import DEFAULT_VAULT_PATH
from pytest_mimic._outline import describe_call
from pytest_mimic._vault import open_vault
from pytest_mimic.errors import MimicError, RecordingError, VaultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_mimic._vault import AnyVault, Place

_FOUND_DAMAGE = 1
_UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit status: 0 where all is well, 1 where recordings are damaged or not there, 2 where
        the command cannot be carried out.
    """
    given = _parser().parse_args(arguments)
    try:
        vault = open_vault(given.vault)
        if not vault.exists():
            raise VaultError(
                f"there is no vault at {given.vault}: name it with --vault, "
                "or make it with 'pytest --mimic-record'"
            )
        lines, status = {"list": _list, "show": _show, "check": _check}[given.command](vault, given)
    except MimicError as error:
        print(error, file=sys.stderr)  # noqa: T201  # what a command prints is what it is for
        return _UNUSABLE
    for line in lines:
        print(line)  # noqa: T201  # as above
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_mimic", description="Look into a vault of recordings."
    )
    parser.add_argument(
        "--vault",
        default=DEFAULT_VAULT_PATH,
        help="the vault's folder or URL (default: %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="list the recordings, by call")
    listing.add_argument("--target", help="only those of this target, such as my_module:fetch")
    showing = commands.add_parser("show", help="show the card of a recording")
    showing.add_argument("key", help="the key, or its first digits")
    commands.add_parser("check", help="check that every card and payload is sound")
    return parser


def _list(vault: AnyVault, given: argparse.Namespace) -> tuple[list[str], int]:
    damaged: list[str] = []
    lines = [
        f"{card.key[:12]}  {describe_call(card.target, card.arguments)}  ({card.test})"
        for card in vault.cards(given.target, on_damage=lambda error: damaged.append(str(error)))
    ]
    return lines + damaged, _FOUND_DAMAGE if damaged else 0


def _show(vault: AnyVault, given: argparse.Namespace) -> tuple[list[str], int]:
    places = [place for place in vault.places() if place.key.startswith(given.key.lower())]
    if not places:
        return [f"no recording's key begins with {given.key}"], _FOUND_DAMAGE
    cards = [vault.card_at(place) for place in places]
    return [card.to_json().decode("utf-8") for card in cards if card is not None], 0


def _check(vault: AnyVault, _: argparse.Namespace) -> tuple[list[str], int]:
    places = list(vault.places())
    damaged = [line for place in places for line in _damage(vault, place)]
    return [*damaged, f"{len(places)} recordings, {len(damaged)} damaged"], (
        _FOUND_DAMAGE if damaged else 0
    )


def _damage(vault: AnyVault, place: Place) -> Iterator[str]:
    try:
        card = vault.card_at(place)
        if card is not None:
            vault.read(card.target, card.key)
    except RecordingError as error:
        yield str(error)


if __name__ == "__main__":
    sys.exit(main())
