"""What a session does with recordings that wait, and with what goes wrong when nobody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic import UnrecordableOutcomeError, VaultError
from pytest_mimic._config import MimicConfig, Mode, StalePolicy, UnusedPolicy
from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outbox import Inbox, Outbox
from pytest_mimic._session import Session
from pytest_mimic._session._drafts import Unrecordable
from pytest_mimic._usage import Tally
from pytest_mimic._vault import Card, Vault, Written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Project


class Draft:
    """A recording that waits."""

    unchanged = False

    def __init__(self, key: str, payload: bytes = b"payload", *, full: bool = False) -> None:
        self.card = Card("m:f", key, {}, {"kind": "raised"}, (), 0.1, "3.12", {}, None, "test")
        self.dropped = False
        self._payload = payload
        self._full = full

    def payload(self) -> bytes:
        return self._payload

    def store(self, *, replace: bool) -> Written:
        assert not replace
        if self._full:
            raise VaultError("no space")
        return Written.NEW

    def drop(self) -> None:
        self.dropped = True


@pytest.fixture
def settings(tmp_path: Path) -> MimicConfig:
    return MimicConfig(
        rootdir=tmp_path,
        vault_path=tmp_path / "vault",
        vault_name="vault",
        mode=Mode.RECORD,
        stale=StalePolicy.WARN,
        unused=UnusedPolicy.KEEP,
        lines=(),
    )


@pytest.fixture
def session(settings: MimicConfig) -> Session:
    return Session(settings, Vault(settings.vault_path), Fingerprinter())


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.close()


def test_one_draft_that_cannot_be_stored_leaves_the_others_alone(session: Session) -> None:
    drafts = [Draft("1" * 32), Draft("2" * 32, full=True), Draft("3" * 32)]
    for draft in drafts:
        session.books.keep_back(draft)
    error = session.books.settle(passed=True)
    assert isinstance(error, VaultError)
    assert [draft.dropped for draft in drafts] == [False, True, False]
    assert session.drain().tallies["m:f"] == Tally(recorded=2, live=1)
    assert session.books.settle(passed=True) is None


def test_what_a_child_keeps_back_its_parent_settles(
    settings: MimicConfig, session: Session, inbox: Inbox
) -> None:
    parent, draft = session, Draft("1" * 32)
    vault = Vault(settings.vault_path)
    child = Session(settings, vault, Fingerprinter())
    child.become_child(Outbox(inbox.folder))
    child.books.keep_back(draft)
    assert draft.dropped
    Outbox(inbox.folder).leave_problem(VaultError("no space"))
    parent.books.take_in(inbox.collect())
    (problem,) = parent.phases.take_problems()
    assert str(problem) == "in a child process: VaultError: no space"
    assert parent.books.settle(passed=True) is None
    assert parent.drain().tallies["m:f"] == Tally(recorded=1)
    assert [place.key for place in vault.places()] == [draft.card.key]
    assert not inbox.collect().problems


def test_an_exception_that_cannot_be_stored_is_a_childs_own_error(
    session: Session, inbox: Inbox
) -> None:
    session.become_child(Outbox(inbox.folder))
    error = UnrecordableOutcomeError("a lock")
    with pytest.raises(UnrecordableOutcomeError, match="a lock"):
        session.books.keep_back(Unrecordable(Draft("1" * 32).card, error))
    assert not inbox.collect().drafts


def test_a_line_that_a_child_is_writing_is_read_when_it_is_whole(inbox: Inbox) -> None:
    line = b'{"problem": "VaultError: no space"}\n'
    with open(f"{inbox.folder}/1.jsonl", "wb", buffering=0) as file:
        file.write(line + line[:10])
        assert len(inbox.collect().problems) == 1
        file.write(line[10:])
    assert len(inbox.collect().problems) == 1


def test_a_child_that_outlives_the_run_tells_nobody(session: Session, inbox: Inbox) -> None:
    outbox = Outbox(inbox.folder)
    inbox.close()
    outbox.leave_problem(VaultError("no space"))
    assert not inbox.collect().problems


def test_a_stream_that_cannot_be_completed_is_a_problem(session: Session) -> None:
    def leave() -> None:
        raise VaultError("no space")

    session.books.open("a tape", leave)
    session.books.finish()
    (problem,) = session.phases.take_problems()
    assert str(problem) == "no space"


def test_an_exception_that_cannot_be_stored_in_the_end_fails_its_test(project: Project) -> None:
    project.write(
        {
            "m.py": "def f(x): raise ValueError(x)",
            "test_m.py": """
                import pytest, m

                def test_it():
                    with pytest.raises(ValueError):
                        m.f(1)
                    open(".mimic_vault", "w").close()
            """,
        }
    )
    project.configure("m:f")
    run = project.record()
    assert run.outcomes == {"failed": 1}
    run.has("*.mimic_vault*")


def test_a_function_shipped_by_value_is_the_original() -> None:
    from pytest_mimic._trampoline import Site

    def original(x: int) -> int:
        return x + 1

    def dispatch(values: tuple[Any, ...]) -> None:
        raise AssertionError(values)

    site = Site(lambda: False, original, dispatch)  # type: ignore[arg-type]  # functions as they are
    shipped: Any = site.__reduce__()
    make, arguments = shipped
    opened = make(*arguments)
    assert opened.gate()
    assert opened.original is original
