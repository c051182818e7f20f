"""What can be said to ``python -m pytest_mimic``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pytest_mimic._command_line._listing import ORDERS
from pytest_mimic._command_line._selection import add_filters
from pytest_mimic._command_line._showing import MOST_LINES

if TYPE_CHECKING:
    from typing import Any

_PROGRAM = "python -m pytest_mimic"

_ABOUT = """\
Look into a vault: the folder in which pytest-mimic keeps the recordings of function calls.
Each recording is a card, which tells what was called, and a payload, which holds what came back.
No command runs or imports any code of the project, or any code that a payload asks for.
"""

_EXAMPLES = f"""\
examples:
  {_PROGRAM} list --target shop --sort size --limit 10
  {_PROGRAM} show 3f2ac8
  {_PROGRAM} diff 3f2ac8 91bb07
  {_PROGRAM} check
  {_PROGRAM} prune --older 90d            (lists; add --delete to delete)
  {_PROGRAM} git-setup
"""

_LIST = """\
List the recordings, a line each: the first digits of the key, the size of card and payload, the
time since it was written here, the call, and the test that recorded it. In the end their sum.
"""
_SHOW = """\
Show one recording: its card, and what its payload holds. Objects are shown by the name of their
class and by what they would be made from; nothing is imported and nothing runs.
"""
_DIFF = """\
Compare two recordings: their arguments, by their cards, and their outcomes, by their payloads, path
by path. The exit status is 0 where there is no difference, and 1 where there is one.
"""
_CHECK = """\
Read every card and every payload, and say which are damaged, and which are stale: recorded when the
source of their target was another one. Sources are read and never imported; where a target's is not
found, or a decorator may have put another function in its place, that is counted and no more.
The exit status is 1 where a recording is damaged or its payload was not fetched.
"""
_PRUNE = """\
Delete recordings. What is given says which: a recording must be all of it. Without --delete, the
recordings are only listed. What may be of use is never taken for damaged: payloads that git LFS has
not fetched, cards that a merge left in conflict, cards of a later version.
For the recordings that no test uses any more, run 'pytest --mimic-clear-unused' instead.
"""
_GIT_SETUP = """\
Set up the git repository of the vault, so that 'git diff' and 'git log -p' show what payloads hold
as text, and that git LFS keeps them. Writes a line to .gitattributes, to be committed, and sets
diff.pytest-mimic.textconv in the settings of this clone. It may be run again at any time.
"""
_TEXTCONV = "Write a payload as text. Git runs this, once git-setup was run."


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parses a command line.

    Args:
        arguments: It; the process's own by default.
    """
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--vault",
        default=argparse.SUPPRESS,
        metavar="PLACE",
        help="the vault's folder or URL (default: mimic_vault_path, as pytest would find it from "
        "the current folder)",
    )
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[everywhere],
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, about: str) -> argparse.ArgumentParser:
        options: dict[str, Any] = {"help": summary, "description": about, "parents": [everywhere]}
        return commands.add_parser(
            name, formatter_class=argparse.RawDescriptionHelpFormatter, **options
        )

    _list(command("list", "list the recordings", _LIST))
    _show(command("show", "show what a recording holds", _SHOW))
    _diff(command("diff", "compare two recordings", _DIFF))
    _check(command("check", "find damaged and stale recordings", _CHECK))
    _prune(command("prune", "delete recordings, or list which would be", _PRUNE))
    _git_setup(command("git-setup", "let git show payloads, and LFS keep them", _GIT_SETUP))
    _textconv(command("textconv", "write a payload as text, for git", _TEXTCONV))
    given = parser.parse_args(arguments)
    given.vault = getattr(given, "vault", None)
    return given


def _list(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    parser.add_argument(
        "--sort",
        choices=ORDERS,
        help="by target, by test, by size (the largest first) or by age (the oldest first)",
    )
    parser.add_argument(
        "--limit", metavar="COUNT", type=_count, help="list no more than so many of them"
    )


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help="the key, or its first digits")
    parser.add_argument(
        "--lines",
        metavar="COUNT",
        type=_count,
        default=MOST_LINES,
        help="show no more than so many lines of an outcome (default: %(default)s)",
    )


def _diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="the key of the one, or its first digits")
    parser.add_argument("b", metavar="B", help="the key of the other, likewise")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fail-on-stale", action="store_true", help="exit with 1 for stale recordings too"
    )


def _prune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--damaged",
        action="store_true",
        help="those whose card or payload is damaged; with --delete, leftovers of killed runs too",
    )
    parser.add_argument(
        "--unconfigured",
        action="store_true",
        help="those of targets that neither mimic_functions names nor, as far as it is written "
        "out, a mimic() or its marker in the project's code",
    )
    add_filters(parser)
    parser.add_argument(
        "--delete", "--yes", action="store_true", help="delete them, instead of listing them only"
    )


def _git_setup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lfs",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether git LFS keeps the payloads (default: where git LFS is set up, or was before)",
    )


def _textconv(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the payload")


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count
