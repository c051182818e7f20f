"""What recording and replaying a stream have in common, whether it is awaited or not."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pytest_mimic._outcome._codec import encode
from pytest_mimic._outcome._effects import NO_EFFECTS, changes_seen
from pytest_mimic._outcome._kinds import Raised, Returned, is_recordable
from pytest_mimic._outcome._objects._families import Families, has_identity
from pytest_mimic._outcome._objects._identity import WAS, walk
from pytest_mimic._outcome._objects._weight import weight
from pytest_mimic._outcome._streams import _tape
from pytest_mimic._outcome._streams._items import moved
from pytest_mimic._outcome._streams._tape import Step, StreamEnd
from pytest_mimic.errors import (
    MimicError,
    UnhashableArgumentError,
    UnrecordableOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_mimic._emissions import Emission
    from pytest_mimic._outcome._before import Before
    from pytest_mimic._outcome._effects import Effects
    from pytest_mimic._outcome._streams._guises import Guise
    from pytest_mimic._outcome._streams._tape import Tape


SENT = ("sent value",)
THROWN = ("thrown exception",)

# What is remembered of the items given, so that one given again is known: so many at most, and
# beyond the last one no more than so many entries and stretches of bytes.
_ITEMS = 4
_ITEM_WEIGHT = 1_000
# Arguments heavier than this are not compared after every item.
_ARGUMENT_WEIGHT = 50_000


class Call(NamedTuple):
    """The call that gave a stream.

    Attributes:
        names: The names of its parameters.
        arguments: The caller's own bound values.
        ignored: The names of those that are not part of the key.
        digest: A digest of any value, equal for equal values in every process.
    """

    names: Sequence[str]
    arguments: Sequence[object]
    ignored: frozenset[str]
    digest: Callable[[object], str]

    def keyed(self) -> list[tuple[int, object]]:
        """Return the arguments that are part of the key, with their indices."""
        return [
            (index, value)
            for index, (name, value) in enumerate(zip(self.names, self.arguments, strict=True))
            if name not in self.ignored
        ]

    def digest_arguments(self) -> str:
        """Return a digest of these as they are now, empty where they have none any more."""
        try:
            return self.digest([value for _, value in self.keyed()])
        except UnhashableArgumentError:
            return ""


class Live(Protocol):
    """What the session says of live code: it runs inside of the context manager this returns."""

    def __call__(self) -> contextlib.AbstractContextManager[object]: ...

    def take_emissions(self) -> Sequence[Emission]:
        """Give what live code emitted since this was last asked."""


class Opening(NamedTuple):
    """What the call that gave a stream did by itself.

    Attributes:
        effects: What it changed and emitted.
        guise: What the stream looks like.
        awaited: The kind of awaitable that the stream was the result of, if it was one.
    """

    effects: Effects = NO_EFFECTS
    guise: Guise = None
    awaited: str | None = None


UNREMARKABLE = Opening()


class Known:
    """The objects that a stream's consumer may know by identity, besides those in the arguments.

    Recording and replay keep the same of them, so that each knows what the other refers to.
    """

    def __init__(self, call: Call) -> None:
        keyed = call.keyed()
        self.heavy = weight([value for _, value in keyed], _ARGUMENT_WEIGHT) > _ARGUMENT_WEIGHT
        # An argument that is taken apart while the stream runs leaves objects that no path leads
        # to any more. They keep the references they had at the start.
        nodes = {} if self.heavy else walk(keyed, digest=call.digest)
        self._first = {(WAS, node.reference): node.value for node in nodes.values()}
        self._items: deque[tuple[Any, object, int]] = deque()
        self._count = 0

    def others(self, asked: str, given: object) -> list[tuple[Any, object]]:
        """Return these objects with their names, as a step begins."""
        others: list[tuple[Any, object]] = []
        if asked == _tape.SEND:
            others.append((SENT, given))
        elif asked == _tape.THROW:
            others.append((THROWN, given))
        others.extend((name, item) for name, item, _ in reversed(self._items))
        others.extend(self._first.items())
        return others

    def add(self, item: object) -> None:
        """Remember an item that was given, and forget the oldest."""
        self._count += 1
        if not has_identity(item, Families()) or any(item is known for _, known, _ in self._items):
            return
        self._items.append((("item", self._count), item, weight([item], _ITEM_WEIGHT)))
        while len(self._items) > 1 and (
            len(self._items) > _ITEMS or sum(load for _, _, load in self._items) > _ITEM_WEIGHT
        ):
            self._items.popleft()


class Recorder:
    """Writes the steps of a stream."""

    def __init__(self, before: Before, tape: Tape, live: Live) -> None:
        self._call = before
        self._tape = tape
        self.live = live
        self._opened = Call(before.names, before.arguments, before.ignored, before.digest)
        self._known = Known(self._opened)
        keyed, unkeyed = before.roots()
        self._static = walk(keyed if self._known.heavy else (), unkeyed, (), before.digest)
        # The digests of the arguments as the last step left them, and as this one finds them.
        self._left = self._found = self._opened.digest_arguments()
        self._modules: set[str] = set()
        self._effects: dict[str, None] = {}
        self._size = 0
        self._items = 0
        self._complete = False

    def open(self, kind: str, opening: Opening) -> None:
        """Write what the call itself did, before the first item."""
        effects, guise, awaited = opening
        payload = encode(Returned(guise), self._call, effects, awaited=awaited)
        self._write(Step(_tape.OPEN, "", kind), payload)
        self._tape.opened(self.leave)

    def leave(self) -> None:
        """Complete the recording of a stream that nobody consumes any more."""
        if not self._complete:
            self._finish(None, left=True)

    def begin(self, asked: str, given: object) -> None:
        """Look at what is there as the consumer asks for something."""
        others = self._known.others(asked, given)
        self._before = self._call.at_step(others, self._static, heavy=self._known.heavy)
        if not self._known.heavy:
            self._found = self._opened.digest_arguments()

    def end(self, asked: str, given: object, ended: str, value: Any, items: object = None) -> None:
        """Write what the stream did.

        Args:
            asked: What its consumer did.
            given: What it sent or threw.
            ended: How the step ended.
            value: The item, value or exception.
            items: What the items are taken from.

        Raises:
            UnrecordableOutcomeError: It cannot be stored; the recording is dropped.
        """
        if self._complete:
            return
        if ended == _tape.RAISED and not is_recordable(value):
            if asked != _tape.THROW or value is not given:
                self._abandon(value)
                return
            # What ends a task is thrown into what it leaves, where closing that was not begun yet.
            asked, given, ended, value = _tape.CLOSE, None, _tape.RETURNED, None
        try:
            self._record(asked, given, ended, value, moved(items))
        except MimicError as error:
            self._abandon(error)
            raise
        if ended == _tape.YIELDED:
            self._items += 1
            self._known.add(value)

    def _record(
        self, asked: str, given: object, ended: str, value: Any, moved: Mapping[str, object]
    ) -> None:
        """Write one step, and the end of the tape behind the last one."""
        raised = ended == _tape.RAISED
        last = ended != _tape.YIELDED
        effects = self._changes(last)
        outcome = Raised(value) if raised else Returned(value)
        payload = encode(outcome, self._before, effects, label=f"item {self._items + 1}")
        found = self._found if last or self._found != self._left else ""
        given = describe_given(asked, given, self._call.digest)
        self._write(Step(asked, given, ended, found, moved), payload)
        if last:
            self._finish(value if raised else None, left=asked == _tape.CLOSE)
        else:
            self._left = self._opened.digest_arguments() if effects.changes else self._found

    def _changes(self, last: bool) -> Effects:
        """Find what the step changed in the arguments and in items given before."""
        effects = changes_seen(self._before)._replace(emissions=self.live.take_emissions())
        if self._known.heavy and last and self._opened.digest_arguments() != self._found:
            raise UnrecordableOutcomeError(
                "cannot record a stream that changes its arguments while its items are taken, "
                f"where these are as large as here: {', '.join(self._call.names)}\n"
                "Leave the parameter that changes out of the key (ignore=NAME)."
            )
        return effects

    def _write(self, step: Step, payload: Any) -> None:
        """Put one step on the tape."""
        parts = _tape.pack(step, payload)
        self._tape.append(parts)
        self._size += sum(map(len, parts))
        self._modules |= payload.modules
        self._effects.update(dict.fromkeys(payload.effects))

    def _abandon(self, error: BaseException) -> None:
        """Drop the recording."""
        self._complete = True
        self._tape.abandon(error)

    def _finish(self, exception: Exception | None, *, left: bool) -> None:
        """Complete the recording."""
        self._complete = True
        self._tape.append([_tape.END])
        self._tape.finish(
            StreamEnd(
                self._items,
                exception,
                left,
                frozenset(self._modules),
                tuple(self._effects),
                self._size + len(_tape.END),
            )
        )


def describe_given(asked: str, given: Any, digest: Callable[[object], str]) -> str:
    """Return what tells a value sent or an exception thrown from others."""
    if asked == _tape.SEND:
        return digest(given)
    if asked != _tape.THROW:
        return ""
    kind = type(given)
    try:
        args = digest(given.args)
    except UnhashableArgumentError:
        args = ""
    return f"{kind.__module__}.{kind.__qualname__} {args}"
