"""What a conftest says of values, names, outcomes and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic import UnrecordableOutcomeError
from pytest_mimic._conftests import UnheardConftests

if TYPE_CHECKING:
    from tests.conftest import Project


def cards(project: Project) -> str:
    return "".join(path.read_text("utf-8") for path in project.vault.glob("**/*.json"))


def test_a_conftest_says_what_stands_for_a_value(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import threading
                from only_live import only_live

                class Connection:
                    def __init__(self, host):
                        self.host = host
                        self.lock = threading.Lock()

                def fetch(connections, page):
                    only_live("fetch")
                    return [connection.host for connection in connections], page
            """,
            "conftest.py": """
                def pytest_mimic_fingerprint(value):
                    import m
                    if isinstance(value, m.Connection):
                        return value.host
            """,
            "test_m.py": """
                import m

                def test_it():
                    assert m.fetch([m.Connection("a")], page=1) == (["a"], 1)
                    assert m.fetch([m.Connection("b")], page=1) == (["b"], 1)
            """,
        }
    )
    project.configure("m:fetch")
    project.record().passed(1)
    assert len(project.recordings()) == 2
    project.replay().passed(1)


def test_what_a_conftest_redacts_is_on_no_card_and_in_no_message(project: Project) -> None:
    project.write(
        {
            "m.py": """
                NAME = "Xavier"  # not in a line that a traceback shows

                class Patient:
                    def __init__(self, surname):
                        self.surname = surname

                def f(patient, visits, rows=()):
                    return {"surname": patient.surname, "bill": 9}

                def g(note):
                    raise ValueError({"surname": note})
            """,
            "conftest.py": """
                def pytest_mimic_redact(name, target):
                    return name == "surname" or (name == "note" and target == "m:g") or None
            """,
            "test_m.py": """
                import m, pytest

                def test_it():
                    assert m.f(m.Patient("Xavier"), 1, [{"surname": "Xavier"}])["bill"] == 9
                    with pytest.raises(ValueError):
                        m.g("Xavier")
            """,
        }
    )
    project.configure("m:*")
    project.record(in_process=True).passed(1)
    assert "Xavier" not in cards(project)
    assert cards(project).count('"<redacted>"') == 5
    project.write({"test_m.py": "import m\ndef test_it(): m.f(m.Patient(m.NAME), 2)\n"})
    run = project.replay("--tb=short", in_process=True)
    run.has("*visits: recorded 1, called with 2*")
    assert "Patient(surname=<redacted>)" in run.stdout
    assert "Xavier" not in run.stdout


def test_what_is_ignored_or_secret_is_not_told_of_the_outcome_either(project: Project) -> None:
    project.write(
        {
            "m.py": """
                PASSWORD = "hunter22"  # not in a line that a traceback shows

                class Client:
                    def __init__(self, url, token):
                        self.url, self.token = url, token

                    def login(self, password, note):
                        return {"client": self, "sent": f"{self.token} {password}"}

                    def fail(self, note):
                        raise ValueError(f"refused: {self.token}")
            """,
            "test_m.py": """
                import os
                import m, pytest

                def test_it():
                    client = m.Client(f"http://{os.getpid()}.test", "t0ken-of-mine")
                    client.login("hunter22", ["again: hunter22"])
                    with pytest.raises(ValueError):
                        client.fail(note="mine")
            """,
        }
    )
    project.configure("m:Client.login ignore=self", "m:Client.fail ignore=self")
    project.record(in_process=True).passed(1)
    told = cards(project)
    assert "mine" in told
    for kept in ("hunter22", "t0ken", ".test"):
        assert kept not in told
    project.replay(in_process=True).passed(1)
    project.write(
        {
            "test_m.py": """
                import m

                def test_it():
                    client = m.Client("http://y.test", "t0ken-of-mine")
                    client.login(m.PASSWORD, "again: " + m.PASSWORD)
            """
        }
    )
    run = project.replay("--tb=short", in_process=True)
    run.has("*no recording of m:Client.login(password=<redacted>, note=<redacted>)*")
    assert "hunter22" not in run.stdout


OUTCOMES = """
    import asyncio, concurrent.futures
    from only_live import only_live

    class Response:
        def __init__(self, headers):
            self.headers = headers

    def get(path):
        only_live("get")
        return Response({"Date": "today", "Length": 3})

    def ratio(x):
        only_live("ratio")
        return x / 3

    def refused(x):
        only_live("refused")
        raise ValueError("at 12:00:01")

    def numbers(x):
        only_live("numbers")
        sent = yield x / 3
        try:
            yield sent / 3
        except KeyError:
            yield 2 / 3
        return 1 / 3

    def failing(x):
        only_live("failing")
        yield 1
        raise ValueError("at 12:00:01")

    async def anumbers(x):
        only_live("anumbers")
        sent = yield x / 3
        try:
            yield sent / 3
        except KeyError:
            yield 2 / 3

    async def afailing(x):
        only_live("afailing")
        yield 1
        raise ValueError("at 12:00:01")

    async def later(x):
        only_live("later")
        if x == 0:
            raise ValueError("at 12:00:01")
        return x / 3

    def coroutine(x):
        async def inner():
            only_live("coroutine")
            if x == 0:
                raise ValueError("at 12:00:01")
            return x / 3
        return inner()

    def future(x):
        only_live("future")
        future = concurrent.futures.Future()
        future.set_exception(ValueError("at 12:00:01")) if x == 0 else future.set_result(x / 3)
        return future
"""


def test_a_conftest_changes_what_is_stored_and_handed_on(project: Project) -> None:
    project.write(
        {
            "m.py": OUTCOMES,
            "conftest.py": """
                import m

                def pytest_mimic_outcome(outcome, target):
                    if isinstance(outcome, m.Response):
                        assert target == "m:get"
                        del outcome.headers["Date"]  # in place
                    if isinstance(outcome, float):
                        return round(outcome, 2)
                    if isinstance(outcome, ValueError):
                        return ValueError("at a time")
            """,
            "test_m.py": """
                import asyncio
                import m, pytest

                def refuses(call):
                    with pytest.raises(ValueError, match="^at a time$") as info:
                        call()
                    assert info.value.__context__ is None
                    assert info.value.__cause__ is None

                def test_values():
                    assert m.get("/").headers == {"Length": 3}
                    assert m.ratio(1) == 0.33
                    refuses(lambda: m.refused(1))
                    assert m.future(1).result() == 0.33
                    refuses(m.future(0).result)

                def test_streams():
                    stream = m.numbers(1)
                    assert (next(stream), stream.send(4)) == (0.33, 1.33)
                    assert stream.throw(KeyError) == 0.67
                    with pytest.raises(StopIteration) as stop:
                        next(stream)
                    assert stop.value.value == 0.33
                    stream = m.numbers(2)
                    next(stream)
                    stream.close()
                    refuses(lambda: list(m.failing(1)))

                async def streams():
                    stream = m.anumbers(1)
                    assert await stream.__anext__() == 0.33
                    assert await stream.asend(4) == 1.33
                    assert await stream.athrow(KeyError) == 0.67
                    assert [item async for item in stream] == []
                    stream = m.anumbers(2)
                    await stream.__anext__()
                    await stream.aclose()
                    return [item async for item in m.afailing(1)]

                def test_async():
                    assert asyncio.run(m.later(1)) == 0.33
                    assert asyncio.run(m.coroutine(1)) == 0.33
                    refuses(lambda: asyncio.run(m.later(0)))
                    refuses(lambda: asyncio.run(m.coroutine(0)))
                    refuses(lambda: asyncio.run(streams()))
            """,
        }
    )
    project.configure("m:*")
    project.record(in_process=True).passed(3)
    project.replay(in_process=True).passed(3)
    project.run("--mimic-verify", in_process=True).passed(3)


def test_a_future_of_a_loop_is_changed_in_place_or_not_at_all(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import asyncio

                def future(given):
                    future = asyncio.get_running_loop().create_future()
                    future.set_result(given)
                    return future
            """,
            "conftest.py": """
                def pytest_mimic_outcome(outcome):
                    if isinstance(outcome, dict):
                        outcome.pop("Date")
                    else:
                        return 0
            """,
            "test_m.py": """
                import asyncio
                import m

                async def ask(given):
                    return await m.future(given)

                def test_in_place():
                    assert asyncio.run(ask({"Date": 1, "Length": 2})) == {"Length": 2}

                def test_replaced():
                    asyncio.run(ask(1))
            """,
        }
    )
    project.configure("m:future")
    run = project.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has("*the int that is the outcome of an asyncio.Future cannot be replaced*")


def test_calls_are_told_of_to_hooks_and_to_the_test(project: Project) -> None:
    project.write(
        {
            "m.py": """
                def f(b, a=0):
                    if b == 0:
                        raise ValueError
                    return b
            """,
            "conftest.py": """
                def pytest_mimic_call(call):
                    print(f"HEARD {call.how} {call} in {call.where}")
            """,
            "test_m.py": """
                import m, pytest

                @pytest.fixture
                def one():
                    return m.f(1)

                def test_it(one, mimic, request):
                    assert [str(call) for call in mimic.calls] == ["m:f(b=1, a=0)"]
                    with pytest.raises(ValueError):
                        m.f(0)
                    m.f(1)
                    counts = len(mimic.replayed), len(mimic.recorded), len(mimic.missed)
                    if request.config.option.mimic_verify:
                        assert (len(mimic.verified), len(mimic.drifted)) == (3, 0)
                        return
                    is_recording = request.config.option.mimic_record
                    assert counts == ((1, 2, 0) if is_recording else (3, 0, 0))
                    assert {call.target for call in mimic.calls} == {"m:f"}
                    assert repr(mimic).endswith("replayed m:f(b=1, a=0)>")

                def test_another(request):
                    m.f(1)
                    mimic = request.getfixturevalue("mimic")
                    assert (mimic.calls, repr(mimic)) == ((), "<mimic: no calls>")
                    m.f(1)
                    assert len(mimic.replayed) == 1
            """,
        }
    )
    project.configure("m:f")
    run = project.record("-s", in_process=True)
    run.passed(2)
    run.has(
        "*HEARD recorded m:f(b=1, a=0) in test_m.py::test_it",
        "*HEARD recorded m:f(b=0, a=0) in test_m.py::test_it",
        "*HEARD replayed m:f(b=1, a=0) in test_m.py::test_it",
    )
    project.replay(in_process=True).passed(2)
    verified = project.run("--mimic-verify", "-k", "test_it", in_process=True)
    assert verified.outcomes["passed"] == 1
    project.write(
        {
            "test_m.py": """
                import m, pytest

                def test_missed(mimic):
                    with pytest.raises(RuntimeError):
                        m.f(7)
                    (call,) = mimic.missed
                    print(f"SEEN {call}", call.seconds)
            """
        }
    )
    run = project.replay(in_process=True)
    run.has("HEARD missed m:f(b=7, a=0) in test_m.py::test_missed", "SEEN m:f(b=7, a=0) 0.0")


def test_the_fixture_is_there_in_a_run_that_mimics_nothing(project: Project) -> None:
    project.write(
        {
            "test_m.py": """
                import sys

                def test_it(mimic):
                    assert not mimic.replayed and not mimic.recorded and not mimic.missed
                    assert "pytest_mimic._engine" not in sys.modules
            """
        }
    )
    project.run().passed(1)


def test_what_a_hook_leaves_alone_comes_as_it_is(project: Project) -> None:
    project.write(
        {
            "m.py": OUTCOMES,
            "conftest.py": "def pytest_mimic_outcome(outcome): return outcome",
            "test_m.py": """
                import asyncio
                import m, pytest

                def refuses(call):
                    with pytest.raises(ValueError, match="at 12:00:01"):
                        call()

                async def items(stream):
                    return [item async for item in stream]

                def test_it(mimic):
                    refuses(lambda: m.refused(1))
                    refuses(lambda: asyncio.run(m.later(0)))
                    refuses(lambda: list(m.failing(1)))
                    refuses(lambda: asyncio.run(items(m.afailing(1))))
                    assert len(mimic.recorded) + len(mimic.replayed) == 4
            """,
        }
    )
    project.configure("m:*")
    project.record(in_process=True).passed(1)
    project.replay(in_process=True).passed(1)


def test_a_stream_whose_item_a_hook_fails_on_is_not_recorded(project: Project) -> None:
    project.write(
        {
            "m.py": "def f():\n    yield 1",
            "conftest.py": "def pytest_mimic_outcome(outcome): 1 / 0",
            "test_m.py": """
                import m, pytest
                from pytest_mimic import HookError

                def test_it():
                    with pytest.raises(HookError):
                        list(m.f())
            """,
        }
    )
    project.configure("m:f")
    run = project.record("--tb=short", in_process=True)
    assert run.outcomes == {"failed": 1}
    run.has("*the hook pytest_mimic_outcome failed in *: ZeroDivisionError: division by zero*")
    assert not project.recordings()


@pytest.mark.parametrize(
    ("hook", "told"),
    [
        ("pytest_mimic_fingerprint(value)", "the hook pytest_mimic_fingerprint failed"),
        ("pytest_mimic_redact(name)", "the hook pytest_mimic_redact failed"),
        ("pytest_mimic_outcome(outcome)", "the hook pytest_mimic_outcome failed"),
        ("pytest_mimic_call(call)", "the hook pytest_mimic_call failed"),
    ],
)
def test_a_hook_that_fails_fails_the_test(project: Project, hook: str, told: str) -> None:
    project.write(
        {
            "m.py": "class Box: pass\ndef f(box): return 1",
            "conftest.py": f"def {hook}:\n    raise KeyError('oh')\n",
            "test_m.py": """
                import m

                def test_it():
                    try:
                        m.f(m.Box())
                    except Exception:
                        pass
            """,
        }
    )
    project.configure("m:f")
    run = project.record("--tb=short", in_process=True)
    assert run.outcomes == {"failed": 1}
    run.has(f"*{told} in *conftest.py:2: KeyError: 'oh'*")


def test_an_exception_gives_way_to_an_exception_only(project: Project) -> None:
    project.write(
        {
            "m.py": "def f(): raise ValueError",
            "conftest.py": "def pytest_mimic_outcome(outcome): return 1",
            "test_m.py": "import m\ndef test_it(): m.f()",
        }
    )
    project.configure("m:f")
    run = project.record("--tb=short", in_process=True)
    assert run.outcomes == {"failed": 1}
    run.has("*gave a int in place of the ValueError that m:f raised*")


def test_a_conftest_has_its_say_below_its_folder_only(project: Project) -> None:
    """What a key or a card holds must not depend on what else was collected."""
    here = """
        def pytest_mimic_fingerprint(value):
            return 0 if type(value).__name__ == "Box" else None
    """
    test = """
        import m

        def test_it():
            assert m.f(m.Box()) == 1
    """
    project.write(
        {
            "m.py": "class Box:\n    def __init__(self): self.x = 1\ndef f(box): return 1",
            "a/conftest.py": here,
            "a/test_a.py": test,
            "b/test_b.py": test,
        }
    )
    project.configure("m:f", pythonpath=".")
    project.record(in_process=True).passed(2)
    assert len(project.recordings()) == 2
    project.replay("b", in_process=True).passed(1)
    project.replay("a", in_process=True).passed(1)


def test_spawned_children_say_and_store_nothing_that_a_conftest_would_not(
    project: Project,
) -> None:
    project.write(
        {
            "m.py": "def f(surname, changed=0): return surname",
            "test_m.py": """
                import multiprocessing
                import m

                def test_it():
                    with multiprocessing.get_context("spawn").Pool(1) as pool:
                        assert pool.apply(m.f, ("Xavier",)) == "Xavier"
            """,
            "conftest.py": "def pytest_mimic_redact(name): return name == 'surname'",
        }
    )
    project.configure("m:f")
    project.record().passed(1)
    assert "Xavier" not in cards(project)
    assert '"surname": "<redacted>"' in cards(project)
    project.write({"conftest.py": "def pytest_mimic_outcome(outcome): pass"})
    run = project.run("--mimic-rerecord", "--tb=short")
    run.has("*cannot record m:f in a spawned child process: a conftest's pytest_mimic_outcome*")
    assert run.status == 1


def test_a_spawned_child_changes_no_outcome_unasked() -> None:
    unheard = UnheardConftests(["pytest_mimic_outcome"])
    change: Any = unheard.change("m:f")
    with pytest.raises(UnrecordableOutcomeError, match="m:f in a spawned child process"):
        change(1)
    assert UnheardConftests([]).change("m:f") is None


def test_a_test_that_is_run_once_more_counts_from_the_start(project: Project) -> None:
    project.write(
        {
            "m.py": "def f(x):\n    return x\n",
            "conftest.py": """
                from _pytest.runner import runtestprotocol

                def pytest_runtest_protocol(item, nextitem):
                    for _ in range(2):
                        item.ihook.pytest_runtest_logstart(nodeid="", location=item.location)
                        runtestprotocol(item, nextitem=nextitem)
                    item.config.hook.pytest_enter_pdb(config=item.config, pdb=None)
                    item.config.hook.pytest_leave_pdb(config=item.config, pdb=None)
                    return True
            """,
            "test_m.py": """
                import m

                def test_f(mimic):
                    m.f(1)
                    assert len(mimic.calls) == 1
            """,
        }
    )
    project.configure("m:f")
    project.record(in_process=True).passed(2)
    project.replay(in_process=True).passed(2)
