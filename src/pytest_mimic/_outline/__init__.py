"""Outlines: what a card tells of a value, how two of them differ, how a call reads."""

from pytest_mimic._outline._difference import Difference, differences, nearest
from pytest_mimic._outline._hidden import Hidden
from pytest_mimic._outline._making import REDACTED, hidden_of, outline, outline_arguments
from pytest_mimic._outline._secrets import looks_secret
from pytest_mimic._outline._showing import describe_call, show
from pytest_mimic._outline._soundness import is_outline, legible

__all__ = [
    "REDACTED",
    "Difference",
    "Hidden",
    "describe_call",
    "differences",
    "hidden_of",
    "is_outline",
    "legible",
    "looks_secret",
    "nearest",
    "outline",
    "outline_arguments",
    "show",
]
