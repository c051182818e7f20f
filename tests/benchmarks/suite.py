"""A small suite as users write it, run through pytest with each contestant in its place."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import venv
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMER = "pytest-mimic 0.2.0"

# What the calls take and give; each function is one that a team would rather not run in CI.
WORK = """
    import random, urllib.request

    def small(a, b, k=1.0):
        return [a, b, k]

    def takes(value):
        return True

    def records():
        def record(n):
            return {"id": n, "score": n / 7, "tags": ["a", str(n)]}
        return {f"record {n}": record(n) for n in range(20_000)}

    def array():
        import numpy as np
        return np.arange(12_500_000, dtype=float)

    def fetch(url):
        with urllib.request.urlopen(url) as response:
            return response.read()
"""

SUITE = """
    import json, random, statistics, time
    import pytest, work

    def tree(depth, chance):
        if not depth:
            return chance.choice([1, 2.5, "text", None, True])
        if depth % 2:
            return [tree(depth - 1, chance) for _ in range(6)]
        names = ("id", "name", "tags", "score", "owner", "extra")
        return {name: tree(depth - 1, chance) for name in names}

    def array_of_100_MB():
        np = pytest.importorskip("numpy")
        return np.arange(12_500_000, dtype=float)

    def frame():
        np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
        rows = 100_000
        columns = {f"n{n}": np.arange(rows) * n for n in range(5)}
        columns |= {f"f{n}": np.arange(rows) / 3 for n in range(4)}
        return pd.DataFrame({**columns, "word": [f"row {n}" for n in range(rows)]})

    CASES = {
        "f(1, 'abc', k=2.5)": ("small", lambda url: (1, "abc"), {"k": 2.5}),
        "argument: dict of 50": ("takes", lambda url: ({f"key{n}": n for n in range(50)},), {}),
        "argument: 100k ints": ("takes", lambda url: (list(range(100_000)),), {}),
        "argument: tree of 9k nodes": ("takes", lambda url: (tree(5, random.Random(0)),), {}),
        "argument: array of 100 MB": ("takes", lambda url: (array_of_100_MB(),), {}),
        "argument: frame 100k x 10": ("takes", lambda url: (frame(),), {}),
        "result: 20k records": ("records", lambda url: (), {}),
        "result: array of 100 MB": ("array", lambda url: (), {}),
        "an HTTP call": ("fetch", lambda url: (url,), {}),
    }

    @pytest.mark.parametrize("case", CASES)
    def test_case(case, wrap, given):
        name, arguments, keywords = CASES[case]
        if name == "array":
            pytest.importorskip("numpy")
        function = wrap(getattr(work, name))
        arguments = arguments(given.getoption("url"))
        function(*arguments, **keywords)
        taken = []
        end = time.perf_counter() + given.getoption("seconds")
        while len(taken) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            result = function(*arguments, **keywords)
            taken.append(time.perf_counter() - start)
            del result
        note(given, case, statistics.median(taken))

    def test_distinct_calls(wrap, given):
        function = wrap(work.small)
        count = given.getoption("distinct")
        function(-1, "distinct")
        for turn in ("first", "later"):
            taken = []
            for n in range(count):
                start = time.perf_counter()
                function(n, "distinct")
                taken.append(time.perf_counter() - start)
            note(given, f"distinct recordings, {turn} replay", statistics.median(taken))

    def note(given, case, seconds):
        with open(given.getoption("times"), "a") as file:
            file.write(json.dumps([case, seconds]) + "\\n")
"""

CONFTEST = """
    import pytest

    def pytest_addoption(parser):
        parser.addoption("--times")
        parser.addoption("--url")
        parser.addoption("--seconds", type=float)
        parser.addoption("--distinct", type=int)

    @pytest.fixture
    def given(request):
        return request.config
"""

# How each contestant's users apply it.
WRAPPERS = {
    "mimic": "@pytest.fixture\ndef wrap():\n    return lambda function: function\n",
    FORMER: "@pytest.fixture\ndef wrap():\n    return lambda function: function\n",
    "joblib.Memory": (
        "import joblib\n"
        "@pytest.fixture\ndef wrap():\n    return joblib.Memory('store', verbose=0).cache\n"
    ),
    "diskcache": (
        "import diskcache\n"
        "@pytest.fixture\ndef wrap():\n"
        "    with diskcache.Cache('store') as cache:\n        yield cache.memoize()\n"
    ),
    "cachier": (
        # In one file, which each call reads and writes as a whole, 3,000 results take minutes.
        "import cachier\n"
        "@pytest.fixture\ndef wrap():\n"
        "    return cachier.cachier(cache_dir='store', separate_files=True)\n"
    ),
    "VCR.py": (
        "import vcr\n"
        "@pytest.fixture\ndef wrap(request):\n"
        "    def wrap(function):\n"
        "        if function.__name__ != 'fetch':\n"
        "            pytest.skip('no HTTP')\n"
        "        def call(url):\n"
        "            with vcr.use_cassette('cassette.yaml'):\n"
        "                return function(url)\n"
        "        return call\n"
        "    return wrap\n"
    ),
}
MODULES = {
    "joblib.Memory": "joblib",
    "diskcache": "diskcache",
    "cachier": "cachier",
    "VCR.py": "vcr",
}
INI = {
    "mimic": "[pytest]\nmimic_functions = work:*\n",
    FORMER: "[pytest]\nmimic_functions =\n"
    + "".join(f"    work.{name}\n" for name in ("small", "takes", "records", "array", "fetch")),
}


class Contestant(NamedTuple):
    """One way to run the suite.

    Args:
        name: What it is called.
        python: The Python that it is installed for.
        folder: Where its copy of the suite is.
    """

    name: str
    python: str
    folder: Path

    def run(self, times: Path, *options: str) -> None:
        """Runs the suite once; what it measures is appended to a file.

        Raises:
            RuntimeError: The suite failed.
        """
        plugins = ["no:cacheprovider"] + ([] if self.name in INI else ["no:mimic"])
        command = [self.python, "-m", "pytest", "-q", f"--times={times}", *options]
        for plugin in plugins:
            command += ["-p", plugin]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, env=environment()
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {done.stdout}{done.stderr}")

    def forget(self) -> None:
        """Lets it begin anew. Nothing is deleted: a file system may be slow for a while after."""
        aside = Path(tempfile.mkdtemp(dir=self.folder))
        for name in (".mimic_vault", "store"):
            if (self.folder / name).exists():
                (self.folder / name).rename(aside / name)
        (self.folder / ".mimic_vault").mkdir()


def environment() -> dict[str, str]:
    """Gives the environment of the runs: compiled modules are kept, as everywhere in earnest."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def contestants(folder: Path, former: str | None) -> Iterator[Contestant]:
    """Sets a copy of the suite up for each contestant that is installed.

    Args:
        folder: Where.
        former: The Python for which the former pytest-mimic is installed, if one is.
    """
    for name, wrapper in WRAPPERS.items():
        python = former if name == FORMER else sys.executable
        if python is None or not _has(name):
            continue
        own = folder / name.replace(" ", "-")
        (own / ".mimic_vault").mkdir(parents=True)
        (own / "work.py").write_text(dedent(WORK), encoding="utf-8")
        (own / "test_work.py").write_text(dedent(SUITE), encoding="utf-8")
        (own / "conftest.py").write_text(dedent(CONFTEST) + "\n" + wrapper, encoding="utf-8")
        (own / "pytest.ini").write_text(INI.get(name, "[pytest]\n"), encoding="utf-8")
        yield Contestant(name, python, own)


def _has(name: str) -> bool:
    from importlib.util import find_spec

    return name not in MODULES or find_spec(MODULES[name]) is not None


def install(folder: Path, *wanted: str) -> str | None:
    """Makes an environment.

    Args:
        folder: Where; what is there already is used.
        wanted: What to install into it.

    Returns:
        Its Python; None where something cannot be had.
    """
    bin_folder = "Scripts" if sys.platform == "win32" else "bin"
    python = str(folder / bin_folder / "python")
    if not folder.exists():
        venv.create(folder, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", *wanted]
    done = subprocess.run(command, capture_output=True, check=False)
    return None if done.returncode else python


@contextlib.contextmanager
def local_server() -> Iterator[str]:
    """Serves one small answer over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"answer": list(range(50))}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/answer"
    finally:
        server.shutdown()
        server.server_close()
