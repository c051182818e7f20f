"""A live stream beside the recorded one, step by step, while it is consumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._outcome import Step, StreamReader, is_streamed
from pytest_mimic._outcome._streams import _tape
from pytest_mimic.errors import UnreplayableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_mimic._drift._comparison import Buffer, Comparison

_ENDS = {_tape.YIELDED: "gave an item", _tape.RETURNED: "ended", _tape.RAISED: "raised"}


class StreamComparison:
    """Compares the steps of a stream with the recorded ones, as far as both go.

    Args:
        comparison: Compares what the steps gave.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.beyond = ""
        """Why the recording does not go as far as the live stream; empty if it does."""
        self.error: UnreplayableOutcomeError | None = None
        """Why they cannot be compared any further, if that is so."""
        self._comparison = comparison
        self._items = 0
        self._reader: StreamReader | None = None
        if is_streamed(comparison.recorded):
            self._reader = StreamReader(comparison.recorded)
        else:
            comparison.note("outcome", "recorded a value or an exception, live a stream")

    @property
    def is_same(self) -> bool:
        """Whether the live stream was the recorded one, as far as it was consumed."""
        return not (self.error or self.beyond or self._comparison.found)

    def append(self, parts: Sequence[Buffer]) -> None:
        """Take the next step of the live stream, or the end of it."""
        written = b"".join(parts)
        live = None if written == _tape.END else StreamReader(written + _tape.END).next()
        if self._reader is None or live is None:
            return
        recorded = self._reader.next()
        if recorded is None or recorded[0] != live[0]:
            self._leave(recorded[0] if recorded else None, live[0])
            return
        try:
            self._comparison.compare(live[1], recorded[1], self._label(live[0]))
        except UnreplayableOutcomeError as error:
            self.error, self._reader = error, None
            return
        self._reader.advance()
        self._items += live[0].ended == _tape.YIELDED

    def _leave(self, recorded: Step | None, live: Step) -> None:
        """Compare no further, and say why if that is the stream's doing."""
        place = f"after item {self._items}" if self._items else "stream"
        if recorded is not None and recorded._replace(arguments=live.arguments) == live:
            self.beyond = (
                f"{place}: whoever takes the items has changed the arguments otherwise by then"
            )
        elif recorded is not None and recorded[:2] == live[:2]:
            self._comparison.note(place, f"recorded {_end(recorded)}, live {_end(live)}")
        elif live.asked not in (_tape.CLOSE, _tape.THROW):
            self.beyond = self._why_beyond(recorded)
        elif live.asked == _tape.THROW and live.ended != _tape.RAISED:
            self.beyond = f"after item {self._items} an exception was thrown in only now"
        # Where its consumer leaves it earlier, the rest of the recording is not asked for.
        self._reader = None

    def _why_beyond(self, recorded: Step | None) -> str:
        if recorded is None or recorded.asked == _tape.CLOSE:
            return (
                f"{self._items} items were taken when it was recorded, and now another is asked for"
            )
        if recorded.asked == _tape.THROW:
            return f"after item {self._items} an exception was thrown in when it was recorded"
        return f"after item {self._items} another value was sent when it was recorded"

    def _label(self, step: Step) -> str:
        labels = {_tape.YIELDED: f"item {self._items + 1}", _tape.RAISED: "exception"}
        return labels.get(step.ended, "return value")


def _end(step: Step) -> str:
    return _ENDS.get(step.ended, f"gave an {step.ended}")
