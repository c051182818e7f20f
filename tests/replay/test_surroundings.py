"""Random state, clocks, and what cannot be recorded at all, through the plugin."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project
    from tests.replay.conftest import Runs

DRAWS = """
    import random
    import numpy as np
    from only_live import only_live

    def shuffled(x):
        only_live("shuffled")
        random.shuffle(x)
        return np.random.rand(3).tolist()

    def stream(count):
        only_live("stream")
        for _ in range(count):
            yield random.random()

    def fails():
        only_live("fails")
        raise LookupError(random.random())

    async def later():
        only_live("later")
        return random.random(), np.random.rand()

    def draws_nothing():
        only_live("draws_nothing")
        return 1
"""
DRAW_TESTS = """
    import asyncio, json, random
    from pathlib import Path
    import numpy as np
    import draws

    LIVE = Path(__file__).with_name("drawn.json")

    def test_draws():
        random.seed(5)
        np.random.seed(5)
        x = list(range(9))
        drawn = [draws.shuffled(x), x, random.random(), np.random.rand()]
        for number in draws.stream(4):
            drawn += [number, random.random()]
        try:
            draws.fails()
        except LookupError as error:
            drawn += [error.args[0], random.random()]
        drawn += [asyncio.run(draws.later()), random.random(), np.random.rand()]
        random.seed(99)
        drawn += [draws.draws_nothing(), random.random()]
        drawn = json.loads(json.dumps(drawn))
        if not LIVE.exists():
            LIVE.write_text(json.dumps(drawn))
        assert drawn == json.loads(LIVE.read_text())
"""


def test_what_follows_a_call_draws_as_it_did_live(alike: Callable[..., Runs]) -> None:
    alike({"draws.py": DRAWS, "test_draws.py": DRAW_TESTS}, "draws:*", tests=1)


CLOCKED = """
    import datetime, time
    from only_live import only_live

    def report(day, start=None):
        only_live("report")
        end = REAL_CLOCK[0]() + 0.03
        while REAL_CLOCK[0]() < end:
            pass
        return {"day": day, "now": datetime.datetime.now(), "time": time.time()}

    def stream(day):
        only_live("stream")
        yield day
        yield datetime.datetime.now()

    REAL_CLOCK = [time.perf_counter]  # where freezegun does not look
"""
FROZEN = {
    "freezegun": """
        import freezegun

        def frozen(when):
            return freezegun.freeze_time(when)
    """,
    "time_machine": """
        import datetime
        import time_machine

        def frozen(when):
            moment = datetime.datetime.fromisoformat(when).replace(tzinfo=datetime.timezone.utc)
            return time_machine.travel(moment, tick=False)
    """,
}
CLOCK_TESTS = """
    import datetime, time
    import clocked
    from freezing import frozen

    def test_frozen():
        for _ in range(2):
            with frozen("2031-01-02T03:04:05"):
                today = datetime.datetime.now()
                found = clocked.report(today)
                assert found["day"] == found["now"] == today == datetime.datetime.now()
                assert type(found["now"]) is type(today)
                assert found["time"] == time.time()
                assert list(clocked.stream(today.date())) == [today.date(), today]

    def test_the_same_day_without_the_clock_frozen():
        found = clocked.report(datetime.datetime(2031, 1, 2, 3, 4, 5))
        assert found["now"].year == 2031

    def test_another_day():
        with frozen("2031-01-03T03:04:05"):
            assert clocked.report(datetime.datetime.now())["now"].day == 3
"""


@pytest.mark.parametrize("library", sorted(FROZEN))
def test_frozen_clocks(project: Project, library: str) -> None:
    pytest.importorskip(library)
    project.write(
        {"clocked.py": CLOCKED, "freezing.py": FROZEN[library], "test_clocked.py": CLOCK_TESTS}
    )
    project.configure("clocked:report", "clocked:stream")
    run = project.record().passed(3)
    assert run.mimic_lines[-1].startswith("mimic: 3 replayed, 3 recorded; ")
    for card in (project.vault / "clocked" / "report").glob("*.json"):
        assert 0.02 < json.loads(card.read_bytes())["took"] < 60
    assert len(project.recordings("clocked/report")) == 2
    newest = max(path.stat().st_mtime for path in project.vault.rglob("*.*"))
    assert abs(time.time() - newest) < 600
    project.replay("--mimic-fail-on-unused").passed(3)


UNRECORDABLE = """
    import socket, tempfile, threading

    class Holder:
        def __init__(self, held):
            self.inside = [held]

    def connect():
        return {"connection": socket.socket()}

    def opened():
        return Holder(tempfile.TemporaryFile())

    def locked():
        return [1, threading.Lock()]

    async def later():
        return Holder(threading.Lock())

    def running():
        return (1, (number for number in range(3)))

    def raised():
        raise LookupError(threading.Lock())

    def spoiled(target):
        target["lock"] = threading.Lock()
"""
UNRECORDABLE_TESTS = """
    import asyncio, contextlib
    import pytest
    import holds

    @pytest.mark.parametrize("name", ["connect", "opened", "locked", "running"])
    def test_held(name):
        getattr(holds, name)()

    def test_raised():
        with contextlib.suppress(LookupError):
            holds.raised()

    def test_later():
        asyncio.run(holds.later())

    def test_spoiled():
        holds.spoiled({})

    def test_swallowed():
        with contextlib.suppress(Exception):
            holds.locked()
"""


def test_what_cannot_be_recorded_is_an_error_with_its_path(project: Project) -> None:
    project.write({"holds.py": UNRECORDABLE, "test_holds.py": UNRECORDABLE_TESTS})
    project.configure("holds:*", filterwarnings="ignore")
    run = project.record("--tb=line")
    assert run.outcomes["failed"] == 8
    for path in (
        "*cannot record result -> *'connection'*: socket*",
        "*cannot record result -> .inside[[]0]: _io.BufferedRandom*",
        "*cannot record result -> [[]1]: _thread.lock*",
        "*cannot record result -> [[]1]: generator*",
        "*cannot record exception -> .args[[]0]: _thread.lock*",
        "*cannot record result -> .inside[[]0]: _thread.lock*",
        "*cannot record argument 'target' -> [[]'lock'[]]: _thread.lock*",
    ):
        run.has(path)
    assert run.mimic_lines[-1] == "mimic: 8 run live"
    assert not [
        path for path in project.vault.rglob("*") if path.suffix in {".pkl", ".json", ".part"}
    ]


def test_a_default_that_says_not_given_is_the_same_call_as_ever(alike: Callable[..., Runs]) -> None:
    runs = alike(
        {
            "m.py": """
                from only_live import only_live

                NOT_GIVEN = object()

                def f(x, *, most=NOT_GIVEN, least=NOT_GIVEN):
                    only_live("f")
                    return [x, most is NOT_GIVEN, least is NOT_GIVEN]
            """,
            "test_m.py": """
                import m

                def test_it():
                    assert m.f(1) == m.f(1, most=m.NOT_GIVEN) == [1, True, True]
                    assert m.f(1, most=2) == [1, False, True]
            """,
        },
        "m:f",
        tests=1,
    )
    assert runs.record.live == ["f", "f"]
