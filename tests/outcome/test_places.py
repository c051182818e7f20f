"""What a module holds comes back as what it holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._outcome._pickles._places import is_nameless

if TYPE_CHECKING:
    from tests.conftest import Project

Call = Callable[..., Any]


class Mark:
    """What stands for something, and is told from its like by identity."""

    DEFAULT: Mark
    check: Callable[[int], bool]

    def __init__(self, name: str, **more: object) -> None:
        self.name = name
        vars(self).update(more)


class Slotted:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Unset:
    """What stands for nothing given."""


class Reduced(Mark):
    def __reduce__(self) -> Any:
        return Reduced, (self.name.upper(),)


def local() -> type:
    class Local:
        pass

    return Local


Mark.DEFAULT = Mark("default")
MARK = Mark("mark")
SLOTTED = Slotted("slotted")
REDUCED = Reduced("reduced")
LISTED = Mark("listed", values=[1])
RULE = Mark("rule", check=lambda number: number > 0)
RULE_OF_CLASS = RULE.check
Made = local()


@pytest.mark.parametrize("constant", [Mark.DEFAULT, MARK, SLOTTED, RULE.check, Made])
def test_held(stored: Call, constant: object) -> None:
    assert stored([constant])[0] is constant


def test_what_is_made_of_it(stored: Call) -> None:
    assert isinstance(stored(Made()), Made)
    assert stored(Mark("other", check=RULE.check)).check is RULE.check
    assert stored([RULE.check, Made]) == [RULE.check, Made]
    assert stored([MARK, Mark.DEFAULT]) == [MARK, Mark.DEFAULT]


@pytest.mark.parametrize("value", [Mark("mark"), LISTED, REDUCED, local()()])
def test_not_held_or_not_to_be_told(stored: Call, value: Any) -> None:
    assert stored(value) is not value
    assert type(stored(value)).__name__ == type(value).__name__


@pytest.mark.parametrize("held", [MARK, SLOTTED])
def test_changed_since(stored: Call, monkeypatch: pytest.MonkeyPatch, held: Any) -> None:
    back = stored(held, lambda: monkeypatch.setattr(held, "name", "changed"))
    assert back is not held
    assert (type(back), back.name) == (type(held), held.name.replace("changed", back.name))


def test_gone_since(stored: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    back = stored(MARK, lambda: monkeypatch.delitem(globals(), "MARK"))
    assert (type(back), back.name) == (Mark, "mark")


def test_a_sentinel_that_another_module_holds(
    stored: Call, own_modules: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As jsonschema has its ``_UNSET``."""
    monkeypatch.setattr(Unset, "__module__", "forms.sentinels")
    own_modules("forms", {})
    own_modules("forms.sentinels", {"Unset": Unset})
    unset, other = Unset(), Unset()
    own_modules("forms.validators", {"_UNSET": unset})
    assert stored([unset])[0] is unset
    assert stored([other])[0] is not other
    back = stored([unset], lambda: monkeypatch.delitem(sys.modules, "forms.validators"))
    assert type(back[0]) is Unset


def test_held_by_a_package(stored: Call, own_modules: Call) -> None:
    """As mpmath has its matrices."""
    kind = local()
    kind.__module__ = "sums.inner.matrices"
    own_modules("sums.inner.matrices", {})
    own_modules("sums", {"Matrix": kind})
    assert type(stored(kind())) is kind


def test_modules_that_are_gone(stored: Call, own_modules: Call) -> None:
    kind = local()
    kind.__module__ = "gone"
    assert is_nameless(kind)
    assert not is_nameless(3)
    assert stored(kind).__name__ == "Local"
    assert stored(kind()).__class__.__name__ == "Local"


def test_in_a_project(project: Project) -> None:
    project.configure("rules:*")
    project.write(
        {
            "rules.py": """
                from collections import namedtuple
                from dataclasses import dataclass
                from typing import Callable
                from only_live import only_live

                class Missing:
                    pass

                @dataclass(frozen=True)
                class Rule:
                    name: str
                    holds: Callable

                def _at_least(limit):
                    return lambda number: number >= limit

                MISSING = Missing()
                Rule.ALWAYS = Rule("always", lambda number: True)
                ADULT = Rule("adult", _at_least(18))
                Place = namedtuple("Pl", "x y")

                def look_up(name):
                    only_live("look_up")
                    found = {"always": Rule.ALWAYS, "adult": ADULT, "place": Place(1, 2)}
                    return [found.get(name, MISSING)]
            """,
            "test_rules.py": """
                import rules

                def test_rules():
                    assert rules.look_up("nothing") == [rules.MISSING]
                    assert rules.look_up("always") == [rules.Rule.ALWAYS]
                    assert rules.look_up("adult") == [rules.ADULT]
                    assert type(rules.look_up("place")[0]) is rules.Place
            """,
        }
    )
    project.record(in_process=True).passed(1)
    project.replay(in_process=True).passed(1)
    project.run("--mimic-verify", in_process=True).passed(1)
    trusted = ("-o", "mimic_trusted_modules=rules")
    project.run("--mimic-rerecord", *trusted, in_process=True).passed(1)
    project.replay(*trusted, in_process=True).passed(1)


class Hostile(type):
    """What runs when somebody asks a class of this kind for anything."""

    def __getattribute__(cls, name: str) -> Any:
        raise AttributeError("foreign code ran")


class Guarded:
    """Its attributes are others than those in its ``__dict__``, or none."""

    def __getattribute__(self, name: str) -> Any:
        if name == "gone":
            raise LookupError(name)
        return 5 if name == "other" else object.__getattribute__(self, name)


def test_a_function_of_a_module_that_is_being_imported(
    stored: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package of that has no such attribute before it is imported."""
    module = ModuleType("package_of_mine.inner")
    for each in (ModuleType("package_of_mine"), module):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    names = vars(module)
    exec("def known(): return 1\ndef make(value): return lambda: value", names)  # noqa: S102  # of that module
    assert stored(names["make"](names["known"]))() is names["known"]


def test_no_code_of_what_is_looked_through_counts(
    stored: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("guarded_of_mine")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    names, guarded = vars(module), Guarded()
    exec("def make(): return lambda: 1", names)  # noqa: S102  # of that module
    vars(guarded).update({name: names["make"]() for name in ("gone", "other", "own")})
    hostile = Hostile("HostileOfMine", (), {"__module__": module.__name__, "f": names["make"]()})
    names |= {"hostile": hostile, "odd": type.__call__(hostile), "here": sys.modules[__name__]}
    names["guarded"] = guarded
    gone, other, own = vars(guarded).values()
    back = stored([gone, other, own])
    assert [one() for one in back] == [1, 1, 1]
    same = [one is known for one, known in zip(back, (gone, other, own), strict=True)]
    assert same == [False, False, True]
