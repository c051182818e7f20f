"""What a run says of itself, and what follows from it: summary, table, and what was not used."""

from pytest_mimic._report._ledger import Ledger
from pytest_mimic._report._summary import header, properties, replays
from pytest_mimic._report._unused import narrowings

__all__ = ["Ledger", "header", "narrowings", "properties", "replays"]
