"""A call made live, recorded, and replayed on arguments of another caller."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import (
    Before,
    Payload,
    Raised,
    Returned,
    changes_after,
    decode,
    encode,
)
from pytest_mimic.errors import MimicError


class Pair(NamedTuple):
    """What a live call and its replay did.

    Attributes:
        live: What the live call returned, or raised.
        replayed: What the replay returned, or raised.
        before: The live caller's arguments.
        after: The replaying caller's arguments.
        payload: What was recorded.
    """

    live: Any
    replayed: Any
    before: Sequence[Any]
    after: Sequence[Any]
    payload: Payload


def record(
    function: Callable[..., Any], arguments: Sequence[Any], ignored: Sequence[str] = ()
) -> tuple[Any, Payload]:
    """Call a function live and record it."""
    engine = Fingerprinter()
    names = [f"a{index}" for index in range(len(arguments))]
    keyed = [index for index, name in enumerate(names) if name not in ignored]

    def key() -> str:
        return engine.key("t", [names[at] for at in keyed], [arguments[at] for at in keyed])

    old = key()
    before = Before(names, arguments, frozenset(ignored), engine.digest)
    outcome: Returned | Raised
    try:
        outcome = Returned(function(*arguments))
    except Exception as error:  # noqa: BLE001  # it is what is recorded
        outcome = Raised(error)
    effects = changes_after(before, lambda: key() == old)
    payload = encode(outcome, before, effects)
    live = outcome.value if isinstance(outcome, Returned) else outcome.exception
    return live, payload


def replay(payload: bytes, arguments: Sequence[Any]) -> Any:
    """Replay what was recorded, and return what was returned or raised."""
    recorded = decode(payload, arguments, Fingerprinter().digest)
    try:
        return recorded.replay()
    except MimicError:
        raise
    except Exception as error:  # noqa: BLE001  # it is what was recorded
        return error


@pytest.fixture
def call() -> Callable[..., Pair]:
    """A function that calls another live and in replay, each with arguments of its own."""

    def call(
        function: Callable[..., Any],
        make: Callable[[], Sequence[Any]],
        ignored: Sequence[str] = (),
    ) -> Pair:
        ours, theirs = make(), make()
        live, payload = record(function, ours, ignored)
        replayed = replay(bytes(payload), theirs)
        return Pair(live, replayed, ours, theirs, payload)

    return call


@pytest.fixture
def digest() -> Callable[[object], str]:
    """A digest of any value: equal values have equal ones."""
    return Fingerprinter().digest


@pytest.fixture
def stored(digest: Callable[[object], str]) -> Callable[..., Any]:
    """A function that stores a value, lets something happen, and gives what comes back."""

    def stored(value: object, then: Callable[[], object] = lambda: None) -> Any:
        payload = bytes(encode(Returned(value), Before([], (), frozenset(), digest)))
        then()
        return decode(payload, ()).replay()

    return stored


@pytest.fixture
def own_modules(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], None]:
    """Put a module of this test's own where it is imported from."""

    def put(name: str, content: dict[str, Any]) -> None:
        module = type(sys)(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)

    return put


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module ``shop``, as a project under test would import it; other tests have others."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    yield importlib.import_module("shop")
    del sys.modules["shop"]
