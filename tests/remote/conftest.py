"""Shared vaults: in memory, in a folder that fsspec opens, and on a server that speaks S3."""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_mimic._vault import AnyVault, open_vault


class S3:
    """A server that speaks S3, and what it was asked.

    Args:
        application: Answers the requests.
    """

    def __init__(self, application: Callable[..., Any]) -> None:
        self.requests: list[str] = []
        self.refused: frozenset[str] = frozenset()
        self._application = application

    def __call__(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Any:
        method = environ["REQUEST_METHOD"]
        self.requests.append(f"{method} {environ['PATH_INFO']}")
        if method in self.refused:
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
        return self._application(environ, start)

    def asked(self) -> list[str]:
        """What was asked since the last time, without the name of the bucket."""
        asked, self.requests[:] = list(self.requests), []
        return [re.sub(r" /[^/]*/?", " ", line) for line in asked]


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[S3, str]]:
    """The server, and its address."""
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.moto_server.werkzeug_app")
    serving = pytest.importorskip("werkzeug.serving")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    s3 = S3(moto.DomainDispatcherApplication(moto.create_backend_app))
    listening = serving.make_server("127.0.0.1", 0, s3, threaded=True)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield s3, f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def s3(server: tuple[S3, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """The server, which this process and its children find by the environment."""
    s3, address = server
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "who")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ever")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # Whatever the user's own settings are.
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    yield s3
    s3.refused = frozenset()
    s3.requests.clear()


@pytest.fixture
def bucket(s3: S3, filesystem: Callable[[str], Any]) -> str:
    """The URL of a new bucket."""
    name = f"bucket-{uuid.uuid4().hex}"
    filesystem("s3").mkdir(name)
    s3.requests.clear()
    return f"s3://{name}"


@pytest.fixture(scope="session")
def filesystem() -> Callable[[str], Any]:
    """What fsspec knows a store by, for looking into it behind the vault's back."""
    fsspec: Any = pytest.importorskip("fsspec")
    made: dict[str, Any] = {}

    def get(protocol: str) -> Any:
        if protocol not in made:
            made[protocol] = fsspec.filesystem(
                protocol, use_listings_cache=False, skip_instance_cache=True
            )
        return made[protocol]

    return get


@pytest.fixture(params=["memory", "local", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a vault that does not exist yet."""
    if request.param == "memory":
        return f"memory://{uuid.uuid4().hex}/vault"
    if request.param == "local":
        return f"local://{tmp_path.as_posix()}/vault"
    return f"{request.getfixturevalue('bucket')}/teams/vault"


@pytest.fixture
def vault(url: str) -> AnyVault:
    return open_vault(url)


@pytest.fixture
def inside(url: str, filesystem: Callable[[str], Any]) -> Inside:
    """The vault's objects, behind its back."""
    return Inside(url, filesystem(url.partition(":")[0]))


class Inside:
    """The objects of a vault, by their path in it.

    Args:
        url: The vault's URL.
        files: What fsspec knows the store by.
    """

    def __init__(self, url: str, files: Any) -> None:
        self.url = url
        self.files = files

    def names(self) -> list[str]:
        """All but the README, sorted."""
        root = self.files._strip_protocol(self.url)
        found = (name[len(root) + 1 :] for name in self.files.find(root))
        return sorted(name for name in found if name != "README.md")

    def read(self, name: str) -> bytes:
        return bytes(self.files.cat_file(f"{self.url}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        self.files.pipe_file(f"{self.url}/{name}", data)

    def remove(self, name: str) -> None:
        self.files.rm_file(f"{self.url}/{name}")
