"""``--mimic-verify``: every call live, compared with its recording, and nothing written."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

# Not for the first time in a run in this process, which forgets what it imports.
import pandas as pd  # noqa: F401
import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

MODULE = """
    import contextlib
    import random

    from only_live import only_live

    FACTOR = {factor}

    class Line:
        def fit(self, points):
            only_live("fit")
            self.slopes = [point * FACTOR for point in points]
            return self

    def value(x):
        only_live("value")
        return {{"model": {{"lr": 0.1 * FACTOR, "layers": (1, 2)}}, "x": x}}

    def failing(x):
        raise ValueError(f"factor {{FACTOR}}")

    def drawing():
        return ["drawn" for _ in range(FACTOR) if random.random()][0]

    def items(n):
        for number in range(n):
            yield number * FACTOR
        return "end"

    async def later(x):
        return x * FACTOR

    def awaitable(x):
        return later(x)

    async def ticks(n):
        for number in range(n):
            yield number * FACTOR

    @contextlib.contextmanager
    def opened(x):
        yield x * FACTOR

    def poll():
        COUNT.append(1)
        return len(COUNT) * FACTOR

    COUNT = []
"""
TARGETS = ("m:Line.*", "m:*", "m:poll sequence")
TESTS = """
    import asyncio, random
    import pytest, m

    def test_value():
        assert m.value(1)["x"] == m.value(x=1)["x"] == 1

    def test_effect():
        line = m.Line()
        assert line.fit([1, 2]) is line
        assert len(line.slopes) == 2

    def test_failing():
        with pytest.raises(ValueError):
            m.failing(1)

    def test_drawing():
        random.seed(5)
        assert m.drawing() == "drawn"

    def test_items():
        assert len(list(m.items(3))) == 3

    def test_awaited():
        asyncio.run(m.later(1))

        async def wait():
            return await m.awaitable(1), [tick async for tick in m.ticks(2)]

        asyncio.run(wait())

    def test_opened():
        with m.opened(1):
            pass

    def test_poll():
        assert [m.poll() > 0, m.poll() > 0] == [True, True]
"""


@pytest.fixture
def recorded(project: Project) -> Project:
    project.write({"m.py": MODULE.format(factor=1), "test_m.py": TESTS})
    project.configure(*TARGETS)
    project.record(in_process=True).passed(8)
    return project


def contents(project: Project) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in project.vault.rglob("*.*") if path.is_file()}


def test_what_goes_as_recorded_passes(recorded: Project) -> None:
    before = contents(recorded)
    run = recorded.run("--mimic-verify", "--mimic-fail-on-unused", in_process=True).passed(8)
    assert run.live == ["value", "value", "fit"]
    assert run.mimic_lines == [
        "mimic: verify, vault .mimic_vault, 3 targets",
        "mimic: 12 verified",
        "mimic: 0 recordings unused",
    ]
    assert contents(recorded) == before


def test_every_difference_fails_its_test_and_is_shown_by_path(recorded: Project) -> None:
    before = contents(recorded)
    recorded.write({"m.py": MODULE.format(factor=2)})
    run = recorded.run("--mimic-verify", in_process=True)
    assert run.outcomes == {"failed": 8}
    assert "mimic: 12 drifted" in run.mimic_lines
    for line in (
        "result['model']['lr']: recorded 0.1, live 0.2",
        "effect on self.slopes[1]: recorded 2, live 4",
        "exception.args[0]: recorded 'factor 1', live 'factor 2'",
        "item 3: recorded 2, live 4",
        "result: recorded 1, live 2",
        "item 1: recorded 1, live 2",
    ):
        assert f"  {line}\n" in run.stdout
    run.has(
        "*DriftError: the live outcome of m:value(x=1) differs from the recorded one",
        "*It was recorded by test_m.py::test_value: *.mimic_vault/m/value/*.json",
        "*record it: pytest --mimic-rerecord test_m.py::test_value",
    )
    assert "rtol=" not in run.stdout
    assert contents(recorded) == before


def verify(project: Project, before: str, after: str, tests: str, *targets: str) -> Run:
    """Record with one module, and verify with another."""
    project.write({"m.py": before, "test_m.py": tests})
    project.configure(*targets or ["m:*"])
    project.record(in_process=True).passed(1)
    project.write({"m.py": after})
    return project.run("--mimic-verify", in_process=True)


def test_the_caller_gets_what_came_back_live_and_the_test_fails_all_the_same(
    project: Project,
) -> None:
    run = verify(
        project,
        "def f(x): return x",
        "def f(x): return -x",
        """
            import m, os

            def test_it():
                try:
                    values = [m.f(1), m.f(2)]
                except BaseException:
                    os._exit(3)
                assert values in ([1, 2], [-1, -2])
        """,
    )
    assert run.outcomes == {"failed": 1}
    # The second of them stands below the first.
    run.has("*result: recorded 1, live -1", "*- mimic -*", "*result: recorded 2, live -2")


def test_a_view_of_an_argument_is_compared_by_what_it_shows(project: Project) -> None:
    run = verify(
        project,
        "def row(table): return table[0]",
        "def row(table): return table[1]",
        """
            import m, numpy

            def test_it():
                m.row(numpy.zeros((2, 3)))
        """,
    )
    run.has("*result: recorded a view of *table (from byte 0, *, live a view of *(from byte 24, *")


def test_a_call_without_a_recording_runs_and_fails_its_test(project: Project) -> None:
    tests = "import m\ndef test_it():\n    assert list(m.g(1)) == [1] and m.f({0}) == {0}"
    module = MODULE_OF_TWO.format("return x")
    project.write({"m.py": module, "test_m.py": tests.format(1)})
    project.configure("m:f")
    project.record(in_process=True).passed(1)
    project.configure("m:*")
    project.write({"test_m.py": tests.format(2)})
    run = project.run("--mimic-verify", in_process=True)
    assert run.outcomes == {"failed": 1}
    assert run.live == ["f"]
    assert "mimic: 2 missed" in run.mimic_lines
    run.has("*MissingRecordingError: no recording of m:g(x=1)", "*no recording of m:f(x=2)")
    assert ">       assert list(m.g(1))" in run.stdout


MODULE_OF_TWO = """
    from only_live import only_live

    def f(x):
        only_live("f")
        {}

    def g(x):
        yield x
"""


def test_how_it_ended_counts(project: Project) -> None:
    run = verify(
        project,
        MODULE_OF_TWO.format("return [x]"),
        MODULE_OF_TWO.format("raise OSError('down')").replace("yield x", "return [x]"),
        """
            import m

            def test_it():
                list(m.g(1))
                try:
                    m.f(1)
                except OSError:
                    pass
        """,
    )
    assert run.outcomes == {"failed": 1}
    run.has(
        "*outcome: recorded gave a stream, live returned [[]1[]]",
        "*outcome: recorded returned [[]1[]], live raised OSError(*'down'*",
    )


STREAM = """
    def {name}(n):
        for number in range(3):
            {item}
            try:
                yield number
            except KeyError:
                yield "caught"
        {end}
"""
CONSUMERS = {
    "to_the_end": "list(stream)",
    "left": "next(stream); next(stream)",
    "closed": "next(stream); stream.close()",
    "sent": "next(stream); stream.send('x')",
    "thrown": "next(stream); stream.throw(KeyError('k'))",
}
# Recorded by the first, they do not go as far as the second does.
GOES_FURTHER = {
    *((then, "thrown") for then in CONSUMERS if then != "thrown"),
    *((then, "sent") for then in CONSUMERS if then != "sent"),
    *((then, "to_the_end") for then in CONSUMERS if then != "to_the_end"),
    *((then, "left") for then in ("closed", "sent", "thrown")),
}


def consuming(then: str, now: str) -> str:
    call = f"stream = m.numbers({then!r}); {CONSUMERS[now]}"
    return f"def test_{then}_and_{now}():\n    {call}\n    del stream\n"


def test_a_stream_is_compared_as_far_as_it_is_consumed(project: Project) -> None:
    first = [consuming(then, then) for then in CONSUMERS]
    project.write({"m.py": STREAM.format(name="numbers", item="", end="")})
    project.write({"test_m.py": "import m\n" + "".join(first)})
    project.configure("m:numbers")
    project.record(in_process=True).passed(len(first))
    pairs = [(then, now) for then in CONSUMERS for now in CONSUMERS]
    tests = [consuming(*pair) for pair in pairs]
    project.write({"test_m.py": "import m\n" + "".join(tests)})
    run = project.run("--mimic-verify", "-rA", in_process=True)
    failed = {
        pair for pair in pairs if "FAILED test_m.py::test_{}_and_{} ".format(*pair) in run.stdout
    }
    assert failed == GOES_FURTHER
    verified, missed = len(pairs) - len(failed), len(failed)
    assert f"mimic: {verified} verified, {missed} missed" in run.mimic_lines
    run.has("*MissingRecordingError: what is recorded of m:numbers(n='left') does not go that far*")


def test_streams_that_go_otherwise(project: Project) -> None:
    others = [
        ("number += (number == 2)", "", "item 3: recorded 2, live 3"),
        ("if number: return 5", "", "after item 1: recorded gave an item, live ended"),
        ("if number: 1/0", "", "after item 1: recorded gave an item, live raised"),
        ("", "return 'other'", "return value: recorded None, live 'other'"),
        ("", "yield 3", "after item 3: recorded ended, live gave an item"),
        ("if not number: return 5", "", "stream: recorded gave an item, live ended"),
    ]
    functions, changed, tests = [], [], []
    for index, (item, end, _) in enumerate(others):
        functions.append(dedent(STREAM).format(name=f"f{index}", item="", end=""))
        changed.append(dedent(STREAM).format(name=f"f{index}", item=item, end=end))
        tests.append(
            f"    with contextlib.suppress(ArithmeticError):\n        list(m.f{index}(1))\n"
        )
    start = "import contextlib, m\ndef test_it():\n"
    run = verify(project, "".join(functions), "".join(changed), start + "".join(tests))
    assert run.outcomes == {"failed": 1}
    for _, _, line in others:
        assert f"  {line}" in run.stdout


def test_what_is_compared_when_the_run_ends_fails_the_run(project: Project) -> None:
    run = verify(
        project,
        STREAM.format(name="numbers", item="", end=""),
        STREAM.format(name="numbers", item="number = 7", end=""),
        "import m\nKEPT = []\ndef test_it():\n    KEPT.append(m.numbers(3)); next(KEPT[0])",
    )
    assert run.outcomes == {"passed": 1}
    assert run.status == 1
    assert "  item 1: recorded 0, live 7" in run.result.outlines


def test_a_stream_that_is_no_answer_or_none_was_recorded(project: Project) -> None:
    module = """
        def f(n):
            yield 1
            {0}

        def g(n):
            {1}
    """
    tests = """
        import contextlib, m

        def test_it():
            with contextlib.suppress(KeyboardInterrupt):
                list(m.f(1))
            list(m.g(1))
    """
    run = verify(
        project,
        module.format("yield 2", "return [1]"),
        module.format("raise KeyboardInterrupt", "yield 1"),
        tests,
    )
    assert run.outcomes == {"failed": 1}
    assert "mimic: 1 drifted, 1 run live" in run.mimic_lines
    run.has("*outcome: recorded a value or an exception, live a stream")


def test_a_stream_that_a_forked_child_has_too(project: Project) -> None:
    tests = """
        import m, os

        def test_it():
            stream = m.f(3)
            next(stream)
            child = os.fork()
            if not child:
                list(stream)
                os._exit(0)
            os.waitpid(child, 0)
            assert list(stream) == [1, 2]
    """
    module = "def f(n):\n    yield from range(n)\n"
    project.write({"m.py": module, "test_m.py": tests})
    project.configure("m:f")
    project.record().passed(1)
    run = project.run("--mimic-verify").passed(1)
    assert run.mimic_lines[1:] == ["mimic: 1 verified"]


def test_there_may_be_more_differences(project: Project) -> None:
    module = "def f():\n    return list(range({0}, {0} + 20))\n"
    run = verify(project, module.format(0), module.format(1), "import m\ndef test_it():\n    m.f()")
    run.has("*result[[]7[]]: recorded 7, live 8", "E * ...", "*It was recorded by *")


def test_an_error_of_the_recording_in_the_middle_of_a_stream(project: Project) -> None:
    module = """
        class Point:
            def __init__(self, x):
                self.x = x

        def points():
            yield 1
            yield {}
    """
    tests = "import m\ndef test_it():\n    assert len(list(m.points())) == 2"
    run = verify(
        project,
        module.format("Point(1)"),
        "def points():\n    yield 1\n    yield 2",
        tests,
        "m:points",
    )
    assert run.outcomes == {"failed": 1}
    run.has("*UnreplayableOutcomeError: *.pkl: *Point*")


def test_awaitables_of_another_kind_and_what_is_no_answer(project: Project) -> None:
    run = verify(
        project,
        "async def inner(): return 1\ndef f(): return inner()\ndef g(): return 1",
        "def f(): return 1\ndef g(): raise KeyboardInterrupt",
        """
            import asyncio, inspect, m

            def test_it():
                got = m.f()
                if inspect.isawaitable(got):
                    async def wait():
                        return await got
                    asyncio.run(wait())
                try:
                    m.g()
                except KeyboardInterrupt:
                    pass
        """,
        "m:f",
        "m:g",
    )
    assert run.outcomes == {"failed": 1}
    assert "mimic: 1 drifted, 1 run live" in run.mimic_lines
    run.has("*kind of awaitable: recorded 'coroutine', live None")


def test_random_numbers_that_go_on_otherwise(project: Project) -> None:
    tests = "import m, random\ndef test_it():\n    random.seed(5)\n    assert m.f() == 1"
    once, twice, never = (
        "import random\ndef f():\n    " + body + "\n    return 1\n"
        for body in ("random.random()", "random.random(); random.random()", "pass")
    )
    for now in (twice, never):
        run = verify(project, once, now, tests)
        assert run.outcomes == {"failed": 1}
        run.has("*random numbers of random: those drawn from now on are others")
    project.write({"m.py": once, "test_m.py": tests.replace("random.seed(5)", "random.seed(6)")})
    project.run("--mimic-verify", in_process=True).passed(1)


def test_a_tolerance_is_for_numbers_wherever_they_are(project: Project) -> None:
    module = """
        import array
        from dataclasses import dataclass

        import numpy as np
        import pandas as pd

        @dataclass
        class Fit:
            loss: float
            path: list

        def f(x):
            step = {}
            return {{
                "float": 1.0 + step,
                "complex": 1j + step,
                "fit": Fit(2.0 + step, [(3.0, float("nan")), "text"]),
                "array": np.array([1.0, np.nan, np.inf]) + step,
                "small": np.float32(1) + np.float32(step),
                "frame": pd.DataFrame({{"a": [1.0 + step], "b": ["x"]}}),
                "numbers": array.array("d", [1 + step]),
            }}

        class Model:
            def fit(self):
                self.weights = np.ones(3) + {}
    """
    tests = "import m\ndef test_it():\n    m.f(1)\n    m.Model().fit()"
    targets = ("m:f rtol=1e-6", "m:Model.fit rtol=1e-6")
    verify(project, module.format(0, 0), module.format(1e-7, 1e-7), tests, *targets).passed(1)
    project.write({"m.py": module.format(1e-5, 1e-5)})
    run = project.run("--mimic-verify", in_process=True)
    for line in (
        "result['float']: recorded 1.0, live 1.00001",
        "result['complex']: recorded 1j, live (1e-05+1j)",
        "result['fit'].loss: recorded 2.0, live 2.00001",
        "result['array'][0]: recorded 1.0, live 1.00001 (1 of 3 cells differ, by up to 1.0e-05 of",
        "result['small']: recorded float32(1.0), live float32(1.00001",
        "result['frame']['a'][0]: recorded 1.0, live 1.00001 (by up to 1.0e-05 of the value)",
        "result['numbers'][0]: recorded 1.0, live 1.00001",
        "effect on self.weights[0]: recorded 1.0, live 1.00001 (3 of 3 cells differ, by up to",
    ):
        assert f"  {line}" in run.stdout
    assert "rtol=1e-6" not in "".join(run.result.outlines[6:])
    project.run("--mimic-rerecord", in_process=True).passed(1)
    before = contents(project)
    project.write({"m.py": module.format(1.00001e-5, 1e-5)})
    run = project.run("--mimic-rerecord", in_process=True).passed(1)
    assert "mimic: 2 unchanged" in run.mimic_lines
    payloads = {path: text for path, text in contents(project).items() if path.endswith(".pkl")}
    assert payloads.items() <= before.items()


def test_a_small_difference_says_that_there_are_tolerances(project: Project) -> None:
    run = verify(
        project,
        "def f(): return [0.3, 1.0]",
        "def f(): return [0.1 + 0.2, 1.0]",
        "import m\ndef test_it():\n    m.f()",
    )
    run.has("*result[[]0[]]: recorded 0.3, live 0.30000000000000004", "*rtol=1e-6*")


def test_in_code_too(project: Project) -> None:
    run = verify(
        project,
        "def f(x): return x\ndef g(x): return 1.0\nh = lambda x: 3.0",
        "def f(x): return x + 1\ndef g(x): return 1.0000001\nh = lambda x: 3.0000001",
        """
            import m, pytest
            from pytest_mimic import mimic

            @pytest.mark.mimic("m:f")
            @pytest.mark.mimic("m:g", rtol=1e-5)
            def test_it():
                m.f(1)
                m.g(1)
                with mimic("m:h", ["x"], rtol=1e-5):
                    m.g(2)
        """,
        "elsewhere:f",
    )
    assert run.outcomes == {"failed": 1}
    assert "mimic: 2 verified, 1 drifted" in run.mimic_lines
    run.has("*result: recorded 1, live 2")


def test_no_secret_is_shown(project: Project) -> None:
    module = """
        def f(): return {{"api_key": "{0}", "pairs": [("Cookie", "{0}")], "in": {{"pw": ["{0}"]}}}}
        def get_token(): return "{0}"
        def patient(): return {{"patient": "{0}"}}
    """
    hook = "def pytest_mimic_redact(name): return name == 'patient' or None"
    project.write({"conftest.py": hook})
    run = verify(
        project,
        module.format("abcd"),
        module.format("wxyz"),
        "import m\ndef test_it():\n    m.f()\n    m.get_token()\n    m.patient()",
    )
    assert run.outcomes == {"failed": 1}
    assert "mimic: 3 drifted" in run.mimic_lines
    assert run.stdout.count("differs (<redacted>)") == 5
    assert "abcd" not in run.stdout
    assert "wxyz" not in run.stdout


def test_recordings_that_cannot_be_believed_or_are_stale(recorded: Project) -> None:
    recorded.configure(*TARGETS, mimic_stale="error")
    recorded.write({"m.py": MODULE.format(factor=1).replace("FACTOR}", "FACTOR!s}")})
    payload = recorded.recordings("m/value")[0]
    payload.write_bytes(b"garbage")
    before = contents(recorded)
    run = recorded.run("--mimic-verify", "-k", "value or failing")
    assert run.outcomes["failed"] == 2
    run.has("*CorruptRecordingError: damaged recording *.pkl*", "*StaleRecordingError: *m:failing*")
    assert contents(recorded) == before


def test_one_equal_call_too_many(recorded: Project) -> None:
    tests = "import m\ndef test_it():\n    [m.poll() for _ in range(3)]"
    recorded.write({"test_m.py": tests})
    run = recorded.run("--mimic-verify", in_process=True)
    assert run.outcomes == {"failed": 1}
    run.has("*MissingRecordingError: *it is equal call 3 of its test, and 2 are recorded*")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_child_processes(project: Project, method: str) -> None:
    tests = """
        import m, multiprocessing

        def work():
            m.f(1)
            list(m.g(1))

        def test_it():
            child = multiprocessing.get_context({method!r}).Process(target=work)
            child.start()
            child.join()
            assert child.exitcode == 0
    """
    project.write({"m.py": MODULE_OF_TWO.format("return [x, 1]")})
    project.write({"test_m.py": tests.replace("{method!r}", repr(method))})
    project.configure("m:*")
    project.record().passed(1)
    run = project.run("--mimic-verify").passed(1)
    assert run.mimic_lines[1:] == ["mimic: 2 verified"]
    project.write({"m.py": MODULE_OF_TWO.format("return [x, 2]")})
    run = project.run("--mimic-verify")
    assert run.outcomes == {"failed": 1}
    run.has(
        "*ChildError: in a child process: DriftError: *m:f(x=1)*",
        "*result[[]1[]]: recorded 1, live 2",
    )


def test_with_workers(recorded: Project) -> None:
    before = contents(recorded)
    args = ("--mimic-verify", "--mimic-fail-on-unused", "-n", "2")
    run = recorded.run(*args).passed(8)
    assert run.mimic_lines[1:] == ["mimic: 12 verified", "mimic: 0 recordings unused"]
    recorded.write({"m.py": MODULE.format(factor=2)})
    run = recorded.run(*args)
    assert run.outcomes == {"failed": 8}
    assert "mimic: 12 drifted" in run.mimic_lines
    assert contents(recorded) == before


def test_where_the_vault_is_not_there_none_is_made(project: Project) -> None:
    project.write({"m.py": "def f(): return 1", "test_m.py": "import m\ndef test_it(): m.f()"})
    project.configure("m:f")
    assert project.run("--mimic-verify", in_process=True).outcomes == {"failed": 1}
    assert not project.vault.exists()
