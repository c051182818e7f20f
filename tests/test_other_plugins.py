"""What other plugins do to a run: they fork for a test, run it again, drop reports, change paths.

Each conftest here does what a plugin does; `tests/plugins` tries the plugins themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

SHOP = {
    "shop.py": """
        from only_live import only_live

        def price(article):
            only_live(article)
            if article == "nothing":
                raise LookupError(article)
            return len(article)
    """,
    "test_shop.py": """
        import pytest, shop

        def test_tea():
            assert shop.price("tea") == 3

        def test_nothing():
            with pytest.raises(LookupError):
                shop.price("nothing")
    """,
}

# As pytest-forked does.
FORKS = """
    import json, os
    import pytest
    from _pytest.runner import runtestprotocol

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        config, hook = item.config, item.config.hook
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            with open(writing, "w") as file:
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
                for report in reports:
                    data = hook.pytest_report_to_serializable(config=config, report=report)
                    file.write(json.dumps(data) + "\\n")
            os._exit(0)
        os.close(writing)
        with open(reading) as file:
            for line in file:
                report = hook.pytest_report_from_serializable(config=config, data=json.loads(line))
                hook.pytest_runtest_logreport(report=report)
        os.waitpid(child, 0)
        return True
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.write(SHOP)
    project.configure("shop:price")
    return project


def test_each_test_in_a_fork(shop: Project) -> None:
    shop.write(
        {
            "conftest.py": FORKS,
            "test_child.py": """
                import multiprocessing, shop

                OUTSIDE = shop.price("while collecting")

                def test_child():
                    process = multiprocessing.get_context("fork").Process(
                        target=shop.price, args=("in a child",)
                    )
                    process.start()
                    process.join()
                    assert not process.exitcode
            """,
        }
    )
    run = shop.record("-Wignore::DeprecationWarning", in_process=True).passed(3)
    assert run.mimic_lines[-1] == "mimic: 4 recorded"
    run = shop.replay(
        "-Wignore::DeprecationWarning", "--mimic-fail-on-unused", in_process=True
    ).passed(3)
    assert run.mimic_lines[-2].startswith("mimic: 4 replayed; ")
    shop.write(
        {
            "test_shop.py": """
                import shop

                def test_swallowed():
                    try:
                        shop.price("coffee")
                    except Exception:
                        pass

                def test_tea():
                    assert shop.price("tea") == 3
            """
        }
    )
    run = shop.replay("-Wignore::DeprecationWarning", in_process=True)
    assert run.outcomes == {"passed": 2, "failed": 1}
    assert run.stdout.count("MissingRecordingError: no recording of shop:price(article='coff") == 1
    assert run.mimic_lines[-1].startswith("mimic: 3 replayed, 1 missed")


# As plugins do that run a failed test once more: its reports are dropped, or logged late, and
# perhaps by a name of the plugin's own.
AGAIN = """
    import pytest
    from _pytest.runner import runtestprotocol

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        late = []
        if any(report.failed for report in reports):
            late = [report for report in reports if item.get_closest_marker("late")]
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        for report in late:
            report.outcome = "rerun" if report.failed else report.outcome
            item.ihook.pytest_runtest_logreport(report=report)
        return True

    def pytest_configure(config):
        config.addinivalue_line("markers", "late")

    def pytest_report_teststatus(report):
        if report.outcome == "rerun":
            return "rerun", "R", ("RERUN", {"yellow": True})
"""


def test_what_a_test_used_before_it_was_run_again(shop: Project) -> None:
    shop.write(
        {
            "conftest.py": AGAIN,
            "test_again.py": """
                import pytest, shop

                ATTEMPTS = []
                LATE = pytest.param("late", marks=pytest.mark.late)

                @pytest.mark.parametrize("how", ["dropped", LATE])
                def test_again(how, mimic):
                    ATTEMPTS.append(how)
                    attempt = f"{how} {ATTEMPTS.count(how)}"
                    assert shop.price(attempt) == len(attempt)
                    if attempt.endswith("1"):
                        shop.price("nothing") if how == "late" else pytest.fail("not yet")
                    assert len(mimic.recorded + mimic.replayed) == 1
            """,
        }
    )
    run = shop.record("test_again.py", in_process=True)
    assert (run.status, run.outcomes) == (0, {"passed": 2, "rerun": 1})
    # What failed at first is not stored, though the test passed in the end.
    assert run.mimic_lines[-1] == "mimic: 4 recorded, 1 run live"
    assert len(shop.recordings()) == 4
    shop.record("test_shop.py", in_process=True).passed(2)
    run = shop.replay("--mimic-fail-on-unused", in_process=True)
    assert (run.status, run.outcomes) == (0, {"passed": 4, "rerun": 1})
    assert run.mimic_lines[-2].startswith("mimic: 7 replayed; ")
    assert run.mimic_lines[-1] == "mimic: 0 recordings unused"


def test_a_plugin_that_runs_other_paths_than_those_given(shop: Project) -> None:
    """As pytest-picked does, with the files that git tells of."""
    shop.write({"test_more.py": "import shop\ndef test_milk(): assert shop.price('milk') == 4"})
    shop.record(in_process=True).passed(3)
    shop.write({"conftest.py": "def pytest_configure(config): config.args = ['test_more.py']"})
    run = shop.replay("--mimic-clear-unused", in_process=True).passed(1)
    run.has("mimic: no recording was proved unused*running only test_more.py, which leaves out*")
    assert len(shop.recordings()) == 3


def test_a_plugin_that_leaves_out_files(shop: Project) -> None:
    """As pytest-testmon does with the flag ``--testmon``."""
    shop.write({"test_more.py": "import shop\ndef test_milk(): assert shop.price('milk') == 4"})
    shop.record(in_process=True).passed(3)
    shop.write(
        {
            "conftest.py": """
                def pytest_addoption(parser):
                    parser.addoption("--testmon", action="store_true")

                def pytest_ignore_collect(collection_path, config):
                    if config.option.testmon and collection_path.name == "test_more.py":
                        return True
            """
        }
    )
    run = shop.run("--testmon", "--mimic-clear-unused", in_process=True).passed(2)
    run.has("mimic: no recording was proved unused*--testmon narrowed the run")
    assert len(shop.recordings()) == 3
    run = shop.replay("--mimic-fail-on-unused", in_process=True).passed(3)
    run.has("mimic: 0 recordings unused")


def test_arguments_that_hypothesis_chose(shop: Project) -> None:
    """Its report has our message, which says why a call that is recorded today is not tomorrow."""
    shop.write(
        {
            "test_given.py": """
                import shop
                from hypothesis import assume, given, settings, strategies as st

                same = settings(derandomize=True, deadline=None, max_examples=25)

                @same
                @given(st.text(alphabet="abc", max_size=2))
                def test_any(article):
                    assert shop.price(article) == len(article)

                @same
                @given(st.sampled_from(["tea", "milk"]))
                def test_swallowed(article):
                    try:
                        shop.price(article)
                    except Exception:
                        assume(article == "tea")
            """
        }
    )
    # It reads the sources of all that this process has loaded, odd ones of tests among them.
    shop.record("-Wignore", in_process=True).passed(4)
    found = len(shop.recordings())
    assert found <= 17  # three letters give 13 words of two at most, and there are four others
    run = shop.replay("-Wignore", "--mimic-fail-on-unused", in_process=True).passed(4)
    assert run.mimic_lines[-1] == "mimic: 0 recordings unused"
    for card in shop.vault.rglob("*.json"):
        card.unlink()
    run = shop.replay("-Wignore", "test_given.py", in_process=True)
    assert run.outcomes == {"failed": 2}
    run.has(
        "*test_any*",
        "E*MissingRecordingError: no recording of shop:price(article='')",
        "E*Hypothesis chose these arguments, and chooses others in each run, unless*derandomize=*",
        "E*Record it: pytest --mimic-record test_given.py::test_any",
    )
