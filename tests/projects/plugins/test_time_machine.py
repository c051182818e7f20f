import datetime

import lab
import pytest


@pytest.mark.time_machine("2031-01-02 03:04:05 +0000", tick=False)
def test_marked():
    moment = datetime.datetime.now()
    assert lab.now(moment) == (moment, moment)


@pytest.mark.parametrize("day", [1, 2])
def test_moved(day, time_machine):
    time_machine.move_to(datetime.datetime(2032, 1, day, 12), tick=False)
    assert lab.now(datetime.date.today())[0].day == day
