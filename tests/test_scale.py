"""What a run looks at in the vault: what it uses, however much else is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_mimic import _system as system
from pytest_mimic._session import _miss

if TYPE_CHECKING:
    from tests.conftest import Project


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with ten recordings, of which its tests use one."""
    project.write(
        {
            "shop.py": "def price(item): return item",
            "test_shop.py": "import shop\ndef test_it(): [shop.price(x) for x in range(10)]",
        }
    )
    project.configure("shop:price")
    project.record(in_process=True).passed(1)
    project.write({"test_shop.py": "import shop\ndef test_it(): assert shop.price(1) == 1"})
    return project


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cards that are opened."""
    paths: list[str] = []
    open_fd = system.open_fd

    def watch(path: str, *args: int) -> int:
        if path.endswith(".json"):
            paths.append(path)
        return open_fd(path, *args)

    monkeypatch.setattr(system, "open_fd", watch)
    return paths


@pytest.mark.parametrize("flag", ["", "--mimic-record", "--mimic-rerecord", "--mimic-verify"])
def test_a_run_lists_nothing_and_opens_what_it_uses(
    shop: Project, opened: list[str], monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    def refuse(path: str) -> None:
        raise AssertionError(path)

    monkeypatch.setattr(system, "listdir", refuse)
    monkeypatch.setattr(system, "scandir", refuse)
    shop.run(*filter(None, [flag]), in_process=True).passed(1)
    assert len(set(opened)) == 1


def test_a_miss_compares_with_so_many_recordings_and_no_more(
    shop: Project, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_miss, "_MOST_COMPARED", 3)
    shop.write({"test_shop.py": "import shop\ndef test_it(): shop.price(99)"})
    run = shop.run(in_process=True)
    run.has("E *The nearest of the first 3 of its recordings differs in:")
    # Beside these the one that is missed.
    assert len(set(opened)) == 4


def test_finding_the_unused_ones_reads_their_cards_and_no_others(
    shop: Project, opened: list[str]
) -> None:
    run = shop.run("--mimic-fail-on-unused", in_process=True)
    run.has("mimic: 9 recordings unused:")
    assert len(set(opened)) == len(opened) == 10
