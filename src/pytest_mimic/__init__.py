"""Record expensive function calls once and replay them ever after, with no code in the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_mimic._api import mimic
    from pytest_mimic._mimic_calls import MimicCall, MimicCalls
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
        UntrustedOutcomeError,
        VaultError,
    )

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
    "UntrustedOutcomeError",
    "VaultError",
    "mimic",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Deferred for start-up time: pytest imports this package in every run of an environment.
    from pytest_mimic import errors

    if name == "mimic":
        from pytest_mimic._api import mimic

        return mimic
    if name in ("MimicCall", "MimicCalls"):
        from pytest_mimic import _mimic_calls

        return getattr(_mimic_calls, name)
    return getattr(errors, name)
