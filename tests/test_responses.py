"""The responses of HTTP clients: recorded with the service up, replayed with it down."""

from __future__ import annotations

import gzip
import http.client
import io
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import Before, Returned, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Project


class Handler(BaseHTTPRequestHandler):
    """Answers with lines, sent in chunks or compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/lines")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"one\ntwo\nthree\n"
        self.send_response(404 if self.path == "/missing" else 200)
        if self.path == "/zipped":
            body = gzip.compress(body)
            self.send_header("Set-Cookie", "seen=1")
            self.send_header("Content-Encoding", "gzip")
        if self.path == "/chunks":
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body, b""))
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


TESTS = {
    "urllib": """
        import http.client, json, pytest, urllib.error, urllib.request

        def test_with():
            with urllib.request.urlopen(URL + "/lines") as response:
                assert isinstance(response, http.client.HTTPResponse)
                assert (response.status, response.reason) == (200, "OK")
                assert response.geturl() == URL + "/lines"
                assert response.headers["Content-Length"] == "14"
                assert response.readline() == b"one\\n"
                assert list(response) == [b"two\\n", b"three\\n"]
                assert response.read() == b""
            assert response.closed

        def test_chunks():
            response = urllib.request.urlopen(URL + "/chunks")
            assert response.read(3) == b"one"
            assert not response.isclosed()
            assert response.read() == b"\\ntwo\\nthree\\n"
            assert response.isclosed()

        def test_error():
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(URL + "/missing")
            assert caught.value.read().startswith(b"one")

        def test_data():
            with urllib.request.urlopen("data:text/plain,hello") as response:
                assert response.read() == b"hello"
                assert response.headers["content-type"] == "text/plain"
    """,
    "requests": """
        import pickle, pytest, requests, urllib3

        def test_get():
            response = requests.get(URL + "/zipped")
            assert response.text == "one\\ntwo\\nthree\\n"
            assert response.raw.status == 200
            assert response.raw.closed
            assert response.cookies["seen"] == "1"
            assert response.request.url == URL + "/zipped"
            assert pickle.loads(pickle.dumps(response)).text == response.text

        def test_history():
            assert [each.status_code for each in requests.get(URL + "/moved").history] == [302]

        def test_stream():
            with requests.get(URL + "/zipped", stream=True) as response:
                assert list(response.iter_lines()) == [b"one", b"two", b"three"]

        def test_raw():
            with requests.get(URL + "/chunks", stream=True) as response:
                assert response.raw.read(3) == b"one"
                assert response.raw.read() == b"\\ntwo\\nthree\\n"

        def test_errors():
            response = requests.get(URL + "/missing")
            with pytest.raises(requests.HTTPError) as caught:
                response.raise_for_status()
            assert caught.value.response is response
            with pytest.raises(requests.ConnectionError) as caught:
                requests.get("http://127.0.0.1:1")
            assert caught.value.request.method == "GET"
            assert isinstance(caught.value.args[0], urllib3.exceptions.MaxRetryError)

        def test_urllib3():
            response = urllib3.request("GET", URL + "/zipped")
            assert response.data == b"one\\ntwo\\nthree\\n"
            response = urllib3.request("GET", URL + "/lines", preload_content=False)
            assert response.read(3) == b"one"
            assert b"".join(response.stream(4)) == b"\\ntwo\\nthree\\n"

        def test_session():
            with requests.Session() as session:
                session.cookies["mine"] = "2"
                request = session.prepare_request(requests.Request("GET", URL + "/lines"))
                assert session.send(request).ok
    """,
    "httpx": """
        import asyncio, httpx, pytest

        def test_get():
            response = httpx.get(URL + "/zipped")
            assert response.text == "one\\ntwo\\nthree\\n"
            assert (response.http_version, response.reason_phrase) == ("HTTP/1.1", "OK")
            assert response.cookies["seen"] == "1"
            assert response.is_closed
            assert response.elapsed.total_seconds() > 0
            with pytest.raises(httpx.HTTPStatusError) as caught:
                httpx.get(URL + "/missing").raise_for_status()
            assert caught.value.response.status_code == 404

        def test_stream():
            with httpx.stream("GET", URL + "/zipped") as response:
                assert not response.is_closed
                assert list(response.iter_lines()) == ["one", "two", "three"]
            assert response.is_closed

        def test_unread():
            with httpx.Client() as client:
                request = client.build_request("GET", URL + "/zipped")
                response = client.send(request, stream=True)
                assert b"".join(response.iter_bytes()) == b"one\\ntwo\\nthree\\n"
                with pytest.raises(httpx.StreamConsumed):
                    list(response.iter_raw())

        def test_async():
            async def ask():
                async with httpx.AsyncClient() as client:
                    assert (await client.request("GET", URL + "/lines")).text[:3] == "one"
                    request = client.build_request("GET", URL + "/lines")
                    response = await client.send(request, stream=True)
                    assert (await response.aread())[:3] == b"one"
                    async with client.stream("GET", URL + "/zipped") as response:
                        assert [line async for line in response.aiter_lines()][2] == "three"
            asyncio.run(ask())

        def test_later():
            async def ask():
                async with httpx.AsyncClient() as client:
                    response = await later(client)
                    assert (await response.aread())[:3] == b"one"
            asyncio.run(ask())

        def later(client):
            return client.send(client.build_request("GET", URL + "/lines"), stream=True)
    """,
}
TARGETS = {
    "urllib": ["urllib.request:urlopen"],
    "requests": [
        "requests.api:get",
        "requests.sessions:Session.send ignore=self",
        "urllib3:request",
    ],
    "httpx": [
        "httpx:get",
        "httpx:stream",
        "httpx:Client.send ignore=self",
        "httpx:AsyncClient.request ignore=self",
        "httpx:AsyncClient.stream ignore=self",
        "httpx:AsyncClient.send ignore=self",
        "test_client:later ignore=client",
    ],
}


@pytest.mark.parametrize("client", TESTS)
def test_responses(project: Project, service: ThreadingHTTPServer, client: str) -> None:
    pytest.importorskip(client)
    project.configure(*TARGETS[client])
    url = f"http://127.0.0.1:{service.server_port}"
    project.write({"test_client.py": TESTS[client].replace("URL", repr(url))})
    count = TESTS[client].count("def test_")
    project.record().passed(count)
    service.shutdown()
    service.server_close()
    project.replay().passed(count)


@pytest.fixture
def back() -> Callable[[Any], Any]:
    """A function that records a value and returns the one that is replayed."""

    def back(value: Any) -> Any:
        before = Before([], (), frozenset(), Fingerprinter().digest)
        outcome = decode(bytes(encode(Returned(value), before)), ()).outcome
        assert isinstance(outcome, Returned)
        return outcome.value

    return back


class Socket:
    """It has been sent a response."""

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")


def test_a_response_that_was_closed(back: Callable[[Any], Any]) -> None:
    sent: Any = Socket()
    response = http.client.HTTPResponse(sent)
    response.begin()
    response.close()
    replayed = back(response)
    assert replayed.closed
    assert replayed.read() == b""
    data = urllib.request.urlopen("data:,abc")  # noqa: S310  # a fixed text
    data.close()
    assert back(data).closed


def test_a_body_that_was_decoded_in_part(back: Callable[[Any], Any]) -> None:
    urllib3 = pytest.importorskip("urllib3")
    body = io.BytesIO(gzip.compress(b"abcdef"))
    headers = {"content-encoding": "gzip"}
    response = urllib3.HTTPResponse(body=body, headers=headers, preload_content=False)
    assert response.read(2, decode_content=True) == b"ab"
    replayed = back(response)
    assert response.read() == replayed.read() == b"cdef"


def test_a_response_with_a_raw_one_of_another_kind(back: Callable[[Any], Any]) -> None:
    requests = pytest.importorskip("requests")
    response = requests.Response()
    response.raw = io.BytesIO(b"abc")
    replayed = back(response)
    assert response.content == replayed.content == b"abc"
    assert replayed.raw is None


def test_a_body_that_only_awaiting_reads(back: Callable[[Any], Any]) -> None:
    """Inside of an outcome it is as httpx has it in pickles."""
    httpx = pytest.importorskip("httpx")
    body = httpx.AsyncByteStream()
    replayed = back([httpx.Response(200, stream=body)])[0]
    assert replayed.status_code == 200
    assert replayed.is_closed


def test_a_body_of_aws(back: Callable[[Any], Any]) -> None:
    """With the class that checks what is read, and what its clients give to read from."""
    botocore = pytest.importorskip("botocore.httpchecksum")
    checksum = botocore.Crc32Checksum()
    checksum.update(b"abc")
    body = botocore.StreamingChecksumBody(
        io.BytesIO(b"abc"), "3", botocore.Crc32Checksum(), checksum.b64digest()
    )
    assert body.read(1) == b"a"
    replayed = back({"Body": body})["Body"]
    assert replayed.read(1) == b"b"
    assert body.read() == b"bc"
    assert replayed.read() == b"c"


STREAM = """
    import httpx

    class Stream:  # as the clients of models have it
        def __init__(self, response):
            self.response = response
            self._lines = response.iter_lines()

        def __iter__(self):
            return self

        def __next__(self):
            return next(self._lines)

    def ask():
        request = httpx.Request("GET", "http://no.such", headers={"authorization": "s3cret"})
        return Stream(httpx.Response(200, stream=Body(), request=request))

    class Body(httpx.SyncByteStream):
        def __iter__(self):
            yield from [b"one\\n", b"two\\n"]
"""


def test_a_stream_tells_of_its_response(project: Project) -> None:
    """Its status and headers, but not the request that has the key."""
    pytest.importorskip("httpx")
    project.configure("chat:ask")
    project.write(
        {
            "chat.py": STREAM,
            "test_chat.py": """
                import chat

                def test():
                    stream = chat.ask()
                    assert stream.response.status_code == 200
                    assert list(stream) == ["one", "two"]
            """,
        }
    )
    project.record(in_process=True).passed(1)
    project.replay(in_process=True).passed(1)
    assert all(b"s3cret" not in file.read_bytes() for file in project.vault.rglob("*.*"))
