"""Patch and restore: what makes every reference to a target meet the run."""

from pytest_mimic._interception._callee import Callee, Dispatch
from pytest_mimic._interception._interception import Interception
from pytest_mimic._interception._patches import CodeExchange
from pytest_mimic._interception._survey import Survey

__all__ = ["Callee", "CodeExchange", "Dispatch", "Interception", "Survey"]
