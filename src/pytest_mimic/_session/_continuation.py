"""A recorded stream that is asked for more than its recording holds: it goes on live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._drift import StreamComparison
from pytest_mimic._outcome import is_same_key
from pytest_mimic._session._recorder import LiveCall, VaultTape

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._outcome import Tape
    from pytest_mimic._session._call import Call
    from pytest_mimic._session._drafts import Draft
    from pytest_mimic._session._recorder import Books, Tools
    from pytest_mimic._session._verification import Found


def continuation(
    call: Call, found: Found, test: str, tools: Tools, books: Books
) -> LiveContinuation | None:
    """Gives what goes on with a stream, if nobody notices anything but its further items.

    Args:
        call: The call.
        found: Its recording.
        test: The node id of the test that makes it, or where else it is made.
        tools: What recording takes.
        books: The books of the run.
    """
    card = found.recording.card
    if card.effects or "emitted" in card.outcome or not is_same_key(call.is_unchanged):
        return None
    return LiveContinuation(call, found, test, tools, books)


class LiveContinuation:
    """The books of a call that is made once more, for the items that its recording lacks.

    What it records takes the place of the recording, if it is the same as far as that goes.

    Args:
        call: The call.
        found: Its recording.
        test: The node id of the test that makes it, or where else it is made.
        tools: What recording takes.
        books: The books of the run.
    """

    def __init__(self, call: Call, found: Found, test: str, tools: Tools, books: Books) -> None:
        self.open, self.close, self.ran_live = books.open, books.close, books.ran_live
        self.withdraw = books.withdraw
        self._books = books
        self._tools = tools
        self._live = LiveCall(call, test, tools, self)
        self._stream = StreamComparison(found.comparison(call, tools))
        self._is_same = False

    def begin(self) -> Any:
        """Makes the call, and gives its stream or an awaitable of it."""
        live = self._live
        return live.run_later() if live.call.callee.is_awaited else live.run()

    def difference(self) -> str:
        """Tells whether the items taken so far are others than the recorded ones."""
        self._is_same = self._stream.is_same
        return "" if self._is_same else "run again for the further items, it gave others before"

    def tape(self, live: LiveCall) -> Tape:
        """Gives what records the stream, and compares it with its recording."""
        return VaultTape(live, self._tools.vault.writer(*live.call.own), self._stream)

    def keep(self, draft: Draft) -> None:
        """Hands a draft on."""
        self._hand_on(draft, self._books.keep)

    def keep_back(self, draft: Draft) -> None:
        """Likewise, one that waits."""
        self._hand_on(draft, self._books.keep_back)

    def _hand_on(self, draft: Draft, keep: Callable[[Draft], None]) -> None:
        if self._is_same:
            keep(draft)
            return
        draft.drop()
        self.ran_live(draft.card.target)
