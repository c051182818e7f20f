"""Instances that a class makes once for each name stay the ones that it has."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

Call = Callable[..., Any]


class Unit:
    _all: ClassVar[dict[Any, Unit]] = {}

    def __new__(cls, *parts: object) -> Any:
        if parts not in cls._all:
            cls._all[parts] = object.__new__(cls)
            cls._all[parts].parts = parts
        return cls._all[parts]

    parts: Any


class Kind(Unit):
    """Made without arguments it is one of them, too."""

    def __new__(cls, inner: object = None) -> Any:
        made = super().__new__(cls, inner)
        made.inner = inner
        return made

    inner: Any


class Colour:
    __slots__ = ("__weakref__", "name")
    _all: ClassVar[Any] = weakref.WeakValueDictionary()
    name: str

    def __new__(cls, name: str) -> Any:
        made = cls._all.get(name)
        if made is None:
            made = cls._all[name] = object.__new__(cls)
            made.name = name
        return made


class Once(type):
    made: ClassVar[dict[type, object]] = {}

    def __call__(cls) -> object:
        if cls not in cls.made:
            cls.made[cls] = super().__call__()
        return cls.made[cls]


class Settings(metaclass=Once):
    def __init__(self) -> None:
        self.found: dict[str, int] = {}


class Alone:
    _one: ClassVar[Any] = None
    found: list[int]

    def __new__(cls) -> Any:
        if cls._one is None:
            cls._one = object.__new__(cls)
            cls._one.found = []
        return cls._one


class Remembered:
    @functools.lru_cache  # type: ignore[misc]  # unusual, but people write it
    def __new__(cls, name: str = "none") -> Any:
        made = object.__new__(cls)
        made.name = name
        return made

    name: Any


class Hidden:
    @functools.lru_cache  # type: ignore[misc]  # unusual, but people write it
    def __new__(cls, name: str = "none") -> Any:
        made = object.__new__(cls)
        made.label = [name]
        return made

    label: list[str]


class Task:
    """It is registered, and another one of that number may be there in replay."""

    all: ClassVar[dict[int, Task]] = {}
    number: int
    title: str

    def __new__(cls, title: str) -> Any:
        made = object.__new__(cls)
        made.number, made.title = len(cls.all), title
        cls.all[made.number] = made
        return made


class Tag:
    """Anybody may make one, and who asks for that of a name gets that which there is."""

    _of: ClassVar[dict[str, Tag]] = {}

    def __init__(self, name: str, *labels: str) -> None:
        self.name = name
        self.label = labels[0] if labels else None
        if labels[1:]:
            self.labels = list(labels)

    @classmethod
    def of(cls, name: str, *labels: str) -> Tag:
        return cls._of.setdefault(name, cls(name, *labels))


TAGS = {number: Tag(str(number)) for number in range(3)}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Unit("m", 2),
        lambda: Unit(Unit("m"), (Unit("s"), -1), int),
        lambda: Kind("x"),
        lambda: Kind(Kind("x")),
        lambda: Colour("red"),
        Settings,
        Alone,
        Remembered,
        lambda: Remembered("x"),
        lambda: Remembered(Remembered("x")),
        lambda: Tag.of("x"),
        lambda: TAGS[1],
        lambda: Unit(Unit("t"), Tag),
    ],
)
def test_they_are_the_class_s_own(stored: Call, make: Callable[[], Any]) -> None:
    nothing = Kind(), Remembered()
    assert stored([make()])[0] is make()
    assert (nothing[0].inner, nothing[1].name) == (None, "none")


def test_what_a_singleton_held(stored: Call) -> None:
    """The one that there is has what the call left in it."""
    Settings().found["x"] = 1
    assert stored(Settings(), Settings().found.clear) is Settings()
    assert Settings().found == {"x": 1}


def test_the_class_has_what_it_had_not(stored: Call) -> None:
    def forget() -> None:
        Unit._all.clear()
        Once.made.clear()
        Alone._one = None

    back = stored([Unit("new"), Settings(), Alone()], forget)
    assert back == [Unit("new"), Settings(), Alone()]
    assert back[0].parts == ("new",)


def test_trees_of_them_go_deep(stored: Call) -> None:
    tree = Unit("leaf")
    for number in range(250):
        tree = Unit(tree, number)
    assert stored(tree) is tree


def test_another_one_has_taken_the_place(stored: Call) -> None:
    task = Task("sweep")
    back = stored(task, lambda: setattr(task, "title", "wash"))
    assert (back.title, task.title) == ("sweep", "wash")
    assert Task.all[task.number] is task


def test_the_table_is_gone(stored: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stored(Unit("m"), lambda: monkeypatch.delattr(Unit, "_all")).parts == ("m",)


def test_what_is_no_name_has_no_instance(stored: Call) -> None:
    """A list may change, a circle has no end, and of what else it was made nobody knows."""
    first, ring = Unit("first"), Unit("ring")
    ring.parts = (ring,)
    first.parts = ["first"]
    assert stored(first) is not first
    assert stored(ring).parts[0] is not ring
    assert stored(Tag.of("many", "a", "b")) is not Tag.of("many")
    assert stored(Unit(Tag("loose"))).parts[0].name == "loose"
    tags = [Tag.of("x"), Tag.of("many"), Tag("loose")]
    assert [one is other for one, other in zip(tags, stored(tags), strict=True)] == [
        True,
        False,
        False,
    ]
    assert stored(Hidden("x")).label == ["x"]
    assert Hidden().label == ["none"]
    odd = Remembered("odd")
    odd.name = ["odd"]
    assert stored(odd).name == ["odd"]
    vars(first)["parts"] = vars(ring)["parts"] = ("first",)


def test_modules_that_are_gone(stored: Call) -> None:
    kind: Any = type("Lost", (Unit,), {"__module__": "no.such.module"})
    assert stored(kind("lost")).parts == ("lost",)


def test_a_project_of_them(project: Project) -> None:
    project.write(
        {
            "units.py": """
            class Unit:
                _all = {}

                def __new__(cls, name="none"):
                    if name not in cls._all:
                        cls._all[name] = object.__new__(cls)
                        cls._all[name].name = name
                    return cls._all[name]

            def unit(name):
                return Unit(name)
        """,
            "test_units.py": """
            from units import Unit, unit

            def test_unit():
                none = Unit()
                assert unit("m") is Unit("m") is unit("m")
                assert (none.name, Unit().name, unit("m").name) == ("none", "none", "m")
        """,
        }
    )
    project.configure("units:unit", mimic_trusted_modules="units")
    project.record(in_process=True).passed(1)
    project.replay(in_process=True).passed(1)
