"""A recorded stream, read step by step as its consumer asks, whether it is awaited or not."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from pytest_mimic._outcome._codec import decode
from pytest_mimic._outcome._kinds import Raised
from pytest_mimic._outcome._streams import _tape
from pytest_mimic._outcome._streams._steps import Known, describe_given
from pytest_mimic.errors import MimicError, UnreplayableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._outcome._codec import Recorded
    from pytest_mimic._outcome._pickles._trust import Trust
    from pytest_mimic._outcome._streams._guises import Guise
    from pytest_mimic._outcome._streams._steps import Call
    from pytest_mimic._outcome._streams._tape import Step, StreamReader

_Result = TypeVar("_Result")


class Continuation(Protocol):
    """A live stream that goes on where the consumer of the recorded one left it."""

    def begin(self) -> Any:
        """Make the call once more, and return its stream, or an awaitable of it."""

    def difference(self) -> str:
        """Tell why the items taken from it are not the recorded ones; empty if they are."""


class Beyond(NamedTuple):
    """What to do where a consumer asks for what was not recorded.

    Attributes:
        miss: Makes the error for it, given the reason.
        go_on: Gives a live stream that goes on after the last item, if there may be one.
    """

    miss: Callable[[str], BaseException]
    go_on: Callable[[], Continuation | None] | None = None


class Player:
    """Reads the steps of a stream.

    ``explain`` says more of an error in what was recorded.
    """

    def __init__(
        self,
        reader: StreamReader,
        call: Call,
        beyond: Beyond,
        trust: Trust | None = None,
        explain: Callable[[UnreplayableOutcomeError], UnreplayableOutcomeError] | None = None,
    ) -> None:
        self._reader = reader
        self._call = call
        self._miss, self._go_on = beyond
        self._trust = trust
        self._explain = explain
        self._only_next = True
        self._moved: dict[str, object] = {}
        self.items = 0
        """How many items it gave."""

    def awaited(self) -> str | None:
        """Return the kind of awaitable that the stream was the result of, if it was one."""
        _, payload = self._opening()
        return self._explained(lambda: self._decode(payload, [])).awaited

    def open(self) -> tuple[str, Guise]:
        """Do what the call itself did, and return the kind of the stream and its guise."""
        step, payload = self._opening()
        guise: Guise = self._replay(payload, [])
        self._known = Known(self._call)
        self._begun = "" if self._known.heavy else self._call.digest_arguments()
        return step.ended, guise

    def ask(self, asked: str, given: object) -> tuple[str, Any]:
        """Return how the stream ends a step, and with what.

        That is an item, a value or an exception; or a ``Continuation``, from which to go on.
        """
        found = self._next()
        self._only_next &= asked == _tape.NEXT
        if asked == _tape.THROW and (found is None or found[0].asked != _tape.THROW):
            if not isinstance(given, Exception):  # its consumer is ended, and leaves it
                self.close()
            return _tape.RAISED, given
        if found is None or found[0].asked == _tape.CLOSE:
            continuation = self._go_on() if self._go_on and self._only_next else None
            if continuation is None:
                raise self._miss(self._left())
            return _tape.BEYOND, continuation
        step, payload = found
        place = f"after item {self.items}" if self.items else "before its first item"
        if step.asked == _tape.THROW and asked != _tape.THROW:
            raise self._miss(f"{place} an exception was thrown in when it was recorded")
        if (step.asked, step.given) != (asked, describe_given(asked, given, self._call.digest)):
            what = "exception was thrown in" if asked == _tape.THROW else "value was sent"
            raise self._miss(f"{place} another {what} when it was recorded")
        # Before the first item they are what the call left, unless the recording says otherwise.
        arguments, self._begun = step.arguments or self._begun, ""
        if arguments and arguments != self._call.digest_arguments():
            raise self._miss(
                f"{place} its arguments are not what they were then when it was recorded: whoever "
                "takes the items has changed them otherwise"
            )
        value = self._replay(payload, self._known.others(asked, given))
        self._moved.update(step.moved or {})
        if step.ended == _tape.YIELDED:
            self.items += 1
            self._known.add(value)
        return step.ended, value

    def moved(self) -> dict[str, object]:
        """Return the attributes of the stream that changed since this was last asked."""
        moved, self._moved = self._moved, {}
        return moved

    def join(self, continuation: Continuation) -> None:
        """Check that a live stream, of which as many items were taken, is the recorded one."""
        difference = continuation.difference()
        if difference:
            raise self._miss(f"{self._left()}; {difference}")

    def parted(self, error: BaseException) -> BaseException:
        """Return the error for a live stream that cannot go on, as making it raised one."""
        if isinstance(error, MimicError) or not isinstance(error, Exception):
            return error
        kind = type(error).__name__
        return self._miss(f"{self._left()}; run again for it, the call raised {kind}: {error}")

    def close(self) -> None:
        """Do what the stream did when its consumer left it here, if that was recorded.

        Raises:
            BaseException: What the stream raised then.
        """
        found = self._next()
        if found is None or found[0].asked != _tape.CLOSE:
            return
        step, payload = found
        value = self._replay(payload, self._known.others(_tape.CLOSE, None))
        if step.ended == _tape.RAISED:
            Raised(value).give()

    def _left(self) -> str:
        return f"{self.items} items were taken when it was recorded, and now another is asked for"

    def _opening(self) -> tuple[Step, memoryview]:
        found = self._next()
        if found is None:
            raise self._miss("the recording holds no stream")
        return found

    def _next(self) -> tuple[Step, memoryview] | None:
        return self._explained(self._reader.next)

    def _replay(self, payload: memoryview, others: list[tuple[Any, object]]) -> Any:
        return self._explained(lambda: self._give(payload, others))

    def _explained(self, work: Callable[[], _Result]) -> _Result:
        try:
            return work()
        except UnreplayableOutcomeError as error:
            if self._explain is None:
                raise
            raise self._explain(error) from error

    def _give(self, payload: memoryview, others: list[tuple[Any, object]]) -> Any:
        """Read a payload, change what the step changed, and go on to the next step."""
        recorded = self._decode(payload, others)
        self._reader.advance()
        recorded.take_effect()
        outcome: Any = recorded.outcome
        return outcome.exception if isinstance(outcome, Raised) else outcome.value

    def _decode(self, payload: memoryview, others: list[tuple[Any, object]]) -> Recorded:
        call = self._call
        roots = ChainMap(dict(others), dict(enumerate(call.arguments)))
        return decode(payload, roots, call.digest, self._trust)
