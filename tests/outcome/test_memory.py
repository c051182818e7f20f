"""Results that share memory with an argument: what is written to either is seen in both."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_mimic._outcome import content
from pytest_mimic.errors import UnrecordableOutcomeError

np: Any = pytest.importorskip("numpy")

Call = Callable[..., Any]


def table() -> Any:
    return np.arange(12.0).reshape(3, 4)


def numbered() -> Any:
    """Its elements are told apart by their order, whatever is written to one."""
    return np.arange(100, 112, dtype="i8").reshape(3, 4)


VIEWS: list[Callable[[Any], Any]] = [
    lambda array: array[1],
    lambda array: array[1:, ::2],
    lambda array: array[::-1, ::-1],
    lambda array: array.T,
    lambda array: array.reshape(-1),
    lambda array: array[:],
    lambda array: array.view("i4"),
    lambda array: array[2, 3, ...],
    lambda array: np.broadcast_to(array[0], (5, 4)),
    lambda array: np.lib.stride_tricks.sliding_window_view(array, 2, axis=1),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("view", VIEWS)
def test_views(call: Call, view: Callable[[Any], Any], order: Any) -> None:
    if order == "F" and view(numbered()).dtype == "i4":
        pytest.skip("numpy makes no such view")
    pair = call(view, lambda: [np.asarray(numbered(), order=order)])
    ours, theirs = pair.live, pair.replayed
    assert np.array_equal(ours, theirs)
    assert (ours.dtype, ours.strides, ours.flags.writeable) == (
        theirs.dtype,
        theirs.strides,
        theirs.flags.writeable,
    )
    pair.before[0][:] += 1000
    pair.after[0][:] += 1000
    assert np.array_equal(ours, theirs)
    assert np.shares_memory(pair.after[0], theirs) == np.shares_memory(pair.before[0], ours)


def test_what_is_written_to_a_view(call: Call) -> None:
    pair = call(lambda box: {"row": box["table"][1]}, lambda: [{"table": table()}])
    pair.replayed["row"][:] = 0
    assert pair.after[0]["table"][1].tolist() == [0, 0, 0, 0]


def test_a_view_of_what_the_call_changed(call: Call) -> None:
    def change(array: Any) -> Any:
        array *= 2
        return array[0]

    pair = call(change, lambda: [table()])
    assert pair.replayed.tolist() == [0, 2, 4, 6]
    assert np.array_equal(*pair.after, pair.before[0])
    assert np.shares_memory(pair.replayed, pair.after[0])


def test_several_arguments(call: Call) -> None:
    """Whichever it is of, and where one of them is a view of another."""

    def make() -> Any:
        whole = numbered()
        return [whole[2:], table(), whole, whole[:1]]

    pair = call(lambda *arrays: [array[-1, 1:] for array in arrays], make)
    for arrays in (pair.before, pair.after):
        arrays[2][2, 2] = arrays[1][2, 2] = -1
    assert list(map(list, pair.live)) == list(map(list, pair.replayed))
    assert list(pair.replayed[0]) == [109, -1, 111]


def test_of_a_class_of_its_own(call: Call, tmp_path: Path) -> None:
    """The view is of numpy's, as when an array in a file is asked for its values."""
    made = iter(range(2))

    def make() -> Any:
        return [np.memmap(tmp_path / str(next(made)), "i8", "w+", shape=(3, 4))]

    pair = call(lambda array: np.asarray(array)[1:], make)
    pair.replayed[0] = 5
    assert pair.after[0].tolist()[1] == [5, 5, 5, 5]


def test_under_a_mask(call: Call) -> None:
    pair = call(lambda array: array.data[0], lambda: [np.ma.masked_array(table(), table() > 3)])
    assert pair.replayed.tolist() == pair.live.tolist()


def test_a_view_kept_in_an_argument(call: Call) -> None:
    pair = call(lambda array, box: box.append(array[0]), lambda: [table(), []])
    pair.after[1][0][0] = 9
    assert pair.after[0][0, 0] == 9


@pytest.mark.parametrize(
    ("make", "of"),
    [
        (table, lambda array: array * 1),
        (lambda: table()[:, ::2], lambda array: array[0]),
        (lambda: np.array([[], []]), lambda array: array[0]),
        (lambda: np.array([[[], {}]], dtype=object), lambda array: array[:1].copy()),
    ],
    ids=["a copy", "of a view", "empty", "objects"],
)
def test_a_memory_of_its_own(call: Call, make: Any, of: Any) -> None:
    pair = call(of, lambda: [make()])
    assert pair.replayed.tolist() == pair.live.tolist()
    assert not np.shares_memory(pair.replayed, pair.after[0])


def test_an_ignored_argument(call: Call) -> None:
    """Nothing says what is in it at replay."""
    pair = call(lambda array: array[0], lambda: [table()], ["a0"])
    assert not np.shares_memory(pair.replayed, pair.after[0])


def test_an_argument_that_the_call_laid_otherwise(call: Call) -> None:
    def turn(box: Any) -> Any:
        array = box[0]
        array.resize((4, 3), refcheck=False)
        return array[1]

    pair = call(turn, lambda: [[table()]])
    assert pair.replayed.tolist() == [3, 4, 5]
    assert pair.after[0][0].shape == (4, 3)


def test_an_argument_that_lies_otherwise_at_replay(call: Call) -> None:
    """The key tells nothing of it, and no view can be made alike."""
    made = iter([table(), np.asfortranarray(table())])
    pair = call(lambda array: array[1], lambda: [next(made)])
    assert pair.replayed.tolist() == [4, 5, 6, 7]
    assert not np.shares_memory(pair.replayed, pair.after[0])


def test_strides_that_tell_nothing(call: Call) -> None:
    made = iter([np.ones((3, 1)), np.ones((3, 3)).T[:, :1].copy("F").reshape(3, 1)])
    pair = call(lambda array: array[:2], lambda: [next(made)])
    assert np.shares_memory(pair.replayed, pair.after[0])


BUFFERS: list[Callable[[], Any]] = [
    lambda: bytearray(range(24)),
    lambda: array("i", range(6)),
    lambda: memoryview(bytearray(range(24))),
    lambda: memoryview(bytearray(range(24))).cast("h", (3, 4)),
    lambda: np.arange(24, dtype="u1").reshape(4, 6),
    lambda: np.arange(3, dtype="i8"),
]


def bytes_of(owner: Any) -> memoryview:
    return memoryview(owner).cast("B")


@pytest.mark.parametrize("make", BUFFERS)
@pytest.mark.parametrize(
    "view",
    [
        memoryview,
        lambda owner: bytes_of(owner)[3:9],
        lambda owner: bytes_of(owner)[3:9:2],
        lambda owner: bytes_of(owner)[::-1],
        lambda owner: bytes_of(owner)[8:16].cast("i"),
        lambda owner: bytes_of(owner).cast("i")[::-2],
        lambda owner: bytes_of(owner).cast("H", (3, 4)),
    ],
)
def test_views_of_buffers(call: Call, make: Any, view: Callable[[Any], Any]) -> None:
    pair = call(view, lambda: [make()])
    ours, theirs = pair.live, pair.replayed
    assert type(theirs) is memoryview
    assert theirs.tolist() == ours.tolist()
    assert (theirs.format, theirs.shape, theirs.strides) == (ours.format, ours.shape, ours.strides)
    for owner in (pair.before[0], pair.after[0]):
        bytes_of(owner)[:] = bytes(range(100, 124))
    assert theirs.tolist() == ours.tolist()
    theirs.release()


def test_arrays_on_a_buffer(call: Call) -> None:
    pair = call(lambda buffer: np.frombuffer(buffer, "<i2", 3, 2), lambda: [bytearray(8)])
    pair.replayed[1] = 0x0201
    assert pair.after[0] == b"\0\0\0\0\1\2\0\0"


def test_a_view_of_a_buffer_that_the_call_changed(call: Call) -> None:
    def fill(buffer: bytearray) -> memoryview:
        buffer[:] = b"abcd"
        return memoryview(buffer)[1:3]

    pair = call(fill, lambda: [bytearray(4)])
    assert pair.replayed.tobytes() == b"bc"
    pair.after[0][1] = 0
    assert pair.replayed.tobytes() == b"\0c"


@pytest.mark.parametrize(
    ("make", "of"),
    [
        (lambda: bytearray(4), lambda buffer: memoryview(buffer).toreadonly()),
        (lambda: bytearray(4), lambda buffer: memoryview(bytearray(buffer))),
        (lambda: bytearray(4), lambda buffer: memoryview(buffer)[4:]),
        (lambda: bytearray(4), lambda buffer: (buffer.extend(b"more"), memoryview(buffer))[1]),
        (lambda: memoryview(bytearray(6))[::2], lambda view: view[1:]),
    ],
    ids=["read-only", "a copy", "empty", "grown", "of a view in steps"],
)
def test_a_view_with_a_memory_of_its_own(call: Call, make: Any, of: Any) -> None:
    """What cannot be made again as a view of the argument is one of equal bytes."""
    pair = call(of, lambda: [make()])
    assert pair.replayed.tolist() == pair.live.tolist()
    assert pair.replayed.readonly == pair.live.readonly


def test_a_view_of_an_array_that_lies_otherwise_at_replay(call: Call) -> None:
    made = iter([table(), np.asfortranarray(table())])
    pair = call(lambda array: memoryview(array.reshape(-1))[2:], lambda: [next(made)])
    assert pair.replayed.tolist() == pair.live.tolist()


def test_a_view_of_numbers_in_another_byte_order(call: Call) -> None:
    """Python itself makes no such view."""
    with pytest.raises(UnrecordableOutcomeError, match="cannot record result: memoryview"):
        call(memoryview, lambda: [np.arange(3, dtype=np.dtype("i4").newbyteorder())])


def test_a_view_of_rows_that_are_apart(call: Call) -> None:
    pair = call(lambda array: memoryview(array[:, ::2]), lambda: [table()])
    assert pair.replayed.tolist() == pair.live.tolist()


def test_a_view_of_a_buffer_read_without_a_caller(call: Call) -> None:
    pair = call(lambda buffer: memoryview(buffer)[1:3], lambda: [bytearray(4)])
    assert str(content(bytes(pair.payload))[1]) == (
        "a view of an object of the caller's own (from byte 1 to 3, B (2,), step 1)"
    )


def test_read_without_a_caller(call: Call) -> None:
    """What a payload holds can be shown: of a view, whose it is."""
    pair = call(lambda array: [array[1]], lambda: [table()])
    kind, value, *_ = content(bytes(pair.payload))
    assert kind == "returned"
    assert str(value[0]) == (
        "a view of an object of the caller's own (from byte 32, float64 (4,), strides (8,))"
    )
    other = call(lambda array: [array[2]], lambda: [table()])
    assert value[0].reference != content(bytes(other.payload))[1][0].reference
