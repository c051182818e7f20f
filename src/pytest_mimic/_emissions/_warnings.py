"""Warnings, heard as they are issued, whatever is shown of them.

What is shown depends on the filters of the moment, and a replay happens at another moment: so a
warning is heard before the filters judge it, and judged by them anew whenever it is replayed. A
filter of our own goes in front of the others for as long as live code runs. It lets everything
through to us, and from here each warning goes on to the filters behind. Warnings that live code
silences or collects by itself never get this far, and no caller gets to know of them.

A warning names a place in the code. It lies in the call, or it is the caller's by ``stacklevel``;
the frames by which a call is intercepted do not count.
"""

from __future__ import annotations

import re
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._emissions._emission import (
    WARNING,
    Ear,
    Emission,
    Hearing,
    callers,
    frames_from,
    is_of_package,
    is_ours,
    storable,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

# Where the standard library shows every warning that its filters let through. It is private, but
# it is what the C code calls as well; `showwarning` is what others replace.
_SHOW = "_showwarnmsg"


class Place(NamedTuple):
    """Where a warning says that it comes from.

    Args:
        module: The module's name; None where no frame of a module is there.
        filename: The file, unless it is the module's own.
        line: The line in it.
        level: How many callers up from the call, the direct one being 1; 0 if inside of it.
    """

    module: str | None
    filename: str | None
    line: int
    level: int


class WarningsTap:
    """Hears warnings; stands in a filter where the pattern of its messages does.

    Args:
        hearing: Who hears in this thread or task.
    """

    # Who takes the filters along, into the workers of a pool say, makes patterns of these: there
    # it matches nothing.
    pattern = "(?!)"
    flags = 0

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._filter = ("always", self, Warning, None, 0)
        # What shows warnings where we are not; needed after the run as well, should anybody put
        # back what was there while it lasted.
        self._pass_on: Callable[[Any], object] = getattr(warnings, _SHOW)
        self._is_in_place = False
        self._let_through = threading.local()
        # By module, as the standard library has them: which warnings were shown already.
        self._registries: dict[str, dict[Any, Any]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return re.compile, (self.pattern,)

    def open(self) -> list[Any]:
        """Begins to hear; gives what ``close`` wants."""
        if not self._is_in_place:
            self._is_in_place = True
            self._pass_on = getattr(warnings, _SHOW)
            setattr(warnings, _SHOW, self._hear)
        filters: list[Any] = warnings.filters  # type: ignore[assignment]  # typed as a sequence
        filters.insert(0, self._filter)
        return filters

    def close(self, filters: list[Any]) -> None:
        """Hears no more; a filter that somebody removed meanwhile is gone already."""
        if self._filter in filters:
            filters.remove(self._filter)

    def restore(self) -> None:
        """Puts back what shows warnings."""
        if getattr(warnings, _SHOW) == self._hear:
            setattr(warnings, _SHOW, self._pass_on)
        self._is_in_place = False

    def match(self, _text: str) -> bool:
        """Tells whether a warning comes to us; called by ``warnings``, as a pattern's method."""
        ear = self._hearing.get()
        by_us = self._let_through.by_us = bool(ear and ear.shown_by == shown_by())
        return by_us

    def _hear(self, message: Any) -> None:
        __tracebackhide__ = True
        let_through, self._let_through.by_us = getattr(self._let_through, "by_us", False), False
        ear = self._hearing.get()
        if not ear or ear.shown_by != shown_by():
            self._pass_on(message)
            return
        frame, place = _locate(message)
        token = self._hearing.set(None)
        try:
            if let_through:
                self._judge(message, frame)
            else:
                # A filter of the live code's own has judged already.
                self._pass_on(message)
        finally:
            self._hearing.reset(token)
        # One that was made an error is what the code did next, and heard of by that. One that has a
        # source is about an object that nobody closed or awaited: it comes whenever that is
        # collected, which may be an object of somebody else.
        if message.source is None:
            ear.heard.append(_emission(message, place))

    def _judge(self, message: Any, frame: FrameType | None) -> None:
        """Lets the filters behind ours judge a warning."""
        __tracebackhide__ = True
        filename, line = message.filename, message.lineno
        module = _named_after(filename)
        if frame is not None:
            filename, line = frame.f_code.co_filename, frame.f_lineno
            module = str(frame.f_globals.get("__name__") or "<string>")
        registry = self._registries.setdefault(module, {})
        warnings.warn_explicit(
            message.message,
            message.category,
            filename,
            line,
            module,
            registry,
            source=message.source,
        )


def shown_by() -> tuple[object, ...]:
    """Tell what shows warnings just now: whoever collects them puts something in its place."""
    return warnings.showwarning, getattr(warnings, "_showwarnmsg_impl", None)


def _locate(message: Any) -> tuple[FrameType | None, Place]:
    """Find the frame that a warning names, without the frames that are there because of us."""
    frames = list(frames_from(sys._getframe(2)))
    depth = next(
        (
            at
            for at, frame in enumerate(frames)
            if (frame.f_code.co_filename, frame.f_lineno) == (message.filename, message.lineno)
        ),
        None,
    )
    if depth is None:
        return None, Place(None, message.filename, message.lineno, 0)
    # A target that the live code calls has a trampoline as well, but is a part of the call.
    inside = next((at for at, frame in enumerate(frames) if is_of_package(frame)), len(frames))
    if depth == inside:
        # Whoever looked for the first frame outside of some files took trampolines to be in these.
        depth -= sum(map(is_ours, frames[:depth]))
    others = [(at, frame) for at, frame in enumerate(frames) if not is_ours(frame)]
    at, frame = others[min(depth, len(others) - 1)]
    level = sum(1 for other, _ in others if inside < other <= at)
    module = frame.f_globals.get("__name__")
    filename: str | None = frame.f_code.co_filename
    if level or (isinstance(module, str) and filename == _file_of(module)):
        filename = None
    return frame, Place(module, filename, frame.f_lineno, level)


def _file_of(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__file__", None)


def _emission(message: Any, place: Place) -> Emission:
    plain = RuntimeWarning(str(message.message))
    return WARNING, (storable(message.message, plain), *place)


def warn(content: tuple[Any, ...]) -> None:
    """Issue a recorded warning, to be judged by the filters of this moment.

    Args:
        content: What the recording holds of it.
    """
    __tracebackhide__ = True
    message, place = content[0], Place(*content[1:])
    module, filename, line = place.module, place.filename, place.line
    registry: dict[Any, Any] = {}
    if place.level:
        above = callers()[place.level - 1 :]
        if above:
            names = above[0].f_globals
            module = str(names.get("__name__") or "<string>")
            filename, line = above[0].f_code.co_filename, above[0].f_lineno
            registry = names.setdefault("__warningregistry__", registry)
    elif module is not None:
        names = getattr(sys.modules.get(module), "__dict__", {})
        registry = names.setdefault("__warningregistry__", registry)
        filename = filename or names.get("__file__")
    filename = filename or "sys"
    warnings.warn_explicit(
        message, type(message), filename, line, module or _named_after(filename), registry
    )


def _named_after(filename: str) -> str:
    """Name the module of a file as ``warnings`` does where it knows no better."""
    return filename.removesuffix(".py") or "<unknown>"


def ear_for(heard: list[Emission]) -> Ear:
    """Make an ear that notes what is emitted from now on."""
    return Ear(heard, shown_by())
