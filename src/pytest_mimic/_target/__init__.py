"""Targets: what a configured line says, and the raw attribute that a target names."""

from pytest_mimic._target._line import Target, TargetLine, merge_lines, parse_target_line
from pytest_mimic._target._raw import (
    LRU_WRAPPER,
    Found,
    binds_in_python,
    callable_inside,
    find_raw,
    wrapped_by,
)
from pytest_mimic._target._refusal import absent, check_target, is_fixture
from pytest_mimic._target._star import expand

__all__ = [
    "LRU_WRAPPER",
    "Found",
    "Target",
    "TargetLine",
    "absent",
    "binds_in_python",
    "callable_inside",
    "check_target",
    "expand",
    "find_raw",
    "is_fixture",
    "merge_lines",
    "parse_target_line",
    "wrapped_by",
]
