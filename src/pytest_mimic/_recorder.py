"""A call that runs live, and the recording made of it."""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING, NamedTuple

from pytest_mimic._outcome import Before, Outcome, changes_after, encode
from pytest_mimic._outline import outline, outline_arguments
from pytest_mimic._vault import Card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer

    from pytest_mimic._call import Call
    from pytest_mimic._fingerprint import Fingerprinter
    from pytest_mimic._outcome import Payload, Raised, Returned
    from pytest_mimic._provenance import Provenance


class Draft(NamedTuple):
    """A recording that is not in the vault yet.

    Args:
        card: Its card.
        parts: Its payload; refers to live objects, so it has to be written before they change.
    """

    card: Card
    parts: Sequence[Buffer]

    def whole(self) -> Draft:
        """Gives the same draft with a payload of its own, which may wait."""
        return self._replace(parts=[b"".join(self.parts)])


class Recorder:
    """Watches one call run live.

    Args:
        call: The call.
        test: The node id of the test that makes it, or where else it is made.
        fingerprinter: Tells whether arguments changed.
        provenance: Knows the target's source and versions.
    """

    # Held where no library that fakes the time looks for it.
    _clock = staticmethod(time.perf_counter)

    def __init__(
        self, call: Call, test: str, fingerprinter: Fingerprinter, provenance: Provenance
    ) -> None:
        self.call = call
        self._test = test
        self._fingerprinter = fingerprinter
        self._provenance = provenance
        callee, target = call.callee, call.selections[0].target
        self._arguments = outline_arguments(
            call.names,
            call.selected,
            digest=fingerprinter.digest,
            var_positional=callee.var_positional,
            var_keyword=callee.var_keyword,
        )
        self._before = Before(callee.names, call.values, target.ignore, fingerprinter.digest)
        self._started = self._clock()

    def draft(self, outcome: Returned | Raised) -> Draft:
        """Makes the recording of how the call ended.

        Args:
            outcome: How it ended, just now.

        Raises:
            UnrecordableOutcomeError: The outcome, or what the call changed, cannot be stored.
        """
        took = self._clock() - self._started
        effects = changes_after(self._before, self._is_unchanged)
        payload = encode(outcome, self._before, effects)
        return Draft(self._card(outcome, payload, took), payload.parts)

    def _is_unchanged(self) -> bool:
        return self.call.key_now(self._fingerprinter) == self.call.own.key

    def _card(self, outcome: Outcome, payload: Payload, took: float) -> Card:
        own = self.call.own
        value = getattr(outcome, "exception", getattr(outcome, "value", None))
        function = self.call.callee.function
        return Card(
            target=own.target,
            key=own.key,
            arguments=self._arguments,
            outcome={"kind": outcome.kind, "outline": outline(value)},
            effects=payload.effects,
            took=took,
            python=platform.python_version(),
            distributions=self._provenance.distributions(
                [own.target.partition(":")[0], *payload.modules]
            ),
            source=self._provenance.source_digest(function),
            test=self._test,
        )
