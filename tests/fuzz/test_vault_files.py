"""A vault whose files were damaged at random gives what was recorded or an error of ours."""

from __future__ import annotations

import json
import shutil
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from pytest_mimic import MimicError
from pytest_mimic._command_line import main
from pytest_mimic._config import Mode, StalePolicy
from pytest_mimic._outcome._pickles._layout import Flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fuzz.conftest import Stage

SHOP = """
    import random

    class Basket:
        def __init__(self):
            self.items = []

        def put(self, item, *more, **marks):
            self.items.append(item)
            return self

    def price(item, amount=1, *, currency="EUR"):
        return {"item": item, "amounts": [amount, amount], "currency": currency}

    def refuse(order):
        error = LookupError(order, [1, 2])
        error.code = 7
        raise error from ValueError("nested")

    def watch(topic):
        yield topic
        yield [topic, topic]
        return 3

    def pixels(size):
        return bytearray(size), random.random()

    def fill(room, notes):
        room.append([room, len(room)])
        notes["last"] = room
        print("filled")
        return room
"""
LINES = ("shop:*", "shop:Basket.*")
# Every fixed list of arguments is of one call, so that recordings can be asked for again.
CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("put", lambda shop: [basket := shop.Basket(), basket.put("tea", 1, mark=2)]),
    ("price", lambda shop: shop.price("tea", 2)),
    ("price", lambda shop: shop.price({"a": [1, {"b": (0.5, None, "x" * 300)}]}, currency="SEK")),
    ("refuse", lambda shop: shop.refuse({"token": "secret", "n": 1})),
    ("watch", lambda shop: list(shop.watch("news"))),
    ("pixels", lambda shop: shop.pixels(70_000)),
    ("fill", lambda shop: [room := [1], notes := {"n": 1}, shop.fill(room, notes)]),
]


class Told(NamedTuple):
    """How a call ended: what it gave, or how it failed."""

    value: object = None
    error: Exception | None = None

    def same(self, other: Told, digest: Callable[[object], str]) -> bool:
        mine, theirs = (
            (type(told.error), getattr(told.error, "args", None), told.value)
            for told in (self, other)
        )
        return digest(mine) == digest(theirs)


def tell(call: Callable[[Any], Any], shop: Any) -> Told:
    try:
        return Told(call(shop))
    except Exception as error:  # noqa: BLE001 - it is what is told
        return Told(error=error)


class Shelf:
    """A vault to be damaged, made anew for every example."""

    def __init__(self, sound: Path, folder: Path) -> None:
        self.path = folder
        self._sound = sound

    def restore(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self._sound, self.path)

    @property
    def cards(self) -> list[Path]:
        return sorted(self.path.rglob("*.json"))

    @property
    def keys(self) -> list[str]:
        return [card.stem for card in sorted(self._sound.rglob("*.json"))]


@pytest.fixture
def shop(stage: Stage) -> Any:
    stage.write("shop", SHOP)
    return __import__("shop")


@pytest.fixture
def shelf(stage: Stage, shop: Any, tmp_path: Path) -> Shelf:
    with stage.session(Mode.RECORD, tmp_path / "sound", *LINES):
        for _, call in CALLS:
            tell(call, shop)
    assert len(list((tmp_path / "sound").rglob("*.json"))) == len(CALLS)
    return Shelf(tmp_path / "sound", tmp_path / "vault")


TEXTS = st.sampled_from(
    ["", "<redacted>", "\x00", "\x1b[31m", "\ud800", "ä" * 300, "../../x", "a:b", "0" * 32, "="]
)
NUMBERS = st.sampled_from(
    [0, -1, 10**10, 10**400, -(10**400), 1e308, 0.5, float("nan"), float("inf")]
)
FIELDS = (
    "type value length items entries attributes shape dtype columns contents cells values index "
    "digest cycle kind outline bits * **"
)
WEIRD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS.split()) | TEXTS, inner, max_size=4)
    ),
    max_leaves=8,
)
NESTS = st.sampled_from(
    ["[ ]", '{"a": }', '{"type":"list","items":[ ]}', '{"type":"C","attributes":{"a": }}']
)
DEPTHS = st.sampled_from([5, 60, 300, 900, 3000, 200_000])


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a card."""
    if path:
        yield path
    if isinstance(tree, dict):
        for key in tree:
            yield from places(tree[key], (*path, key))
    elif isinstance(tree, list):
        for place, item in enumerate(tree):
            yield from places(item, (*path, place))


def change_fields(data: st.DataObject, content: bytes) -> bytes:
    """Puts anything at some places of a card."""
    card = json.loads(content)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(card))))
        owner = card
        for step in path[:-1]:
            owner = owner[step]
        if data.draw(st.integers(0, 4)) == 0:
            del owner[path[-1]]
        else:
            owner[path[-1]] = data.draw(WEIRD)
        if not card:
            break
    return json.dumps(card, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")


def nest(data: st.DataObject, content: bytes) -> bytes:
    """Puts something nested deeply at a place of a card."""
    card = json.loads(content)
    path = data.draw(st.sampled_from(list(places(card))))
    owner = card
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = "HERE"
    opening, closing = data.draw(NESTS).split()
    depth = data.draw(DEPTHS)
    nested = opening * depth + "1" + closing * depth
    return json.dumps(card).replace('"HERE"', nested).encode()


def duplicate(data: st.DataObject, content: bytes) -> bytes:
    """Says a field of a card twice."""
    card = json.loads(content)
    name = data.draw(st.sampled_from(sorted(card)))
    value = data.draw(st.just(card[name]) | WEIRD)
    line = f"{json.dumps(name)}: {json.dumps(value)}"
    if data.draw(st.booleans()):
        return content.replace(b"{", b"{" + line.encode() + b",", 1)
    return content.rstrip().removesuffix(b"}") + b"," + line.encode() + b"}"


def bytes_changed(data: st.DataObject, content: bytes) -> bytes:
    """Flips, cuts, adds or repeats some bytes."""
    content_ = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content_)))
        kind = data.draw(st.sampled_from(["flip", "flip", "set", "cut", "add", "drop", "zero"]))
        if kind == "cut":
            del content_[at:]
        elif kind == "add":
            content_[at:at] = data.draw(st.binary(min_size=1, max_size=9))
        elif kind == "drop":
            del content_[at : at + data.draw(st.integers(1, 9))]
        elif at < len(content_):
            if kind == "flip":
                content_[at] ^= 1 << data.draw(st.integers(0, 7))
            else:
                content_[at] = 0 if kind == "zero" else data.draw(st.integers(0, 255))
    return bytes(content_)


PAGES = Path("/proc/self/statm")
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12345\n" % (
    b"4d7a" * 16
)


def replaced(data: st.DataObject, content: bytes) -> bytes:
    """Puts what tools leave in the place of files."""
    half = len(content) // 2
    merge = b"<<<<<<< HEAD\n%s=======\n%s>>>>>>> other\n" % (content[:half], content[half:])
    choices = [b"", b"\n", b"\0" * len(content), POINTER, merge, content[:half] + merge, b"null"]
    choices += [
        content.replace(b"\n", b"\r\n"),
        content.replace(b"\r\n", b"\n"),
        b"\xef\xbb\xbf" + content,
    ]
    choices += [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b"\xff\xfe" + content, content * 2]
    return data.draw(st.sampled_from(choices))


def is_card(content: bytes) -> bool:
    """Tells whether nothing before has made something else of a card."""
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


def damage_file(data: st.DataObject, file: Path) -> None:
    """Damages one file's contents."""
    content = file.read_bytes()
    ways = [bytes_changed, replaced]
    if file.suffix == ".json" and is_card(content):
        ways += [change_fields, change_fields, nest, duplicate]
    file.write_bytes(data.draw(st.sampled_from(ways))(data, content))


def damage_folder(data: st.DataObject, file: Path, other: Path) -> None:
    """Puts something else in the place of a file, or one file in the place of another."""
    way = data.draw(
        st.sampled_from(
            ["swap", "copy", "gone", "folder", "full folder", "loop", "dangling", "link"]
        )
    )
    if way == "swap":
        mine, theirs = file.read_bytes(), other.read_bytes()
        file.write_bytes(theirs)
        other.write_bytes(mine)
    elif way == "copy":
        file.write_bytes(other.read_bytes())
    elif file != other:
        file.unlink()
        if way == "folder":
            file.mkdir()
        elif way == "full folder":
            (file / "x").mkdir(parents=True)
        elif way == "loop":
            file.symlink_to(file.name)
        elif way == "dangling":
            file.symlink_to("nowhere")
        elif way == "link":
            file.symlink_to(other)


def damage(data: st.DataObject, shelf: Shelf) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        files = sorted(
            path for path in shelf.path.rglob("*.*") if path.is_file() and path.suffix != ".md"
        )
        file = data.draw(st.sampled_from(files))
        if data.draw(st.integers(0, 3)):
            damage_file(data, file)
        else:
            damage_folder(data, file, data.draw(st.sampled_from(files)))


def run_commands(data: st.DataObject, shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    """Looks at a vault with some of the commands that do."""
    keys = st.sampled_from(shelf.keys)
    looking = [
        ["list", "--sort", data.draw(st.sampled_from(["target", "test", "size", "age"]))],
        ["check"],
        ["prune", "--damaged"],
        ["prune", "--larger", "1"],
        ["show", data.draw(keys)],
        ["diff", data.draw(keys), data.draw(keys)],
    ]
    for command in [*looking, ["prune", "--damaged", "--delete"], ["check"]]:
        status = main([*command, "--vault", str(shelf.path)])
        said = capsys.readouterr()
        assert status in (0, 1, 2), said.err
        assert said.out or said.err
        assert "Traceback" not in said.out + said.err


@given(data=st.data())
def test_damaged_files(  # noqa: PLR0917 - what it takes are fixtures
    stage: Stage,
    shop: Any,
    shelf: Shelf,
    digest: Callable[[object], str],
    capsys: pytest.CaptureFixture[str],
    data: st.DataObject,
) -> None:
    expected = [tell(call, shop) for _, call in CALLS]
    shelf.restore()
    damage(data, shelf)
    mode = data.draw(st.sampled_from([Mode.REPLAY, Mode.RECORD, Mode.RERECORD, Mode.VERIFY]))
    stale = data.draw(st.sampled_from([StalePolicy.WARN, StalePolicy.ERROR]))
    # What was raised is stored in the end, where it can be.
    with suppress(MimicError), stage.session(mode, shelf.path, *LINES, stale=stale):
        for (name, call), right in zip(CALLS, expected, strict=True):
            told = tell(call, shop)
            if name == "pixels":
                continue
            assert isinstance(told.error, MimicError) or told.same(right, digest), told
            if isinstance(told.error, MimicError):
                assert str(shelf.path) in str(told.error) or "--mimic-re" in str(told.error)
                assert ".part" not in str(told.error)
    run_commands(data, shelf, capsys)


def forge(data: st.DataObject, card: Path) -> int:
    """Changes a payload and has its card say that it is right; gives the payload's flags."""
    payload = card.with_suffix(".pkl")
    content = bytes_changed(data, payload.read_bytes())
    payload.write_bytes(content)
    fields = json.loads(card.read_text("utf-8"))
    fields["payload"] = {"bytes": len(content), "digest": xxhash.xxh3_128_hexdigest(content)}
    card.write_text(json.dumps(fields), "utf-8")
    return content[-1] if content else 0


@contextmanager
def little_memory() -> Iterator[None]:
    """Lets this process have no more memory than a test may take: a payload may ask for more."""
    if not PAGES.exists():
        yield
        return
    import resource

    limits = resource.getrlimit(resource.RLIMIT_AS)
    now = int(PAGES.read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + (1 << 30), limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


@given(data=st.data())
def test_forged_payloads(
    stage: Stage, shop: Any, shelf: Shelf, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    shelf.restore()
    flags = {card.parent.name.rpartition(".")[2]: 0 for card in shelf.cards}
    for card in shelf.cards:
        flags[card.parent.name.rpartition(".")[2]] |= forge(data, card)
    mode = data.draw(st.sampled_from([Mode.REPLAY, Mode.RECORD, Mode.VERIFY]))
    with little_memory(), suppress(MimicError), stage.session(mode, shelf.path, *LINES):
        for name, call in CALLS:
            told = tell(call, shop)
            # What a call raised may be anything, and so may what is done with what it returned.
            may_raise = name == "refuse" or flags[name] & (Flags.RAISED | Flags.STREAMED)
            if told.error is not None and not isinstance(told.error, MimicError) and not may_raise:
                frames = traceback.extract_tb(told.error.__traceback__)
                if any("/pytest_mimic/" in frame.filename for frame in frames):
                    raise told.error
    with little_memory():
        run_commands(data, shelf, capsys)
