"""A team's project whose vault is on a server."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._command_line import main
from pytest_mimic._vault import open_vault
from pytest_mimic.errors import VaultError

if TYPE_CHECKING:
    from tests.conftest import Project

MODULE = {
    "m.py": """
        from only_live import only_live

        def f(x):
            only_live("f")
            return [x]
    """,
    "test_m.py": """
        import m

        def test_one():
            assert m.f(1) == m.f(1) == [1]

        def test_two():
            assert m.f(2) == m.f(2) == [2]
    """,
}


@pytest.fixture
def team(project: Project, bucket: str) -> Project:
    """A project whose vault is in a bucket."""
    project.write(MODULE)
    project.configure("m:f", mimic_vault_path=f"{bucket}/vault")
    return project


def test_recorded_here_and_replayed_there(team: Project, bucket: str) -> None:
    run = team.record("-n2").passed(2)
    assert run.mimic_lines[0] == f"mimic: record, vault {bucket}/vault, 1 target"
    assert sorted(run.live) == ["f", "f"]
    assert not team.vault.exists()
    run = team.replay().passed(2)
    assert run.mimic_lines[0] == f"mimic: replay, vault {bucket}/vault, 1 target"
    assert run.mimic_lines[1].startswith("mimic: 4 replayed")


def test_child_processes_take_part(project: Project, bucket: str) -> None:
    project.write(
        {
            **MODULE,
            "test_m.py": """
                import multiprocessing
                import m
                import pytest

                def work(x):
                    assert m.f(x) == [x]

                @pytest.mark.parametrize("method", ["fork", "spawn"])
                def test_child(method):
                    assert m.f(0) == [0]
                    child = multiprocessing.get_context(method).Process(target=work, args=(method,))
                    child.start()
                    child.join()
                    assert child.exitcode == 0
            """,
        }
    )
    # Which other threads there are at a fork is the business of whoever forks.
    ignored = "-Wignore:This process:DeprecationWarning"
    project.configure("m:f", mimic_vault_path=f"{bucket}/vault")
    assert project.record(ignored).passed(2).live == ["f", "f", "f"]
    assert project.replay(ignored).passed(2).mimic_lines[1].startswith("mimic: 4 replayed")


def test_a_replay_asks_for_card_and_payload_once(team: Project, s3: Any) -> None:
    team.record(in_process=True).passed(2)
    s3.asked()
    team.replay("-k", "one", in_process=True)
    card, payload = s3.asked()
    assert card.startswith("GET vault/m/f/")
    assert card.endswith(".json")
    assert payload.startswith(card.removesuffix(".json"))


def test_every_mode_and_every_outcome(team: Project, s3: Any) -> None:
    team.write(
        {
            "m.py": """
                def f(x):
                    if x < 0:
                        raise ValueError(x)
                    return [x]

                def stream(x):
                    yield from range(x)
            """,
            "test_m.py": """
                import m
                import pytest

                def test_it():
                    assert m.f(1) == [1]
                    assert list(m.stream(3)) == [0, 1, 2]
                    with pytest.raises(ValueError):
                        m.f(-1)
            """,
        }
    )
    options = team.path / "pytest.ini"
    options.write_text(options.read_text() + "    m:stream\n")
    report = team.record("--mimic-report", in_process=True).passed(1)
    report.has("mimic: 3 recorded*", "*m:f * kB", "*m:stream * B")
    s3.asked()
    team.replay(in_process=True).passed(1)
    team.run("--mimic-verify", in_process=True).passed(1)
    team.run("--mimic-rerecord", in_process=True).passed(1)
    team.run("--mimic-live", in_process=True).passed(1)
    assert not [line for line in s3.asked() if not line.startswith("GET")]


def test_what_the_vault_itself_calls_is_not_intercepted(team: Project, bucket: str) -> None:
    # s3fs stands on it, in a thread of its own.
    request = "aiohttp.client:ClientSession.request"
    team.configure("m:f", request, mimic_vault_path=f"{bucket}/vault")
    counts, *others = team.record("-k", "one").mimic_lines[1:]
    assert counts.startswith("mimic: 1 replayed, 1 recorded")
    assert not others, "it was not imported"
    assert team.replay("-k", "one").mimic_lines[1].startswith("mimic: 2 replayed")


def test_what_tests_do_to_their_own_cloud_is_not_done_to_the_vault(team: Project) -> None:
    team.write(
        {
            "test_m.py": """
                import m

                def test_it(monkeypatch):
                    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
                    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
                    assert m.f(1) == [1]
            """,
        }
    )
    team.record(in_process=True).passed(1)
    team.replay(in_process=True).passed(1)


def test_replay_needs_no_right_to_write(team: Project, bucket: str, s3: Any) -> None:
    team.record("-k", "one", in_process=True)
    s3.refused = frozenset({"PUT", "POST", "DELETE"})
    assert team.replay("-k", "one", in_process=True).status == 0
    run = team.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has(f"*VaultError: cannot write {bucket}/vault/m/f/*: Access Denied*")


def test_a_network_that_fails_is_no_miss(
    team: Project, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.record(in_process=True).passed(2)
    monkeypatch.setattr("s3fs.S3FileSystem.retries", 1)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        run = team.replay("-k", "one", in_process=True)
    assert run.outcomes == {"failed": 1, "deselected": 1}
    run.has(f"*VaultError: cannot read {bucket}/vault/m/f/*.json: EndpointConnectionError*")
    run.result.stdout.no_fnmatch_line("*missed*")


@pytest.mark.parametrize("below", ["", "/vault"])
def test_a_bucket_that_is_not_there_is_no_miss(
    project: Project, s3: Any, filesystem: Any, below: str
) -> None:
    project.write(MODULE)
    project.configure("m:f", mimic_vault_path=f"s3://there-is-no-bucket{below}")
    for run in (project.replay, project.record):
        says = f"cannot read s3://there-is-no-bucket{below}/m/f/*: The specified bucket does not"
        run("-k", "one", in_process=True).has(f"*VaultError: {says} exist*")
    vault: Any = open_vault(f"s3://there-is-no-bucket{below}")
    with pytest.raises(VaultError, match="The specified bucket does not exist"):
        list(vault.places())
    with pytest.raises(VaultError, match="The specified bucket does not exist"):
        vault._store.put(f"{vault.url}/m/f/card", b"")
    assert not filesystem("s3").exists("there-is-no-bucket")


def test_a_miss_finds_the_nearest_among_the_teams(team: Project) -> None:
    team.record(in_process=True).passed(2)
    team.write({"test_m.py": "import m\ndef test_it():\n    m.f(3)"})
    run = team.replay(in_process=True)
    run.has("*no recording of m:f(x=3)*", "*x: recorded *, called with 3*")


def test_unused_recordings(team: Project, bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    team.record(in_process=True).passed(2)
    team.write({"test_m.py": "import m\ndef test_it():\n    assert m.f(1) == [1]"})
    run = team.replay("--mimic-fail-on-unused", in_process=True)
    assert run.status == 1
    run.has("mimic: 1 recording unused:", "*m:f(x=2) (recorded by test_m.py::test_two)")
    run = team.replay("--mimic-clear-unused", in_process=True).passed(1)
    run.has("mimic: 1 recording deleted:", "*m:f(x=2) (recorded by test_m.py::test_two)")
    team.replay("--mimic-fail-on-unused", in_process=True).passed(1)
    capsys.readouterr()
    assert main(["--vault", f"{bucket}/vault", "check"]) == 0
    assert capsys.readouterr().out.startswith("1 recording, 0 damaged")


def test_the_command_line(
    team: Project, bucket: str, capsys: pytest.CaptureFixture[str], filesystem: Any
) -> None:
    assert main(["--vault", f"{bucket}/vault", "list"]) == 2
    assert f"there is no vault at {bucket}/vault" in capsys.readouterr().err
    team.record(in_process=True).passed(2)
    capsys.readouterr()
    assert main(["--vault", f"{bucket}/vault", "list"]) == 0
    assert "m:f(x=1)  (test_m.py::test_one)" in capsys.readouterr().out
    for name in filesystem("s3").glob(f"{bucket}/vault/m/f/*.pkl"):
        filesystem("s3").pipe_file(name, b"damaged")
    assert main(["--vault", f"{bucket}/vault", "check"]) == 1
    assert f"damaged recording {bucket}/vault/m/f/" in capsys.readouterr().out
    assert main(["--vault", "s3://key:hush@bucket", "list"]) == 2
    assert "hush" not in capsys.readouterr().err


def test_in_memory_for_as_long_as_the_process_lives(project: Project) -> None:
    pytest.importorskip("fsspec")
    project.write(MODULE)
    project.configure("m:f", mimic_vault_path=f"memory://{project.path.name}/vault")
    project.record(in_process=True).passed(2)
    project.replay(in_process=True).passed(2)


def test_a_url_of_a_folder_is_that_folder(project: Project) -> None:
    project.write(MODULE)
    project.configure("m:f", mimic_vault_path=f"file://{project.vault}")
    run = project.record("-k", "one", in_process=True)
    assert run.mimic_lines[0] == f"mimic: record, vault file://{project.vault}, 1 target"
    assert len(project.recordings()) == 1


@pytest.mark.parametrize(
    ("url", "missing", "says"),
    [
        ("s3://bucket/vault", "fsspec", "vault needs fsspec: pip install 'pytest-mimic[[]remote]'"),
        ("s3://bucket/vault", "s3fs", "cannot open the vault s3://bucket/vault: *Install s3fs"),
        ("s4://bucket/vault", "", "cannot open the vault s4://bucket/vault: *Protocol not known"),
        ("s3://key:hush@bucket", "", "the vault s3://[*][*][*]@bucket is named with credentials"),
    ],
)
def test_what_a_url_lacks_is_a_usage_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, url: str, missing: str, says: str
) -> None:
    if missing != "fsspec":
        registry = pytest.importorskip("fsspec.registry")
        monkeypatch.delitem(registry._registry, "s3", raising=False)
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    project.write(MODULE)
    project.configure("m:f", mimic_vault_path=url)
    run = project.run(in_process=True)
    assert run.status == 4
    run.result.stderr.fnmatch_lines([f"*{says}*"])
    assert "hush" not in run.stderr + run.stdout


def test_who_keeps_a_vault_at_home_imports_nothing_for_others(project: Project) -> None:
    project.write(
        {
            **MODULE,
            "conftest.py": """
                import sys

                def pytest_unconfigure():
                    assert "pytest_mimic._vault" in sys.modules
                    others = {"fsspec", "s3fs", "boto3", "pytest_mimic._vault._remote"}
                    print("imported:", *others & set(sys.modules))
            """,
        }
    )
    project.configure("m:f")
    run = project.record("-s")
    assert run.stdout.rstrip().endswith("imported:")
    listing = [sys.executable, "-X", "importtime", "-m", "pytest_mimic", "list"]
    done = subprocess.run(listing, capture_output=True, text=True, cwd=project.path, check=True)
    assert "m:f(x=1)" in done.stdout
    assert "pytest_mimic._vault" in done.stderr
    assert "fsspec" not in done.stderr
