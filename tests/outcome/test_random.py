"""A replayed call leaves the global random generators as the live one left them."""

# ruff: noqa: S311  # random numbers are the subject here, and nothing is secret
from __future__ import annotations

import random
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import RandomStates, restore_random
from pytest_mimic._outcome._objects import _twister

if TYPE_CHECKING:
    from tests.conftest import Project

Call = Callable[..., Any]


def test_what_follows_draws_as_it_did_live(call: Call) -> None:
    random.seed(1)
    live = call(lambda: random.gauss(0, 1), list)
    after = random.random()
    random.seed(1)
    random.gauss(0, 1)
    assert random.random() == after
    assert live.live == live.replayed
    assert live.payload.effects == []


def test_nothing_is_stored_where_nothing_was_drawn(call: Call) -> None:
    assert call(lambda: 3, list).payload.size < 100


@pytest.mark.parametrize("draws", [0, 1, 2, 311, 624, 625])
def test_a_look_at_the_memory_of_the_generator_is_its_state(draws: int) -> None:
    random.seed(draws)
    for _ in range(draws):
        random.gauss(0, 1)
    look = _twister.look(random)
    assert isinstance(look, _twister.Look)
    assert _twister.whole(look) == random.getstate()
    random.getrandbits(32)
    assert _twister.look(random) != look
    random.setstate(_twister.whole(look))
    assert _twister.look(random) == look


class _Derived(random.Random):
    pass


def test_a_generator_of_another_class_is_asked_for_its_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = _Derived(1)
    monkeypatch.setattr(random, "_inst", own)
    monkeypatch.setattr(random, "getstate", own.getstate)
    states = RandomStates()
    before = own.getstate()
    assert states.advanced(Fingerprinter().digest) == {}
    own.random()
    digest = Fingerprinter().digest
    advanced = states.advanced(digest)["random"]
    assert advanced == (digest(before), digest(own.getstate()), own.getstate())


@pytest.mark.parametrize("layout", [None, struct.Struct("@624Ii")])
def test_where_memory_tells_nothing_it_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, layout: Any
) -> None:
    """On a Python without ctypes, and on one that lays a generator out otherwise."""
    if layout is None:
        monkeypatch.setitem(sys.modules, "ctypes", None)
    else:
        monkeypatch.setattr(_twister, "_WORDS", layout)
    _twister._is_laid_out_so.cache_clear()
    try:
        assert _twister.look(random) == random.getstate()
    finally:
        monkeypatch.undo()
        _twister._is_laid_out_so.cache_clear()


def test_numpy(call: Call) -> None:
    numpy = pytest.importorskip("numpy")
    numpy.random.seed(1)
    pair = call(numpy.random.normal, list)
    # Normal numbers come in pairs: this one is only taken from where it was kept.
    second = call(numpy.random.normal, list)
    after = numpy.random.normal()
    numpy.random.seed(1)
    drawn = [numpy.random.normal() for _ in range(3)]
    assert drawn == [pair.replayed, second.replayed, after]


def test_a_global_generator_comes_back_as_itself(call: Call) -> None:
    """Who seeds it goes on to seed what draws from it; any other is a value."""
    numpy = pytest.importorskip("numpy")
    everybody = numpy.random.mtrand._rand
    draws = [everybody, everybody.normal, random._inst, random.gauss]
    own = random.Random(1), numpy.random.RandomState(1)
    pair = call(lambda: [draws, own], list)
    assert pair.replayed[0] == draws
    assert pair.replayed[0][0] is everybody
    assert pair.replayed[1][0].random() == own[0].random()
    assert pair.replayed[1][1].random() == own[1].random()


def test_what_draws_from_numpy_s(project: Project) -> None:
    """Its state is another in each process, until somebody seeds it: a test, or a call."""
    pytest.importorskip("numpy")
    project.write(
        {
            "sim.py": """
            import numpy as np
            from only_live import only_live

            class Sim:
                def __init__(self):
                    self.rng = np.random.mtrand._rand

                def run(self, x):
                    only_live("run")
                    return x + 0 * self.rng.normal()

                def draw(self):
                    only_live("draw")
                    return self.rng.normal()

            def seed(number):
                only_live("seed")
                np.random.seed(number)
        """,
            "test_sim.py": """
            import numpy as np
            import pytest
            from sim import Sim, seed

            def test_unseeded():
                assert Sim().run(2) == 2

            @pytest.mark.parametrize("seeding", [seed, np.random.seed])
            @pytest.mark.parametrize("number", [1, 2])
            def test_seeded(seeding, number):
                seeding(number)
                drawn = Sim().draw(), np.random.normal()
                twin = np.random.RandomState(number)
                assert drawn == (twin.normal(), twin.normal())
        """,
        }
    )
    project.configure("sim:Sim.*", "sim:seed")
    project.record().passed(5)
    project.replay().passed(5)


def test_torch(call: Call) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    pair = call(lambda: torch.rand(1).item(), list)
    after = torch.rand(1).item()
    torch.manual_seed(1)
    assert [torch.rand(1).item(), torch.rand(1).item()] == [pair.live, after]


def test_a_library_that_is_not_loaded_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "random")
    monkeypatch.delitem(sys.modules, "numpy.random.mtrand", raising=False)
    states = RandomStates()
    monkeypatch.undo()
    random.random()
    assert "random" not in states.advanced(Fingerprinter().digest)
    monkeypatch.delitem(sys.modules, "random")
    restore_random({"random": ("", "", None)})
    assert "random" not in sys.modules
    monkeypatch.undo()


def test_a_library_that_was_loaded_meanwhile_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = RandomStates()
    monkeypatch.delitem(sys.modules, "random")
    assert states.advanced(Fingerprinter().digest) == {}


def test_a_call_that_is_the_first_to_use_numpy_s(project: Project) -> None:
    project.write(
        {
            "draw.py": """
                import numpy as np
                from only_live import only_live
                def prepare(seed):
                    only_live("prepare")
                    np.random.seed(seed)
            """,
            "test_draw.py": """
                import numpy as np
                from draw import prepare
                def test_it():
                    prepare(1)
                    assert round(np.random.rand(), 6) == 0.417022
            """,
        }
    )
    project.configure("draw:prepare")
    project.record().passed(1)
    project.replay().passed(1)
