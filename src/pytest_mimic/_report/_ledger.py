"""The books of one run, kept where it is reported: what was used, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._config import UnusedPolicy
from pytest_mimic._usage import Usage
from pytest_mimic.errors import MimicError, RecordingError, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._report._progress import Progress
    from pytest_mimic._report._unused import Completeness
    from pytest_mimic._vault import AnyVault, Place

_QUIET = -1
_FLAGS = {
    UnusedPolicy.CLEAR: "--mimic-clear-unused",
    UnusedPolicy.FAIL: "--mimic-fail-on-unused",
}


class Ledger:
    """Sums up what all processes of a run did, and judges the recordings when it is over.

    Args:
        settings: What the run is set to do.
        vault: Gives the recordings; called where they are judged.

    Attributes:
        usage: What was used.
        completeness: What became of the tests; None where nothing hangs on it.
    """

    def __init__(self, settings: MimicConfig, vault: Callable[[], AnyVault]) -> None:
        self.usage = Usage()
        self.completeness = _completeness(settings)
        self._settings = settings
        self._vault = vault
        self._lines: list[str] = []
        self._table: list[str] = []

    def close(
        self, exit_status: int, problems: Sequence[MimicError], progress: Callable[[], Progress]
    ) -> int:
        """Judges the recordings, deletes the unused ones and reports, each where it was asked for.

        Args:
            exit_status: What pytest would exit with.
            problems: Those that no test or collector was there to fail for.
            progress: Gives what shows how far that has come; called where it takes long.

        Returns:
            What pytest should exit with.
        """
        exit_status = self._judge(exit_status, problems, progress)
        settings = self._settings
        if settings.report or settings.report_path is not None:
            from pytest_mimic._report._balance import Balance

            balance = Balance.of(self.usage, self._vault())
            self._table += balance.table() if settings.report else ()
            if settings.report_path is not None:
                report = balance.to_json(settings, self.usage, exit_status)
                failed = self._write(settings.report_path, report)
                exit_status = exit_status or failed
        return exit_status

    def header(self) -> str:
        """Says what this run does, in one line."""
        settings = self._settings
        count = len(settings.lines)
        targets = "1 target" if count == 1 else f"{count} targets"
        return f"mimic: {settings.mode.value}, vault {settings.vault_name}, {targets}"

    def summary(self, verbosity: int = 0) -> Iterator[str]:
        """Gives the lines to print when the run is over.

        Args:
            verbosity: pytest's: below 0 without advice, and below -1 only what was asked for, or
                what failed the run.
        """
        if verbosity >= _QUIET and self._has_to_tell():
            # Deferred for start-up time, here and below: many a run has nothing to tell.
            from pytest_mimic._report import _summary

            lines = [line.text for line in self._settings.lines]
            yield from _summary.summary(self.usage, lines, advise=verbosity > _QUIET)
        yield from self._lines
        yield from self._table

    def _has_to_tell(self) -> bool:
        usage = self.usage
        called = usage.tallies or usage.stale or usage.unkept
        return bool(called) or any(line.text not in usage.imported for line in self._settings.lines)

    def _write(self, path: Path, report: dict[str, Any]) -> int:
        from pytest_mimic._report._balance import write_json

        try:
            write_json(path, report)
        except OSError as error:
            self._lines.append(f"mimic: cannot write the report to {path}: {error.strerror}")
            return int(pytest.ExitCode.TESTS_FAILED)
        return int(pytest.ExitCode.OK)

    def _judge(
        self, exit_status: int, problems: Sequence[MimicError], progress: Callable[[], Progress]
    ) -> int:
        if problems:
            exit_status = self._note(problems, exit_status)
        if self.completeness is None:
            return exit_status
        doubts = list(self.completeness.doubts(exit_status))
        if doubts:
            from pytest_mimic._report import _summary

            self._lines += _summary.unproved(doubts, _FLAGS[self._settings.unused])
            return exit_status
        try:
            return self._judge_unused(progress())
        except MimicError as problem:
            return self._note([problem], exit_status)

    def _note(self, problems: Sequence[MimicError], exit_status: int) -> int:
        self._lines += [f"mimic: outside of any test: {problem}" for problem in problems]
        return exit_status or int(pytest.ExitCode.TESTS_FAILED)

    def _judge_unused(self, progress: Progress) -> int:
        from pytest_mimic._report import _summary

        vault = self._vault()
        used = {recording.key for recording in self.usage.used}
        places = progress.watch(vault.places(), "looking for unused recordings")
        unused = [place for place in places if place.key not in used]
        deletes = self._settings.unused is UnusedPolicy.CLEAR
        doing = "deleting" if deletes else "reading the cards of"
        calls: list[str] = []
        try:
            for place in progress.watch(unused, f"{doing} unused recordings", len(unused)):
                call = _call(vault, place)
                if deletes:
                    vault.delete_at(place)
                calls.append(call)
            if deletes:
                vault.clean()
        finally:
            # What is gone is said, though the rest could not be deleted.
            self._lines += _summary.unused(calls, deleted=deletes)
        failed = unused and not deletes
        return int(pytest.ExitCode.TESTS_FAILED if failed else pytest.ExitCode.OK)


def _completeness(settings: MimicConfig) -> Completeness | None:
    if settings.unused is UnusedPolicy.KEEP:
        return None
    # Deferred for start-up time: most runs keep what they have not used.
    from pytest_mimic._report._unused import Completeness

    return Completeness()


def _call(vault: AnyVault, place: Place) -> str:
    from pytest_mimic._outline import describe_call

    try:
        card = vault.card_at(place)
    except RecordingError:
        return f"{place.card} (damaged)"
    except VaultError as error:
        return f"{place.card} ({error})"
    if card is None:
        return f"{place.card} (gone meanwhile)"
    return f"{describe_call(card.target, card.arguments)} (recorded by {card.test})"
