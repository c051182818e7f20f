"""What tests and hooks are told of the calls of mimicked targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    How = Literal["replayed", "recorded", "verified", "drifted", "missed"]


@dataclass(frozen=True, slots=True)
class MimicCall:
    """One call of a target, and what became of it. Its ``str`` is the call as one would write it.

    Args:
        target: The target: ``'forecast:train'``.
        how: ``'replayed'`` from the vault; ``'recorded'``, which ran live and is stored (what it
            raised only if the test passes); ``'missed'``, which had no recording; and where calls
            are verified, ``'verified'`` or ``'drifted'``.
        seconds: How long it took live, now or when it was recorded; 0 for a miss.
        where: The node id of the test that made it, or where else it was made.
    """

    target: str
    how: How
    seconds: float
    where: str
    _arguments: Mapping[str, Any] = field(repr=False)
    _names: Sequence[str] = field(repr=False)

    def __str__(self) -> str:
        from pytest_mimic._outline import describe_call, legible

        return describe_call(self.target, legible(self._arguments), self._names)


class MimicCalls:
    """The calls of mimicked targets in one test, its fixtures included; grows as they are made.

    Calls made in child processes are not among them. A stream counts when it has been consumed.
    """

    def __init__(self) -> None:
        self._calls: list[MimicCall] = []

    @property
    def calls(self) -> tuple[MimicCall, ...]:
        """All of them, in order."""
        return tuple(self._calls)

    @property
    def replayed(self) -> tuple[MimicCall, ...]:
        """The calls that a recording answered."""
        return self._that("replayed")

    @property
    def recorded(self) -> tuple[MimicCall, ...]:
        """The calls that ran live and were recorded."""
        return self._that("recorded")

    @property
    def missed(self) -> tuple[MimicCall, ...]:
        """The calls that had no recording; they fail the test, whatever it swallows."""
        return self._that("missed")

    @property
    def verified(self) -> tuple[MimicCall, ...]:
        """The calls that ran live and did what is recorded, under ``--mimic-verify``."""
        return self._that("verified")

    @property
    def drifted(self) -> tuple[MimicCall, ...]:
        """The calls that ran live and did something else; they fail the test."""
        return self._that("drifted")

    def __repr__(self) -> str:
        lines = (f"{call.how} {call}" for call in self._calls)
        return f"<mimic: {'; '.join(lines) or 'no calls'}>"

    def note(self, call: MimicCall) -> None:
        """Takes in a call."""
        self._calls.append(call)

    def _that(self, how: How) -> tuple[MimicCall, ...]:
        return tuple(call for call in self._calls if call.how == how)
