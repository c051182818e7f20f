"""A stream is recorded while it is consumed, and replayed item by item."""

# ruff: noqa: S311  # random numbers are the subject here, and nothing is secret
from __future__ import annotations

import contextlib
import io
import itertools
import random
import threading
import unittest.mock
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import (
    ITERATOR,
    NO_EFFECTS,
    Before,
    Beyond,
    Call,
    Effects,
    Opening,
    Player,
    Streamed,
    StreamEnd,
    changes_after,
    content,
    decode,
    guise_of,
    is_streamed,
    kind_of_stream,
    record_stream,
    replay_stream,
)
from pytest_mimic.errors import (
    MissingRecordingError,
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
)

Consume = Callable[..., Any]


class Deaf:
    """Runs live code that nobody listens to."""

    def __call__(self) -> contextlib.AbstractContextManager[object]:
        return contextlib.nullcontext()

    def take_emissions(self) -> tuple[()]:
        return ()


class MemoryTape:
    """A tape that keeps what was written."""

    def __init__(self) -> None:
        self.written = b""
        self.end: StreamEnd | None = None
        self.abandoned: BaseException | None = None
        self.leave: Callable[[], object] = list

    def opened(self, leave: Callable[[], None]) -> None:
        self.leave = leave

    def append(self, parts: Sequence[Any]) -> None:
        self.written += b"".join(parts)

    def finish(self, end: StreamEnd) -> None:
        self.end = end

    def abandon(self, error: BaseException) -> None:
        self.abandoned = error


class Run(NamedTuple):
    """A stream consumed live, and once more in replay."""

    live: Any
    replayed: Any
    tape: MemoryTape
    after: Sequence[Any]


def names_of(arguments: Sequence[Any]) -> list[str]:
    return [f"a{index}" for index in range(len(arguments))]


def recorded(
    stream: Any, arguments: Sequence[Any], effects: Effects = NO_EFFECTS
) -> tuple[Any, MemoryTape]:
    tape = MemoryTape()
    before = Before(names_of(arguments), arguments, frozenset(), Fingerprinter().digest)
    return record_stream(stream, before, tape, Deaf(), Opening(effects)), tape


def replaying(tape: MemoryTape, arguments: Sequence[Any]) -> Any:
    digest = Fingerprinter().digest
    outcome = decode(tape.written, arguments).outcome
    assert isinstance(outcome, Streamed)
    call = Call(names_of(arguments), arguments, frozenset(), digest)
    player = Player(outcome.reader, call, Beyond(MissingRecordingError))
    assert player.open() == (ITERATOR, None)
    return replay_stream(player)


def run(
    function: Callable[..., Any],
    consume: Consume,
    make: Callable[[], Sequence[Any]] = list,
    again: Consume | None = None,
) -> Run:
    ours, theirs = make(), make()
    stream, tape = recorded(function(*ours), ours)
    live = consume(stream, *ours)
    tape.leave()
    return Run(live, (again or consume)(replaying(tape, theirs), *theirs), tape, theirs)


def everything(stream: Iterator[Any], *_arguments: Any) -> Any:
    """Take all items, and the value returned."""
    items = []
    while True:
        try:
            items.append(next(stream))
        except StopIteration as stop:
            return items, stop.value
        except Exception as error:  # noqa: BLE001  # whatever the stream raises
            return items, repr(error)


def first(count: int) -> Consume:
    def take(stream: Any, *_arguments: Any) -> Any:
        items = list(itertools.islice(stream, count))
        stream.close()
        return items

    return take


def numbers() -> Generator[Any, Any, str]:
    yield 1
    yield [2]
    yield "three"
    return "end"


def failing() -> Iterator[int]:
    yield 1
    raise KeyError("at two")


class TestItems:
    def test_all_of_them_and_the_value_returned(self) -> None:
        ran = run(numbers, everything)
        assert ran.live == ran.replayed == ([1, [2], "three"], "end")
        assert ran.tape.end is not None
        assert (ran.tape.end.items, ran.tape.end.left) == (3, False)
        assert ran.tape.end.size == len(ran.tape.written)

    def test_the_error_that_ended_them(self) -> None:
        ran = run(failing, everything)
        assert ran.live == ran.replayed == ([1], "KeyError('at two')")
        assert ran.tape.end is not None
        assert repr(ran.tape.end.exception) == "KeyError('at two')"

    def test_none_at_all(self) -> None:
        assert run(lambda: iter(()), everything).replayed == ([], None)

    @pytest.mark.parametrize(
        "function",
        [
            lambda: map(str, [1, 2]),
            lambda: zip("ab", [1, 2], strict=True),
            lambda: iter([1, [2]]),
            lambda: itertools.chain([1], [2]),
        ],
    )
    def test_of_other_iterators(self, function: Callable[[], Any]) -> None:
        ran = run(function, everything)
        assert ran.live == ran.replayed

    def test_as_lazily_as_live(self) -> None:
        seen: list[str] = []

        def speaking() -> Iterator[int]:
            seen.append("started")
            yield 1
            seen.append("resumed")

        stream, _ = recorded(speaking(), [])
        assert seen == []
        next(stream)
        assert seen == ["started"]

    def test_each_replay_is_fresh(self) -> None:
        stream, tape = recorded(iter([[1]]), [])
        list(stream)
        next(replaying(tape, [])).append(2)
        assert next(replaying(tape, [])) == [1]

    def test_an_item_that_cannot_be_stored(self) -> None:
        closed: list[bool] = []

        def locks() -> Iterator[Any]:
            try:
                yield 1
                yield [threading.Lock()]
            finally:
                closed.append(True)

        stream, tape = recorded(locks(), [])
        next(stream)
        with pytest.raises(UnrecordableOutcomeError, match=r"item 2 -> \[0\]: _thread.lock"):
            next(stream)
        assert closed == [True]
        assert tape.end is None
        assert isinstance(tape.abandoned, UnrecordableOutcomeError)

    def test_an_item_of_an_iterator_without_close(self) -> None:
        stream, tape = recorded(iter([threading.Lock()]), [])
        with pytest.raises(UnrecordableOutcomeError):
            next(stream)
        assert tape.abandoned is not None

    def test_an_end_that_is_about_the_run(self) -> None:
        def interrupted() -> Iterator[int]:
            yield 1
            raise KeyboardInterrupt

        stream, tape = recorded(interrupted(), [])
        next(stream)
        with pytest.raises(KeyboardInterrupt):
            next(stream)
        assert tape.end is None
        assert isinstance(tape.abandoned, KeyboardInterrupt)


class TestLeaving:
    def test_early_is_recorded_as_far_as_it_went(self) -> None:
        ran = run(numbers, first(2))
        assert ran.live == ran.replayed == [1, [2]]
        assert ran.tape.end is not None
        assert ran.tape.end.left

    def test_earlier_than_recorded(self) -> None:
        assert run(numbers, everything, again=first(1)).replayed == [1]

    def test_later_than_recorded_is_a_miss(self) -> None:
        with pytest.raises(MissingRecordingError, match="2 items were taken when it was recorded"):
            run(numbers, first(2), again=everything_or_miss)

    def test_what_is_done_on_leaving(self) -> None:
        def tidy(log: list[str]) -> Iterator[int]:
            try:
                yield 1
                yield 2
            finally:
                log.append("tidied")

        ran = run(tidy, first(1), lambda: [[]])
        assert ran.after == [["tidied"]]

    def test_what_is_raised_on_leaving(self) -> None:
        def sulking() -> Iterator[int]:
            try:
                yield 1
            finally:
                raise ValueError("not yet")

        def take(stream: Any) -> str:
            next(stream)
            with pytest.raises(ValueError, match="not yet") as caught:
                stream.close()
            return str(caught.value)

        assert run(sulking, take).replayed == "not yet"

    def test_by_forgetting_it(self) -> None:
        stream, tape = recorded(numbers(), [])
        next(stream)
        del stream
        assert tape.end is not None
        assert tape.end.left

    def test_by_the_end_of_the_run(self) -> None:
        stream, tape = recorded(numbers(), [])
        next(stream)
        tape.leave()
        assert tape.end is not None
        assert tape.end.left
        written = tape.written
        assert list(stream) == [[2], "three"]
        assert tape.written == written


def echo() -> Iterator[Any]:
    value = None
    while True:
        value = yield value


class TestSending:
    def test_the_same(self) -> None:
        def converse(stream: Any) -> list[Any]:
            return [next(stream), stream.send(1), stream.send("two"), next(stream)]

        ran = run(echo, converse)
        assert ran.live == ran.replayed == [None, 1, "two", None]

    def test_the_very_object_comes_back(self) -> None:
        def converse(stream: Any) -> bool:
            next(stream)
            value = [1]
            return stream.send(value) is value

        ran = run(echo, converse)
        assert ran.live is ran.replayed is True

    def test_another_value_is_a_miss(self) -> None:
        def converse(value: object) -> Consume:
            def send(stream: Any) -> Any:
                next(stream)
                return stream.send(value)

            return send

        with pytest.raises(MissingRecordingError, match="after item 1 another value was sent"):
            run(echo, converse(1), again=converse(1.0))


@contextlib.contextmanager
def swallowing(log: list[str]) -> Iterator[list[str]]:
    try:
        yield log
    except ValueError as error:
        log.append(repr(error))
    else:
        log.append("fine")


class TestThrowing:
    """What ``contextlib.contextmanager`` does with its generator."""

    @staticmethod
    def entering(error: BaseException | None) -> Consume:
        def enter(stream: Any, *_arguments: Any) -> Any:
            manager = contextlib.contextmanager(lambda: stream)()
            try:
                with manager as value:
                    if error is not None:
                        raise error
            except Exception as raised:  # noqa: BLE001  # whatever comes out
                return "raised", raised is error, repr(raised), repr(raised.__context__)
            return "left", value

        return enter

    @pytest.mark.parametrize("error", [None, ValueError(1), KeyError("k")])
    def test_as_recorded(self, error: BaseException | None) -> None:
        ran = run(swallowing.__wrapped__, self.entering(error), lambda: [[]])  # type: ignore[attr-defined]
        assert ran.live == ran.replayed
        live: list[Any] = []
        with contextlib.suppress(KeyError), swallowing(live):
            if error is not None:
                raise error
        assert ran.after == [live]

    def test_where_none_was_recorded_it_propagates(self) -> None:
        ran = run(
            swallowing.__wrapped__,  # type: ignore[attr-defined]
            self.entering(None),
            lambda: [[]],
            self.entering(KeyError("new")),
        )
        assert ran.replayed[:2] == ("raised", True)

    def test_where_another_was_recorded_it_is_a_miss(self) -> None:
        def throw(stream: Any, _log: list[str]) -> Any:
            next(stream)
            return stream.throw(KeyError("k"))

        with pytest.raises(MissingRecordingError, match="another exception was thrown in"):
            run(
                swallowing.__wrapped__,  # type: ignore[attr-defined]
                self.entering(ValueError(1)),
                lambda: [[]],
                throw,
            )

    def test_one_was_recorded_and_none_is_thrown(self) -> None:
        with pytest.raises(MissingRecordingError, match="after item 1 an exception was thrown in"):
            run(
                swallowing.__wrapped__,  # type: ignore[attr-defined]
                self.entering(ValueError(1)),
                lambda: [[]],
                everything_or_miss,
            )

    def test_translated(self) -> None:
        def translating() -> Iterator[int]:
            try:
                yield 1
            except ValueError as error:
                raise KeyError("translated") from error

        def enter(stream: Any) -> Any:
            error = ValueError("mine")
            next(stream)
            with pytest.raises(KeyError, match="translated") as caught:
                stream.throw(error)
            return caught.value.__cause__ is error, caught.value.__context__ is error

        assert run(translating, enter).replayed == (True, True)

    def test_into_an_iterator_that_takes_none(self) -> None:
        def throw(stream: Any) -> str:
            next(stream)
            with pytest.raises(ValueError, match="mine") as caught:
                stream.throw(ValueError("mine"))
            return str(caught.value)

        assert run(lambda: iter([1, 2]), throw).replayed == "mine"

    def test_what_has_no_digest_is_known_by_its_class(self) -> None:
        def throw(stream: Any) -> Any:
            next(stream)
            return stream.throw(ValueError(threading.Lock()))

        def patient() -> Iterator[int]:
            try:
                yield 1
            except ValueError:
                yield 2

        assert run(patient, throw).replayed == 2


def everything_or_miss(stream: Any, *_arguments: Any) -> Any:
    return list(stream)


class TestIdentity:
    def test_one_object_again_and_again(self) -> None:
        def refilled() -> Iterator[list[int]]:
            batch: list[int] = []
            for number in range(4):
                batch[:] = [number] * number
                yield batch

        def take(stream: Iterator[list[int]]) -> Any:
            seen = [(item, list(item)) for item in stream]
            return len({id(item) for item, _ in seen}), [copy for _, copy in seen]

        ran = run(refilled, take)
        assert ran.live == ran.replayed == (1, [[], [1], [2, 2], [3, 3, 3]])
        assert ran.tape.end is not None
        assert ran.tape.end.effects == ()

    def test_an_argument_and_its_inner_objects(self) -> None:
        def giving(value: list[Any]) -> Iterator[Any]:
            yield value
            yield value[0]

        ran = run(giving, lambda stream, _value: list(stream), lambda: [[[1]]])
        assert ran.replayed[0] is ran.after[0]
        assert ran.replayed[1] is ran.after[0][0]

    def test_what_an_argument_held_once(self) -> None:
        def clearing(value: list[Any]) -> Iterator[Any]:
            items = list(value)
            value.clear()
            yield from items

        kept = [["a"], ["b"]]
        made = iter([[[["a"], ["b"]]], [list(kept)]])
        ran = run(clearing, lambda stream, _value: list(stream), lambda: next(made))
        assert ran.replayed[0] is kept[0]
        assert ran.replayed[1] is kept[1]

    def test_only_the_last_items_are_remembered(self) -> None:
        objects: list[Any] = [[number] for number in range(40)]

        def giving() -> Iterator[Any]:
            yield from objects
            yield objects[-1]
            yield objects[0]

        items = run(giving, list).replayed
        assert items[-2] is items[-3]
        assert items[-1] == items[0]
        assert items[-1] is not items[0]

    def test_heavy_items_are_forgotten_sooner(self) -> None:
        heavy = [[0] * 3_000, [1] * 3_000]

        def giving() -> Iterator[Any]:
            yield from (*heavy, heavy[1], heavy[0])

        items = run(giving, list).replayed
        assert items[2] is items[1]
        assert items[3] is not items[0]


class TestEffects:
    def test_item_by_item(self) -> None:
        def popping(queue: list[Any]) -> Iterator[Any]:
            while queue:
                yield queue.pop()

        def take(stream: Iterator[Any], queue: list[Any]) -> Any:
            return [(item, list(queue)) for item in stream]

        ran = run(popping, take, lambda: [[1, [2], 3]])
        assert ran.live == ran.replayed
        assert ran.tape.end is not None
        assert ran.tape.end.effects == ("a0",)

    def test_with_the_consumer_changing_things_too(self) -> None:
        def doubling(queue: list[int]) -> Iterator[int]:
            for place in range(3):
                queue.append(sum(queue))
                yield place

        def take(stream: Iterator[int], queue: list[int]) -> Any:
            for place in stream:
                queue.append(place)  # noqa: PERF402  # one by one is the point
            return list(queue)

        ran = run(doubling, take, lambda: [[1]])
        assert ran.live == ran.replayed

    def test_of_the_call_itself(self) -> None:
        def starting(queue: list[int]) -> Iterator[int]:
            queue.append(1)
            return iter([5])

        ours: list[Any] = [[0]]
        before = Before(["a0"], ours, frozenset(), Fingerprinter().digest)
        stream = starting(*ours)
        effects = changes_after(before, lambda: False)
        tape = MemoryTape()
        list(record_stream(stream, before, tape, Deaf(), Opening(effects)))
        theirs: list[Any] = [[0]]
        replay = replaying(tape, theirs)
        assert theirs == [[0, 1]]
        assert list(replay) == [5]

    def test_heavy_arguments_may_be_given_but_not_changed(self) -> None:
        def make() -> list[Any]:
            return [[*list(range(60000)), ["inner"]]]

        def inner(values: list[Any]) -> Iterator[Any]:
            yield 1
            yield values[-1]

        ran = run(inner, lambda stream, _values: list(stream), make)
        assert ran.replayed[1] is ran.after[0][-1]

        def changing(values: list[Any]) -> Iterator[Any]:
            yield values.pop()

        stream, tape = recorded(changing(values := make()[0]), [values])
        with pytest.raises(UnrecordableOutcomeError, match="as large as here: a0"):
            list(stream)
        assert tape.abandoned is not None

    def test_random_numbers(self) -> None:
        def drawing() -> Iterator[float]:
            yield random.random()
            yield random.random()

        def take(stream: Iterator[float]) -> list[float]:
            random.seed(3)
            return [next(stream), random.random(), next(stream), random.random()]

        ran = run(drawing, take)
        assert ran.live == ran.replayed


class TestSurface:
    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            (iter([]), ITERATOR),
            (map(str, []), ITERATOR),
            (numbers(), ITERATOR),
            ([], None),
            ("text", None),
            (io.StringIO("a\nb"), None),
            (unittest.mock.MagicMock(), None),
        ],
    )
    def test_what_is_a_stream(self, value: object, kind: str | None) -> None:
        assert kind_of_stream(value) == kind

    def test_what_only_looks_like_an_iterator(self) -> None:
        class Restarting:
            def __iter__(self) -> Iterator[int]:
                return iter([1])

            def __next__(self) -> int:
                return 1

        class Broken(Restarting):
            def __iter__(self) -> Iterator[int]:
                raise RuntimeError

        assert kind_of_stream(Restarting()) is None
        assert kind_of_stream(Broken()) is None

    def test_a_reader_of_c_code(self) -> None:
        csv: Any = pytest.importorskip("pyarrow.csv")
        reader = csv.open_csv(io.BytesIO(b"a\n1\n"))
        with pytest.raises(UnrecordableOutcomeError, match="more than an iterator: read_all, "):
            guise_of(reader, ())

    def test_it_is_not_given_at_once(self) -> None:
        _, tape = recorded(iter([]), [])
        with pytest.raises(TypeError, match="replay_stream"):
            decode(tape.written + b"\x02", []).replay()

    def test_a_tape_with_nothing_on_it(self) -> None:
        tape = MemoryTape()
        tape.written = b"\x02"
        with pytest.raises(MissingRecordingError, match="holds no stream"):
            replaying(tape, [])

    def test_a_tape_that_holds_something_else(self) -> None:
        _, tape = recorded(iter([1]), [])
        tape.written = bytes(12) + b"x" * 100 + b"\x02"
        with pytest.raises(UnreplayableOutcomeError, match="cannot read the recorded stream"):
            replaying(tape, [])

    def test_its_content_can_be_compared(self, digest: Callable[[object], str]) -> None:
        tapes = [run(numbers, everything).tape for _ in range(2)]
        contents = [content(tape.written) for tape in tapes]
        assert contents[0][0] == "streamed"
        assert digest(contents[0]) == digest(contents[1])
        assert digest(contents[0]) != digest(content(run(failing, everything).tape.written))


def test_an_empty_payload_is_no_stream() -> None:
    assert not is_streamed(b"")
