"""Child processes intercept too, record into the same vault, and their use is known."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

M = """
    from only_live import only_live

    def f(x):
        only_live("f")
        return [x]

    def caller(x):
        return f(x)

    def fails(x):
        only_live("fails")
        raise KeyError(x)

    def leave(x, queue):
        queue.put(f(x))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_fork_and_the_pools(project: Project) -> None:
    methods = {"fork": 100, "spawn": 200, "forkserver": 300}
    project.write(
        {
            "m.py": M,
            "test_processes.py": f"""
                import multiprocessing, os
                from concurrent.futures import ProcessPoolExecutor
                import pytest
                import m

                METHODS = {methods!r}

                # The collector may run just when Python 3.12 is about to track a semaphore.
                @pytest.mark.filterwarnings("ignore:ResourceTracker called reentrantly")
                @pytest.mark.filterwarnings("ignore::DeprecationWarning")
                @pytest.mark.parametrize("how", METHODS)
                def test_pools(how):
                    context = multiprocessing.get_context(how)
                    base = METHODS[how]
                    with context.Pool(1) as pool:
                        assert pool.map(m.f, [base, base + 1]) == [[base], [base + 1]]
                        with pytest.raises(KeyError):
                            pool.apply(m.fails, [base])
                    with ProcessPoolExecutor(1, mp_context=context) as pool:
                        assert pool.submit(m.caller, base + 2).result() == [base + 2]
                    queue = context.SimpleQueue()
                    process = context.Process(target=m.leave, args=(base + 3, queue))
                    process.start()
                    assert queue.get() == [base + 3]
                    process.join()
                    assert process.exitcode == 0

                @pytest.mark.filterwarnings("ignore::DeprecationWarning")
                def test_bare_fork():
                    child = os.fork()
                    if not child:
                        os._exit(m.f(42) != [42])
                    assert os.waitpid(child, 0)[1] == 0
            """,
        }
    )
    project.configure("m:f", "m:fails")
    run = project.record().passed(4)
    assert run.live == ["f", "f", "fails", "f", "f"] * 3 + ["f"]
    assert run.mimic_lines[1].startswith("mimic: 16 recorded")
    replay = project.replay("--mimic-fail-on-unused").passed(4)
    assert replay.mimic_lines[1].startswith("mimic: 16 replayed")


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_miss_in_a_child_fails_the_test(project: Project) -> None:
    project.write(
        {
            "m.py": M,
            "test_miss.py": """
                import multiprocessing
                import pytest
                import m

                @pytest.mark.parametrize("how", ["fork", "spawn"])
                def test_miss(how):
                    process = multiprocessing.get_context(how).Process(target=m.f, args=(1,))
                    process.start()
                    process.join()

                def test_other():
                    pass
            """,
        }
    )
    project.configure("m:f")
    run = project.replay()
    assert run.outcomes["failed"] == 2
    assert run.outcomes["passed"] == 1
    run.has("*in a child process: MissingRecordingError: *m:f(x=1)*")


def test_a_child_of_a_recorded_call_is_part_of_it(project: Project) -> None:
    project.write(
        {
            "m.py": M
            + """
    def outer(x, how):
        import multiprocessing
        only_live("outer")
        with multiprocessing.get_context(how).Pool(1) as pool:
            return pool.apply(f, [x])
""",
            "test_outer.py": """
                import os, pytest
                import m

                @pytest.mark.filterwarnings("ignore::DeprecationWarning")
                @pytest.mark.parametrize("how", ["spawn", "fork"][: 1 + hasattr(os, "fork")])
                def test_outer(how):
                    assert m.outer(1, how) == [1]
            """,
        }
    )
    project.configure("m:f", "m:outer")
    run = project.record()
    assert run.live[:2] == ["outer", "f"]
    assert {path.parent.name for path in project.recordings()} == {"outer"}
    project.replay()
