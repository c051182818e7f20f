"""Under ``pytest -n``: workers record and replay, and the controller alone says what they did."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

FILES, TESTS = 4, 3
CALLS = FILES * TESTS * 2
RECORDINGS = FILES * TESTS + 1


@pytest.fixture
def shop(project: Project) -> Project:
    """A project whose tests each make a call of their own, and one that all of them make."""
    project.write(
        {
            "shop.py": """
                from only_live import only_live

                def price(item):
                    only_live("price")
                    return [item]

                def rate():
                    only_live("rate")
                    return 2
            """
        }
    )
    for file in range(FILES):
        project.write(
            {
                f"test_{file}.py": f"""
                    import pytest, shop

                    @pytest.mark.parametrize("number", range({TESTS}))
                    def test_it(number):
                        assert shop.price(({file}, number)) == [({file}, number)]
                        assert shop.rate() == 2
                """
            }
        )
    project.configure("shop:price", "shop:rate")
    return project


def counts(run: Run) -> dict[str, int]:
    """What the one summary line counts."""
    header, summary = run.mimic_lines
    assert header.endswith("vault .mimic_vault, 2 targets")
    return {name: int(count) for count, name in re.findall(r"(\d+) ([a-z ]+?)(?=[,;]|$)", summary)}


@pytest.mark.parametrize(
    ("record", "replay"),
    [
        (["-n2", "--dist=load"], ["-n8", "--dist=worksteal"]),
        (["-n8", "--dist=loadfile"], ["-n2", "--dist=load"]),
    ],
    ids=["2 load, 8 worksteal", "8 loadfile, 2 load"],
)
def test_the_sums_are_right(shop: Project, record: list[str], replay: list[str]) -> None:
    run = shop.record(*record, in_process=True).passed(FILES * TESTS)
    recorded = counts(run)
    # Of several workers that make one call at once, each runs it, and the first records it.
    assert recorded.pop("recorded") == len(shop.recordings()) == RECORDINGS
    assert sum(recorded.values()) == CALLS - RECORDINGS
    assert recorded.keys() <= {"replayed", "run live"}
    assert len(run.live) == RECORDINGS + recorded.get("run live", 0)
    for card in shop.vault.rglob("*.json"):
        card.write_text(json.dumps(json.loads(card.read_text()) | {"took": 10}))
    run = shop.replay(*replay, "--mimic-fail-on-unused", in_process=True).passed(FILES * TESTS)
    *lines, unused = run.mimic_lines
    assert unused == "mimic: 0 recordings unused"
    assert lines[1:] == [f"mimic: {CALLS} replayed; 4m 0s saved"]


def test_misses_of_workers_are_summed_up_once(shop: Project) -> None:
    run = shop.replay("-n2", in_process=True)
    assert run.outcomes == {"failed": FILES * TESTS}
    # Each test fails at its first call.
    assert counts(run) == {"missed": FILES * TESTS}
