"""What a run prints when it is over, made from what was used. Pure text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._quantities import duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_mimic._usage import Tally, Usage


def summary(usage: Usage, lines: Sequence[str], *, advise: bool = True) -> Iterator[str]:
    """Says what the calls of a run did.

    Args:
        usage: What all processes of the run did.
        lines: The targets as configured.
        advise: Whether to say what can be done.

    Yields:
        The counts where there are any, then what deserves a look.
    """
    counts = _counts(usage.total())
    if counts:
        yield f"mimic: {counts}"
    if usage.stale:
        yield f"mimic: {_stale(usage, advise=advise)}"
    if usage.unkept:
        unkept = "never recorded, so missed in replay" if advise else "never recorded"
        ended = ", ".join(f"{target} ended by {name}" for target, name in sorted(usage.unkept))
        yield f"mimic: {unkept}: {ended}"
    missing = [line for line in lines if line not in usage.imported]
    if missing:
        known = "never imported, so never called" if advise else "never imported"
        yield f"mimic: {known}: {', '.join(missing)}"


def properties(tally: Tally) -> list[tuple[str, object]]:
    """Gives what a test's element in the JUnit XML says of its calls; zero counts are left out."""
    counts = tally.to_json()
    return [(f"mimic_{name}", counts[name]) for name in counts if counts[name] and name != "saved"]


def replays(usage: Usage, changed: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Says in the report of a test that failed what did not run in it.

    Args:
        usage: What the test did so far.
        changed: The versions that are others than where its recordings were made.

    Yields:
        A section's title and text, if a call was replayed.
    """
    replayed = {target: tally.replayed for target, tally in usage.tallies.items() if tally.replayed}
    if replayed:
        counts = ", ".join(f"{target} ({replayed[target]})" for target in sorted(replayed))
        told = (
            f"Replayed in this test: {counts}. A replay gives what was recorded for equal "
            "arguments, whatever else the call depends on, and does nothing beside that, such as "
            "calling a mock or writing a file. With --mimic-live the test runs without it."
        )
        if changed:
            told += (
                f" Recorded with other versions: {'; '.join(changed)}. What libraries keep in "
                "their objects may be something else here: --mimic-rerecord makes them anew."
            )
        yield "mimic", told


def unused(calls: Iterable[str], *, deleted: bool) -> Iterator[str]:
    """Lists the recordings that a run proved unused.

    Args:
        calls: Each as a user would write the call, with the test that recorded it.
        deleted: Whether they are gone now.
    """
    calls = list(calls)
    done = "deleted" if deleted else "unused"
    yield f"mimic: {_recordings(len(calls))} {done}{':' if calls else ''}"
    yield from (f"  {call}" for call in calls)


def unproved(doubts: Sequence[str], flag: str) -> Iterator[str]:
    """Says why nothing was proved unused, and what would make the run complete.

    Args:
        doubts: The reasons, at least one.
        flag: The flag that asked.
    """
    yield f"mimic: no recording was proved unused, for this run was not complete: {doubts[0]}"
    yield from (f"  {doubt}" for doubt in doubts[1:])
    yield (
        f"  run 'pytest {flag}' over all tests, with nothing left out and every test passing, "
        "to find the unused ones"
    )


def _counts(total: Tally) -> str:
    named = {
        "replayed": total.replayed,
        "recorded": total.recorded,
        "unchanged": total.unchanged,
        "verified": total.verified,
        "drifted": total.drifted,
        "missed": total.missed,
        "run live": total.live,
    }
    counts = ", ".join(f"{count} {name}" for name, count in named.items() if count)
    return f"{counts}; {duration(total.saved)} saved" if total.replayed else counts


def _stale(usage: Usage, *, advise: bool) -> str:
    targets = ", ".join(sorted({recording.target for recording in usage.stale}))
    stale = f"{_recordings(len(usage.stale))} stale: the source of {targets} changed since"
    return f"{stale}; replace them with 'pytest --mimic-rerecord'" if advise else stale


def _recordings(count: int) -> str:
    return "1 recording" if count == 1 else f"{count} recordings"
