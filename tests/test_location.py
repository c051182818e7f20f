"""What names a folder, what names a store, and what is not taken for either."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from pytest_mimic._location import locate, redacted
from pytest_mimic.errors import MimicUsageError


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (".mimic_vault", "/root/.mimic_vault"),
        ("tests/recordings", "/root/tests/recordings"),
        ("../shared", "/root/../shared"),
        ("/mnt/vault", "/mnt/vault"),
        ("s3/bucket", "/root/s3/bucket"),
        ("a:b", "/root/a:b"),
        ("C:/vault", "/root/C:/vault"),
        ("C:\\vault", "/root/C:\\vault"),
        ("c://vault", "/root/c://vault"),
        ("file:///mnt/vault", "/mnt/vault"),
        ("FILE://recordings", "/root/recordings"),
        ("file:///C:/vault", "/root/C:/vault"),
        ("file://~/vault", "/home/me/vault"),
        ("~/vault", "/home/me/vault"),
        ("~", "/home/me"),
        ("a/~", "/root/a/~"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="what is absolute differs there")
def test_a_folder(text: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert locate(text, Path("/root")) == Path(folder)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/teams/vault/", "s3://bucket/teams/vault"),
        ("gs://bucket/vault", "gs://bucket/vault"),
        ("memory://vault", "memory://vault"),
        ("abfs://container@account.dfs.core.windows.net/vault",) * 2,
        ("sftp://me@host:22/vault", "sftp://me@host:22/vault"),
        ("simplecache::s3://bucket/vault", "simplecache::s3://bucket/vault"),
        ("simplecache::file:///mnt/vault", "simplecache::file:///mnt/vault"),
    ],
)
def test_a_url(text: str, url: str) -> None:
    assert locate(text, Path("/root")) == url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("s3://key:hush@bucket/vault", "the vault s3://***@bucket/vault is named with credentials"),
        ("s3://key:h/us/h@bucket/vault", "the vault s3://***@bucket/vault is named with"),
        ("s3://key:h@hush@bucket", "the vault s3://***@bucket is named with"),
        ("filecache::sftp://me:hush@host/vault", "the vault filecache::sftp://***@host/vault is"),
        ("https://host/vault?token=hush", "the vault https://host/vault is named with a query"),
        ("s3://", "the vault s3:// has no place"),
        ("memory:///", "the vault memory:/// has no place: name one, such as 'memory://bucket"),
    ],
)
def test_what_is_refused_shows_no_secret(text: str, says: str) -> None:
    with pytest.raises(MimicUsageError, match=re.escape(says)) as caught:
        locate(text, Path("/root"))
    assert "hush" not in str(caught.value)


def test_a_home_that_is_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MimicUsageError, match="the vault ~nobody-of-this-name/vault is nowhere"):
        locate("~nobody-of-this-name/vault", Path("/root"))


def test_what_stands_before_the_host_is_not_shown() -> None:
    told = 'Could not connect to "http://key:hush@host/vault" for me@host'
    assert redacted(told) == 'Could not connect to "http://***@host/vault" for me@host'
