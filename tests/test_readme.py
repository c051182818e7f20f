"""The README is true: its examples are built and run, and its set-up commands are those of CI."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import pytest_mimic
from pytest_mimic import _hookspecs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Project

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


class Block(NamedTuple):
    """A fenced block.

    Args:
        language: The fence's info string.
        text: What is inside.
    """

    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The file it shows, named by a comment on its first line."""
        named = re.match(r"# ([\w./]+\.\w+)\n", self.text)
        return named[1] if named else None


def sections() -> dict[str, list[Block]]:
    """The fenced blocks under each heading, and those above all headings under ``Start``."""
    parts = re.split(r"^###? (.+)\n", README, flags=re.MULTILINE)
    texts = {"Start": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
    fence = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return {
        title: [Block(*found.groups()) for found in fence.finditer(text)]
        for title, text in texts.items()
    }


SECTIONS = sections()
# What takes a process of its own: numpy, as it is imported once in one, the workers of xdist, and
# a source that changes, as whoever reads sources keeps them.
ALONE = re.compile(r"import numpy|pytest -n |changed since")
RUNNABLE = [
    title
    for title, blocks in SECTIONS.items()
    if any(block.language == "console" for block in blocks)
]


@pytest.fixture
def shop() -> Iterator[str]:
    """The service that the example of a client talks to."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/stock/7" else 404)
            self.end_headers()
            self.wfile.write(b"12 left")

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("title", RUNNABLE)
def test_the_example_does_what_is_shown(title: str, project: Project, shop: str) -> None:
    blocks = SECTIONS[title]
    if any("$ git lfs" in block.text for block in blocks) and not shutil.which("git-lfs"):
        pytest.skip("git-lfs is not installed")
    # In this process where that is as good: a child takes half a second more.
    alone = title == "Start" or any(ALONE.search(block.text) for block in blocks)
    for block in blocks:
        if block.file:
            project.write({block.file: block.text})
        elif block.language == "console":
            text = block.text.replace("http://localhost:8000", shop)
            for command, output in commands(text):
                run_as_shown(project, command, output, in_process=not alone)


def commands(console: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines shown below it."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, *output = part.splitlines()
        yield command, output


def run_as_shown(project: Project, command: str, output: list[str], *, in_process: bool) -> None:
    words = shlex.split(command)
    env: dict[str, str | None] = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        env[name] = value
    program = words.pop(0)
    if program != "pytest":
        lines = run_another(project, program, words)
    else:
        lines = project.run(*words, env=env, in_process=in_process).result.outlines
    position = 0
    for line in output:
        pattern = re.compile(expected(line))
        while not pattern.match(lines[position]):
            position += 1
            assert position < len(lines), f"not shown: {line}\n" + "\n".join(lines)
        position += 1


def run_another(project: Project, program: str, words: list[str]) -> list[str]:
    """Run what is not pytest."""
    command = [sys.executable if program == "python" else program, *words]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)
    assert not done.stderr, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


def expected(line: str) -> str:
    """A pattern for a line of output: blanks, times, sizes and versions are of the day."""
    pattern = re.escape(line).replace(re.escape("..."), ".*")
    pattern = re.sub(r"=+", "=+", pattern)
    pattern = re.sub(r"(\\ )+", r"\\s+", pattern)
    pattern = re.sub(r"Python\\s\+(?:\d|\\\.)+", r"Python\\s+[\\d.]+", pattern)
    pattern = re.sub(r"(?:\d+\\\.)?\d+\\s\+k?B\b", r"[\\d.]+ k?B", pattern)
    pattern = re.sub(r"(?<=\\s\+)\d+s(?=\\s\+)", r"\\d+[smhd]", pattern)
    return re.sub(r"\d+\\\.\d+m?s\b", r"[\\d.]+m?s", pattern)


def test_every_block_of_code_is_run() -> None:
    unnamed = [
        block.text
        for blocks in SECTIONS.values()
        for block in blocks
        if block.language in {"python", "ini", "toml"} and block.file is None
    ]
    idle = [
        title
        for title, blocks in SECTIONS.items()
        if any(block.file for block in blocks) and title not in RUNNABLE
    ]
    assert not unnamed
    assert not idle


def test_the_first_example_is_the_one_that_is_shipped() -> None:
    shown = {block.file: block.text for block in SECTIONS["Start"] if block.file}
    shipped = {
        path.name: path.read_text("utf-8")
        for path in (ROOT / "tests" / "example").iterdir()
        if path.suffix in {".py", ".ini"}
    }
    assert shown == shipped


@pytest.mark.parametrize("name", ["try it", "run the tests"])
def test_a_set_up_command_stands_where_ci_finds_it(name: str) -> None:
    found = re.findall(rf"^<!-- {name} -->\n```sh\n(.+)\n```$", README, re.MULTILINE)
    assert len(found) == 1


def test_every_flag_and_option_is_described(project: Project) -> None:
    shown = project.run("--help").stdout
    declared = set(re.findall(r"^  (--mimic-[\w-]+|mimic_\w+)", shown, re.MULTILINE))
    assert declared
    described = set(re.findall(r"^\| `(--mimic-[\w-]+|mimic_\w+)", README, re.MULTILINE))
    assert described == declared


def test_every_hook_error_and_public_name_is_described() -> None:
    hooks = set(re.findall(r"^\| `(pytest_mimic_\w+)\(", README, re.MULTILINE))
    assert hooks == {name for name in vars(_hookspecs) if name.startswith("pytest_mimic_")}
    errors = {
        name
        for name in pytest_mimic.__all__
        if (kind := getattr(pytest_mimic, name)) is not pytest_mimic.MimicError
        and issubclass(kind, Exception)
    }
    assert set(re.findall(r"^\| `(\w+Error)`", README, re.MULTILINE)) == errors
    assert not {name for name in pytest_mimic.__all__ if name not in README}


def test_the_links_of_the_page_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_the_changelog_is_last() -> None:
    assert re.findall(r"^## (.+)$", README, re.MULTILINE)[-1] == "Changelog"
