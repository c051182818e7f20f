import datetime
import time

import freezegun
import lab
import pytest


@freezegun.freeze_time("2031-01-02 03:04:05")
def test_decorated():
    moment = datetime.datetime.now()
    assert lab.now(moment) == (moment, moment)
    assert type(lab.now(moment)[0]) is type(moment)
    assert lab.weigh("freezegun", 2)["kilos"] == [0.002, 2]


@pytest.mark.parametrize("day", [1, 2])
def test_moved(day):
    with freezegun.freeze_time("2031-01-01") as frozen:
        frozen.tick(datetime.timedelta(days=day))
        assert lab.now(datetime.date.today())[0].day == day + 1
        assert time.gmtime().tm_mday == day + 1
