"""Runs one command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_mimic._command_line._arguments import parse
from pytest_mimic._command_line._checking import check
from pytest_mimic._command_line._console import Console
from pytest_mimic._command_line._git import git_setup
from pytest_mimic._command_line._listing import list_recordings
from pytest_mimic._command_line._project import current_project
from pytest_mimic._command_line._pruning import prune
from pytest_mimic._command_line._showing import diff, show, textconv
from pytest_mimic._location import locate
from pytest_mimic._vault import open_vault
from pytest_mimic.errors import MimicError, VaultError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pytest_mimic._vault import AnyVault

_UNUSABLE = 2
# What a shell says of a command that was interrupted, or whose reader went away.
_INTERRUPTED = 130
_UNREAD = 141

_OF_VAULT = {
    "list": list_recordings,
    "show": show,
    "diff": diff,
    "check": check,
    "prune": prune,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit status: 0 where all is well, 1 where recordings are not as they should be, 2 where
        the command cannot be carried out.
    """
    given = parse(None if arguments is None else list(arguments))
    console = Console()
    try:
        status = _run(given, console)
        sys.stdout.flush()
    except (MimicError, pytest.UsageError) as error:
        console.complain(str(error))
        return _UNUSABLE
    except BrokenPipeError:
        # What is still to be written goes nowhere, so that nothing complains at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNREAD
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _run(given: argparse.Namespace, console: Console) -> int:
    if given.command == "textconv":
        return textconv(given, console)
    place = _place(given)
    if given.command == "git-setup":
        return git_setup(place, given, console)
    return _OF_VAULT[given.command](_vault(place), given, console)


def _place(given: argparse.Namespace) -> Path | str:
    if given.vault is None:
        return current_project().vault()
    return locate(given.vault, Path(os.getcwd()))


def _vault(place: Path | str) -> AnyVault:
    vault = open_vault(place)
    if not vault.exists():
        raise VaultError(
            f"there is no vault at {place}: name it with --vault, "
            "or make it with 'pytest --mimic-record'"
        )
    return vault
