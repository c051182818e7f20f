"""Whenever a writer is killed, the vault holds the old recording or the new one, whole."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a process to kill it")


@pytest.mark.parametrize("scenario", ["first", "first and small", "replace", "renew", "delete"])
def test_killed_at_every_line(scenario, run_script, fast_folder):
    killed = int(run_script("vault/killing.py", scenario, fast_folder / "vault"))
    assert killed > 30


def test_killed_over_and_over(run_script, fast_folder):
    killed = int(run_script("vault/killing.py", "chain", fast_folder / "vault"))
    assert killed > 100
