"""Each plugin alone, and all together: live, recorded and replayed, the tests come to the same."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import Run
    from tests.plugins.conftest import Absent, Lab, MakeLab


class Use(NamedTuple):
    """How a plugin is used.

    Args:
        tests: The tests in ``tests/projects/plugins`` that use it.
        plugins: The modules in which pytest finds it.
        needs: What else has to be installed.
        flags: What turns it on.
    """

    tests: Sequence[str]
    plugins: Sequence[str] = ()
    needs: Sequence[str] = ()
    flags: Sequence[str] = ()


OWN_SUBTESTS = "pytest's own subtests"
USES = {
    "anyio": Use(["anyio"], ["anyio.pytest_plugin"], ["trio"]),
    "asyncio": Use(["asyncio"], ["pytest_asyncio.plugin"]),
    "bdd": Use(["bdd"], ["pytest_bdd.plugin"]),
    "beartype": Use(["beartype"], needs=["beartype"]),
    "django": Use(["django"], ["pytest_django.plugin"]),
    "flaky": Use(["flaky"], ["flaky.flaky_pytest_plugin"]),
    "freezegun": Use(["freezegun"], needs=["freezegun"]),
    "hypothesis": Use(["hypothesis"], ["_hypothesis_pytestplugin"]),
    "inline-snapshot": Use(["inline_snapshot"], ["inline_snapshot.pytest_plugin"]),
    "mock": Use(["mock"], ["pytest_mock"]),
    "pyfakefs": Use(["pyfakefs"], ["pyfakefs.pytest_plugin"]),
    "randomly": Use(["plain", "randomly"], ["pytest_randomly"]),
    "rerunfailures": Use(["rerunfailures"], ["pytest_rerunfailures"]),
    "subtests": Use(["subtests"], ["pytest_subtests.plugin"]),
    "syrupy": Use(["syrupy"], ["syrupy"]),
    "time-machine": Use(["time_machine"], ["time_machine"]),
    "timeout": Use(["plain"], ["pytest_timeout"], flags=["--timeout=600"]),
    "trio": Use(["trio"], ["pytest_trio.plugin"]),
    "typeguard": Use(
        ["typeguard"], ["typeguard._pytest_plugin"], flags=["--typeguard-packages=typed"]
    ),
    OWN_SUBTESTS: Use(["subtests"]),
    # These run any tests in a way of their own. They are not in the dependency group.
    "check": Use(["plain"], ["pytest_check.plugin"]),
    "env": Use(["plain"], ["pytest_env.plugin"]),
    "html": Use(
        ["plain"],
        ["pytest_html.plugin", "pytest_html.fixtures", "pytest_metadata.plugin"],
        flags=["--html=report.html"],
    ),
    "instafail": Use(["plain"], ["pytest_instafail"], flags=["--instafail"]),
    "order": Use(["plain"], ["pytest_order.plugin"], flags=["--order-dependencies"]),
    "profiling": Use(["plain"], ["pytest_profiling"], flags=["--profile"]),
    "repeat": Use(["plain"], ["pytest_repeat"], flags=["--count=2"]),
    "socket": Use(["plain"], ["pytest_socket"], flags=["--disable-socket"]),
    "split": Use(["plain"], ["pytest_split.plugin"], flags=["--splits=1", "--group=1"]),
}
# What cannot be had together with all the others.
ON_THEIR_OWN = {
    "flaky",  # has another meaning for the marker of rerunfailures
    "profiling",  # one process writes over what another wrote
    OWN_SUBTESTS,  # stand back where the plugin is
    "repeat",  # gives each test further names
    "socket",  # forbids what an event loop is made of
    "split",  # divides what a worker of xdist has
}


@pytest.mark.parametrize("name", USES)
def test_alone(make_lab: MakeLab, name: str) -> None:
    use = USES[name]
    if name == OWN_SUBTESTS and (find_spec("pytest_subtests") or not find_spec("_pytest.subtests")):
        pytest.skip("new in pytest 9, where the plugin is not installed")
    check(make_lab(use.tests, use.plugins, use.needs), *use.flags)


def test_all_together(make_lab: MakeLab, absent: Absent) -> None:
    here = [
        use
        for name, use in USES.items()
        if name not in ON_THEIR_OWN and not absent([*use.plugins, *use.needs])
    ]
    tests = {test for use in here for test in use.tests}
    plugins = {plugin for use in here for plugin in use.plugins}
    lab = make_lab(sorted(tests), [*sorted(plugins), "xdist.plugin"])
    check(lab, *(flag for use in here for flag in use.flags), workers=2)


def check(lab: Lab, *flags: str, workers: int = 0) -> None:
    """Run live, record and replay, the latter two by xdist's workers if there are any; compare."""
    live = lab.run("--mimic-live", *flags)
    assert live.status == 0, live.stdout
    if workers:
        flags += (f"-n{workers}",)
    recorded = lab.record(*flags)
    assert outcomes(recorded) == outcomes(live), recorded.stdout
    assert set(recorded.live) == set(live.live)
    (calls,) = lab.count("calls")
    replayed = lab.replay("--mimic-fail-on-unused", *flags)
    assert outcomes(replayed) == outcomes(live), replayed.stdout
    assert lab.count("calls", "replayed") == [calls, calls]
    replayed.has("mimic: 0 recordings unused")


def outcomes(run: Run) -> dict[str, int]:
    """What the tests came to, and the run; a plugin warns of the first file that it writes."""
    found = {name: count for name, count in run.outcomes.items() if "warning" not in name}
    return {**found, "status": run.status}
