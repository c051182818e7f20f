"""How a call ended and what it did: to a payload, and from a payload to the caller.

Pure: it knows values and buffers, and nothing of sessions or vaults.
"""

from __future__ import annotations

from pytest_mimic._outcome._before import Before
from pytest_mimic._outcome._codec import Payload, Recorded, Reference, content, decode, encode
from pytest_mimic._outcome._effects import NO_EFFECTS, Effects, apply, changes_after
from pytest_mimic._outcome._kinds import Outcome, Raised, Returned, Streamed, is_recordable

__all__ = [
    "NO_EFFECTS",
    "Before",
    "Effects",
    "Outcome",
    "Payload",
    "Raised",
    "Recorded",
    "Reference",
    "Returned",
    "Streamed",
    "apply",
    "changes_after",
    "content",
    "decode",
    "encode",
    "is_recordable",
]
