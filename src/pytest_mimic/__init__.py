"""Record expensive function calls once and replay them ever after, with no code in the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic.errors import (
    ChildError,
    CorruptRecordingError,
    DriftError,
    HookError,
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
    from pytest_mimic._calls import MimicCall, MimicCalls

__all__ = [
    "ChildError",
    "CorruptRecordingError",
    "DriftError",
    "HookError",
    "MimicCall",
    "MimicCalls",
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
    # Deferred for start-up time: pytest imports this package in every run of an environment.
    if name == "mimic":
        from pytest_mimic._api import mimic

        return mimic
    if name in ("MimicCall", "MimicCalls"):
        from pytest_mimic import _calls

        return getattr(_calls, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
