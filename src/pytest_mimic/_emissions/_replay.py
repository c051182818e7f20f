"""Emits what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._emissions import _emission
from pytest_mimic._emissions._logs import log
from pytest_mimic._emissions._text import write
from pytest_mimic._emissions._warnings import warn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_mimic._emissions._emission import Emission


def emit(emissions: Iterable[Emission]) -> None:
    """Emit what a recorded call emitted, in the same order.

    Args:
        emissions: As they were recorded.

    Raises:
        Warning: A filter of this moment makes a warning an error, as it would have live.
    """
    __tracebackhide__ = True
    for what, content in emissions:
        if what == _emission.WARNING:
            warn(content)
        elif what == _emission.LOG:
            log(content)
        else:
            write(what, content)
