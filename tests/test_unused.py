"""Which recordings a run proves unused, and which doubts keep it from proving anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

TESTS = """
    import pytest, shop

    def test_tea():
        assert shop.price("tea") == 3

    def test_milk():
        assert shop.price("milk") == 4
"""


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with three recordings, of which its tests use two."""
    project.write(
        {
            "shop.py": """
                from only_live import only_live

                def price(item):
                    only_live("price")
                    return len(item)
            """,
            "test_shop.py": TESTS,
            "test_bread.py": "import shop\ndef test_bread():\n    assert shop.price('bread') == 5",
        }
    )
    project.configure("shop:price")
    project.record().passed(3)
    (project.path / "test_bread.py").unlink()
    return project


def test_unused_recordings_fail_the_run_and_are_listed_by_call(shop: Project) -> None:
    run = shop.replay("--mimic-fail-on-unused")
    assert run.outcomes == {"passed": 2}
    assert run.status == 1
    run.has(
        "mimic: 1 recording unused:",
        "*shop:price(item='bread')*recorded by test_bread.py::test_bread*",
    )
    assert len(shop.recordings()) == 3


def test_unused_recordings_are_deleted(shop: Project) -> None:
    run = shop.replay("--mimic-clear-unused").passed(2)
    run.has("mimic: 1 recording deleted:", "*shop:price(item='bread')*")
    assert len(shop.recordings()) == 2
    run = shop.replay("--mimic-fail-on-unused").passed(2)
    run.has("mimic: 0 recordings unused")


def test_without_a_flag_nothing_is_said(shop: Project) -> None:
    assert "unused" not in shop.replay().passed(2).stdout


def test_recordings_of_a_target_no_longer_configured_are_unused(shop: Project) -> None:
    shop.configure("shop:other")
    shop.write({"shop.py": "def price(item): return len(item)\ndef other(): pass"})
    run = shop.run("--mimic-clear-unused").passed(2)
    run.has("mimic: 3 recordings deleted:")
    assert not shop.recordings()


def test_what_the_run_recorded_is_used(shop: Project) -> None:
    shop.write({"test_new.py": "import shop\ndef test_it():\n    assert shop.price('rice') == 4"})
    shop.record("--mimic-clear-unused").passed(3).has("mimic: 1 recording deleted:")
    shop.replay().passed(3)


def test_use_while_collecting_counts(shop: Project) -> None:
    shop.write({"conftest.py": "import shop\nBREAD = shop.price('bread')"})
    shop.replay("--mimic-fail-on-unused").passed(2)


def test_use_in_a_session_fixture_counts(shop: Project) -> None:
    shop.write(
        {
            "conftest.py": """
                import pytest, shop

                @pytest.fixture(scope="session", autouse=True)
                def bread():
                    yield
                    shop.price("bread")
            """
        }
    )
    shop.replay("--mimic-fail-on-unused").passed(2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "tea"],
        ["-k", "tea or milk"],
        ["-m", "not slow"],
        ["--deselect", "test_shop.py::test_tea"],
        ["--deselect", "test_nothing.py"],
        ["--ignore", "nothing"],
        ["--ignore-glob", "nothing*"],
        ["--lf"],
        ["--sw"],
        ["test_shop.py"],
        ["test_shop.py::test_tea", "test_shop.py::test_milk"],
        ["--collect-only"],
        ["--setup-only"],
        ["--setup-plan"],
        ["-o", "python_functions=test_t*"],
        ["--noconftest"],
        ["--pyargs", "."],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("flag", ["--mimic-clear-unused", "--mimic-fail-on-unused"])
def test_a_narrowed_run_proves_nothing(shop: Project, flag: str, arguments: list[str]) -> None:
    run = shop.run(flag, *arguments, in_process=True)
    assert run.status == 0
    run.has("mimic: no recording was proved unused*", f"*pytest {flag}*")
    assert arguments[0] in run.stdout
    assert len(shop.recordings()) == 3


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ("def test_more(): assert False", "failed"),
        ("def test_more(): pytest.skip()", "skipped"),
        ("@pytest.mark.xfail\ndef test_more(): assert False", "xfailed"),
        ("@pytest.fixture\ndef broken(): yield; 1/0\ndef test_more(broken): pass", "failed"),
    ],
)
def test_a_test_that_did_not_pass_leaves_doubt(shop: Project, extra: str, reason: str) -> None:
    shop.write({"test_more.py": f"import pytest\n{extra}\n"})
    run = shop.run("--mimic-clear-unused", in_process=True)
    run.has("mimic: no recording was proved unused*1 test or collector " + reason + "*test_more*")
    assert len(shop.recordings()) == 3


def test_an_xpass_counts_as_passed(shop: Project) -> None:
    shop.write({"test_more.py": "import pytest\n@pytest.mark.xfail\ndef test_more(): pass\n"})
    shop.run("--mimic-clear-unused", in_process=True)
    assert len(shop.recordings()) == 2


@pytest.mark.parametrize(
    "broken", ["import nowhere_to_be_found", "import pytest\npytest.skip(allow_module_level=True)"]
)
def test_a_collector_that_did_not_pass_leaves_doubt(shop: Project, broken: str) -> None:
    shop.write({"test_more.py": broken})
    shop.run("--mimic-clear-unused", "--continue-on-collection-errors", in_process=True)
    assert len(shop.recordings()) == 3


def test_stopping_early_leaves_doubt(shop: Project) -> None:
    shop.write({"test_a.py": "import pytest\ndef test_it():\n    pytest.exit('enough', 0)"})
    shop.run("--mimic-clear-unused", in_process=True)
    assert len(shop.recordings()) == 3


def test_tests_dropped_behind_our_back_leave_doubt(shop: Project) -> None:
    shop.write({"conftest.py": "def pytest_collection_modifyitems(items):\n    del items[0]"})
    run = shop.run("--mimic-clear-unused", in_process=True)
    run.has("mimic: no recording was proved unused*collected but not run to the end*")
    assert len(shop.recordings()) == 3


def test_a_run_without_tests_proves_nothing(shop: Project) -> None:
    (shop.path / "test_shop.py").unlink()
    assert shop.run("--mimic-clear-unused", in_process=True).status == 5
    assert len(shop.recordings()) == 3


def test_paths_that_cover_the_testpaths_are_complete(shop: Project) -> None:
    folder = shop.path / "tests"
    folder.mkdir()
    (shop.path / "test_shop.py").rename(folder / "test_shop.py")
    shop.configure("shop:price", testpaths="tests", pythonpath=".")
    shop.run("--mimic-fail-on-unused", "tests/test_shop.py", in_process=True).has(
        "mimic: no recording was proved unused*"
    )
    assert shop.replay("--mimic-fail-on-unused", "tests").status == 1
    assert shop.replay("--mimic-fail-on-unused").status == 1
    assert shop.replay("--mimic-fail-on-unused", ".").status == 1


def test_a_miss_leaves_doubt(shop: Project) -> None:
    shop.write({"test_new.py": "import shop\ndef test_it():\n    assert shop.price('rice') == 4"})
    shop.replay("--mimic-clear-unused")
    assert len(shop.recordings()) == 3


@pytest.mark.parametrize("workers", ["0", "2"])
def test_xdist_deletes_what_no_worker_used(shop: Project, workers: str) -> None:
    shop.replay("-n", workers, "--mimic-clear-unused").passed(2).has("mimic: 1 recording deleted:")
    assert len(shop.recordings()) == 2


def test_a_worker_that_died_leaves_doubt(shop: Project) -> None:
    shop.write({"test_a.py": "import os\ndef test_it():\n    os._exit(3)"})
    run = shop.run("-n", "2", "--mimic-clear-unused")
    run.has("mimic: no recording was proved unused*")
    assert len(shop.recordings()) == 3
