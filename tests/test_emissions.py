"""Hearing what live code emits, in corners that a project seldom gets to."""

from __future__ import annotations

import io
import logging
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._emissions import Listener, emit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Project


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.restore()


def _run(thread: threading.Thread) -> None:
    thread.start()
    thread.join()


def _let_through(text: str) -> None:
    warnings.simplefilter("always")
    warnings.warn(text, stacklevel=1)


def test_a_stream_that_takes_no_attribute_is_not_heard(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        __slots__ = ("written",)

        def write(self, text: str) -> None:
            self.written = text

    closed: Any = Closed()
    monkeypatch.setattr(sys, "stdout", closed)
    heard: list[Any] = []
    with listener(heard):
        sys.stdout.write("text")
    assert (closed.written, heard) == ("text", [])


def test_what_the_garbage_collector_closes_may_listen_too(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It closes a recorded stream wherever it happens to run, between two lines of ours too."""
    heard: list[Any] = []

    class Stream(io.StringIO):
        def __setattr__(self, name: str, value: Any) -> None:
            if not heard:  # the first that listens meets, half-way, the second
                heard.append("begun")
                listen()
            super().__setattr__(name, value)

    def listen() -> None:
        with listener(heard):
            sys.stdout.write("text")

    monkeypatch.setattr(sys, "stdout", Stream())
    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "it waits for itself"
    assert heard == ["begun", ("stdout", "texttext")]


def test_a_stream_gets_the_write_back_that_it_had(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    written: list[str] = []
    stream.write = own = written.append  # type: ignore[method-assign,assignment]  # as a project might
    monkeypatch.setattr(sys, "stderr", stream)
    heard: list[Any] = []
    with listener(heard), listener(heard):
        sys.stderr.write("text")
    assert (written, heard) == (["text"], [("stderr", "text")])
    assert vars(stream)["write"] is own


def test_where_there_are_no_streams(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    heard: list[Any] = []
    with listener(heard):
        pass
    emit([("stdout", "text")])
    assert not heard


def test_a_filter_that_the_code_removes_is_gone(listener: Listener) -> None:
    heard: list[Any] = []
    with warnings.catch_warnings():
        with listener(heard):
            warnings.resetwarnings()
        assert not warnings.filters
    assert not heard


def test_other_threads_are_not_heard(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    def emits() -> None:
        sys.stdout.write("text")
        warnings.warn("warned", stacklevel=1)
        logging.getLogger("emissions").warning("logged")

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    heard: list[Any] = []
    thread = threading.Thread(target=emits)
    with pytest.warns(UserWarning, match="warned"), listener(heard):
        _run(thread)
    assert sys.stdout.getvalue() == "text"  # type: ignore[union-attr]  # it is a StringIO
    assert not heard


def test_a_warning_that_the_code_lets_through_itself(listener: Listener) -> None:
    heard: list[Any] = []
    with pytest.warns(UserWarning, match="mine") as shown, listener(heard):
        _let_through("mine")
    assert len(shown) == 1
    assert [(what, str(content[0])) for what, content in heard] == [("warning", "mine")]


def test_what_the_garbage_collector_says_is_no_part_of_a_call(listener: Listener) -> None:
    heard: list[Any] = []
    with pytest.warns(ResourceWarning, match="left open"), listener(heard):
        warnings.warn("left open", ResourceWarning, stacklevel=1, source=object())
    assert not heard


def test_a_warning_that_names_a_caller_above_all(listener: Listener) -> None:
    warning = UserWarning("far"), None, None, 1, 10_000
    with pytest.warns(UserWarning, match="far") as shown:
        emit([("warning", warning)])
    assert shown[0].filename == "sys"


def test_a_warning_that_cannot_be_stored_is_stored_as_one_that_says_the_same(
    listener: Listener,
) -> None:
    heard: list[Any] = []
    guarded: Any = UserWarning("guarded")
    guarded.lock = threading.Lock()
    with pytest.warns(UserWarning, match="guarded"), listener(heard):
        warnings.warn(guarded, stacklevel=1)
    ((_, content),) = heard
    assert str(content[0]) == "guarded"
    assert not hasattr(content[0], "lock")


def test_whoever_came_later_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    before: list[Any] = []
    later: list[Any] = []
    monkeypatch.setattr(warnings, "_showwarnmsg", before.append)
    monkeypatch.setattr(logging.Logger, "callHandlers", lambda logger, record: None)
    listener = Listener()
    with listener([]):
        pass
    ours = warnings._showwarnmsg  # type: ignore[attr-defined]  # what the engine replaces
    warnings._showwarnmsg = later.append  # type: ignore[attr-defined]
    logging.Logger.callHandlers = hands_on = lambda logger, record: None  # type: ignore[method-assign]
    listener.restore()
    assert warnings._showwarnmsg == later.append  # type: ignore[attr-defined]
    assert logging.Logger.callHandlers is hands_on
    ours("whoever puts ours back")
    assert before == ["whoever puts ours back"]


def test_a_run_where_all_is_live_patches_nothing(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import sys

                def caller():
                    return sys._getframe(2).f_code.co_name

                def f():
                    return caller()

                g = f
                g = lambda: f()
            """,
            "test_m.py": """
                import pytest
                import m
                from pytest_mimic import mimic

                code = m.f.__code__

                @pytest.mark.mimic("m:g")
                def test_f():
                    with mimic("m:f"):
                        assert m.f.__code__ is code
                    assert m.f() == "test_f"
            """,
        }
    )
    project.configure("m:f", "m:g")
    project.run("--mimic-live", in_process=True).passed(1)


def test_what_a_library_warns_of_as_its_objects_are_stored_and_loaded(project: Project) -> None:
    """The live call did neither, so nobody hears of it; another thread's warnings are its own."""
    project.write(
        {
            "m.py": """
            import pickle
            import threading
            import warnings

            def warn():
                warnings.warn("old", FutureWarning)

            class Old:
                def __reduce__(self):
                    warnings.warn("old", FutureWarning)
                    return loaded, ()

            def loaded():
                warnings.warn("old", FutureWarning)
                # As the workers of a pool get them.
                assert pickle.loads(pickle.dumps(warnings.filters))[0][1].match("old") is None
                beside = threading.Thread(target=warn)
                beside.start()
                beside.join()
                return Old()

            def make():
                return Old()
        """,
            "test_m.py": """
            import warnings
            import m

            def test_it():
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    m.make()
                print("heard", len(caught))
        """,
        }
    )
    project.configure("m:make")
    project.record("-s", in_process=True).has("*heard 1")
    project.replay("-s", in_process=True).has("*heard 1")
