"""``git-setup`` and ``textconv`` in real repositories, with real git LFS where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project

    Command = Callable[..., Any]
    Git = Callable[..., str]

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
needs_lfs = pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")

LINE = "/.mimic_vault/**/*.pkl diff=pytest-mimic -text"
LFS_LINE = "/.mimic_vault/**/*.pkl diff=pytest-mimic filter=lfs merge=lfs -text"
DRIVER = "diff.pytest-mimic.textconv"


@pytest.fixture
def git(
    shop: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Git:
    """Runs git in the project, a repository with settings of its own; gives what it printed."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    def run(*arguments: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments]
        done = subprocess.run(command, cwd=shop.path, check=True, capture_output=True, text=True)
        return done.stdout

    run("init", "-q", "-b", "main")
    return run


def attributes(project: Project) -> list[str]:
    return (project.path / ".gitattributes").read_text().splitlines()


def rerecord(project: Project, price: str) -> None:
    source = (project.path / "shop.py").read_text()
    (project.path / "shop.py").write_text(source.replace("len(item)", price))
    project.write({"test_shop.py": "import shop\ndef test_tea():\n    shop.price('tea')"})
    project.run("--mimic-rerecord").passed(1)


def test_git_shows_what_payloads_hold(shop: Project, command: Command, git: Git) -> None:
    shop.write({".gitattributes": "*.png binary\n"})
    done = command("git-setup")
    assert done.status == 0
    assert f"added the line: {LINE}" in done.out
    assert f"git config {DRIVER} = " in done.out
    assert "Commit .gitattributes." in done.out
    assert "run 'git lfs install' and this command again" in done.out
    assert attributes(shop) == ["*.png binary", LINE]
    git("add", ".")
    git("commit", "-qm", "one")
    rerecord(shop, "{'length': len(item)}")
    changed = git("diff", "--", "*.pkl")
    assert "-returned 3\n" in changed
    assert "+returned {'length': 3}\n" in changed
    git("commit", "-qam", "two")
    assert "+returned {'length': 3}\n" in git("log", "-p", "--", "*.pkl")
    # A file of the project's in the way of a module of Python's is not imported.
    shop.write({"argparse.py": "raise AssertionError('imported')"})
    assert "+returned {'length': 3}\n" in git("log", "-p", "--", "*.pkl")


def test_it_may_be_run_again(shop: Project, command: Command, git: Git) -> None:
    command("git-setup", "--lfs")
    assert attributes(shop) == [LFS_LINE]
    shop.write({".gitattributes": f"{LFS_LINE}\n*.pkl -diff\n"})
    before = git("config", DRIVER)
    done = command("git-setup")
    assert f"has the line already: {LFS_LINE}" in done.out
    assert "git knows already how to show payloads" in done.out
    assert "git LFS, which is not set up here" in done.out
    assert attributes(shop) == [LFS_LINE, "*.pkl -diff"]
    assert git("config", DRIVER) == before
    done = command("git-setup", "--no-lfs")
    assert f"replaced the line: {LINE}" in done.out
    assert attributes(shop) == [LINE, "*.pkl -diff"]


def test_what_is_in_the_way_is_told(shop: Project, command: Command, git: Git) -> None:
    (shop.path / ".gitignore").write_text("__pycache__\n*.pkl\n")
    advice = "git ignores payloads, by .gitignore:2:*.pkl: add the line '!/.mimic_vault/**/*.pkl'"
    assert advice in command("git-setup").out
    (shop.path / ".gitignore").write_text("*.pkl\n!/.mimic_vault/**/*.pkl\n")
    assert "git ignores" not in command("git-setup").out
    git("add", ".")
    assert "git add --renormalize ." in command("git-setup", "--lfs").out
    (shop.path / ".git/config.lock").write_text("")
    git_config = (shop.path / ".git/config").read_text()
    (shop.path / ".git/config").write_text(git_config.replace("textconv =", "textconv = other"))
    done = command("git-setup")
    assert done.status == 2
    assert f"git cannot set {DRIVER}" in done.err


def test_a_place_that_git_would_read_as_a_pattern(
    shop: Project, command: Command, git: Git
) -> None:
    place = 'the "vault" [1]/*'
    shop.vault.rename(shop.path / "vault")
    (shop.path / place).parent.mkdir()
    (shop.path / "vault").rename(shop.path / place)
    command("git-setup", "--vault", place)
    git("add", ".")
    paths = git("ls-files", "-z", "--", "*.pkl").split("\0")[:-1]
    assert len(paths) == 3
    for path in paths:
        assert git("check-attr", "-z", "diff", "--", path).endswith("diff\0pytest-mimic\0")
    assert "git add --renormalize ." in command("git-setup", "--vault", place, "--lfs").out


def test_outside_of_a_repository_there_is_nothing_to_set_up(
    shop: Project, command: Command, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(shop.path / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.path.parent))
    done = command("git-setup")
    assert done.status == 2
    assert "is in no git repository" in done.err
    monkeypatch.setenv("PATH", "")
    done = command("git-setup")
    assert done.status == 2
    assert "git is not installed" in done.err


def test_attributes_that_cannot_be_written(shop: Project, command: Command, git: Git) -> None:
    (shop.path / ".gitattributes").mkdir()
    done = command("git-setup")
    assert done.status == 2
    assert f"cannot write {shop.path / '.gitattributes'}" in done.err


def test_textconv_says_what_an_lfs_pointer_says(command: Command, tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (tmp_path / "file").write_text(pointer)
    assert command("textconv", str(tmp_path / "file")) == (0, pointer, "")
    done = command("textconv", str(tmp_path / "nowhere"))
    assert done.status == 2
    assert str(tmp_path / "nowhere") in done.err


@needs_lfs
def test_git_lfs_keeps_payloads_and_git_shows_them(
    shop: Project, command: Command, git: Git, tmp_path_factory: pytest.TempPathFactory
) -> None:
    git("lfs", "install", "--local")
    done = command("git-setup")
    assert attributes(shop) == [LFS_LINE]
    assert "LFS" not in done.out.replace("filter=lfs", "")
    git("add", ".")
    git("commit", "-qm", "one")
    assert len(git("lfs", "ls-files").splitlines()) == 3
    assert "renormalize" not in command("git-setup").out
    rerecord(shop, "[len(item)]")
    changed = git("diff", "--", "*.pkl")
    assert "-returned 3\n" in changed
    assert "+returned [3]\n" in changed
    git("commit", "-qam", "two")
    # Where the payloads are not fetched, they are not here; that is not damage.
    git("config", "filter.lfs.smudge", "cat")
    git("config", "--unset", "filter.lfs.process")
    for payload in shop.recordings():
        payload.unlink()
    git("checkout", ".")
    done = command("check")
    assert done.status == 1
    assert done.out.count("run git lfs pull") == 3
    assert command("prune", "--damaged", "--delete").lines == ["deleted 0 recordings, 0 B"]


def test_a_vault_at_a_url_is_not_kept_in_git(command: Command) -> None:
    done = command("--vault", "s3://recordings/shop", "git-setup")
    assert done.status == 2
    assert "the vault s3://recordings/shop is no folder, so it is not kept in git" in done.err
