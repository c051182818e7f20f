"""One run's calls: found in the vault and replayed, or run, watched and recorded; each counted."""

from pytest_mimic._session._session import Session

__all__ = ["Session"]
