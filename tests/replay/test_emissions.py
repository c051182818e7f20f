"""What a call emits beside its outcome: warnings, printed text, log records."""

from __future__ import annotations

import json
import logging
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project
    from tests.replay.conftest import Runs

TALKS = """
    import logging
    import pickle
    import sys
    import warnings
    from warnings import warn  # bound before anybody could replace it

    import numpy as np
    from only_live import only_live

    log = logging.getLogger("talks.log")

    class Told(UserWarning):
        def __init__(self, *, code):
            super().__init__(f"code {code}")
            self.code = code

    def talks(x):
        only_live("talks")
        print("to stdout", x)
        warn("in the call")
        warnings.warn("at the caller", DeprecationWarning, stacklevel=2)
        warnings.warn(Told(code=x))
        np.array([1.0]) / 0  # C code warns
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("silenced")
        with warnings.catch_warnings(record=True) as kept:
            warnings.warn("kept")
        for _, message, *_ in pickle.loads(pickle.dumps(warnings.filters)) + warnings.filters:
            assert message is None or message.pattern is not None
        print("to stderr", file=sys.stderr)
        log.warning("logged %s", x, extra={"attempt": 3})
        log.debug("below the level")
        try:
            raise LookupError("lost")
        except LookupError:
            log.exception("failed")
        return len(kept)

    def chatters(count):
        only_live("chatters")
        for number in range(count):
            print("item", number)
            warnings.warn(f"item {number}")
            yield number

    async def later():
        only_live("later")
        print("later")
        warnings.warn("later", stacklevel=2)
        return 1

    def tolerant():
        only_live("tolerant")
        try:
            warnings.warn("is it an error?", FutureWarning)
        except FutureWarning:
            return "an error"
        return "a warning"

    def odd():
        only_live("odd")
        warnings.warn_explicit("from elsewhere", UserWarning, "nowhere.txt", 7)
        guard = __import__("threading").Lock()
        log.warning("with %s", [1], extra={"guard": guard})
        exec(compile("warnings.warn('generated')", "<generated>", "exec"))
        return 1
"""
TALK_TESTS = """
    import asyncio
    import contextlib
    import io
    import logging
    import sys
    import warnings
    from pathlib import Path

    import pytest
    import talks

    def told(recorded):
        return [(str(w.message), Path(w.filename).name, w.lineno) for w in recorded]

    def test_everything(capsys, caplog, recwarn):
        warnings.simplefilter("always")
        assert talks.talks(1) == 1; here = sys._getframe().f_lineno
        assert capsys.readouterr() == ("to stdout 1\\n", "to stderr\\n")
        assert told(recwarn)[0][:2] == ("in the call", "talks.py")
        assert told(recwarn)[1] == ("at the caller", "test_talks.py", here)
        assert [w.category for w in recwarn] == [
            UserWarning, DeprecationWarning, talks.Told, RuntimeWarning
        ]
        assert recwarn[2].message.code == 1
        assert caplog.record_tuples == [
            ("talks.log", logging.WARNING, "logged 1"), ("talks.log", logging.ERROR, "failed")
        ]
        assert caplog.records[0].attempt == 3
        assert caplog.records[0].args == (1,)
        assert caplog.records[0].funcName == "talks"
        assert caplog.records[1].exc_info[0] is LookupError

    @pytest.mark.filterwarnings("ignore")
    def test_filters_of_the_moment():
        for category, text in [(DeprecationWarning, "at the caller"), (UserWarning, "in the call")]:
            with pytest.warns() as seen:  # all of them, as pytest 8.0 cannot warn again of Told
                talks.talks(2)
            assert any(each.category is category and text in str(each.message) for each in seen)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            with pytest.raises(RuntimeWarning):
                talks.talks(3)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("ignore")
            talks.talks(4)
        assert not seen

    def test_a_filter_by_the_module_of_the_caller():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", category=DeprecationWarning, module="test_talks")
        with pytest.raises(DeprecationWarning):
            talks.talks(5)

    @pytest.mark.filterwarnings("ignore")
    def test_what_a_logger_lets_through(caplog):
        with caplog.at_level(logging.CRITICAL, "talks.log"):
            talks.talks(2)
        assert not caplog.records

    def test_what_is_redirected_goes_there():
        with contextlib.redirect_stdout(io.StringIO()) as text, pytest.warns():
            talks.talks(6)
        assert text.getvalue() == "to stdout 6\\n"

    def test_streams(capsys):
        stream = talks.chatters(3)
        assert capsys.readouterr().out == ""
        for number in range(3):
            with pytest.warns(UserWarning, match=f"item {number}"):
                assert next(stream) == number
            assert capsys.readouterr().out == f"item {number}\\n"

    def test_later(capsys):
        async def main():
            waiting = talks.later()
            assert capsys.readouterr().out == ""
            return await waiting

        with pytest.warns(UserWarning, match="later") as seen:
            assert asyncio.run(main()) == 1
        assert capsys.readouterr().out == "later\\n"
        assert told(seen)[0][1] == "test_talks.py"

    @pytest.mark.filterwarnings("error")
    def test_an_error_that_the_call_handles():
        assert talks.tolerant() == "an error"

    def test_oddities(caplog):
        with pytest.warns(UserWarning) as seen:
            talks.odd()
        assert told(seen)[0] == ("from elsewhere", "nowhere.txt", 7)
        assert told(seen)[1][1:] == ("<generated>", 1)
        assert caplog.messages == ["with [1]"]
        assert sys.stdout.write.__self__ is sys.stdout
"""


def test_a_replay_emits_what_the_live_call_did(
    alike: Callable[..., Runs], project: Project
) -> None:
    runs = alike({"talks.py": TALKS, "test_talks.py": TALK_TESTS}, "talks:*", tests=9)
    assert sorted(set(runs.record.live)) == ["chatters", "later", "odd", "talks", "tolerant"]
    cards = [json.loads(path.read_text("utf-8")) for path in project.vault.rglob("talks/*.json")]
    emitted = {card["arguments"]["x"]["value"]: card["outcome"]["emitted"] for card in cards}
    assert all(set(card["distributions"]) <= {"numpy"} for card in cards)
    assert emitted[1] == {"stdout": 12, "stderr": 10, "warning": 4, "log": 2}
    assert not [path for path in project.vault.rglob("*.pkl") if b"silenced" in path.read_bytes()]


def test_what_hears_is_gone_when_the_run_is_over(project: Project) -> None:
    project.write(
        {
            "m.py": "import warnings\n\ndef f():\n    warnings.warn('once')\n    return 1\n",
            "test_m.py": """
                import pytest
                import m

                def test_f():
                    with pytest.warns(UserWarning):
                        assert m.f() == 1
            """,
        }
    )
    project.configure("m:f")
    before = warnings._showwarnmsg, logging.Logger.callHandlers, list(warnings.filters)  # type: ignore[attr-defined]
    project.record(in_process=True).passed(1)
    after = warnings._showwarnmsg, logging.Logger.callHandlers, list(warnings.filters)  # type: ignore[attr-defined]
    assert after == before


THREADS = """
    import asyncio
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from only_live import only_live

    POOL = ThreadPoolExecutor(2)
    LATER = threading.Event()

    def inner(x):
        only_live("inner")
        print("inner", x)
        return x * 2

    def outer(x):
        found = []
        thread = threading.Thread(target=lambda: found.append(inner(x)))
        thread.start()
        thread.join()
        found.append(POOL.submit(inner, x + 1).result())
        with ThreadPoolExecutor() as pool:
            found += pool.map(inner, [x + 2, x + 3])
        return found

    async def gathers(x):
        loop = asyncio.get_running_loop()
        return [
            await loop.run_in_executor(None, inner, x),
            await asyncio.to_thread(inner, x + 1),
        ]

    def outlived(found):
        def work():
            LATER.wait(30)
            found.append(inner(50))

        thread = threading.Thread(target=work)
        thread.start()
        return thread.name
"""


def test_threads_of_a_recorded_call_are_part_of_it(
    alike: Callable[..., Runs], project: Project
) -> None:
    runs = alike(
        {
            "threads.py": THREADS,
            "test_threads.py": """
                import asyncio
                import threads

                def test_outer(capsys):
                    assert threads.outer(1) == [2, 4, 6, 8]
                    assert sorted(capsys.readouterr().out.split()) == sorted(
                        "inner 1 inner 2 inner 3 inner 4".split()
                    )

                def test_gathers():
                    assert asyncio.run(threads.gathers(10)) == [20, 22]

                def test_the_pool_is_not_part_of_it():
                    assert threads.POOL.submit(threads.inner, 100).result() == 200
            """,
        },
        "threads:outer",
        "threads:gathers",
        "threads:inner",
        tests=3,
    )
    assert runs.record.live.count("inner") == 7
    assert len(project.recordings("threads/inner")) == 1


def test_a_thread_that_outlives_its_call_is_on_its_own(project: Project) -> None:
    project.write(
        {
            "threads.py": THREADS,
            "test_threads.py": """
                import threading
                import threads

                def test_outlived():
                    found = []
                    threads.outlived(found)
                    threads.LATER.set()
                    for thread in threading.enumerate():
                        if thread is not threading.main_thread() and not thread.daemon:
                            thread.join(30)
                    assert found == [100]
            """,
        }
    )
    project.configure("threads:outlived ignore=found", "threads:inner")
    project.record().passed(1)
    assert len(project.recordings("threads/inner")) == 1


def test_an_exception_that_cannot_be_stored_fails_the_phase_that_ends_with_it(
    project: Project,
) -> None:
    project.write(
        {
            "m.py": """
                import threading

                class Broken(Exception):
                    pass

                CALLS = []

                def flaky(x):
                    CALLS.append(x)
                    if CALLS.count(x) < 2 or x == "never":
                        error = Broken(x)
                        error.guard = threading.Lock()
                        raise error
                    return x
            """,
            "test_m.py": """
                import pytest
                import m

                def retried(x):
                    for _ in range(3):
                        try:
                            return m.flaky(x)
                        except m.Broken:
                            pass
                    return "gave up"

                def test_retried():
                    assert retried("later") == "later"

                def test_given_up():
                    assert retried("never") == "gave up"
            """,
        }
    )
    project.configure("m:flaky")
    run = project.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has("*cannot record exception -> .guard: _thread.lock*")
    assert len(project.recordings("m/flaky")) == 1


def test_a_stream_that_raises_in_a_child_is_recorded(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def stream():
                    only_live("stream")
                    yield "a"
                    raise KeyError("b")

                def consume(queue):
                    items = []
                    try:
                        for item in stream():
                            items.append(item)
                    except KeyError as error:
                        items.append(str(error))
                    queue.put(items)
            """,
            "test_m.py": """
                import multiprocessing
                import m

                def test_child():
                    spawning = multiprocessing.get_context("spawn")
                    queue = spawning.SimpleQueue()
                    child = spawning.Process(target=m.consume, args=(queue,))
                    child.start()
                    child.join()
                    assert queue.get() == ["a", "'b'"]
            """,
        }
    )
    project.configure("m:stream")
    project.record().passed(1)
    assert len(project.recordings("m/stream")) == 1
    project.replay().passed(1)
    assert not list(project.vault.rglob("*.part"))


def test_what_is_emitted_is_not_compared(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import itertools

                TICKS = itertools.count()

                def f(x):
                    print("tick", next(TICKS), id(object()))
                    return [x]
            """,
            "test_m.py": """
                import m

                def test_f():
                    m.TICKS.__next__()
                    assert m.f(1) == [1]
            """,
        }
    )
    project.configure("m:f")
    project.record(in_process=True).passed(1)
    (payload,) = project.recordings("m/f")
    before = payload.read_bytes()
    run = project.run("--mimic-verify", in_process=True).passed(1)
    assert run.mimic_lines[-1] == "mimic: 1 verified"
    run = project.run("--mimic-rerecord", in_process=True).passed(1)
    assert run.mimic_lines[-1] == "mimic: 1 unchanged"
    assert payload.read_bytes() == before


def test_a_warning_for_whoever_called_the_library(project: Project) -> None:
    """The level is counted up to the first frame outside of the library's files, as pandas does."""
    project.configure("library:*")
    project.write(
        {
            "library.py": """
                import sys
                import warnings
                from only_live import only_live

                def outer(x):
                    only_live("outer")
                    return _between(x)

                def _between(x):
                    return inner(x)

                def inner(x):
                    frame, level = sys._getframe(), 1
                    while frame.f_code.co_filename == __file__:
                        frame, level = frame.f_back, level + 1
                    warnings.warn("old", FutureWarning, stacklevel=level)
                    return x
            """,
            "test_library.py": """
                import library
                import pytest

                def helps():
                    return library.outer(1)

                @pytest.mark.parametrize("call", [helps, lambda: library.inner(2)])
                def test_place(call):
                    with pytest.warns(FutureWarning) as caught:
                        call()
                    assert [one.filename for one in caught] == [__file__]
                    assert caught[0].lineno == call.__code__.co_firstlineno + (call is helps)
            """,
        }
    )
    for run in (project.run("--mimic-live", in_process=True), project.record(in_process=True)):
        run.passed(2)
    project.replay(in_process=True).passed(2)
