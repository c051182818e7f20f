"""What a call leaves behind: nothing that has to be collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

CALLS = 50
TESTS = f"""
    import gc
    import pytest
    import shop

    @pytest.fixture(autouse=True)
    def uncollected():
        shop.price("first"), list(shop.prices("first"))
        gc.collect()
        gc.disable()
        yield
        gc.enable()

    def test_values():
        for number in range({CALLS}):
            shop.price(number)
        # Not one for each call; whatever else there is, is not ours.
        assert gc.collect() < {CALLS}

    def test_streams():
        for number in range({CALLS}):
            list(shop.prices(number))
        assert gc.collect() < {CALLS}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    """A project whose tests count what their calls leave to the collector."""
    project.write(
        {
            "shop.py": """
                def price(item):
                    return [item]

                def prices(item):
                    yield item
                    yield [item]
            """,
            "test_shop.py": TESTS,
        }
    )
    project.configure("shop:*")
    return project


@pytest.mark.parametrize("flag", ["--mimic-rerecord", "--mimic-verify", ""])
def test_no_call_leaves_anything_to_the_collector(shop: Project, flag: str) -> None:
    shop.record(in_process=True).passed(2)
    shop.run(*filter(None, [flag]), in_process=True).passed(2)
