"""The books of one run, kept where it is reported: what was used, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic import _report
from pytest_mimic._balance import Balance, write_json
from pytest_mimic._config import UnusedPolicy
from pytest_mimic._outline import describe_call
from pytest_mimic._unused import Completeness
from pytest_mimic._usage import Usage
from pytest_mimic.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._vault import AnyVault, Place
    from pytest_mimic.errors import MimicError

_FLAGS = {
    UnusedPolicy.CLEAR: "--mimic-clear-unused",
    UnusedPolicy.FAIL: "--mimic-fail-on-unused",
}


class Ledger:
    """Sums up what all processes of a run did, and judges the recordings when it is over.

    Args:
        settings: What the run is set to do.
        vault: The recordings that are judged.
    """

    def __init__(self, settings: MimicConfig, vault: AnyVault) -> None:
        self.usage = Usage()
        self.completeness = Completeness()
        self._settings = settings
        self._vault = vault
        self._lines: list[str] = []
        self._table: list[str] = []

    def close(self, exit_status: int, problems: Sequence[MimicError]) -> int:
        """Judges the recordings, deletes the unused ones and reports, each where it was asked for.

        Args:
            exit_status: What pytest would exit with.
            problems: Those that no test or collector was there to fail for.

        Returns:
            What pytest should exit with.
        """
        exit_status = self._judge(exit_status, problems)
        settings = self._settings
        if settings.report or settings.report_path is not None:
            balance = Balance.of(self.usage, self._vault)
            self._table += balance.table() if settings.report else ()
            if settings.report_path is not None:
                report = balance.to_json(settings, self.usage, exit_status)
                failed = self._write(settings.report_path, report)
                exit_status = exit_status or failed
        return exit_status

    def summary(self) -> Iterator[str]:
        """Gives the lines to print when the run is over."""
        yield from _report.summary(self.usage, [line.text for line in self._settings.lines])
        yield from self._lines
        yield from self._table

    def _write(self, path: Path, report: dict[str, Any]) -> int:
        try:
            write_json(path, report)
        except OSError as error:
            self._lines.append(f"mimic: cannot write the report to {path}: {error.strerror}")
            return int(pytest.ExitCode.TESTS_FAILED)
        return int(pytest.ExitCode.OK)

    def _judge(self, exit_status: int, problems: Sequence[MimicError]) -> int:
        if problems:
            self._lines += [f"mimic: outside of any test: {problem}" for problem in problems]
            exit_status = exit_status or int(pytest.ExitCode.TESTS_FAILED)
        if self._settings.unused is UnusedPolicy.KEEP:
            return exit_status
        doubts = list(self.completeness.doubts(exit_status))
        if doubts:
            self._lines += _report.unproved(doubts, _FLAGS[self._settings.unused])
            return exit_status
        return self._judge_unused()

    def _judge_unused(self) -> int:
        used = {recording.key for recording in self.usage.used}
        unused = [place for place in self._vault.places() if place.key not in used]
        deletes = self._settings.unused is UnusedPolicy.CLEAR
        self._lines += _report.unused(map(self._call, unused), deleted=deletes)
        if deletes:
            for place in unused:
                self._vault.delete_at(place)
            self._vault.clean()
        failed = unused and not deletes
        return int(pytest.ExitCode.TESTS_FAILED if failed else pytest.ExitCode.OK)

    def _call(self, place: Place) -> str:
        try:
            card = self._vault.card_at(place)
        except RecordingError:
            card = None
        if card is None:
            return f"{place.card} (damaged)"
        return f"{describe_call(card.target, card.arguments)} (recorded by {card.test})"
