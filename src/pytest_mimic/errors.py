"""The errors that pytest-mimic raises.

Every message is complete: what happened, where, what was nearest, and what to do now. Code below
this floor of the package raises nothing else on purpose.
"""

from __future__ import annotations

import pytest


class MimicError(Exception):
    """The base of every error of pytest-mimic."""

    # What users import, and read in tracebacks.
    __module__ = "pytest_mimic"

    def __init_subclass__(cls) -> None:
        """Gives the errors of this module their public name."""
        if cls.__module__ == __name__:
            cls.__module__ = MimicError.__module__


class MimicUsageError(MimicError, pytest.UsageError):  # type: ignore[misc]  # see below
    """A configuration, a command line or a target that cannot be used as written.

    It is a ``pytest.UsageError``, so a run that meets it ends with exit status 4.
    (pytest marks that class final for type checkers; it is the only way to be both.)
    """


class MissingRecordingError(MimicError, RuntimeError):
    """A call has no recording, and the mode does not allow to run it."""


class UnhashableArgumentError(MimicError, TypeError):
    """An argument cannot enter the key, because nothing tells it apart reliably.

    Args:
        path: Where the culprit is, from the argument inwards: ``argument 'client' -> .lock``.
        culprit: What stands there, usually its type: ``_thread.lock``.
        remedy: What to do now.
    """

    def __init__(self, path: str, culprit: str, remedy: str) -> None:
        super().__init__(path, culprit, remedy)
        self.path = path
        self.culprit = culprit
        self.remedy = remedy

    def __str__(self) -> str:
        return f"cannot make a key of {self.path}: {self.culprit}\n{self.remedy}"


class UnrecordableOutcomeError(MimicError, TypeError):
    """What a call returned, raised, yielded or changed cannot be stored."""


class RecordingError(MimicError):
    """The base of the errors about one recording that is in the vault."""


class CorruptRecordingError(RecordingError):
    """A recording in the vault is damaged and is not believed.

    Args:
        message: What is wrong with it, and what to do now.
        lost: Whether nothing but recording anew, or an older copy, mends it.
    """

    def __init__(self, message: str, *, lost: bool = True) -> None:
        super().__init__(message)
        self.lost = lost


class StaleRecordingError(RecordingError):
    """The target's source changed after it was recorded, and ``mimic_stale`` is ``error``."""


class DriftError(MimicError, AssertionError):
    """A live call differs from its recording."""


class VaultError(MimicError, OSError):
    """The vault cannot be read or written: no space, no permission, not a folder."""


class UnreplayableOutcomeError(RecordingError):
    """A recording is sound, but cannot be replayed here: a class moved, or an argument differs."""


class HookError(MimicError):
    """A hook of a conftest or of another plugin failed, or gave what cannot be used."""


class UntrustedOutcomeError(UnreplayableOutcomeError):
    """A recording is sound, but imports from a module that is not in ``mimic_trusted_modules``."""


class ChildError(MimicError):
    """A child process of a test met one of the other errors; its message is the child's."""
