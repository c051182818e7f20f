"""Many calls at once: one of them records a key, none is lost, and the counts are exact."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

WORK = """
    import asyncio, time
    from only_live import only_live

    def same(x):
        only_live("same")
        time.sleep(0.05)
        return [x]

    def other(x):
        only_live("other")
        return {"x": x, "square": x * x}

    def refuse(x):
        only_live("refuse")
        time.sleep(0.02)
        raise LookupError(x)

    def stream(x):
        only_live("stream")
        for number in range(3):
            time.sleep(0.01)
            yield x, number

    async def slow(x):
        only_live("slow")
        await asyncio.sleep(0.01)
        return other(x)

    async def ticks(x):
        only_live("ticks")
        for number in range(3):
            await asyncio.sleep(0.001)
            yield x, number
"""
THREADS = """
    import asyncio, threading
    from concurrent.futures import ThreadPoolExecutor
    import pytest
    import work

    def refused(x):
        with pytest.raises(LookupError) as info:
            work.refuse(x)
        return info.value.args

    def test_threads():
        start = threading.Barrier(20)

        def use(number):
            start.wait()
            return (
                work.same("all"), work.other(number), refused("all"), refused(number),
                list(work.stream("all")), list(work.stream(number)),
            )

        def stream(x):
            return [(x, 0), (x, 1), (x, 2)]

        with ThreadPoolExecutor(20) as pool:
            found = list(pool.map(use, range(20)))
        assert found == [
            (
                ["all"], {"x": number, "square": number * number}, ("all",), (number,),
                stream("all"), stream(number),
            )
            for number in range(20)
        ]
        assert len({id(each[0]) for each in found}) == 20

    def test_tasks():
        async def ticks(x):
            return [item async for item in work.ticks(x)]

        async def use():
            return await asyncio.gather(
                *(work.slow(number % 50) for number in range(100)),
                *(ticks(number % 10) for number in range(20)),
            )

        found = asyncio.run(use())
        assert found[:100] == [
            {"x": number % 50, "square": (number % 50) ** 2} for number in range(100)
        ]
        assert found[100:] == [[(n % 10, 0), (n % 10, 1), (n % 10, 2)] for n in range(20)]
"""


def test_threads_and_tasks(project: Project) -> None:
    project.write({"work.py": WORK, "test_work.py": THREADS})
    project.configure(*(f"work:{name}" for name in WORK_NAMES))
    run = project.record().passed(2)
    # By key: 1 same, 20 others, 21 refusals, 21 streams, 50 slow (which call `other`), 10 ticks.
    assert len(project.recordings()) == 123
    assert not list(project.vault.rglob("*.part"))
    calls = 20 * 6 + 100 + 20
    counts = run.mimic_lines[-1].partition(";")[0]
    assert total(counts) == calls
    assert "123 recorded" in counts
    assert run.live.count("slow") + run.live.count("ticks") <= 120
    assert run.live.count("other") == 20 + run.live.count("slow")
    replay = project.replay("--mimic-fail-on-unused").passed(2)
    assert replay.mimic_lines[1].startswith(f"mimic: {calls} replayed;")


WORK_NAMES = ("same", "other", "refuse", "stream", "slow", "ticks")


def total(counts: str) -> int:
    """Sums up what a summary line counts."""
    return sum(int(part.split()[0]) for part in counts.removeprefix("mimic: ").split(", "))


PROCESSES = """
    import multiprocessing
    import sys
    import work

    def use(number):
        try:
            work.refuse("all")
        except LookupError as error:
            refused = error.args
        return work.same("all"), work.other(number), refused, list(work.stream(number % 2))

    def run(method):
        context = multiprocessing.get_context(method)
        with context.Pool(3) as pool:
            found = pool.map(use, range(6), chunksize=1)
            pool.close()
            pool.join()
        assert found == [
            (["all"], {"x": n, "square": n * n}, ("all",), [(n % 2, i) for i in range(3)])
            for n in range(6)
        ]
"""
PROCESS_TESTS = """
    import pytest
    from parallel import run

    @pytest.mark.parametrize("method", [METHOD])
    def test_processes(method):
        run(method)
"""


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(
            "fork",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork"),
        ),
        "spawn",
    ],
)
def test_processes(project: Project, method: str) -> None:
    project.write(
        {
            "work.py": WORK,
            "parallel.py": PROCESSES,
            "test_work.py": PROCESS_TESTS.replace("METHOD", repr(method)),
            "pytest.ini": "",
        }
    )
    project.configure(
        *(f"work:{name}" for name in WORK_NAMES), filterwarnings="ignore::DeprecationWarning"
    )
    run = project.record().passed(1)
    assert len(project.recordings()) == 1 + 6 + 1 + 2
    assert not list(project.vault.rglob("*.part"))
    counts = run.mimic_lines[-1].partition(";")[0]
    assert "10 recorded" in counts
    assert total(counts) == 24
    replay = project.replay("--mimic-fail-on-unused").passed(1)
    assert replay.mimic_lines[1].startswith("mimic: 24 replayed;")


def test_nesting_and_recursion(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from concurrent.futures import ThreadPoolExecutor
                from only_live import only_live

                def fib(n):
                    only_live("fib")
                    return n if n < 2 else fib(n - 1) + fib(n - 2)

                def outer(x):
                    only_live("outer")
                    return [inner(x), *numbers(x), *map(inner, [x])]

                def inner(x):
                    only_live("inner")
                    return x * 2

                def numbers(n):
                    only_live("numbers")
                    yield inner(n)
                    if n:
                        yield from numbers(n - 1)
            """,
            "test_m.py": """
                import m

                def test_recursion():
                    assert m.fib(6) == 8

                def test_nesting():
                    assert m.outer(2) == [4, 4, 2, 0, 4]

                def test_between_the_items_calls_are_the_callers_own():
                    found = []
                    for item in m.numbers(1):
                        found += [item, m.inner(item)]
                    assert found == [2, 4, 0, 0]
            """,
        }
    )
    project.configure("m:*")
    run = project.record().passed(3)
    assert run.mimic_lines[-1].startswith("mimic: 5 recorded")
    assert len(project.recordings("m/fib")) == len(project.recordings("m/outer")) == 1
    assert len(project.recordings("m/numbers")) == 1
    assert len(project.recordings("m/inner")) == 2
    assert project.replay().passed(3).mimic_lines[1].startswith("mimic: 5 replayed;")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_fork_in_the_middle_of_a_stream_leaves_the_recording_to_the_parent(
    project: Project,
) -> None:
    project.write(
        {
            "work.py": WORK,
            "test_work.py": """
                import os
                import work

                def test_fork():
                    stream = work.stream("x")
                    assert next(stream) == ("x", 0)
                    child = os.fork()
                    if not child:
                        rest = list(stream)
                        os._exit(rest != [("x", 1), ("x", 2)])
                    assert os.waitpid(child, 0)[1] == 0
                    assert list(stream) == [("x", 1), ("x", 2)]
            """,
        }
    )
    project.configure("work:stream", filterwarnings="ignore::DeprecationWarning")
    run = project.record().passed(1)
    assert run.mimic_lines[1:] == ["mimic: 1 recorded"]
    assert len(project.recordings()) == 1
    assert not list(project.vault.rglob("*.part"))
    project.replay().passed(1)


def test_sequences_are_counted_within_each_test(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import asyncio
                from only_live import only_live

                STATES = list(range(9))

                def poll(job):
                    only_live("poll")
                    return [STATES.pop(0)]

                async def later(job):
                    only_live("later")
                    return STATES.pop()

                def stream(job):
                    only_live("stream")
                    yield STATES.pop()
            """,
            "test_m.py": """
                import asyncio
                import m

                def test_first():
                    assert [m.poll(1), m.poll(1)] == [[0], [1]]
                    assert m.poll(2) == [2]

                def test_second():
                    assert m.poll(1) == [0]
                    assert [asyncio.run(m.later(1)) for _ in range(2)] == [8, 7]
                    assert [*m.stream(1), *m.stream(1)] == [6, 5]
            """,
        }
    )
    project.configure("m:poll sequence", "m:later sequence", "m:stream sequence")
    run = project.record().passed(2)
    assert run.mimic_lines[1].startswith("mimic: 1 replayed, 7 recorded")
    project.replay("--mimic-fail-on-unused").passed(2)
    extra = "    for _ in range(3): m.poll(2)\n"
    tests = project.path / "test_m.py"
    tests.write_text(tests.read_text() + extra)
    longer = project.replay()
    assert longer.outcomes == {"failed": 1, "passed": 1}
    longer.has("*equal call 2 of its test, and 1 are recorded*")
