"""A project as a user writes it: recorded with the service up, replayed with it down."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Project, Run

TESTS = 34  # what the project collects: an alias each, and the other tests of it


class Shop(ThreadingHTTPServer):
    """A service on this machine that keeps a list of what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), ShopHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class ShopHandler(BaseHTTPRequestHandler):
    """Repeats what it is asked, and knows nothing of what is missing."""

    server: Shop

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()
        self.wfile.write(f"you asked for {self.path}".encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def webshop(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project, with its service up."""
    project.copy("webshop")
    monkeypatch.setenv("SHOP_URL", shop.url)
    return project


@pytest.fixture
def recorded(webshop: Project, shop: Shop) -> Run:
    """What the recording run did; the service is down afterwards."""
    run = webshop.record()
    shop.shutdown()
    shop.server_close()
    return run


def test_recording_asks_each_thing_once(recorded: Run, shop: Shop) -> None:
    recorded.passed(TESTS)
    assert len(shop.asked) == len(set(shop.asked))
    assert recorded.live.count("fit") == 2
    assert recorded.live.count("predict") == 1


def test_replay_needs_no_service(webshop: Project, recorded: Run) -> None:
    count = len(webshop.recordings())
    run = webshop.replay().passed(TESTS)
    assert run.live == []
    assert len(webshop.recordings()) == count
    assert "recorded" not in run.mimic_lines[-1]
    assert "missed" not in run.mimic_lines[-1]


def test_replay_needs_no_service_in_any_order(webshop: Project, recorded: Run) -> None:
    """A recording belongs to a call, not to the test that made it."""
    webshop.replay("test_ml.py", "test_api.py::test_error", "test_api.py::test_coroutine").passed(4)


def test_replay_under_xdist(webshop: Project, recorded: Run) -> None:
    webshop.replay("-n", "2").passed(TESTS)


def test_live_does_without_the_vault(webshop: Project, recorded: Run) -> None:
    before = {path: path.read_bytes() for path in webshop.vault.rglob("*") if path.is_file()}
    run = webshop.run("--mimic-live", "test_ml.py").passed(2)
    assert run.live == ["fit", "predict", "fit", "fit"]
    after = {path: path.read_bytes() for path in webshop.vault.rglob("*") if path.is_file()}
    assert after == before


def test_without_recordings_everything_misses(webshop: Project, shop: Shop) -> None:
    run = webshop.replay()
    assert run.status == 1
    assert run.outcomes == {"failed": TESTS - 1, "errors": 1}
    assert shop.asked == []


def test_the_plugin_can_be_left_out(webshop: Project, shop: Shop) -> None:
    run = webshop.run("-p", "no:mimic", "-W", "ignore::pytest.PytestConfigWarning")
    run.passed(TESTS)
    assert not webshop.vault.exists()


def test_workers_of_joblib(project: Project) -> None:
    pytest.importorskip("joblib")
    project.write(
        {
            "work.py": """
                from only_live import only_live
                def square(x):
                    only_live("square")
                    return [x * x]
            """,
            "test_work.py": """
                from joblib import Parallel, delayed
                from work import square
                def test_parallel():
                    assert Parallel(n_jobs=2)(delayed(square)(x) for x in (2, 3)) == [[4], [9]]
            """,
        }
    )
    project.configure("work:square")
    recorded = project.record().passed(1)
    assert recorded.live == ["square", "square"]
    assert project.replay("--mimic-fail-on-unused").passed(1).live == []
