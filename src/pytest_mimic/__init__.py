"""Record expensive function calls once and replay them ever after, with no code in the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic.errors import (
    ChildError,
    CorruptRecordingError,
    DriftError,
    MimicError,
    MimicUsageError,
    MissingRecordingError,
    RecordingError,
    StaleRecordingError,
    UnhashableArgumentError,
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
    VaultError,
)

if TYPE_CHECKING:
    from pytest_mimic._api import mimic

__all__ = [
    "ChildError",
    "CorruptRecordingError",
    "DriftError",
    "MimicError",
    "MimicUsageError",
    "MissingRecordingError",
    "RecordingError",
    "StaleRecordingError",
    "UnhashableArgumentError",
    "UnrecordableOutcomeError",
    "UnreplayableOutcomeError",
    "VaultError",
    "mimic",
]


def __getattr__(name: str) -> object:
    if name != "mimic":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Deferred for start-up time: pytest imports this package in every run of an environment.
    from pytest_mimic._api import mimic

    return mimic
