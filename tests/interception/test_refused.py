"""What cannot be intercepted is refused at once, by the line that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from tests.conftest import Project
    from tests.interception.conftest import Intercepted

SOURCE = """
    import functools
    import pytest

    class Client:
        NUMBER = 5

        def get(self, x):
            return [x]

        def with_option(self, x, y):
            return [x, y]

        half = functools.partialmethod(with_option, 1)

        @functools.singledispatchmethod
        def dispatched(self, x):
            return [x]

        @dispatched.register
        def _(self, x: int):
            return ["int", x]

    class Child(Client):
        pass

    @pytest.fixture
    def fixture():
        return 1

    NUMBER = 5
"""
REFUSED = {
    "m:Client": "*'m:Client': it is a class: write 'm:Client.[*]'*",
    "m:fixture": "*'m:fixture': it is a fixture*",
    "m:NUMBER": "*'m:NUMBER': it cannot be called: it is an instance of int*",
    "m:Client.NUMBER": "*'m:Client.NUMBER': it cannot be called*",
    "m:nothing": "*'m:nothing': m has no 'nothing'*",
    "m:Client.got": "*'m:Client.got': class Client has no 'got'; did you mean 'get'?*",
    "m:Nothing.*": "*'m:Nothing.[*]': m has no 'Nothing'*",
    "m:Child.*": "*'m:Child.[*]': the star stands for nothing: no public function or method*",
    "builtins:str.upper": "*'builtins:str.upper': str is a built-in type*",
    "datetime:datetime.now": "*'datetime:datetime.now': datetime is a built-in type*",
    "collections:namedtuple": "*'collections:namedtuple': it looks at the frame of whoever calls*",
    "os:path": "*'os:path': it is a module*",
}


@pytest.mark.parametrize("line", REFUSED)
def test_refused(project: Project, line: str) -> None:
    """By a collection error where the module comes with the tests, else before they are sought."""
    project.write({"m.py": SOURCE, "test_m.py": "import m\ndef test_it():\n    pass"})
    project.configure(line)
    run = project.run(in_process=True)
    assert run.status == (2 if line.startswith("m:") else 4)
    (run.result.stdout if run.status == 2 else run.result.stderr).fnmatch_lines([REFUSED[line]])
    for wrong in ("INTERNALERROR", "never imported"):
        assert wrong not in run.stdout + run.stderr


def test_refused_in_a_conftest(project: Project) -> None:
    project.write({"m.py": SOURCE, "conftest.py": "import m", "test_m.py": "def test_it(): pass"})
    project.configure("m:Client")
    run = project.run(in_process=True)
    assert run.status == 4
    assert "'m:Client': it is a class" in run.stderr
    assert "Traceback" not in run.stderr


def test_conftests_of_one_name(project: Project) -> None:
    """Only one of them need have the target; where none has it the summary says so."""
    conftest = """
        import pytest
        from only_live import only_live

        def {name}(x):
            only_live("{name}")
            return [x]

        @pytest.fixture
        def {name}_here():
            return {name}(1)
    """
    project.write(
        {
            "conftest.py": conftest.format(name="upper"),
            "sub/conftest.py": conftest.format(name="lower"),
            "sub/test_it.py": """
                def test_it(upper_here, lower_here):
                    assert upper_here == lower_here == [1]
            """,
        }
    )
    project.configure("conftest:upper", "conftest:lower", "conftest:nowhere")
    assert project.record(in_process=True).passed(1).live == ["upper", "lower"]
    replay = project.replay(in_process=True).passed(1)
    assert replay.mimic_lines[1].startswith("mimic: 2 replayed")
    assert replay.mimic_lines[2] == "mimic: never imported, so never called: conftest:nowhere"


def test_descriptors_that_choose(intercepted: Intercepted) -> None:
    """Methods that others stand behind: each is itself, and nothing is bound wrongly."""
    m = intercepted.module(SOURCE, "m:Client.half", "m:Client.dispatched")
    client = m.Client()
    assert client.half(2) == [1, 2]
    assert client.half(y=2) == [1, 2]
    assert client.with_option(3, 4) == [3, 4]
    assert client.dispatched("a") == ["a"]
    assert client.dispatched(1) == ["int", 1]
    assert intercepted.calls == ["m:Client.half"] * 2 + ["m:Client.dispatched"] * 2
    assert [values[1:] for values in intercepted.values] == [(2,), (2,), ("a",), (1,)]


def test_nothing_is_left_patched_where_one_target_is_refused(intercepted: Intercepted) -> None:
    intercepted.write(SOURCE)
    intercepted.start("m:Client.get", "m:NUMBER")
    with pytest.raises(MimicUsageError, match="m:NUMBER"):
        __import__("m")
