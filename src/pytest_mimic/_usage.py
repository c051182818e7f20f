"""What calls did with the vault: counted where they are made, summed up where it is reported."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from pytest_mimic._vault import Written


class RecordingId(NamedTuple):
    """Which recording: the target's name and the key of the call."""

    target: str
    key: str


@dataclass(slots=True)
class Tally:
    """The calls of one target.

    Args:
        replayed: Calls that a recording answered.
        recorded: Calls that ran live and whose outcome was stored.
        missed: Calls that had no recording and were not allowed to run.
        live: Calls that ran live and were not stored.
        unchanged: Calls that ran live and whose outcome is the recorded one, which stays.
        verified: Calls that ran live and went as they are recorded.
        drifted: Calls that ran live and went otherwise.
        saved: Seconds that the replayed calls took when they were recorded.
    """

    replayed: int = 0
    recorded: int = 0
    missed: int = 0
    live: int = 0
    unchanged: int = 0
    verified: int = 0
    drifted: int = 0
    saved: float = 0.0

    @classmethod
    def of(cls, written: Written) -> Tally:
        """Counts a live call by what became of its recording."""
        if written is Written.KEPT:
            return cls(live=1)
        unchanged = written in {Written.UNCHANGED, Written.CARD_ONLY}
        return cls(unchanged=1) if unchanged else cls(recorded=1)

    def add(self, other: Tally) -> None:
        """Adds the calls of another tally to this one."""
        self.replayed += other.replayed
        self.recorded += other.recorded
        self.missed += other.missed
        self.live += other.live
        self.unchanged += other.unchanged
        self.verified += other.verified
        self.drifted += other.drifted
        self.saved += other.saved


@dataclass(slots=True)
class Usage:
    """What was called, and which recordings were used; travels on test reports.

    Args:
        tallies: The calls, by target.
        used: The recordings that answered a call or were made by one.
        stale: Those of them whose target has changed since.
        imported: The configured lines whose module was imported.
    """

    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    used: set[RecordingId] = field(default_factory=set)
    stale: set[RecordingId] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)

    def add(self, other: Usage) -> None:
        """Adds what another process, or another stretch of the run, did."""
        for target, tally in other.tallies.items():
            self.tallies[target].add(tally)
        self.used |= other.used
        self.stale |= other.stale
        self.imported |= other.imported

    def total(self) -> Tally:
        """Sums up the calls of all targets."""
        total = Tally()
        for tally in self.tallies.values():
            total.add(tally)
        return total

    def to_json(self) -> dict[str, Any]:
        """Gives what JSON can carry from one process to another."""
        return {
            "tallies": {target: asdict(tally) for target, tally in self.tallies.items()},
            "used": [list(recording) for recording in sorted(self.used)],
            "stale": [list(recording) for recording in sorted(self.stale)],
            "imported": sorted(self.imported),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Usage:
        """Reads what ``to_json`` gave."""
        usage = cls()
        for target, tally in data["tallies"].items():
            usage.tallies[target] = Tally(**tally)
        usage.used = {RecordingId(*pair) for pair in data["used"]}
        usage.stale = {RecordingId(*pair) for pair in data["stale"]}
        usage.imported = set(data["imported"])
        return usage
