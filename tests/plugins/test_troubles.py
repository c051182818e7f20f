"""What goes wrong in a test that another plugin runs: interruptions, failures, other examples."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugins.conftest import Lab, MakeLab


def stored(lab: Lab, argument: str) -> list[str]:
    """What the cards in the vault say of an argument."""
    cards = [json.loads(card.read_text("utf-8")) for card in lab.project.vault.rglob("*.json")]
    return sorted(card["arguments"][argument]["value"] for card in cards)


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_a_call_that_a_timeout_interrupts_is_not_stored(make_lab: MakeLab, method: str) -> None:
    lab = make_lab([], ["pytest_timeout"])
    lab.project.write(
        {
            "slow.py": """
                import time
                from only_live import only_live

                def quick(x):
                    return x

                def wait(x):
                    only_live("wait")
                    time.sleep(600)

                def stream(x):
                    yield x
                    only_live("stream")
                    time.sleep(600)
            """,
            "test_slow.py": """
                import pytest, slow

                def test_quick():
                    assert slow.quick("quick") == "quick"

                @pytest.mark.timeout(2)
                @pytest.mark.parametrize("which", WHICH)
                def test_slow(which):
                    if which == "wait":
                        slow.wait("wait")
                    list(slow.stream("stream"))
            """.replace("WHICH", '["wait"]' if method == "thread" else '["wait", "stream"]'),
        }
    )
    lab.project.configure("slow:*")
    run = lab.run("--mimic-record", f"--timeout-method={method}")
    assert run.status == 1
    assert "Timeout" in run.stdout + run.stderr
    assert run.live == (["wait"] if method == "thread" else ["wait", "stream"])
    assert stored(lab, "x") == ["quick"]
    if method == "signal":  # the other one ends the process at once
        assert lab.count("recorded", "live") == [1, 2]
        run.has("*Timeout*from pytest-timeout*")


def test_what_failed_before_a_rerun_is_not_stored(make_lab: MakeLab) -> None:
    lab = make_lab([], ["pytest_rerunfailures"])
    lab.project.write(
        {
            "net.py": """
                DOWN = [True, True]

                def fetch(url):
                    if DOWN:
                        DOWN.pop()
                        raise ConnectionError(url)
                    return f"<{url}>"
            """,
            "test_net.py": """
                import net, pytest

                @pytest.mark.flaky(reruns=3)
                def test_fetch():
                    assert net.fetch("a") == "<a>"
            """,
        }
    )
    lab.project.configure("net:fetch")
    run = lab.record("--mimic-fail-on-unused", "--junitxml=junit.xml")
    assert run.outcomes == {"passed": 1, "rerun": 2}
    assert lab.count("recorded", "live") == [1, 2]
    run.has("mimic: 0 recordings unused")
    # Each attempt has its own counts there.
    written = (lab.project.path / "junit.xml").read_text("utf-8")
    counts = re.findall(r'name="mimic_(\w+)" value="(\d)"', written)
    assert counts == [("live", "1"), ("live", "1"), ("recorded", "1")]
    lab.replay().passed(1)


@pytest.mark.parametrize("plugins", [[], ["pytest_subtests.plugin"]], ids=["pytest's", "plugin's"])
def test_what_fails_a_subtest_is_not_stored(make_lab: MakeLab, plugins: list[str]) -> None:
    if not plugins and (find_spec("pytest_subtests") or not find_spec("_pytest.subtests")):
        pytest.skip("new in pytest 9, where the plugin is not installed")
    lab = make_lab([], plugins)
    lab.project.write(
        {
            "test_sub.py": """
                import unittest
                import lab, pytest

                def test_subtests(subtests):
                    with subtests.test("passes"):
                        with pytest.raises(ValueError):
                            lab.weigh("caught", -1)
                    with subtests.test("fails"):
                        lab.weigh("uncaught", -1)
                    with subtests.test("passes"):
                        lab.weigh("value", 1)

                class TestUnittest(unittest.TestCase):
                    def test_it(self):
                        with self.subTest("passes"):
                            with self.assertRaises(ValueError):
                                lab.weigh("caught by unittest", -1)
                        with self.subTest("fails"):
                            lab.weigh("uncaught by unittest", -1)
            """
        }
    )
    run = lab.record()
    assert run.status == 1
    assert stored(lab, "what") == ["caught", "caught by unittest", "value"]
    assert lab.count("recorded", "live") == [3, 2]
    run = lab.replay()
    assert run.status == 1
    assert lab.count("replayed", "missed") == [3, 2]
    run.has("*MissingRecordingError: no recording of lab:weigh(what='uncaught', grams=-1)")
    run.has("*MissingRecordingError: no recording of lab:weigh(what='uncaught by unittest', *")


def test_examples_that_were_not_recorded(make_lab: MakeLab) -> None:
    """What Hypothesis reports, from the shrunk example or its database, has our message."""
    lab = make_lab([], ["_hypothesis_pytestplugin"])
    lab.project.write(
        {
            "test_examples.py": """
                import lab
                from hypothesis import given, settings, strategies as st

                @settings(deadline=None, max_examples=20)
                @given(st.integers(1, 10**6))
                def test_value(grams):
                    assert lab.weigh("example", grams)["kilos"][1] == grams
            """
        }
    )
    lab.record("--hypothesis-seed=1").passed(1)
    before = sorted(lab.project.vault.rglob("*"))
    for seed in (2, 3):  # the second begins with what the first left in the database
        run = lab.replay(f"--hypothesis-seed={seed}")
        assert run.outcomes == {"failed": 1}
        run.has(
            "E*MissingRecordingError: no recording of lab:weigh(what='example', grams=*",
            "E*grams: recorded *, called with *",
            "E*Hypothesis chose these arguments, and chooses others in each run, unless *",
            "E*Record it: pytest --mimic-record test_examples.py::test_value",
        )
        assert "Flaky" not in run.stdout
    assert sorted(lab.project.vault.rglob("*")) == before


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
def test_coverage_of_what_is_recorded(make_lab: MakeLab, core: str) -> None:
    """pytest-cov finds the same lines, by xdist's workers too, as where everything is live."""
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring is new in Python 3.12")
    lab = make_lab(["plain"], ["pytest_cov.plugin", "xdist.plugin"])
    seen = []
    workers = ["-n2"] if core == "ctrace" else []
    for flags in (["--mimic-live"], ["--mimic-record", *workers], []):
        run = lab.run(
            *flags, "--cov=lab", "--cov-report=json:cov.json", env={"COVERAGE_CORE": core}
        )
        assert run.status == 0, run.stdout + run.stderr
        report = json.loads((lab.project.path / "cov.json").read_text("utf-8"))["files"]["lab.py"]
        seen.append({name: each["executed_lines"] for name, each in report["functions"].items()})
    live, recorded, replayed = seen
    assert live["weigh"]
    assert not live["ask"]  # no test calls it
    assert live == recorded
    # What is replayed does not run; the rest of the module does as ever.
    ran = {name for name, lines in replayed.items() if lines}
    assert ran <= {"", "Scale.__init__"}
    assert replayed[""] == live[""]
