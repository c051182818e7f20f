import lab
from flaky import flaky

TRIES = []


@flaky(max_runs=3)
def test_flaky():
    TRIES.append(1)
    assert lab.weigh("flaky", len(TRIES))["kilos"][1] == 3
