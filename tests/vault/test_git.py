"""The vault in a real git repository, with real git LFS."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from pytest_mimic._vault import Vault, Written
from pytest_mimic.errors import CorruptRecordingError

KEY = "a" * 32
TARGET = "my_module:fetch"

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
needs_lfs = pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Run git in a folder, with settings of its own."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def run(folder, *args, **environment):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *args]
        return subprocess.run(
            command, cwd=folder, check=True, capture_output=True, env=os.environ | environment
        )

    return run


@pytest.fixture
def repository(git, tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


@needs_git
@needs_lfs
def test_git_lfs_pointer_says_what_to_run_and_that_helps(git, repository, tmp_path, make_card):
    git(repository, "lfs", "install", "--local")
    git(repository, "lfs", "track", "vault/**/*.pkl")
    vault = Vault(repository / "vault")
    vault.write(make_card(), [b"payload" * 1000])
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "record")
    clone = tmp_path / "clone"
    url = repository.as_uri()
    git(tmp_path, "clone", "-q", url, str(clone), GIT_LFS_SKIP_SMUDGE="1")

    with pytest.raises(CorruptRecordingError, match="git lfs pull") as caught:
        Vault(clone / "vault").read(TARGET, KEY)
    assert f"{KEY}.pkl" in str(caught.value)

    git(clone, "lfs", "install", "--local")
    git(clone, "lfs", "pull")
    recording = Vault(clone / "vault").read(TARGET, KEY)
    assert recording is not None
    assert recording.payload == b"payload" * 1000


@needs_git
def test_recordings_survive_a_clone_that_changes_line_ends(git, repository, tmp_path, make_card):
    # With NUL bytes, as every pickle has them, git knows that a payload is no text.
    payload = b"\x80\x05\x95\x00\x00\n\r\n"
    Vault(repository / "vault").write(make_card(), [payload])
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "record")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", str(repository), str(clone))
    card = clone / "vault" / "my_module" / "fetch" / f"{KEY}.json"
    assert b"\r\n" in card.read_bytes()
    vault = Vault(clone / "vault")
    recording = vault.read(TARGET, KEY)
    assert recording is not None
    assert recording.payload == payload
    assert vault.write(make_card(), [payload], replace=True) is Written.UNCHANGED


@needs_git
def test_a_merge_conflict_is_recognised(git, repository, make_card):
    vault = Vault(repository / "vault")
    vault.write(make_card(), [b"one\0"])
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "record")
    git(repository, "checkout", "-qb", "other")
    vault.write(make_card(test="theirs"), [b"two\0"], replace=True)
    git(repository, "commit", "-qam", "theirs")
    git(repository, "checkout", "-q", "main")
    vault.write(make_card(test="ours"), [b"three\0"], replace=True)
    git(repository, "commit", "-qam", "ours")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "other")
    with pytest.raises(CorruptRecordingError, match="conflict markers"):
        vault.read(TARGET, KEY)
    assert vault.write(make_card(), [b"four\0"], replace=True) is Written.REPLACED
    recording = vault.read(TARGET, KEY)
    assert recording is not None
    assert recording.payload == b"four\0"
