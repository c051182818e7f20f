"""``check``: what is damaged, what is stale, and what cannot be told."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._command_line._project import Project as Configured
from pytest_mimic._command_line._sources import Sources, Verdict
from pytest_mimic._provenance import digest_nodes
from pytest_mimic._vault import Card, Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project

    Command = Callable[..., Any]

SOUND = "3 recordings, 0 damaged or not here, 0 stale"


def test_a_sound_vault_is_told_to_be(shop: Project, command: Command) -> None:
    assert command("check") == (0, f"{SOUND}\n", "")


def test_check_finds_what_is_damaged(shop: Project, command: Command) -> None:
    first, second, third = shop.recordings()
    first.write_bytes(b"")
    second.with_suffix(".json").write_text("{}")
    third.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    done = command("check")
    assert done.status == 1
    assert f"damaged recording {first}" in done.out
    assert f"damaged recording {second.with_suffix('.json')}" in done.out
    assert "run git lfs pull" in done.out
    assert done.lines[-1] == "3 recordings, 3 damaged or not here, 0 stale"


def test_check_finds_what_is_stale_and_imports_nothing(shop: Project, command: Command) -> None:
    source = (shop.path / "shop.py").read_text()
    blow_up = "\nraise AssertionError('imported')\n"
    (shop.path / "shop.py").write_text(source.replace("len(item)", "len(item) + 0") + blow_up)
    done = command("check")
    assert done.status == 0
    assert len([line for line in done.lines if line.startswith("stale: ")]) == 2
    assert "shop:price(item='milk'), recorded by test_shop.py::test_milk" in done.out
    assert done.lines[-1] == SOUND.replace("0 stale", "2 stale")
    assert command("check", "--fail-on-stale").status == 1
    (shop.path / "shop.py").write_text(f"# a comment\n{source}{blow_up}")
    assert command("check", "--fail-on-stale") == (0, f"{SOUND}\n", "")
    (shop.path / "shop.py").write_text("def (")
    assert command("check").lines == [f"{SOUND}, 3 whose source was not found"]


def test_what_is_gone_meanwhile_is_not_damaged(
    shop: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Vault, "card_at", lambda *_: None)
    assert command("check").lines == ["0 recordings, 0 damaged or not here, 0 stale"]


def digest(source: str) -> str:
    return digest_nodes(ast.parse(source).body)


FETCH = "def fetch(x):\n    return x\n"
CONDITIONAL = f"""\
try:
    pass
except OSError:
    def fetch(): pass
else:
    {FETCH.replace(chr(10), chr(10) + "    ")}
"""
METHOD = (
    f"class A:\n    class B:\n        {FETCH.replace(chr(10), chr(10) + '        ').rstrip()}\n"
)


@pytest.mark.parametrize(
    ("target", "files", "verdict"),
    [
        ("m:fetch", {"m.py": FETCH}, Verdict.FRESH),
        ("m:fetch", {"m.py": FETCH.replace("return x", "return 1")}, Verdict.STALE),
        ("m:fetch", {"src/m.py": FETCH}, Verdict.FRESH),
        ("m:fetch", {"lib/m.py": FETCH}, Verdict.FRESH),
        ("m:fetch", {"tests/m.py": FETCH}, Verdict.FRESH),
        ("m:fetch", {"m/__init__.py": FETCH}, Verdict.FRESH),
        ("p.m:fetch", {"p/__init__.py": "1 / 0", "p/m.py": FETCH}, Verdict.FRESH),
        ("p.q.m:fetch", {"p/q/m.py": FETCH}, Verdict.FRESH),
        ("m:A.B.fetch", {"m.py": METHOD}, Verdict.FRESH),
        ("m:fetch", {"m.py": METHOD}, Verdict.UNKNOWN),
        ("m:fetch.inner", {"m.py": FETCH}, Verdict.UNKNOWN),
        ("m:fetch", {"m.py": "fetch = abs"}, Verdict.UNKNOWN),
        ("m:fetch", {"m.py": "def fetch("}, Verdict.UNKNOWN),
        ("m:fetch", {}, Verdict.UNKNOWN),
        ("no.such.m:fetch", {}, Verdict.UNKNOWN),
        (
            "m:fetch",
            {"m.py": CONDITIONAL},
            Verdict.FRESH,
        ),
        ("m:fetch", {"m.py": f"@other\n{FETCH}"}, Verdict.UNKNOWN),
        ("m:fetch", {"m.py": f"@functools.lru_cache(maxsize=1)\n{FETCH}"}, Verdict.STALE),
    ],
)  # fmt: skip
def test_sources_are_found_without_importing(
    tmp_path: Path, target: str, files: dict[str, str], verdict: Verdict
) -> None:
    for name, text in {"tests/test_m.py": "", **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    project = Configured(tmp_path, None, {"pythonpath": "lib"})
    sources = Sources(project)
    card = make_card(target, digest(FETCH))
    assert sources.judge(card) is verdict
    assert sources.judge(card) is verdict


def make_card(target: str, source: str | None, test: str = "tests/test_m.py::test_it") -> Card:
    return Card(target, "a" * 32, {}, {"kind": "returned"}, (), 0.1, "3.12", {}, source, test)


def test_what_has_no_source_or_no_test_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(FETCH)
    sources = Sources(Configured(tmp_path, None, {"pythonpath": ["lib"]}))
    assert sources.judge(make_card("m:fetch", None)) is Verdict.UNKNOWN
    card = make_card("m:fetch", digest(FETCH), "the start of the run")
    assert sources.judge(card) is Verdict.FRESH


def test_check_reads_a_card_of_a_later_format(shop: Project, command: Command) -> None:
    card = shop.recordings()[0].with_suffix(".json")
    fields = json.loads(card.read_text())
    card.write_text(json.dumps({**fields, "format": 99}))
    done = command("check")
    assert done.status == 1
    assert "format 99" in done.out
