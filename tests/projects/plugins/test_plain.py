import lab
import pytest

FOUND = lab.weigh("plain", 1)


@pytest.fixture
def weight():
    return lab.weigh("plain", 2)["kilos"][1]


def test_value(weight):
    assert weight == FOUND["kilos"][1] + 1


def test_exception():
    with pytest.raises(ValueError):
        lab.weigh("plain", -1)


def test_sequence():
    assert lab.poll("plain") < lab.poll("plain")


def test_effect():
    scale = lab.Scale("plain")
    assert scale.load(3) == 1
    assert scale.loads == [3]
    assert list(lab.countdown(2)) == [2, 1]
