"""Several processes at once, and processes that are killed, on a server."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from pytest_mimic._vault import open_vault

pytest.importorskip("s3fs")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")


@pytest.mark.parametrize(("mode", "written"), [("record", "NEW"), ("rerecord", "NEW REPLACED")])
def test_whoever_wins_wins_with_card_and_payload(
    bucket: str, run_script: Callable[..., str], mode: str, written: str
) -> None:
    lines = run_script("vault/racing.py", mode, f"{bucket}/vault", 4, 4).splitlines()
    results = [line.split() for line in lines]
    assert len(results) == 16
    writers = {(key, writer) for key, result, writer in results if result in written.split()}
    vault = open_vault(f"{bucket}/vault")
    cards = list(vault.cards())
    assert {card.key for card in cards} == {key for key, _ in writers}
    assert {(card.key, card.source) for card in cards} <= writers
    assert all(vault.read(card.target, card.key) for card in cards)


@pytest.mark.parametrize(("scenario", "killed"), [("first", 8), ("replace", 8), ("delete", 8)])
def test_killed_at_every_request(
    bucket: str, run_script: Callable[..., str], scenario: str, killed: int
) -> None:
    assert int(run_script("remote/killing.py", scenario, f"{bucket}/vault")) == killed
