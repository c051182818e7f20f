"""Which recordings a run proves unused, and which doubts keep it from proving anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_mimic import _system as system
from pytest_mimic._vault import Vault

if TYPE_CHECKING:
    from tests.conftest import Project, Run

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
    project.record(in_process=True).passed(3)
    (project.path / "test_bread.py").unlink()
    return project


def check_doubt(project: Project, run: Run, *reasons: str) -> None:
    """Check that a run deleted nothing, said why not, and what would make it complete."""
    run.has("mimic: no recording was proved unused, for this run was not complete: *")
    for reason in reasons:
        run.result.stdout.fnmatch_lines([f"*{reason}*"])
    run.has("*run 'pytest --mimic-clear-unused' over all tests, with nothing left out *")
    assert "deleted" not in run.stdout
    assert len(project.recordings()) == 3


def test_unused_recordings_fail_the_run_and_are_listed_by_call(shop: Project) -> None:
    run = shop.replay("--mimic-fail-on-unused", in_process=True)
    assert run.outcomes == {"passed": 2}
    assert run.status == 1
    run.has(
        "mimic: 1 recording unused:",
        "*shop:price(item='bread')*recorded by test_bread.py::test_bread*",
    )
    assert len(shop.recordings()) == 3


def test_unused_recordings_are_deleted(shop: Project) -> None:
    run = shop.replay("--mimic-clear-unused", in_process=True).passed(2)
    run.has("mimic: 1 recording deleted:", "*shop:price(item='bread')*")
    assert len(shop.recordings()) == 2
    run = shop.replay("--mimic-fail-on-unused", in_process=True).passed(2)
    run.has("mimic: 0 recordings unused")


def test_without_a_flag_nothing_is_said(shop: Project) -> None:
    assert "unused" not in shop.replay(in_process=True).passed(2).stdout


def test_recordings_of_a_target_no_longer_configured_are_unused(shop: Project) -> None:
    shop.configure("shop:other")
    shop.write({"shop.py": "def price(item): return len(item)\ndef other(): pass"})
    run = shop.run("--mimic-clear-unused", in_process=True).passed(2)
    run.has("mimic: 3 recordings deleted:")
    assert not shop.recordings()


def test_what_the_run_recorded_is_used(shop: Project) -> None:
    shop.write({"test_new.py": "import shop\ndef test_it():\n    assert shop.price('rice') == 4"})
    shop.record("--mimic-clear-unused", in_process=True).passed(3).has(
        "mimic: 1 recording deleted:"
    )
    shop.replay(in_process=True).passed(3)


def test_use_while_collecting_counts(shop: Project) -> None:
    shop.write({"conftest.py": "import shop\nBREAD = shop.price('bread')"})
    shop.replay("--mimic-fail-on-unused", in_process=True).passed(2)


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
    shop.replay("--mimic-fail-on-unused", in_process=True).passed(2)


def test_use_in_a_child_process_counts(shop: Project) -> None:
    shop.write(
        {
            "test_child.py": """
                import multiprocessing, shop

                def test_it():
                    context = multiprocessing.get_context("spawn")
                    process = context.Process(target=shop.price, args=("bread",))
                    process.start()
                    process.join()
                    assert not process.exitcode
            """
        }
    )
    shop.replay("--mimic-fail-on-unused").passed(3)


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
        ["--sw", "--sw-skip"],
        ["test_shop.py"],
        ["test_shop.py::test_tea"],
        ["test_shop.py::test_tea", "test_shop.py::test_milk"],
        ["--collect-only"],
        ["--setup-only"],
        ["--setup-plan"],
        ["-o", "python_functions=test_t*"],
        ["-o", "mimic_functions=shop:price"],
        ["--noconftest"],
        ["--pyargs", "."],
        ["-p", "no:unittest"],
        ["-p", "no:time_machine"],
    ],
    ids=" ".join,
)
def test_a_narrowed_run_proves_nothing(shop: Project, arguments: list[str]) -> None:
    run = shop.run("--mimic-clear-unused", *arguments, in_process=True)
    assert run.status == 0
    check_doubt(shop, run, *arguments[:1])


def test_a_narrowed_run_does_not_fail(shop: Project) -> None:
    run = shop.run("--mimic-fail-on-unused", "-k", "tea", in_process=True)
    assert run.status == 0
    run.has("mimic: no recording was proved unused*-k narrowed*", "*pytest --mimic-fail-on-unused*")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--ff"],
        ["--nf"],
        ["-x"],
        ["--maxfail=1"],
        ["."],
        ["-p", "no:cacheprovider"],
        ["--runxfail"],
        ["-s"],
    ],
    ids=" ".join,
)
def test_what_leaves_nothing_out_is_complete(shop: Project, arguments: list[str]) -> None:
    run = shop.run("--mimic-clear-unused", *arguments, in_process=True).passed(2)
    run.has("mimic: 1 recording deleted:")


TROUBLES = {
    "failed": "def test_more(): assert False",
    "skipped": "def test_more(): pytest.skip()",
    "xfailed": "@pytest.mark.xfail\ndef test_more(): assert False",
    "failed in teardown": "@pytest.fixture\ndef bad(): yield; 1/0\ndef test_more(bad): pass",
    "failed in setup": "@pytest.fixture\ndef bad(): 1/0\ndef test_more(bad): pass",
    "failed: strict xpass": "@pytest.mark.xfail(strict=True)\ndef test_more(): pass",
    "deselected": "def test_more(): pass",
    "skipped module": "pytest.skip(allow_module_level=True)",
    "failed module": "import nowhere_to_be_found",
}
DESELECTING = """
    def pytest_collection_modifyitems(config, items):
        gone = [item for item in items if item.name == "test_more"]
        items[:] = [item for item in items if item.name != "test_more"]
        config.hook.pytest_deselected(items=gone)
"""


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_test_that_did_not_pass_leaves_doubt(shop: Project, trouble: str) -> None:
    shop.write({"test_more.py": f"import pytest\n{TROUBLES[trouble]}\n"})
    if trouble == "deselected":
        shop.write({"conftest.py": DESELECTING})
    arguments = ["--mimic-clear-unused", "--continue-on-collection-errors"]
    run = shop.run(*arguments, in_process=True)
    reason = trouble.partition(" ")[0].rstrip(":")
    check_doubt(shop, run, f"1 test or collector {reason} (first: test_more.py")


def test_an_xpass_counts_as_passed(shop: Project) -> None:
    shop.write({"test_more.py": "import pytest\n@pytest.mark.xfail\ndef test_more(): pass\n"})
    shop.run("--mimic-clear-unused", in_process=True)
    assert len(shop.recordings()) == 2


# Where a run may be ended early, with a status that says that all is well.
ENDS = {
    "in a test": ("test_a.py", "def test_it(): {}"),
    "before collecting": ("conftest.py", "def pytest_collection(): {}"),
    "after collecting": ("conftest.py", "def pytest_collection_finish(): {}"),
    "between tests": ("conftest.py", "def pytest_runtest_logfinish(): {}"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_run_that_was_stopped_leaves_doubt(shop: Project, end: str) -> None:
    name, text = ENDS[end]
    shop.write({name: "import pytest\n" + text.format("pytest.exit('enough', 0)")})
    run = shop.run("--mimic-clear-unused", in_process=True)
    assert run.status == 0
    check_doubt(shop, run, "it was stopped before its end")


def test_an_interrupt_leaves_doubt(shop: Project) -> None:
    shop.write({"test_a.py": "def test_it(): raise KeyboardInterrupt"})
    run = shop.run("--mimic-clear-unused")
    assert run.status == 2
    check_doubt(shop, run, "status is 2")


def test_stopping_at_the_first_failure_leaves_doubt(shop: Project) -> None:
    shop.write({"test_a.py": "def test_it(): assert False"})
    run = shop.run("--mimic-clear-unused", "-x", in_process=True)
    check_doubt(shop, run, "2 tests or collectors collected but not run to the end", "1 * failed")


def test_tests_dropped_behind_our_back_leave_doubt(shop: Project) -> None:
    shop.write({"conftest.py": "def pytest_collection_modifyitems(items):\n    del items[0]"})
    run = shop.run("--mimic-clear-unused", in_process=True)
    run.has("mimic: no recording was proved unused*collected but not run to the end*")
    assert len(shop.recordings()) == 3


@pytest.mark.parametrize("status", [5, 0])
def test_a_run_without_tests_proves_nothing(shop: Project, status: int) -> None:
    (shop.path / "test_shop.py").unlink()
    if not status:
        # As plugins do for whom no tests are no reason to fail.
        hook = "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_sessionfinish(session):"
        shop.write({"conftest.py": f"{hook}\n    session.exitstatus = 0"})
    run = shop.run("--mimic-clear-unused", in_process=True)
    assert run.status == status
    check_doubt(shop, run, "status is 5" if status else "no test ran")


def test_paths_that_cover_the_testpaths_are_complete(shop: Project) -> None:
    folder = shop.path / "tests"
    folder.mkdir()
    (shop.path / "test_shop.py").rename(folder / "test_shop.py")
    shop.configure("shop:price", testpaths="tests", pythonpath=".")
    shop.run("--mimic-fail-on-unused", "tests/test_shop.py", in_process=True).has(
        "mimic: no recording was proved unused*"
    )
    assert shop.replay("--mimic-fail-on-unused", "tests", in_process=True).status == 1
    assert shop.replay("--mimic-fail-on-unused", in_process=True).status == 1
    assert shop.replay("--mimic-fail-on-unused", ".", in_process=True).status == 1


def test_a_miss_leaves_doubt(shop: Project) -> None:
    shop.write({"test_new.py": "import shop\ndef test_it():\n    assert shop.price('rice') == 4"})
    shop.replay("--mimic-clear-unused", in_process=True)
    assert len(shop.recordings()) == 3


@pytest.mark.parametrize("workers", ["0", "2"])
def test_xdist_deletes_what_no_worker_used(shop: Project, workers: str) -> None:
    run = shop.replay("-n", workers, "--mimic-clear-unused", in_process=True)
    run.passed(2).has("mimic: 1 recording deleted:", "*shop:price(item='bread')*")
    assert len(shop.recordings()) == 2


def test_use_in_a_worker_counts_wherever_it_is(shop: Project) -> None:
    """While the worker imports, and in the finalizer of its last fixture."""
    shop.write(
        {
            "conftest.py": """
                import os, pytest, shop

                if "PYTEST_XDIST_WORKER" in os.environ:
                    shop.price("milk")

                @pytest.fixture(scope="session", autouse=True)
                def bread():
                    yield
                    shop.price("bread")
            """,
            "test_shop.py": "import shop\ndef test_tea():\n    assert shop.price('tea') == 3",
        }
    )
    shop.replay("-n2", "--mimic-fail-on-unused", in_process=True).passed(1)


@pytest.mark.parametrize("arguments", [["-k", "tea"], ["test_shop.py::test_tea"]], ids=" ".join)
def test_a_narrowed_run_proves_nothing_under_xdist(shop: Project, arguments: list[str]) -> None:
    run = shop.replay("-n2", "--mimic-clear-unused", *arguments, in_process=True).passed(1)
    check_doubt(shop, run, arguments[0])


def test_tests_that_did_not_pass_in_a_worker_leave_doubt(shop: Project) -> None:
    skipped, xfailed = TROUBLES["skipped"], TROUBLES["xfailed"]
    shop.write(
        {
            "test_failed.py": TROUBLES["failed"],
            "test_skipped.py": f"import pytest\n{skipped}",
            "test_xfailed.py": f"import pytest\n{xfailed}",
            "test_gone.py": TROUBLES["deselected"].replace("more", "gone"),
            "conftest.py": DESELECTING.replace("more", "gone"),
            "test_module.py": "import pytest\npytest.skip(allow_module_level=True)",
        }
    )
    run = shop.replay("-n2", "--mimic-clear-unused", in_process=True)
    check_doubt(
        shop,
        run,
        "1 test or collector failed",
        "2 tests or collectors skipped",
        "1 test or collector xfailed",
        "collected but not run to the end (first: test_gone.py::test_gone)",
        "the exit status is 1",
    )


@pytest.mark.parametrize(
    ("end", "reasons"),
    [
        ("import os\ndef test_it(): os._exit(3)", ["worker gw* died", "status is 1"]),
        ("def test_it(): raise KeyboardInterrupt", ["status is 2"]),
        ("import nowhere_to_be_found", ["failed (first: test_a.py)"]),
    ],
    ids=["crash", "interrupt", "collection error"],
)
def test_a_worker_that_ends_early_leaves_doubt(shop: Project, end: str, reasons: list[str]) -> None:
    shop.write({"test_a.py": end})
    run = shop.run("-n2", "--mimic-clear-unused", in_process=True)
    check_doubt(shop, run, *reasons)


def test_what_cannot_be_deleted_fails_the_run(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(system, "unlink", refuse)
    run = shop.run("--mimic-clear-unused", in_process=True)
    assert run.status == 1
    run.has(
        "mimic: 0 recordings deleted", "mimic: outside of any test: cannot write *.json*denied*"
    )
    assert str(shop.vault) in run.stdout


@pytest.mark.parametrize(
    ("damage", "told"), [("unreadable", "(cannot read * Is a directory"), ("damaged", "(damaged)")]
)
def test_unused_recordings_without_a_readable_card_are_listed_by_file(
    shop: Project, damage: str, told: str
) -> None:
    (card,) = (path for path in shop.vault.rglob("*.json") if "bread" in path.read_text())
    if damage == "unreadable":
        card.unlink()
        card.mkdir()
    else:
        card.write_text("{}")
    run = shop.run("--mimic-fail-on-unused", in_process=True)
    assert run.status == 1
    run.has("mimic: 1 recording unused:", f"*{card.name} {told}")


def test_an_unused_recording_that_vanishes_meanwhile_is_no_error(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Vault, "card_at", lambda self, place: None)
    run = shop.run("--mimic-clear-unused", in_process=True)
    run.has("mimic: 1 recording deleted:", "*.json (gone meanwhile)")
