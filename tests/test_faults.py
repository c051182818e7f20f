"""Recordings that are damaged, as a user meets them: a failed test that names the file and the
remedy, never a wrong value, and the other recordings unharmed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project, Run

POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
REMEDY = "--mimic-rerecord"
# A process that is killed or held short breaks the files of coverage.
COVERAGE = [name for name in os.environ if name.startswith("COVERAGE")]


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with two recordings, one test for each."""
    project.write(
        {
            "shop.py": """
                from only_live import only_live

                class Price:
                    def __init__(self, of):
                        self.of = of

                def price(item):
                    only_live("price")
                    return Price(item)
            """,
            "test_shop.py": """
                import shop

                def test_tea():
                    assert shop.price("tea").of == "tea"

                def test_milk():
                    assert shop.price("milk").of == "milk"
            """,
        }
    )
    project.configure("shop:price")
    project.record(in_process=True).passed(2)
    return project


def recording(project: Project, item: str) -> tuple[Path, Path]:
    """Card and payload of a call."""
    (card,) = (path for path in project.vault.rglob("*.json") if f'"{item}"' in path.read_text())
    return card, card.with_suffix(".pkl")


def swap(one: Path, other: Path) -> None:
    """Exchange the contents of two files."""
    mine, theirs = one.read_bytes(), other.read_bytes()
    one.write_bytes(theirs)
    other.write_bytes(mine)


def edit(card: Path, **changes: object) -> None:
    """Edit a card by hand."""
    card.write_text(json.dumps(json.loads(card.read_text()) | changes))


def make_folder(path: Path) -> None:
    """Put a folder in the place of a file."""
    path.unlink()
    path.mkdir()


# What is done to the card and the payload of the tea, and what the error tells of it.
PAYLOADS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated": (lambda path: os.truncate(path, 20), "has 20 bytes"),
    "longer": (lambda path: path.write_bytes(path.read_bytes() + b"x"), "bytes"),
    "garbage": (lambda path: path.write_bytes(b"x" * path.stat().st_size), "not those that"),
    "empty": (lambda path: os.truncate(path, 0), "is empty"),
    "missing": (lambda path: path.unlink(), "is missing"),
    "of another": (lambda path: shutil.copy(_other(path), path), "not those that|bytes"),
    "pointer": (lambda path: path.write_text(POINTER), "it is a git LFS pointer"),
    "folder": (make_folder, "cannot read"),
}
CARDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated": (lambda path: os.truncate(path, 100), "not JSON"),
    "garbage": (lambda path: path.write_bytes(bytes(range(256))), "not JSON"),
    "empty": (lambda path: os.truncate(path, 0), "the card is empty"),
    "no object": (lambda path: path.write_text("[]"), "not a JSON object"),
    "nested": (lambda path: path.write_text("[" * 100_000), "not JSON"),
    "later format": (lambda path: edit(path, format=2), "has format 2"),
    "no format": (lambda path: edit(path, format=None), "does not say its format"),
    "pointer": (lambda path: path.write_text(POINTER), "it is a git LFS pointer"),
    "conflict": (
        lambda path: path.write_text("<<<<<<< HEAD\n" + path.read_text()),
        "git's conflict markers",
    ),
    "key of another": (lambda path: edit(path, key="0" * 32), "the card of another call"),
    "of another call": (lambda path: shutil.copy(_other(path), path), "the card of another call"),
    "of another target": (lambda path: edit(path, target="shop:x"), "card of another target"),
    "of no kind": (lambda path: edit(path, outcome={"kind": 1}), "'outcome' is not what"),
    "of no size": (lambda path: edit(path, payload={}), "'payload' is not what"),
}
DAMAGES = [(".pkl", name, *damage) for name, damage in PAYLOADS.items()]
DAMAGES += [(".json", name, *damage) for name, damage in CARDS.items()]


def _other(path: Path) -> Path:
    (other,) = (file for file in path.parent.glob(f"*{path.suffix}") if file != path)
    return other


@pytest.mark.parametrize(
    ("suffix", "name", "damage", "told"),
    DAMAGES,
    ids=[f"{kind[1:]} {n}" for kind, n, *_ in DAMAGES],
)
def test_damage(
    shop: Project, suffix: str, name: str, damage: Callable[[Path], object], told: str
) -> None:
    path = recording(shop, "tea")[0].with_suffix(suffix)
    damage(path)
    for flags in ([], ["--mimic-record"]):
        run = shop.run(*flags, env={"FORBID_LIVE": "1"}, in_process=True)
        assert run.outcomes == {"failed": 1, "passed": 1}
        assert not run.live
        check_told(run, path, told)
    if name != "folder":  # nobody would want that removed without being asked
        assert shop.run("--mimic-rerecord", in_process=True).passed(2).live == ["price"] * 2
        shop.replay(in_process=True).passed(2)


def check_told(run: Run, path: Path, told: str) -> None:
    """Check that the failure names the file, what is wrong with it, and what to do."""
    run.result.stdout.re_match_lines([f"E .*(Corrupt|Vault|Unreplay).*Error: .*({told})"])
    run.result.stdout.re_match_lines([f"E .*{path}"])
    remedy = "git lfs pull" if "LFS" in told else REMEDY
    assert remedy in run.stdout or "cannot read" in told
    assert "INTERNALERROR" not in run.stdout


def test_payloads_swapped(shop: Project) -> None:
    swap(recording(shop, "tea")[1], recording(shop, "milk")[1])
    run = shop.replay(in_process=True)
    assert run.outcomes == {"failed": 2}
    for item in ("tea", "milk"):
        assert str(recording(shop, item)[1]) in run.stdout


@pytest.mark.parametrize("edited", ["arguments", "outline", "nonsense"])
def test_a_card_edited_by_hand_changes_no_value(shop: Project, edited: str) -> None:
    """What a card tells of a call is for people: the key in its name says which it is."""
    tea, milk = (json.loads(recording(shop, item)[0].read_text()) for item in ("tea", "milk"))
    changes = {
        "arguments": {"arguments": milk["arguments"]},
        "outline": {"outcome": milk["outcome"], "effects": ["item"], "test": "another"},
        "nonsense": {
            "arguments": {"item": [{}, None], "more": {"type": 1, "items": 7, "value": []}}
        },
    }[edited]
    edit(recording(shop, "tea")[0], **changes)
    shop.replay(in_process=True).passed(2)
    # Nor does it keep a miss, or the list of unused recordings, from being told.
    shop.write({"test_shop.py": "import shop\ndef test_new(): shop.price('new')"})
    run = shop.replay(in_process=True)
    run.has("E *MissingRecordingError: no recording of shop:price(item='new')", "*differs in:*")
    shop.write({"test_shop.py": "def test_nothing(): pass"})
    run = shop.run("--mimic-fail-on-unused", in_process=True)
    run.has("mimic: 2 recordings unused:", "*shop:price(*")
    assert tea != milk


def test_a_payload_without_its_card_is_a_miss_that_says_so(shop: Project) -> None:
    card, payload = recording(shop, "tea")
    kept = card.read_bytes()
    card.unlink()
    run = shop.replay(in_process=True)
    assert run.outcomes == {"failed": 1, "passed": 1}
    run.has(
        "E *MissingRecordingError: no recording of shop:price(item='tea')",
        f"E *without its card: {payload}",
        "E *Record it: pytest --mimic-record test_shop.py::test_tea",
    )
    assert shop.record(in_process=True).passed(2).live == ["price"]
    assert json.loads(card.read_bytes())["payload"] == json.loads(kept)["payload"]


def test_what_a_killed_run_left_harms_nobody(shop: Project) -> None:
    card, payload = recording(shop, "tea")
    orphans = [
        card.with_name(f".{card.stem}-0.pkl.part"),
        card.with_name(f".{'0' * 32}-3.json.part"),
    ]
    orphans += [shop.vault / ".README.md.part"]
    for orphan in orphans:
        orphan.write_bytes(b"half")
    before = card.read_bytes(), payload.read_bytes()
    shop.replay(in_process=True).passed(2)
    shop.record(in_process=True).passed(2)
    shop.run("--mimic-clear-unused", in_process=True).passed(2).has("mimic: 0 recordings deleted")
    assert (card.read_bytes(), payload.read_bytes()) == before
    assert not list(shop.vault.rglob("*-?.*.part"))


@pytest.fixture
def unprivileged(project: Project) -> None:
    """Lets permissions count for the project's runs, whoever runs these tests."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write anywhere, and setpriv is not there to change that")
    project.prefix = [setpriv, "--bounding-set=-dac_override,-dac_read_search"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such permission there")
@pytest.mark.usefixtures("unprivileged")
def test_a_read_only_vault_replays_and_says_what_it_cannot_take(shop: Project) -> None:
    shop.write({"test_new.py": "import shop\ndef test_new(): shop.price('new')"})
    folders = [shop.vault, *(path for path in shop.vault.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        shop.replay("test_shop.py").passed(2)
        recorded = shop.record()
        cleared = shop.run("--mimic-clear-unused", "--ignore=nothing")
        (shop.path / "test_new.py").unlink()
        (shop.path / "test_shop.py").write_text("def test_nothing(): pass")
        deleted = shop.run("--mimic-clear-unused")
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert recorded.outcomes == {"failed": 1, "passed": 2}
    recorded.has(f"E *VaultError: cannot write *shop:price to the vault {shop.vault}: *denied*")
    assert cleared.outcomes == {"failed": 1, "passed": 2}
    assert deleted.status == 1
    deleted.has("mimic: 0 recordings deleted", f"mimic: outside of any test: *{shop.vault}*denied*")
    assert len(shop.recordings()) == 2


@pytest.mark.parametrize("flag", ["", "--mimic-record", "--mimic-rerecord"])
def test_a_vault_that_is_a_file_fails_every_test_that_needs_it(shop: Project, flag: str) -> None:
    shutil.rmtree(shop.vault)
    shop.vault.write_text("a file")
    run = shop.run(*filter(None, [flag]), in_process=True)
    assert run.outcomes == {"failed": 2}
    run.has(f"E *VaultError: cannot * {shop.vault}: that is a file, not a folder")
    assert shop.vault.read_text() == "a file"


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files")
def test_a_full_disk_fails_the_test_and_harms_no_other(shop: Project) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    shop.write(
        {
            "test_large.py": f"import shop\n{limit}\ndef test_large(): shop.price('x' * 50_000)",
            "test_more.py": "import shop\ndef test_more(): shop.price('more')",
        }
    )
    run = shop.record(env=dict.fromkeys(COVERAGE))
    assert run.outcomes == {"failed": 1, "passed": 3}
    run.has(f"E *VaultError: cannot write *shop:price to the vault {shop.vault}: File too large*")
    assert not list(shop.vault.rglob("*.part"))
    (shop.path / "test_large.py").unlink()
    shop.replay(in_process=True).passed(3)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal there")
def test_a_run_that_is_killed_leaves_what_it_had_recorded(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import os, signal

                def f(x):
                    if x == 2 and "KILL" in os.environ:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return x

                def items(n):
                    for number in range(n):
                        yield b"x" * 100_000
                        f(2)
            """,
            "test_m.py": """
                import m

                def test_one(): assert m.f(1) == 1
                def test_items(): assert len(list(m.items(3))) == 3
            """,
        }
    )
    project.configure("m:f", "m:items")
    killed = project.record(env={"KILL": "1"} | dict.fromkeys(COVERAGE))
    assert killed.status == -9
    assert len(list(project.vault.rglob("*.part"))) == 1
    run = project.replay(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has("E *MissingRecordingError: no recording of m:items(n=3)")
    project.record(in_process=True).passed(2).has("mimic: 1 replayed, 1 recorded*")
    project.replay(in_process=True).passed(2)
    assert not list(project.vault.rglob("*.part"))


def test_names_that_a_file_system_refuses_are_recorded_all_the_same(project: Project) -> None:
    long = "very_" * 60
    project.write(
        {
            "größe.py": f"""
                from only_live import only_live

                class Größe:
                    def {long}long(self, x):
                        only_live("long")
                        return x

                    def {long}longer(self, x):
                        only_live("longer")
                        return -x

                def Nul(x):
                    only_live("Nul")
                    return x

                def nul(x):
                    only_live("nul")
                    return -x

                def make():
                    def inner(x):
                        only_live("inner")
                        return x
                    return inner

                inner = make()
            """,
            "test_it.py": f"""
                import größe
                from größe import Größe

                def test_long():
                    assert Größe().{long}long(1) == 1
                    assert Größe().{long}longer(1) == -1

                def test_case():
                    assert größe.Nul(1) == 1
                    assert größe.nul(1) == -1

                def test_local():
                    assert größe.inner(1) == 1
            """,
        }
    )
    project.configure("größe:Größe.*", "größe:Nul", "größe:nul", "größe:inner")
    assert project.record(in_process=True).passed(3).live == [
        "long",
        "longer",
        "Nul",
        "nul",
        "inner",
    ]
    project.replay("--mimic-fail-on-unused", in_process=True).passed(3)
    names = [
        part for path in project.recordings() for part in path.relative_to(project.vault).parts
    ]
    assert all(len(name.encode()) <= 100 for name in names)


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_a_clone_without_its_large_files_says_what_to_run(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shop.path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def git(*command: str, of: str = ".", **env: str) -> None:
        named = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-C", of, *command]
        subprocess.run(named, cwd=shop.path, check=True, capture_output=True, env=os.environ | env)

    git("init", "-q")
    git("lfs", "install", "--local")
    git("lfs", "track", ".mimic_vault/**/*.pkl")
    git("add", ".gitattributes", ".mimic_vault")
    git("commit", "-qm", "record")
    git("clone", "-q", (shop.path / ".git").as_uri(), "clone", GIT_LFS_SKIP_SMUDGE="1")
    shutil.rmtree(shop.vault)
    shop.vault.symlink_to(shop.path / "clone" / ".mimic_vault", target_is_directory=True)
    shop.configure("shop:price", testpaths="test_shop.py")
    run = shop.replay(in_process=True)
    assert run.outcomes == {"failed": 2}
    run.has(
        "E *CorruptRecordingError: *.pkl is not here yet: it is a git LFS pointer",
        "E *git lfs pull*",
    )
    git("lfs", "install", "--local", of="clone")
    git("lfs", "pull", of="clone")
    shop.replay(in_process=True).passed(2)


MOVED = """
    from only_live import only_live

    class {name}:
        pass

    def one(x):
        only_live("one")
        return {name}()

    def stream(x):
        only_live("stream")
        yield 1
        yield {name}()

    async def later(x):
        only_live("later")
        return {name}()

    def change(x):
        only_live("change")
        x.append({name}())

    def fail(x):
        only_live("fail")
        raise ValueError({name}())
"""
CALLS = """
    import asyncio, pytest, moved

    def test_one(): moved.one(1)
    def test_stream(): list(moved.stream(1))
    def test_later(): asyncio.run(moved.later(1))
    def test_change(): moved.change([])
    def test_fail():
        with pytest.raises(ValueError): moved.fail(1)
"""


def test_a_payload_whose_classes_moved_says_which_file_and_what_to_do(project: Project) -> None:
    project.write({"moved.py": MOVED.format(name="Old"), "test_moved.py": CALLS})
    project.configure("moved:*", mimic_stale="ignore")
    project.record(in_process=True).passed(5)
    project.write({"moved.py": MOVED.format(name="New")})
    run = project.replay(in_process=True)
    assert run.outcomes == {"failed": 5}
    for path in project.recordings():
        run.result.stdout.re_match_lines(
            [
                f"E .*UnreplayableOutcomeError: {path}: cannot load .*AttributeError.*Old.*",
                "E .*Record it anew with pytest --mimic-rerecord.*",
            ],
            consecutive=False,
        )
    assert project.run("--mimic-rerecord", in_process=True).passed(5).live
    project.replay(in_process=True).passed(5)


def test_a_change_that_an_argument_no_longer_takes_says_which_file(project: Project) -> None:
    project.write(
        {
            "m.py": "class Bag: pass\ndef f(bag): bag.size = 1",
            "test_m.py": "import m\ndef test_it(): m.f(m.Bag())",
        }
    )
    project.configure("m:f", mimic_stale="ignore")
    project.record(in_process=True).passed(1)
    project.write({"m.py": "class Bag:\n    __slots__ = ()\ndef f(bag): bag.size = 1"})
    run = project.replay(in_process=True)
    (path,) = project.recordings()
    run.has("E *Error:*", f"*{path}*", "*--mimic-rerecord*")
