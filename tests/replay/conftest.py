"""A project whose tests must not be able to tell a replay from the live call."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import Project, Run


class Runs(NamedTuple):
    """The same tests run live, recording, and replaying with the live code rigged to raise."""

    live: Run
    record: Run
    replay: Run


@pytest.fixture
def alike(project: Project) -> Callable[..., Runs]:
    """Writes a project and runs its tests three times; all of them pass every time."""

    def run(files: Mapping[str, str], *targets: str, tests: int, **options: str) -> Runs:
        project.write(files)
        project.configure(*targets, **options)
        live = project.run("--mimic-live").passed(tests)
        assert not project.vault.exists()
        record = project.record().passed(tests)
        replay = project.replay("--mimic-fail-on-unused").passed(tests)
        assert not list(project.vault.rglob("*.part"))
        return Runs(live, record, replay)

    return run
