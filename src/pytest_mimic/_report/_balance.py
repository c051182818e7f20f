"""What a run did, target by target: for people as a table, for machines as JSON."""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._quantities import duration, size
from pytest_mimic._usage import Tally
from pytest_mimic.errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._usage import Usage
    from pytest_mimic._vault import AnyVault

FORMAT = 1

# A column of its own has each count that says how a run went; the others only where there are any.
_ALWAYS = ("replayed", "recorded", "missed")


class Row(NamedTuple):
    """One target of a run, or all of them.

    Args:
        target: Its name.
        tally: Its calls.
        bytes: The size of its recordings in the vault; None where that cannot be read.
    """

    target: str
    tally: Tally
    bytes: int | None

    @property
    def counts(self) -> dict[str, int]:
        """How many calls ended in which way."""
        tally = self.tally.to_json()
        return {name: int(count) for name, count in tally.items() if name != "saved"}

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return sum(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        """Gives what a machine wants to know of it."""
        return {
            "calls": self.calls,
            **self.counts,
            "saved_seconds": round(self.tally.saved, 6),
            "bytes": self.bytes,
        }


class Balance(NamedTuple):
    """What a run did.

    Args:
        rows: The targets that were called, the largest in the vault first; of equal size the one
            that was called more often.
        total: Their sum.
    """

    rows: Sequence[Row]
    total: Row

    @classmethod
    def of(cls, usage: Usage, vault: AnyVault) -> Balance:
        """Sums up by target.

        Args:
            usage: What all processes of the run did.
            vault: Where the recordings are.
        """
        rows = [Row(target, tally, _size(vault, target)) for target, tally in usage.tallies.items()]
        rows.sort(key=lambda row: (-(row.bytes or 0), -row.calls, row.target))
        total = Row("total", usage.total(), sum(row.bytes or 0 for row in rows))
        return cls(rows, total)

    def table(self) -> Iterator[str]:
        """Lays the rows out in columns.

        Yields:
            The lines, or the one that says that there is nothing to tell.
        """
        if not self.rows:
            yield "mimic: no target was called"
            return
        counts = self.total.counts
        shown = [name for name in counts if name in _ALWAYS or counts[name]]
        yield "mimic: calls by target, largest in the vault first"
        yield from aligned(
            [
                ["target", "calls", *shown, "saved", "size"],
                *(_cells(row, shown) for row in (*self.rows, self.total)),
            ]
        )

    def to_json(self, settings: MimicConfig, usage: Usage, exit_status: int) -> dict[str, Any]:
        """Gives the same to machines.

        Args:
            settings: What the run was set to do.
            usage: What all processes of the run did.
            exit_status: What it ended with.
        """
        stale = Counter(recording.target for recording in usage.stale)
        return {
            "format": FORMAT,
            "mode": settings.mode.value,
            "vault": settings.vault_name,
            "exit_status": exit_status,
            "targets": [
                {"target": row.target, **row.to_json(), "stale": stale[row.target]}
                for row in self.rows
            ],
            "total": {**self.total.to_json(), "stale": len(usage.stale)},
            "never_imported": [
                line.text for line in settings.lines if line.text not in usage.imported
            ],
        }


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligns a table: the first column to the left, the others to the right.

    Args:
        rows: The cells, equally many in each row.

    Yields:
        A line for each row, indented.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join(["", first.ljust(widths[0]), *cells])


def write_json(path: Path, report: dict[str, Any]) -> None:
    """Writes a report in one step: who reads it meets the old one or the new one, whole.

    Args:
        path: The file; its folder is made where it does not exist.
        report: The report.

    Raises:
        OSError: It cannot be written.
    """
    text = json.dumps(report, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        # A pipe or a device is written to, not replaced.
        path.write_text(text, encoding="utf-8")
        return
    # What a link leads to is replaced, and not the link.
    file = path.resolve()
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _size(vault: AnyVault, target: str) -> int | None:
    try:
        return vault.size(target)
    except VaultError:
        return None


def _cells(row: Row, shown: Sequence[str]) -> list[str]:
    return [
        row.target,
        str(row.calls),
        *(str(row.counts[name]) for name in shown),
        duration(row.tally.saved),
        "?" if row.bytes is None else size(row.bytes),
    ]
