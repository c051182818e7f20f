"""Names that some file system refuses, shortens or takes for another."""

from __future__ import annotations

import itertools
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mimic._vault import Vault
from pytest_mimic._vault._names import folder_of

KEY = "a" * 32
LEGAL = frozenset(string.ascii_letters + string.digits + "_-.%~")


@pytest.mark.parametrize(
    ("target", "folders"),
    [
        ("my_module:fetch", ("my_module", "fetch")),
        ("package.module:Client.get", ("package.module", "Client.get")),
        ("m:make.<locals>.inner", ("m", "make.%3Clocals%3E.inner")),
        ("m:<lambda>", ("m", "%3Clambda%3E")),
        ("größe:größe", ("größe", "größe")),
        ("con:NUL", ("%63on", "%4EUL")),
        ("aux.sub:com1", ("%61ux.sub", "%63om1")),
        ("..:.", ("%2E%2E", "%2E")),
        (".hidden:x.", ("%2Ehidden", "x%2E")),
        ("README.md:x", ("%52EADME.md", "x")),
        ("a/b:c\\d", ("a%2Fb", "c%5Cd")),
        ("50%:x y", ("50%25", "x%20y")),
        (":", ("%", "%")),
        ("no_colon", ("no_colon", "%")),
    ],
)
def test_folders(target, folders):
    assert folder_of(target) == folders


def test_a_long_name_is_cut_and_stays_apart():
    one, other = (folder_of(f"m:{'long_' * 60}{end}")[1] for end in "ab")
    assert one.startswith("long_long_")
    assert len(one) == len(other) == 100
    assert one != other


def test_what_is_not_in_its_normal_form_is_encoded():
    name = unicodedata.normalize("NFD", "größe")
    assert folder_of(f"{name}:x")[0].isascii()
    assert folder_of(f"{name}:x") != folder_of("größe:x")


@given(st.text(st.characters(codec=None)), st.text(st.characters(codec=None)))
def test_any_name_is_one_that_every_file_system_takes(module, qualname):
    for folder in folder_of(f"{module}:{qualname}"):
        assert 0 < len(folder.encode()) <= 100
        assert all(char in LEGAL or char.isalpha() for char in folder)
        assert not folder.startswith(".")
        assert not folder.endswith((".", " "))
        assert unicodedata.is_normalized("NFC", folder)
        assert folder.split(".")[0].upper() not in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT9")


@pytest.mark.parametrize(
    "target",
    [
        "m:make.<locals>.inner",
        "m:" + "x" * 5000,
        "größe.模块:Клиент.get",
        "m:\udc80",
        "con:nul",
        "..:..",
        "m:a/../../../b",
        "m:a\0b",
        "m:" + "é" * 300,
    ],
)
def test_odd_targets_are_recorded_all_the_same(vault, make_card, target):
    vault.write(make_card(target=target), [b"payload"])
    assert vault.read(target, KEY).payload == b"payload"
    assert [card.target for card in vault.cards()] == [target]
    assert [card.target for card in vault.cards(target)] == [target]
    assert all(vault.path in path.parents for path in vault.path.parent.rglob(f"{KEY}.*"))
    assert vault.delete(target, KEY)
    assert [path.name for path in vault.path.iterdir()] == ["README.md"]


def test_names_that_differ_in_case_only_may_share_a_folder(vault, make_card, monkeypatch):
    """As on a file system that ignores case."""
    monkeypatch.setattr(
        "pytest_mimic._vault._vault.folder_of", lambda target: folder_of(target.lower())
    )
    targets = {"m:Fetch": "a" * 32, "m:fetch": "b" * 32, "M:FETCH": "c" * 32}
    for target, key in targets.items():
        vault.write(make_card(key, target), [target.encode()])
    again = Vault(vault.path)
    for target, key in targets.items():
        recording = again.read(target, key)
        assert recording is not None
        assert recording.payload == target.encode()
        assert [card.key for card in again.cards(target)] == [key]
    assert len(list(again.cards())) == 3
    for (target, key), left in zip(targets.items(), itertools.count(2, -1), strict=False):
        assert again.delete(target, key)
        assert len(list(again.places())) == left
