"""``show``, ``diff`` and ``textconv``: what recordings hold, while nothing of them runs."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_mimic._command_line._text import brief, payload_text
from pytest_mimic._command_line._views import view
from pytest_mimic._outcome import Inert, Reference, inert_contents
from pytest_mimic._vault import Card, Vault
from pytest_mimic.errors import UnreplayableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project

    Command = Callable[..., Any]

ZOO = """
    import collections
    import dataclasses
    import datetime
    import enum
    import random
    import warnings

    import numpy as np

    @dataclasses.dataclass
    class Animal:
        name: str
        legs: int
        api_key: str = "s3cret"

    class Slotted:
        __slots__ = ("a",)
        def __init__(self):
            self.a = 1

    class Color(enum.Enum):
        RED = 1

    class Herd(list):
        pass

    class ZooError(Exception):
        def __init__(self, text, code):
            super().__init__(text)
            self.code = code

    def animals(count):
        return [Animal("animal " * count, legs) for legs in range(count)]

    def kinds(x):
        herd = Herd([1])
        herd.fed = True
        loop = [1]
        loop.append(loop)
        return {
            "set": {3, "a"}, "frozen": frozenset({(1, 2)}), "empty": set(), "bytes": b"x" * 100,
            "text": "a line that is long enough not to stand with others in one line\\n"
            "another one, too, here\\n",
            "long": "y" * 2000, "color": Color.RED, "herd": herd,
            "ordered": collections.OrderedDict(a=1), "day": datetime.date(2020, 1, 2),
            "then": datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
            "span": datetime.timedelta(1), "kind": Animal, "slotted": Slotted(), "loop": loop,
            "password": "s3cret", (1, Color.RED): 2, "complex": 1j, "function": lambda y: y + 1,
            "nested": {"a": {"b": [1, (2,)]}},
        }

    def large(side):
        return np.ones((side, side))

    def fail(x):
        raise ZooError("bad", 7) from ValueError("inner")

    def stream(count):
        yield from range(count)

    def fill(target, count):
        target["n"] = count
        random.random()
        print("filled")
        return target

    def get_token(user):
        return "s3cret"

    async def _later(x):
        return x

    def later(x):
        return _later(x)
"""

TESTS = """
    import asyncio

    import pytest
    import zoo

    def test_all():
        zoo.animals(2), zoo.animals(3), zoo.kinds(1), zoo.get_token("me"), zoo.large(100)
        with pytest.raises(zoo.ZooError):
            zoo.fail(1)
        assert list(zoo.stream(3)) == [0, 1, 2]
        assert list(zoo.stream(2)) == [0, 1]
        assert zoo.fill({}, 3)["n"] == 3
        assert asyncio.run(zoo.later(5)) == 5
"""


@pytest.fixture
def zoo(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    project.write({"zoo.py": ZOO, "test_zoo.py": TESTS})
    names = ["animals", "kinds", "fail", "stream", "fill", "get_token", "later", "large"]
    project.configure(*(f"zoo:{name}" for name in names))
    project.record(in_process=True).passed(1)
    # From here on, importing the project's code would not go unnoticed.
    project.write({"zoo.py": "raise AssertionError('imported')"})
    monkeypatch.chdir(project.path)
    return project


def key_of(project: Project, target: str, argument: object) -> str:
    for card in project.vault.glob(f"zoo/{target}/*.json"):
        told = json.loads(card.read_text())["arguments"]
        if any(one.get("value") == argument for one in told.values() if isinstance(one, dict)):
            return card.stem
    raise AssertionError(f"{target}({argument}) is not recorded")


def shown(project: Project, command: Command, target: str, argument: object) -> str:
    done = command("show", key_of(project, target, argument))
    assert done.status == 0
    return str(done.out)


def test_show_tells_all_of_a_recording(zoo: Project, command: Command) -> None:
    key = key_of(zoo, "animals", 2)
    done = command("show", key[:10].upper())
    assert done.status == 0
    lines = done.lines
    assert lines[:3] == [
        "zoo:animals(count=2)",
        f"  key       {key}",
        "  test      test_zoo.py::test_all",
    ]
    assert lines[3].startswith("  took      ")
    assert f"  card      {zoo.vault}/zoo/animals/{key}.json" in lines
    assert "  outcome   returned list" not in done.out
    assert lines[lines.index("arguments") + 1] == "  count = 2"
    assert lines[-4:] == [
        "returned [",
        "  zoo.Animal(name='animal animal ', legs=0, api_key=<redacted>)",
        "  zoo.Animal(name='animal animal ', legs=1, api_key=<redacted>)",
        "]",
    ]


def test_show_writes_values_of_every_kind(zoo: Project, command: Command) -> None:
    out = shown(zoo, command, "kinds", 1)
    for line in [
        "  'set': {'a', 3}",
        "  'frozen': frozenset((1, 2))",
        "  'empty': set()",
        "    'a line that is long enough not to stand with others in one line\\n'",
        "    'another one, too, here\\n'",
        "  'color': zoo.Color(1)",
        "  'herd': zoo.Herd(fed=True, 1)",
        "  'ordered': collections.OrderedDict('a': 1)",
        "  'day': datetime.date(2020, 1, 2)",
        "  'span': datetime.timedelta(1, 0, 0)",
        "  'kind': zoo.Animal",
        "  'slotted': zoo.Slotted(a=1)",
        "  'password': <redacted>",
        "  (1, zoo.Color(1)): 2",
        "  'complex': complex(0.0, 1.0)",
        "  'nested': {'a': {'b': [1, (2,)]}}",
    ]:
        assert line in out.splitlines()
    assert "  'then': datetime.datetime(2020, 1, 2, 0, 0) datetime.timezone" in out
    assert "  'bytes': <100 bytes, xxh3 " in out
    assert "yyy'... (2000 characters, xxh3 " in out
    assert "  'loop': [\n    1\n    ...\n  ]\n" in out
    assert "<lambda>" in out
    assert "s3cret" not in out


def test_show_writes_what_else_a_call_did(zoo: Project, command: Command) -> None:
    assert "raised zoo.ZooError('bad', code=7, __cause__=ValueError('inner'))" in shown(
        zoo, command, "fail", 1
    )
    assert shown(zoo, command, "stream", 2).splitlines()[-4:] == [
        "open: iterator None",
        "next: yielded 0",
        "next: yielded 1",
        "next: returned None",
    ]
    filled = shown(zoo, command, "fill", 3)
    assert "  changed   target['n']\n" in filled
    assert filled.splitlines()[-4:] == [
        "returned <the caller's own argument 1>",
        "changed the caller's own argument 1['n']: 3",
        "drew random numbers: random",
        "emitted stdout: 'filled\\n'",
    ]
    assert "returned float64 (100, 100) [\n  1.0 1.0" in shown(zoo, command, "large", 100)
    assert "coroutine, awaited: returned 5" in shown(zoo, command, "later", 5)
    secret = shown(zoo, command, "get_token", "me")
    assert "  outcome   returned <redacted>" in secret
    assert "s3cret" not in secret


def test_show_tells_why_it_cannot(zoo: Project, command: Command) -> None:
    done = command("show", "xyz")
    assert done.status == 2
    assert "no recording's key begins with xyz" in done.err
    done = command("show", "")
    assert done.status == 2
    assert "10 recordings' keys begin with" in done.err
    key = key_of(zoo, "animals", 2)
    (payload,) = zoo.vault.rglob(f"{key}.pkl")
    payload.write_bytes(b"")
    done = command("show", key)
    assert done.status == 1
    assert done.lines[0] == "zoo:animals(count=2)"
    assert f"damaged recording {payload}: the file is empty" in done.out
    payload.with_suffix(".json").unlink()
    assert command("show", key).status == 2


def test_lines_are_limited(zoo: Project, command: Command) -> None:
    done = command("show", key_of(zoo, "kinds", 1), "--lines", "3")
    assert done.lines[-1] == "... (more than 3 lines)"


def test_diff_tells_arguments_and_outcomes_apart(zoo: Project, command: Command) -> None:
    two, three = (key_of(zoo, "animals", count) for count in (2, 3))
    done = command("diff", two, three)
    assert done.status == 1
    assert done.lines[0] == f"A {two[:12]}  zoo:animals(count=2)  (test_zoo.py::test_all)"
    assert done.lines[2:] == [
        "  count: A 2, B 3",
        "  outcome[0].name: A 'animal animal ', B 'animal animal animal '",
        "  outcome[1].name: A 'animal animal ', B 'animal animal animal '",
        "  outcome[2]: A nothing, B zoo.Animal(...)",
    ]
    reverse = command("diff", three, two)
    assert "  outcome[2]: A zoo.Animal(...), B nothing" in reverse.lines
    same = command("diff", two, two)
    assert same.status == 0
    assert same.lines[2:] == ["  no difference"]


def test_diff_of_streams_and_of_other_targets(zoo: Project, command: Command) -> None:
    three, two = (key_of(zoo, "stream", count) for count in (3, 2))
    assert command("diff", three, two).lines[2:] == [
        "  count: A 3, B 2",
        "  step 3 outcome: A yielded, B returned",
        "  step 3 outcome: A 2, B None",
        "  B ends after 4 steps, A goes on",
    ]
    done = command("diff", key_of(zoo, "fill", 3), key_of(zoo, "fail", 1))
    assert {
        "  target: A zoo:fill, B zoo:fail",
        "  count: A 3, B nothing",
        "  x: A nothing, B 1",
        "  outcome: A returned, B raised",
        "  changed the caller's own argument 1['n']: A 3, B nothing",
        "  emitted stdout 1: A 'filled\\n', B nothing",
    } <= set(done.lines)
    assert command("diff", two, three).lines[-1] == "  A ends after 4 steps, B goes on"
    done = command("diff", key_of(zoo, "kinds", 1), key_of(zoo, "kinds", 1))
    assert done.status == 0


# Payloads made here -----------------------------------------------------------------------------


def payload(value: object) -> bytes:
    return pickle.dumps(value, 5) + b"\0"


def text(value: object, most: int = 100) -> list[str]:
    return list(payload_text(payload(value), most))[1:]


def read(value: object) -> Any:
    ((_, contents),) = inert_contents(payload(value))
    return contents.value


class Malicious:
    """Leaves a trace when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


def test_nothing_that_a_payload_names_is_run_or_imported(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    file = tmp_path / "payload.pkl"
    # A module that nobody has imported yet, and one that would not survive it.
    global_ = b"\x80\x05(cthis\nNone\ncantigravity\nfly\nl."
    for data in (payload(Malicious(str(trace))), global_ + b"\0"):
        file.write_bytes(data)
        script = (
            "import sys; from pytest_mimic._command_line import main;"
            f"assert main(['textconv', {str(file)!r}]) == 0;"
            "assert not {'this', 'antigravity', 'numpy'} & set(sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True
        )
        assert ".mkdir(" in done.stdout or "antigravity.fly" in done.stdout
    assert not trace.exists()
    pickle.loads(payload(Malicious(str(trace))))
    assert trace.exists()


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (np.arange(4.0), "returned float64 (4,) [0.0 1.0 2.0 3.0]"),
        (np.array([[True, False]]), "returned bool (1, 2) [True False]"),
        (np.float32(1.5), "returned float32(1.5)"),
        (np.array([1], ">i2"), "returned int16 (1,) [1]"),
        (np.asfortranarray(np.arange(4, dtype="u1").reshape(2, 2)), None),
        (np.array([1j]), None),
        (np.array(["ab"]), None),
    ],
    ids=str,
)
def test_arrays_are_read_without_numpy(value: Any, line: str | None) -> None:
    (shown,) = text(value)
    if line is not None:
        assert shown == line
    elif value.dtype.kind == "u":
        assert shown == "returned uint8 (2, 2) [0 2 1 3]"
    else:
        assert shown.startswith(("returned complex128 (1,) [xxh3 ", "returned U2 (1,) [xxh3 "))


def test_large_arrays_are_cut_short_and_others_shown_as_objects() -> None:
    lines = text(np.zeros((100, 100)))
    assert lines[0] == "returned float64 (100, 100) ["
    assert lines[-2].startswith("  ... of all xxh3 ")
    assert len(lines) == 15
    assert text(np.arange(50))[-2:] == ["  " + " ".join(map(str, range(33, 50))), "]"]
    assert "numpy.dtype('O8'" in "\n".join(text(np.array([None])))
    assert text(np.zeros(1, [("a", "f8")]))[0].startswith("returned V8 (1,) [xxh3 ")
    assert view(read(np.datetime64("2020-01-01"))).head.startswith("M8(xxh3 ")


def differences(first: object, second: object) -> list[str]:
    from pytest_mimic._command_line._difference import of_payloads

    return list(of_payloads(payload(first), payload(second)))


def test_arrays_are_compared_cell_by_cell() -> None:
    first = np.arange(6.0).reshape(2, 3)
    second = first.copy()
    assert differences(first, second) == []
    second[1, 1:] = 9
    more = " (the first of 2 cells that differ)"
    assert differences(first, second) == [f"outcome[1, 1]: A 4.0, B 9.0{more}"]
    assert differences(np.asfortranarray(first), np.asfortranarray(second)) == [
        f"outcome[1, 1]: A 4.0, B 9.0{more}"
    ]
    assert differences(first, np.asfortranarray(second)) == ["outcome: A some contents, B others"]
    assert differences(np.array([1j]), np.array([2j])) == ["outcome: A some contents, B others"]
    nan = np.array([float("nan")])
    assert differences([nan, nan], [nan, -nan]) == []
    (shapes,) = differences(first, first[:1])
    assert shapes.startswith("outcome: A float64 (2, 3) [0.0")


def test_what_stands_in_many_places_is_compared_once() -> None:
    first: Any = [1]
    second: Any = [2]
    for _ in range(60):
        first, second = [first, first], [second, second]
    assert len(differences(first, second)) == 1
    assert differences({"a": 1}, {"b": 1}) == [
        "outcome['a']: A 1, B nothing",
        "outcome['b']: A nothing, B 1",
    ]


def test_what_is_nested_too_deeply_is_cut_short() -> None:
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    lines = text(deep)
    assert any(line.strip() == "..." for line in lines)
    key: Any = ()
    for _ in range(16):
        key = (key, key)
    assert "..." in brief(read({key: 1}))
    assert text({tuple(range(100)): 1})[1].endswith("47, ...): 1")


def test_diff_survives_what_is_nested_too_deeply() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    data = b"\x80\x05" + b"(" * 100_000 + b"l" * 100_000 + b".\0"
    from pytest_mimic._command_line._difference import of_payloads

    with pytest.raises(RecursionError):
        list(of_payloads(data, data[:]))
    del deep


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"not a payload at all",
        b"\x80\x05\x95" + b"\xff" * 20,
        b"\x10" * 30,
        b"\x80\x05.\x02",
        b"\x80\x05N.\x04",
        b"\x80\x05K\x01.\x40",
    ],
)
def test_what_is_no_payload_is_said_to_be_none(data: bytes) -> None:
    lines = list(payload_text(data, 10))
    assert lines[-1].startswith("it cannot be read as a payload: ")
    with pytest.raises(UnreplayableOutcomeError):
        list(inert_contents(data))


def test_nothing_is_no_payload_either() -> None:
    assert list(payload_text(b"", 10))[-1].startswith("it cannot be read as a payload: ")


class Reduced:
    """Pickled by whatever reduction a test wants."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


@pytest.mark.parametrize(
    ("reduced", "line"),
    [
        ((len, (1,), {2: 3}), "len(1, 2=3)"),
        ((len, (), "state"), "len(state='state')"),
        ((len, (), ({"a": 1}, {"b": 2})), "len(a=1, b=2)"),
        (
            (len, (), None, iter([1, 2]), iter([("k", "v"), ("token", "x")])),
            "len(1, 2, 'k': 'v', 'token': <redacted>)",
        ),
    ],
)
def test_reductions_of_every_form(reduced: tuple[Any, ...], line: str) -> None:
    assert brief(read(Reduced(*reduced))) == line


def test_stand_ins_take_whatever_a_pickle_does_to_them() -> None:
    made = Inert(1, a=2)
    made.add(3)
    made.append(4)
    made.extend([5])
    assert brief(made) == "(1, a=2, 3, 4, 5)"
    # What pickle itself writes in other protocols, or never: len()(1).
    ((_, contents),) = inert_contents(b"\x80\x05cbuiltins\nlen\n)R(K\x01tR.\0")
    assert brief(contents.value) == "<builtins.len object>(1)"
    old = b"ccopyreg\n_reconstructor\n(cshop\nClient\ncbuiltins\nobject\nNtR}S'url'\nS'x'\nsb.\0"
    ((_, contents),) = inert_contents(old)
    assert brief(contents.value) == "shop.Client(url='x')"


def test_references_that_make_no_sense_are_still_shown() -> None:
    assert brief(Reference(None)) == "<an object of the caller>"
    assert brief(Reference((1, ".", "x"))) == "<the caller's own argument 2.x>"


def test_dates_that_are_none_are_shown_as_they_are() -> None:
    data = b"\x80\x05cdatetime\ndate\n(C\x04\xff\xff\xff\xfftR.\0"
    ((_, contents),) = inert_contents(data)
    assert brief(contents.value) == r"datetime.date(b'\xff\xff\xff\xff')"


def test_what_is_like_numpy_and_is_not() -> None:
    for name, args in [
        ("numpy._core.multiarray.other", ()),
        ("numpy.core.multiarray.scalar", (Inert("f8"), b"1234")),
        ("numpy.core.multiarray.scalar", (read(np.dtype("f8")), b"1234")),
    ]:
        made = type("Inert", (Inert,), {"name": name})(*args)
        assert brief(made).startswith(f"{name}(")


def written(folder: Path, *payloads: bytes, **arguments: list[Any]) -> list[str]:
    """Recordings with these payloads, and with these arguments' outlines, one for each."""
    vault = Vault(folder / ".mimic_vault")
    keys = [f"{place}" * 32 for place, _ in enumerate(payloads)]
    for place, data in enumerate(payloads):
        told = {name: outlines[place] for name, outlines in arguments.items()}
        outcome = {"kind": "returned"}
        card = Card("m:f", keys[place], told, outcome, (), 0.1, "3.12", {}, None, "test_m.py::t")
        vault.write(card, [data])
    return keys


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_long_difference_is_cut_short(folder: Path, command: Command) -> None:
    written(folder, payload(list(range(60))), payload(list(range(100, 160))))
    done = command("diff", "0", "1")
    assert len(done.lines) == 53
    assert done.lines[-1] == "  ..."


def test_what_cannot_be_compared_is_said_to_be(folder: Path, command: Command) -> None:
    deep = b"\x80\x05" + b"(" * 100_000 + b"l" * 100_000 + b".\0"
    written(folder, b"no payload", payload(1), deep, deep + b"\0")
    (line,) = command("diff", "0", "1").lines[2:]
    assert line.startswith("  outcome: cannot be compared: it cannot be read as a payload")
    (line,) = command("diff", "2", "3").lines[2:]
    assert line.startswith("  outcome: cannot be compared: ")
    done = command("show", "0")
    assert done.lines[-1].startswith("it cannot be read as a payload: ")


def test_arguments_are_compared_as_far_as_cards_tell(folder: Path, command: Command) -> None:
    arrays = [
        {"type": "numpy.ndarray", "dtype": "float64", "shape": [3], "digest": digest}
        for digest in ("a", "b")
    ]
    written(folder, payload(1), payload(1), x=arrays, token=["<redacted>"] * 2)
    assert command("diff", "0", "1").lines[2:] == ["  x: same type and shape, different contents"]
    assert command("diff", "0", "0") == (0, command("diff", "0", "0").out, "")


def test_other_keys_of_cards_that_tell_the_same(folder: Path, command: Command) -> None:
    written(folder, payload(1), payload(1), token=["<redacted>"] * 2)
    done = command("diff", "0", "1")
    assert done.status == 1
    assert done.lines[2:] == [
        "  the keys differ by what cards do not tell: a redacted argument, say"
    ]


@pytest.mark.parametrize("method", ["card_at", "read"])
def test_what_goes_while_it_is_shown(
    folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    written(folder, payload(1))
    monkeypatch.setattr(Vault, method, lambda *_: None)
    done = command("show", "0")
    assert done.status
    assert f"the recording {'0' * 32} has gone meanwhile" in done.out + done.err
