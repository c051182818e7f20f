"""What was measured, laid out: a table for people, a plot, and everything as JSON."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

OURS = "mimic"
UNITS = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")),
    "MB": ((1.0, "MB"),),
    "%": ((0.0, "%"),),
}


class Result(NamedTuple):
    """One figure.

    Args:
        part: What kind of work it is about.
        work: The work.
        contestant: Who did it.
        value: The median of the rounds.
        unit: ``s``, ``MB``, ``%``, or ``instructions``.
        goal: What ours is to stay below, if there is a goal.
        floor: What is left when everything of ours is taken out, where that was measured too.
    """

    part: str
    work: str
    contestant: str
    value: float
    unit: str = "s"
    goal: float | None = None
    floor: float | None = None


def medians(part: str, measured: dict[tuple[str, str], list[float]]) -> list[Result]:
    """Takes the median of each work's and contestant's rounds."""
    return [
        Result(part, work, contestant, statistics.median(values))
        for (work, contestant), values in measured.items()
    ]


def readable(value: float, unit: str) -> str:
    """Gives a figure as people read it."""
    for factor, name in UNITS.get(unit, ()):
        if abs(value) >= factor:
            return f"{value / (factor or 1.0):.3g} {name}"
    return f"{value:,.0f}" if unit == "instructions" else f"{value:.2g} {unit}"


def table(results: Sequence[Result]) -> Iterator[str]:
    """Lays the figures out by work, each beside how many times ours it is.

    Yields:
        Lines of Markdown.
    """
    for part in dict.fromkeys(result.part for result in results):
        of_part = [result for result in results if result.part == part]
        contestants = list(dict.fromkeys(result.contestant for result in of_part))
        yield from ("", f"## {part}", "")
        yield f"| work | {' | '.join(contestants)} | floor | goal |"
        yield "|---|" + "---:|" * (len(contestants) + 2)
        for work in dict.fromkeys(result.work for result in of_part):
            of_work = {result.contestant: result for result in of_part if result.work == work}
            cells = [_cell(of_work.get(each), of_work.get(OURS)) for each in contestants]
            unit = next(iter(of_work.values())).unit
            for bounds in zip(*((each.floor, each.goal) for each in of_work.values()), strict=True):
                bound = next((each for each in bounds if each is not None), None)
                cells.append("" if bound is None else readable(bound, unit))
            yield f"| {work} | {' | '.join(cells)} |"


def _cell(result: Result | None, ours: Result | None) -> str:
    if result is None:
        return ""
    shown = readable(result.value, result.unit)
    if ours is None or result is ours or not ours.value:
        return shown
    return f"{shown} (x{result.value / ours.value:.2g})"


def write(results: Sequence[Result], notes: Iterable[str], folder: Path) -> None:
    """Writes table, plot and figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["# Benchmarks of pytest-mimic", "", *notes, *table(results)]
    (folder / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    figures = [result._asdict() for result in results]
    (folder / "results.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    plot(results, folder / "results.svg")


def plot(results: Sequence[Result], path: Path) -> None:
    """Draws the times side by side, if the library that can is there."""
    try:
        import matplotlib as mpl
    except ImportError:
        return
    mpl.use("svg")
    from matplotlib import pyplot as plt

    timed = [result for result in results if result.unit == "s" and result.value > 0]
    works = list(dict.fromkeys((result.part, result.work) for result in timed))
    contestants = list(dict.fromkeys(result.contestant for result in timed))
    figure, axes = plt.subplots(figsize=(9, 1 + 0.5 * len(works)), layout="constrained")
    height = 0.8 / len(contestants)
    for number, contestant in enumerate(contestants):
        own = [result for result in timed if result.contestant == contestant]
        places = [works.index((result.part, result.work)) + number * height for result in own]
        axes.barh(places, [result.value for result in own], height, label=contestant)
    axes.set_yticks(
        [place + 0.4 - height / 2 for place in range(len(works))],
        [f"{part}: {work}" for part, work in works],
    )
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("seconds, the shorter the better")
    axes.legend()
    figure.savefig(path)
