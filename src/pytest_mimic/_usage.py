"""What calls did with the vault: counted where they are made, summed up where it is reported."""

from collections import defaultdict
from typing import Any, Literal, NamedTuple


# Its annotations are no text (from __future__), which NamedTuple would compile at each start.
class RecordingId(NamedTuple):
    """Which recording: the target's name and the key of the call."""

    target: str
    key: str


# What becomes of a call that no recording answers.
Fate = Literal["recorded", "missed", "live", "unchanged", "verified", "drifted"]
# What is counted of calls, in the order in which it is told.
_COUNTED = ("replayed", "recorded", "missed", "live", "unchanged", "verified", "drifted", "saved")


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

    __slots__ = _COUNTED

    def __init__(  # noqa: PLR0913  # one by one, as they are counted
        self,
        *,
        replayed: int = 0,
        recorded: int = 0,
        missed: int = 0,
        live: int = 0,
        unchanged: int = 0,
        verified: int = 0,
        drifted: int = 0,
        saved: float = 0.0,
    ) -> None:
        self.replayed = replayed
        self.recorded = recorded
        self.missed = missed
        self.live = live
        self.unchanged = unchanged
        self.verified = verified
        self.drifted = drifted
        self.saved = saved

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # it counts on

    def add(self, other: "Tally") -> None:
        """Adds the calls of another tally to this one."""
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def count(self, fate: Fate) -> None:
        """Counts a call that no recording answers."""
        setattr(self, fate, getattr(self, fate) + 1)

    def to_json(self) -> dict[str, float]:
        """Gives the counts by name."""
        return {name: getattr(self, name) for name in _COUNTED}


class Usage:
    """What was called, and which recordings were used; travels on test reports.

    Attributes:
        tallies: The calls, by target.
        used: The recordings that answered a call or were made by one.
        stale: Those of them whose target has changed since.
        unkept: The targets with calls that were to be recorded, and the name of the exception that
            ended them and is never recorded.
        imported: The configured lines whose module was imported.
    """

    __slots__ = ("imported", "stale", "tallies", "unkept", "used")

    def __init__(self) -> None:
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self.used: set[RecordingId] = set()
        self.stale: set[RecordingId] = set()
        self.unkept: set[tuple[str, str]] = set()
        self.imported: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self.tallies or self.used or self.stale or self.unkept or self.imported)

    def replay(self, recording_id: RecordingId, took: float, times: int = 1) -> None:
        """Counts calls that a recording answers.

        Args:
            recording_id: The recording.
            took: Seconds that the call took when it was recorded.
            times: How often.
        """
        tally = self.tallies[recording_id.target]
        tally.replayed += times
        tally.saved += times * took
        self.used.add(recording_id)

    def add(self, other: "Usage") -> None:
        """Adds what another process, or another stretch of the run, did."""
        for target, tally in other.tallies.items():
            self.tallies[target].add(tally)
        self.used |= other.used
        self.stale |= other.stale
        self.unkept |= other.unkept
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
            "tallies": {target: tally.to_json() for target, tally in self.tallies.items()},
            "used": [list(recording) for recording in sorted(self.used)],
            "stale": [list(recording) for recording in sorted(self.stale)],
            "unkept": sorted(self.unkept),
            "imported": sorted(self.imported),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Usage":
        """Reads what ``to_json`` gave."""
        usage = cls()
        for target, tally in data["tallies"].items():
            usage.tallies[target] = Tally(**tally)
        usage.used = {RecordingId(*pair) for pair in data["used"]}
        usage.stale = {RecordingId(*pair) for pair in data["stale"]}
        usage.unkept = {(target, name) for target, name in data["unkept"]}
        usage.imported = set(data["imported"])
        return usage
