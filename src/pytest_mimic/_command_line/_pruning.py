"""``prune``: deletes recordings, after it has listed them."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from pytest_mimic._command_line._checking import problem_of
from pytest_mimic._command_line._listing import counted
from pytest_mimic._command_line._project import current_project
from pytest_mimic._command_line._selection import HEADER, Filters, select
from pytest_mimic._quantities import size
from pytest_mimic._target import parse_target_line
from pytest_mimic.errors import CorruptRecordingError, MimicUsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from pytest_mimic._command_line._console import Console
    from pytest_mimic._command_line._project import Project
    from pytest_mimic._target import TargetLine
    from pytest_mimic._vault import AnyVault, Place
    from pytest_mimic.errors import MimicError

# A target as code may name it, in a file that has to do with pytest-mimic.
_IN_CODE = re.compile(r"""["']([\w.]+:(?:[\w.]*\*|[\w.]+))[ "']""")
# Folders that hold no code of the project's own.
_NOT_OURS = frozenset({"__pycache__", "node_modules", "site-packages"})


class _Pruning:
    """What is to be deleted.

    Args:
        vault: The recordings.
        given: The command line.
        console: Where to list them.
    """

    def __init__(self, vault: AnyVault, given: argparse.Namespace, console: Console) -> None:
        self._vault = vault
        self._given = given
        self._filters = Filters.of(given)
        self._console = console
        self._count = 0
        self._bytes = 0
        self.status = 0

    def run(self) -> None:
        """Lists what is to be deleted, and deletes it where that was asked for."""
        given = self._given
        known = _known_lines(current_project(), given) if given.unconfigured else None
        for found in select(self._vault, self._filters, self._unreadable):
            if known is not None and _is_covered(found.card.target, known):
                continue
            if given.damaged and not _is_lost(problem_of(self._vault, found.card)):
                continue
            if not self._count:
                self._console.say(HEADER)
            self._console.say(found.line())
            self._take(found.place, found.measure.bytes)

    def clean(self) -> None:
        """Removes what killed runs left, too, where damage is what was asked for."""
        if self._given.damaged and self._given.delete:
            left = self._vault.clean()
            if left:
                self._console.say(f"{counted(left, 'leftover')} of killed runs removed")

    def sum_up(self) -> None:
        """Says what was done, or would be."""
        what = f"{counted(self._count, 'recording')}, {size(self._bytes)}"
        if self._given.delete:
            self._console.say(f"deleted {what}")
        elif self._count:
            self._console.say(f"would delete {what}. Nothing is deleted yet: add --delete for that")
        else:
            self._console.say("there is nothing to delete")

    def _unreadable(self, place: Place, problem: MimicError) -> None:
        """Takes a card that is damaged, if damage is all that was asked for."""
        given = self._given
        # Of a card that cannot be read, nothing tells whether it passes a filter.
        is_meant = given.damaged and not given.unconfigured and not self._filters.any()
        if is_meant and _is_lost(problem):
            self._console.say(f"{place.card} (damaged)")
            self._take(place, 0)
        else:
            self._console.complain(f"left alone, for it cannot be read: {problem}")
            self.status = 1

    def _take(self, place: Place, measured: int) -> None:
        self._count += 1
        self._bytes += measured
        if self._given.delete:
            self._vault.delete_at(place)


def prune(vault: AnyVault, given: argparse.Namespace, console: Console) -> int:
    """Deletes recordings, or lists which.

    Args:
        vault: The recordings.
        given: The command line.
        console: Where to.

    Returns:
        The exit status: 1 where there are recordings that cannot be judged.

    Raises:
        MimicUsageError: Nothing says which.
    """
    if not (Filters.of(given).any() or given.damaged or given.unconfigured):
        raise MimicUsageError(
            "say which recordings: --damaged, --unconfigured, --target, --test, --larger or "
            "--older (those that a run did not use: pytest --mimic-clear-unused)"
        )
    pruning = _Pruning(vault, given, console)
    pruning.run()
    pruning.clean()
    pruning.sum_up()
    return pruning.status


def _is_lost(problem: MimicError | None) -> bool:
    """Tells whether a recording is of no use to anybody any more."""
    return isinstance(problem, CorruptRecordingError) and problem.lost


def _known_lines(project: Project, given: argparse.Namespace) -> list[TargetLine]:
    """Gives the targets that the project names, in its configuration and in its code.

    Raises:
        MimicUsageError: It names none, or has another vault, so it is not the one to ask.
    """
    if given.vault is not None:
        raise MimicUsageError(
            "--unconfigured asks the configuration of the project in the current folder, which "
            "tells of its own vault alone: leave out --vault"
        )
    lines = project.lines()
    if not lines:
        raise MimicUsageError(
            f"no mimic_functions in {project.file or project.root}: by that, every recording would "
            "be of a target that is not configured"
        )
    return [*lines, *_lines_in_code(project)]


def _lines_in_code(project: Project) -> Iterator[TargetLine]:
    """Finds the targets that ``mimic()`` and its marker name, as far as they are written out."""
    for file in project.root.rglob("*.py"):
        if _NOT_OURS.isdisjoint(file.parts):
            text = file.read_text("utf-8", "replace")
            if "mimic" in text:
                yield from _parsed(_IN_CODE.findall(text))


def _parsed(texts: Iterable[str]) -> Iterator[TargetLine]:
    for text in texts:
        # Many a text with a colon in it names no target.
        with contextlib.suppress(MimicUsageError):
            yield parse_target_line(text)


def _is_covered(target: str, lines: Iterable[TargetLine]) -> bool:
    """Tells whether a line may stand for a target; in doubt it does."""
    module, _, qualname = target.partition(":")
    for line in lines:
        named = line.qualname_in(module)
        if named is None:
            continue
        prefix = named.removesuffix("*")
        if named == qualname or (line.starred and qualname.startswith(prefix)):
            return True
    return False
