"""Targets that a class inherits, and that its base is not to notice."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.interception.conftest import Intercepted

SOURCE = """
    import datetime, functools, operator

    class Clock(datetime.datetime): ...
    class Table(dict): ...
    class Text(str): ...
    class Number(int): ...

    class Callable:
        def __call__(self, x):
            return ["instance", x]

    class Base:
        x = 5
        attribute = property(operator.attrgetter("x"))
        once = functools.cached_property(operator.attrgetter("x"))
        of_class = classmethod(operator.attrgetter("x"))
        of_c = staticmethod(len)
        of_instance = staticmethod(Callable())
        @staticmethod
        def static(x):
            return ["Base", x]

    class Left(Base): ...
    class Right(Base):
        @staticmethod
        def static(x):
            return ["Right", x]
    class Both(Left, Right): ...

    class Loud(dict):
        def update(self, **items):
            super().update(loud=True, **items)
    class LoudTable(Table, Loud): ...

    class Frozen(type):
        def __setattr__(cls, name, value):
            raise AttributeError(name)
        __delattr__ = __setattr__
    class OfFrozen(Base, metaclass=Frozen): ...

    def updated(table):
        return table.update(a=1), table
"""


@pytest.mark.parametrize(
    ("target", "count", "expression"),
    [
        ("Clock.fromtimestamp", 1, "Clock.fromtimestamp(0, datetime.timezone.utc)"),
        ("Clock.isoformat", 1, "Clock(2020, 1, 1).isoformat()"),
        ("Clock.today", 0, "datetime.datetime.today().year > 0"),
        ("Table.fromkeys", 2, "Table.fromkeys([1]), Table().fromkeys([1], 2)"),
        ("Table.get", 2, "Table({1: 2}).get(1), Table.get({1: 2}, 1)"),
        ("Table.__new__", 1, "Table([(1, 2)])"),
        ("Text.maketrans", 2, "Text.maketrans('a', 'b'), Text().maketrans('a', 'b')"),
        ("Number.from_bytes", 1, "Number.from_bytes(b'1', 'big')"),
        ("Left.attribute", 2, "Left().attribute, Both().attribute, Base().attribute"),
        ("Left.once", 1, "Left().once, Base().once"),
        ("Left.of_class", 2, "Left.of_class(), Both().of_class(), Base.of_class()"),
        ("Left.of_c", 2, "Left.of_c('ab'), Left().of_c('ab'), Base.of_c('ab')"),
        ("Left.of_instance", 2, "Left.of_instance(1), Left().of_instance(1), Base.of_instance(1)"),
        ("Left.static", 1, "Left.static(1), Both.static(1), Both().static(1), Right.static(1)"),
        ("OfFrozen.static", 1, "OfFrozen.static(1)"),
        ("Table.update", 2, "updated(Table()), updated(LoudTable())"),
    ],
)
def test_inherited(target: str, count: int, expression: str, intercepted: Intercepted) -> None:
    live: dict[str, Any] = {"__name__": "m"}
    exec(dedent(SOURCE), live)  # noqa: S102  # the source above, not intercepted
    m = intercepted.module(SOURCE, f"m:{target}")
    owner, _, name = target.partition(".")
    assert name in vars(vars(m)[owner])
    # Another run within this one, as of the tests of a pytest plugin.
    intercepted.start(f"m:{target}")
    assert repr(eval(expression, vars(m))) == repr(eval(expression, live))  # noqa: S307  # of ours
    assert intercepted.calls == [f"m:{target}"] * count * 2
    intercepted.stop()
    assert name not in vars(vars(m)[owner])
