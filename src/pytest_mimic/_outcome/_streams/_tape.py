"""The format of a recorded stream: its steps one after another, as they were made.

A step is what the consumer asked for and what the stream did. It is written as the lengths of its
two halves, a small pickle of what was asked and how it ended, and the payload of what it gave.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pytest_mimic._outcome._pickles._layout import Flags
from pytest_mimic._outcome._pickles._trust import only_values
from pytest_mimic.errors import UnreplayableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_mimic._outcome._codec import Payload
    from pytest_mimic._outcome._pickles._layout import Buffer

_LENGTHS = struct.Struct("<IQ")
END = bytes((Flags.STREAMED,))

# What was asked for.
OPEN = "open"  # the call itself, before the first item
NEXT = "next"
SEND = "send"
THROW = "throw"
CLOSE = "close"
# How that ended.
YIELDED = "yielded"
RETURNED = "returned"
RAISED = "raised"
# In replay: not on the tape any more, but with a live stream.
BEYOND = "beyond"


class Step(NamedTuple):
    """What the consumer of a stream asked for, and how that ended.

    Attributes:
        asked: What it did.
        given: The digest of what it sent or threw, empty where it gave nothing.
        ended: What the stream did then. For OPEN: what kind of stream it is.
        arguments: The digest of the call's arguments as they were then, where the consumer had
            changed them since the step before, and at the last step; else empty.
        moved: The attributes of the stream that changed as it made this step, if any did.
    """

    asked: str
    given: str
    ended: str
    arguments: str = ""
    moved: Mapping[str, object] | None = None


class Tape(Protocol):
    """Where a stream is recorded; the session provides it.

    Exactly one of ``finish`` and ``abandon`` is called, once, and nothing after it.
    """

    def opened(self, leave: Callable[[], None]) -> None:
        """Take what completes the recording of a stream that nobody consumes any more.

        It may be called at any time: as the run ends, for a stream that is still held somewhere.
        """

    def append(self, parts: Sequence[Buffer]) -> None:
        """Write some parts, which may change as soon as this returns."""

    def finish(self, end: StreamEnd) -> None:
        """Complete the recording: nothing is written any more."""

    def abandon(self, error: BaseException) -> None:
        """Drop the recording: the stream met something that cannot be recorded."""


class StreamEnd(NamedTuple):
    """What is known of a stream when it has ended.

    Attributes:
        items: How many items it gave.
        exception: What it raised, if it raised.
        left: Whether its consumer left it before its end.
        modules: The modules of the types and functions that its payloads import.
        effects: The paths of what it changed in its arguments.
        size: The length of what was written, in bytes.
    """

    items: int
    exception: Exception | None
    left: bool
    modules: frozenset[str]
    effects: tuple[str, ...]
    size: int


def pack(step: Step, payload: Payload) -> list[Buffer]:
    """Return the parts of a step."""
    head = pickle.dumps(tuple(step) if step.moved else tuple(step)[:-1])
    return [_LENGTHS.pack(len(head), payload.size), head, *payload.parts]


class _Head(pickle.Unpickler):
    """Reads what stands before a payload: texts, and nothing that is imported."""

    find_class = staticmethod(only_values)


class StreamReader:
    """Reads a recorded stream, a step at a time."""

    __slots__ = ("_place", "_tape")

    def __init__(self, tape: Buffer) -> None:
        self._tape = memoryview(tape)
        self._place = 0

    def next(self) -> tuple[Step, memoryview] | None:
        """Return the next step and its payload, None at the end, and stay before it.

        Raises:
            UnreplayableOutcomeError: There is something else.
        """
        if len(self._tape) - self._place <= len(END):
            return None
        try:
            head, body = _LENGTHS.unpack_from(self._tape, self._place)
            start = self._place + _LENGTHS.size
            step = Step(*_Head(io.BytesIO(self._tape[start : start + head])).load())
        except Exception as failure:
            raise UnreplayableOutcomeError(
                f"cannot read the recorded stream: {type(failure).__name__}: {failure}"
            ) from failure
        return step, self._tape[start + head : start + head + body]

    def advance(self) -> None:
        """Go on to the step behind."""
        head, body = _LENGTHS.unpack_from(self._tape, self._place)
        self._place += _LENGTHS.size + head + body
