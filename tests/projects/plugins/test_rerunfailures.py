import lab
import pytest

TRIES = []
WEIGHTS = []


@pytest.mark.flaky(reruns=2)
def test_flaky(mimic):
    assert not mimic.replayed and not mimic.recorded
    TRIES.append(1)
    assert lab.weigh("rerun", 1)["kilos"][1] == 1
    first = lab.poll("rerun")
    assert lab.poll("rerun") > first
    with pytest.raises(ValueError):
        lab.weigh("rerun", -1)
    assert len(TRIES) == 3


@pytest.fixture
def weight():
    WEIGHTS.append(1)
    return lab.weigh("rerun", len(WEIGHTS))["kilos"][1]


@pytest.mark.flaky(reruns=1)
def test_fixture(weight):
    assert weight == 2
