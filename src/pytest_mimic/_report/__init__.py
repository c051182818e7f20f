"""What a run says of itself, and what follows from it: summary, table, and what was not used."""

from pytest_mimic._report._ledger import Ledger

__all__ = ["Ledger"]
