"""What the engine itself uses may be a target, and what measures code sees the same."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project


def test_the_engine_uses_what_is_mimicked(project: Project) -> None:
    project.write(
        {
            "test_used.py": """
                import base64, copy, inspect, json, os, pickle, time
                from pathlib import Path

                def test_json():
                    assert json.dumps({"a": [1]}, sort_keys=True) == '{"a": [1]}'
                    assert json.loads('{"a": [1]}') == {"a": [1]}

                def test_pickle():
                    data = pickle.dumps([1, {"a": 2}])
                    assert pickle.loads(data) == [1, {"a": 2}]
                    assert copy.deepcopy([1, [2]]) == [1, [2]]

                def test_files():
                    Path("one").write_text("text")
                    assert Path("one").read_bytes() == b"text"
                    assert os.replace("one", "two") is None
                    assert os.path.join("a", "b") == os.path.join("a", "b")

                def test_clock():
                    assert time.perf_counter() == time.perf_counter()

                def test_others():
                    assert inspect.signature(test_json).parameters == {}
                    assert list(base64.b64encode(b"a")) == list(b"YQ==")
            """,
        }
    )
    project.configure(
        *("json:dumps", "json:loads", "pickle:dumps", "pickle:loads", "copy:deepcopy"),
        *("os:replace", "time:perf_counter", "pathlib:Path.read_bytes", "os.path:join"),
        *("base64:b64encode", "inspect:signature", "json.decoder:JSONDecoder.decode ignore=self"),
    )
    run = project.record("--durations=3")
    assert run.outcomes == {"passed": 5}, run.stdout
    assert "json" in {path.parent.parent.name for path in project.recordings()}
    (project.path / "two").unlink()
    replay = project.replay("--durations=3").passed(5)
    # What was replayed was not done.
    assert not (project.path / "two").exists()
    assert "replayed" in replay.mimic_lines[1]


def test_recursion(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def depth(n):
                    if n == 0:
                        only_live("depth")
                    return 0 if n == 0 else 1 + depth(n - 1)

                class Tree:
                    def depth(self, n):
                        if n == 0:
                            only_live("depth")
                        return 0 if n == 0 else 1 + self.depth(n - 1)

                    def __call__(self, n):
                        if n == 0:
                            only_live("depth")
                        return 0 if n == 0 else 1 + self(n - 1)

                tree = Tree()
            """,
            "test_m.py": """
                import sys, m
                def test_it():
                    assert sys.getrecursionlimit() == 1000
                    assert m.depth(300) == m.Tree().depth(300) == m.tree(300) == 300
            """,
        }
    )
    project.configure("m:depth", "m:Tree.depth", "m:tree")
    assert project.record().passed(1).live == ["depth"] * 3
    project.replay().passed(1)
    project.run("--mimic-live").passed(1)


BRANCHES = """
    def f(x):
        total = 0
        for each in range(x):
            if each % 2:
                total += each
            elif each > 100:
                total -= 1
        return (
            total
            if x
            else None
        )

    async def later(x):
        if x:
            return x
        return 0

    def counting(n):
        while n:
            yield n
            n -= 1

    class Client:
        @property
        def prop(self):
            if self:
                return 1
            return 2
"""


@pytest.mark.parametrize("core", ["ctrace", "pytrace", "sysmon"])
def test_coverage(project: Project, core: str) -> None:
    """The same lines and branches, whether its functions are intercepted or not."""
    pytest.importorskip("coverage")
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring is new in Python 3.12")
    project.write(
        {
            "m.py": BRANCHES,
            "test_m.py": """
                import asyncio, m
                def test_it():
                    assert m.f(3) == 1
                    assert asyncio.run(m.later(1)) == 1
                    assert list(m.counting(2)) == [2, 1]
                    assert m.Client().prop == 1
            """,
        }
    )
    project.configure("m:*", "m:Client.prop")
    seen = []
    for flags in (["-p", "no:mimic", "-p", "no:pytest_mimic.plugin", "-o", "mimic_functions="],
                  ["--mimic-live"], ["--mimic-record"]):  # fmt: skip
        command = ["-m", "coverage", "run", "--branch", "--include=m.py", "-m", "pytest", *flags]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COVERAGE_CORE", core)
            for name in ("COVERAGE_FILE", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
                patch.delenv(name, raising=False)
            project.pytester.run(sys.executable, *command).assert_outcomes(passed=1)
            project.pytester.run(sys.executable, "-m", "coverage", "json", "-q", "-o", "out.json")
        (file,) = json.loads((project.path / "out.json").read_text())["files"].values()
        keys = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
        seen.append({key: file[key] for key in keys})
    assert seen[0]["missing_branches"]
    assert seen[1] == seen[0]
    assert seen[2] == seen[0]
