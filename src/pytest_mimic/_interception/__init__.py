"""Patch and restore: what makes every reference to a target meet the run."""

from typing import TYPE_CHECKING

from pytest_mimic._interception._interception import Interception
from pytest_mimic._interception._patches import CodeExchange
from pytest_mimic._interception._views import Callee

if TYPE_CHECKING:
    from pytest_mimic._interception._views import Dispatch

__all__ = ["Callee", "CodeExchange", "Dispatch", "Interception"]
