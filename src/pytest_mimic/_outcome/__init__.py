"""How a call ended and what it did: to a payload, and from a payload to the caller.

Pure: it knows values and buffers, and nothing of sessions or vaults. `_objects` are those that the
caller has, `_pickles` are values on their way to bytes and back, and `_streams` are consumed item
by item; an outcome is made of all three.
"""

from __future__ import annotations

from pytest_mimic._outcome._before import Before
from pytest_mimic._outcome._codec import (
    Payload,
    Recorded,
    Reference,
    content,
    decode,
    encode,
    is_streamed,
    is_value,
)
from pytest_mimic._outcome._effects import NO_EFFECTS, Effects, apply, changes_after, is_same_key
from pytest_mimic._outcome._inert import Contents, Inert, inert_contents, own_path
from pytest_mimic._outcome._kinds import Outcome, Raised, Returned, Streamed, is_recordable
from pytest_mimic._outcome._objects._computations import COMPUTED
from pytest_mimic._outcome._objects._identity import HANDLED, describe_reference, resolve
from pytest_mimic._outcome._objects._random import RandomStates, present_random, restore_random
from pytest_mimic._outcome._pickles._responses import read_unread
from pytest_mimic._outcome._pickles._trust import Trust
from pytest_mimic._outcome._streams._async_streams import (
    ASYNC_ITERATOR,
    record_async_stream,
    replay_async_stream,
)
from pytest_mimic._outcome._streams._awaitables import (
    FUTURE,
    FUTURES,
    kind_of_awaitable,
    record_awaitable,
    replay_awaitable,
)
from pytest_mimic._outcome._streams._changed import changed_async_stream, changed_stream
from pytest_mimic._outcome._streams._guises import (
    ask_after_end,
    guise_live,
    guise_of,
    guise_replay,
    items_of_live,
    kind_of_stream,
)
from pytest_mimic._outcome._streams._player import Beyond, Continuation, Player
from pytest_mimic._outcome._streams._steps import Call, Opening
from pytest_mimic._outcome._streams._streams import ITERATOR, record_stream, replay_stream
from pytest_mimic._outcome._streams._tape import Step, StreamEnd, StreamReader, Tape

__all__ = [
    "ASYNC_ITERATOR",
    "COMPUTED",
    "FUTURE",
    "FUTURES",
    "HANDLED",
    "ITERATOR",
    "NO_EFFECTS",
    "Before",
    "Beyond",
    "Call",
    "Contents",
    "Continuation",
    "Effects",
    "Inert",
    "Opening",
    "Outcome",
    "Payload",
    "Player",
    "Raised",
    "RandomStates",
    "Recorded",
    "Reference",
    "Returned",
    "Step",
    "StreamEnd",
    "StreamReader",
    "Streamed",
    "Tape",
    "Trust",
    "apply",
    "ask_after_end",
    "changed_async_stream",
    "changed_stream",
    "changes_after",
    "content",
    "decode",
    "describe_reference",
    "encode",
    "guise_live",
    "guise_of",
    "guise_replay",
    "inert_contents",
    "is_recordable",
    "is_same_key",
    "is_streamed",
    "is_value",
    "items_of_live",
    "kind_of_awaitable",
    "kind_of_stream",
    "own_path",
    "present_random",
    "read_unread",
    "record_async_stream",
    "record_awaitable",
    "record_stream",
    "replay_async_stream",
    "replay_awaitable",
    "replay_stream",
    "resolve",
    "restore_random",
]
