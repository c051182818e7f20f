"""``mimic_trusted_modules``: what a recording may import while it is loaded."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project

MODULE = """
    from decimal import Decimal

    class Price:
        def __init__(self, amount):
            self.amount = amount

    def price(x):
        return Price(Decimal(x))

    def prices(n):
        for x in range(n):
            yield Price(Decimal(x))
"""
TESTS = """
    import m

    def test_price():
        assert m.price(1).amount == 1

    def test_prices():
        assert [price.amount for price in m.prices(2)] == [0, 1]
"""


class Wicked:
    """Leaves a file where it is loaded."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self._path), "w")


@pytest.fixture
def recorded(project: Project) -> Project:
    project.write({"m.py": MODULE, "test_m.py": TESTS})
    project.configure("m:*", mimic_trusted_modules="\n    m\n    # for prices\n    dec*\n")
    project.record(in_process=True).passed(2)
    return project


def test_what_is_trusted_is_replayed(recorded: Project) -> None:
    recorded.replay().passed(2)
    recorded.run("--mimic-verify", in_process=True).passed(2)
    recorded.configure("m:*", mimic_trusted_modules="m")
    run = recorded.replay(in_process=True)
    assert run.outcomes == {"failed": 2}
    for target in ("price", "prices"):
        run.has(
            f"*UntrustedOutcomeError: *.mimic_vault/m/{target}/*.pkl: it imports decimal.Decimal, "
            "and mimic_trusted_modules trusts only m",
            "*add the module to mimic_trusted_modules; if not, find out who changed the recording*",
        )


def test_a_recording_that_somebody_changed(recorded: Project) -> None:
    vault = Vault(recorded.vault)
    (card,) = vault.cards("m:price")
    left = recorded.path / "left"
    payload = pickle.dumps(Wicked(left)) + b"\x00"
    vault.write(card._replace(payload=None), [payload], replace=True)
    run = recorded.replay("-k", "test_price and not prices", in_process=True)
    run.has("*it imports *open, and mimic_trusted_modules trusts only m, dec[*]*")
    verified = recorded.run("--mimic-verify", "-k", "not prices", in_process=True)
    assert verified.outcomes["failed"] == 1
    verified.has("*UntrustedOutcomeError: *it imports *open*")
    recorded.run("--mimic-rerecord", in_process=True).passed(2)
    assert not left.exists()
    recorded.replay(in_process=True).passed(2)


def test_what_could_not_be_replayed_is_not_recorded(recorded: Project) -> None:
    recorded.configure("m:*", mimic_trusted_modules="m")
    recorded.write({"test_m.py": "import m\ndef test_it():\n    m.price(3)"})
    run = recorded.record(in_process=True)
    assert run.outcomes == {"failed": 1}
    run.has(
        "*UnrecordableOutcomeError: cannot record result: it imports decimal.Decimal, "
        "and mimic_trusted_modules trusts only m",
        "*Add the module to mimic_trusted_modules*",
    )


@pytest.mark.parametrize("pattern", ["numpy/core", "my app", "numpy:core", "a,b"])
def test_what_is_no_pattern(project: Project, pattern: str) -> None:
    project.configure("m:f", mimic_trusted_modules=pattern)
    run = project.run(in_process=True)
    assert run.status == 4
    assert f"mimic_trusted_modules: {pattern!r} is no pattern of modules" in run.stderr
