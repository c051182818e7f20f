"""Recordings of targets whose source has changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._config import StalePolicy
from pytest_mimic.errors import StaleRecordingError

if TYPE_CHECKING:
    from pytest_mimic._session._recorder import Tools
    from pytest_mimic._vault import Card


def is_stale(policy: StalePolicy, card: Card, function: object, tools: Tools) -> bool:
    """Tell whether a recording is to be warned of.

    Args:
        policy: What happens to stale recordings.
        card: The recording's card.
        function: The target as it is now.
        tools: What recording takes.

    Raises:
        StaleRecordingError: It is stale, and that is an error.
    """
    if policy is StalePolicy.IGNORE or card.source is None:
        return False
    source = tools.provenance.source_digest(function)
    if source is None or source == card.source:
        return False
    if policy is StalePolicy.ERROR:
        raise StaleRecordingError(
            f"the source of {card.target} changed after {card.test} recorded "
            f"{tools.vault.place(card.target, card.key).card}\n"
            "Record it anew with pytest --mimic-rerecord, or set mimic_stale to warn or ignore."
        )
    return True
