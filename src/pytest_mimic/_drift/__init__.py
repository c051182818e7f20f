"""A live outcome beside the recorded one: whether it is the same, and where it differs."""

from pytest_mimic._drift._comparison import Arguments, Comparison
from pytest_mimic._drift._streams import StreamComparison
from pytest_mimic._drift._walk import MOST
from pytest_mimic._drift._words import Difference, Words

__all__ = ["MOST", "Arguments", "Comparison", "Difference", "StreamComparison", "Words"]
