import random

import lab
import pytest


@pytest.mark.parametrize("number", range(4))
def test_sequence(number):
    states = [lab.poll("randomly") for _ in range(3)]
    assert states[0] < states[1] < states[2]


@pytest.mark.parametrize("number", range(3))
def test_drawn(number):
    assert lab.draw(f"randomly {number}")[1] != random.random()
