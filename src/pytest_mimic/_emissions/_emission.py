"""One thing that a call emitted, as a payload holds it."""

from __future__ import annotations

import pickle
import sys
from collections import defaultdict
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from pytest_mimic._trampoline import site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import FrameType

# What it is: text on a stream, a warning, or a log record; and what is needed to emit it again.
Emission = tuple[str, Any]

STDOUT, STDERR = "stdout", "stderr"
WARNING = "warning"
LOG = "log"

_PACKAGE = __package__.partition(".")[0]


class Ear:
    """What hears a stretch of live code, in its thread or task and in those that it starts.

    Args:
        heard: The emissions so far.
        shown_by: What showed warnings when it began to listen; another one is the live code's own.

    Attributes:
        over: Whether the stretch is over; a thread that it started may go on.
    """

    __slots__ = ("heard", "over", "shown_by")

    def __init__(self, heard: list[Emission], shown_by: tuple[object, ...]) -> None:
        self.heard = heard
        self.shown_by = shown_by
        self.over = False

    def __bool__(self) -> bool:
        return not self.over


Hearing = ContextVar[Ear | None]


def counted(emissions: Iterable[Emission]) -> Mapping[str, int]:
    """Count emissions by what they are; printed text by its characters."""
    counts: dict[str, int] = defaultdict(int)
    for what, content in emissions:
        counts[what] += len(content) if what in (STDOUT, STDERR) else 1
    return dict(counts)


def storable(value: object, stand_in: object) -> Any:
    """Return a value if it can be pickled, and otherwise what stands in for it.

    What a call emits is a side of its outcome: it must not keep the outcome itself from being
    stored.
    """
    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001  # whatever its own code raises
        return stand_in
    return value


def frames_from(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a frame and those that it was called by."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def is_ours(frame: FrameType) -> bool:
    """Tell whether a frame is there only because a call is intercepted."""
    return is_of_package(frame) or site_of(frame.f_code) is not None


def is_of_package(frame: FrameType) -> bool:
    """Tell whether a frame runs code of this package, and not a trampoline in another module."""
    home = frame.f_globals.get("__name__")
    return isinstance(home, str) and (home == _PACKAGE or home.startswith(f"{_PACKAGE}."))


def callers() -> list[FrameType]:
    """Return the frames that called into this package, the innermost first."""
    return [frame for frame in frames_from(sys._getframe(1)) if not is_ours(frame)]
