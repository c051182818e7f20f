"""What equality does not ask for, and what is but memory of what was asked."""

from __future__ import annotations

import copy
import io
import typing
from collections.abc import Callable
from typing import Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic.errors import UnhashableArgumentError


@pytest.fixture
def digest() -> Callable[[object], str]:
    return Fingerprinter().digest


def named(stream: Any, name: str) -> Any:
    stream.name = name
    return stream


def told_apart(values: list[Any]) -> None:
    """Asserts that all values differ, and that each is what its copy is."""
    digest = Fingerprinter().digest
    assert len(set(map(digest, values))) == len(values)
    assert list(map(digest, copy.deepcopy(values))) == list(map(digest, values))


def test_files_in_memory() -> None:
    """Who uploads one has its type from its name; and how lines end is seen in what is read."""
    told_apart([io.BytesIO(b"a"), named(io.BytesIO(b"a"), "a.png"), named(io.BytesIO(b"a"), "b")])
    text = "a\r\nb"
    files = [io.StringIO(text), io.StringIO(text, newline=""), io.StringIO("a", newline="\r\n")]
    told_apart([*files, io.StringIO("a"), named(io.StringIO("a"), "x")])


def test_files_in_memory_whose_lines_end_as_most_do(digest: Callable[[object], str]) -> None:
    assert digest(io.StringIO("a\nb", newline="")) == digest(io.StringIO("a\nb"))


T = typing.TypeVar("T", bound=int)


def test_type_variables(digest: Callable[[object], str]) -> None:
    variable: Any = typing.TypeVar
    bound = [variable("U", bound=each) for each in (int, str, T)]
    told_apart([T, variable("U"), *bound, variable("U", int, str), variable("U", covariant=True)])
    told_apart([typing.ParamSpec("U"), variable("U")])
    assert digest(variable("U", bound=T)) == digest(bound[-1])
    told_apart([typing.ForwardRef("T"), typing.ForwardRef("T", module="m")])


def test_classes_of_attrs() -> None:
    attrs: Any = pytest.importorskip("attrs")

    def made(of_class: dict[str, Any], **of_field: Any) -> Any:
        class Point:
            x = attrs.field(default=1, **of_field)

        return attrs.define(**{"slots": False, **of_class})(Point)()

    of_fields: list[dict[str, Any]] = [
        {"kw_only": True}, {"repr": False}, {"eq": False}, {"alias": "y"}, {"metadata": {"a": 1}},
        {"on_setattr": attrs.setters.frozen}, {"eq": abs},
    ]  # fmt: skip
    of_classes = [{}, {"frozen": True}, {"frozen": True, "eq": False}, {"repr": False}]
    points = [*map(made, of_classes), *(made({}, **each) for each in of_fields)]
    digest = Fingerprinter().digest
    assert len(set(map(digest, points))) == len(points)
    assert digest(made({})) == digest(made({}, kw_only=False))


class Unset:
    """As that of msgspec, whose one instance does not say where it is from."""

    def __reduce__(self) -> str:
        return "UNSET"


UNSET = Unset()
vars(UNSET)["__module__"] = None


def test_a_sentinel_that_is_found_in_the_module_of_its_class() -> None:
    digest = Fingerprinter().digest
    assert digest(UNSET) == digest(UNSET) != digest(None)
    other = Unset()
    vars(other)["__module__"] = None
    with pytest.raises(UnhashableArgumentError, match="cannot be imported by its name"):
        digest(other)


def test_classes_of_msgspec() -> None:
    msgspec: Any = pytest.importorskip("msgspec")

    def made(number: int = 1, maker: type = list, **options: Any) -> Any:
        class Point(msgspec.Struct, kw_only=True, **options):  # type: ignore[misc,call-arg]  # an Any
            an_x: int = number
            y: Any = msgspec.field(default_factory=maker)
            z: Any = 3

        return Point(an_x=1, y=0)

    options: list[dict[str, Any]] = [
        {},
        {"frozen": True},
        {"tag": True},
        {"rename": "camel"},
        {"array_like": True},
    ]
    points = [*(made(**each) for each in options), made(2), made(1, dict)]
    digest = Fingerprinter().digest
    assert len(set(map(digest, points))) == len(points)
    assert digest(made()) == digest(made(frozen=False))

    class Plain(msgspec.Struct):  # type: ignore[misc]  # likewise
        x: int

    assert digest(Plain(1)) == digest(Plain(1)) != digest(Plain(2))


def test_validators_of_pydantic() -> None:
    pydantic: Any = pytest.importorskip("pydantic")

    def made(*fields: str, mode: str = "after") -> Any:
        class Point(pydantic.BaseModel):  # type: ignore[misc]  # an Any
            x: int
            y: int

            @pydantic.field_validator(*fields, mode=mode)
            def look(cls, value: Any) -> Any:  # noqa: N805 - it is called with the class
                return value

        return Point(x=1, y=2)

    digest = Fingerprinter().digest
    assert len({digest(made(*each)) for each in ("x", "y", "xy")}) == 3
    assert digest(made("x")) == digest(made("x")) != digest(made("x", mode="before"))


def test_adapters_of_pydantic() -> None:
    """What one is made to of its type names a class by where that lies in memory, too."""
    pydantic: Any = pytest.importorskip("pydantic")

    def made(kind: type) -> Any:
        class Point(pydantic.BaseModel):  # type: ignore[misc]  # an Any
            __annotations__ = {"x": kind}

        return pydantic.TypeAdapter(list[Point])

    digest = Fingerprinter().digest
    points, more = made(int), made(int)
    assert points.core_schema != more.core_schema
    assert digest(points) == digest(more) != digest(made(float))


def test_polynomials_over_other_numbers() -> None:
    sympy: Any = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    domains = "ZZ", "QQ", "RR", "QQ<sqrt(2)>"
    polynomials = [sympy.Poly(x, x, domain=domain) for domain in domains]
    digest = Fingerprinter().digest
    assert len(set(map(digest, polynomials))) == len(domains)
    assert digest(sympy.Poly(x)) == digest(polynomials[0])


def test_calendars_of_numpy() -> None:
    numpy: Any = pytest.importorskip("numpy")
    days = "1111100", "1111110"
    calendars = [numpy.busdaycalendar(each) for each in days]
    calendars.append(numpy.busdaycalendar(holidays=["2020-01-01"]))
    digest = Fingerprinter().digest
    assert len(set(map(digest, calendars))) == len(calendars)
    assert digest(numpy.busdaycalendar()) == digest(calendars[0])


def test_what_is_noted_in_tables_of_pyarrow(digest: Callable[[object], str]) -> None:
    """Frames come back from them with an index and with labels that are noted only there."""
    pyarrow: Any = pytest.importorskip("pyarrow")
    pandas: Any = pytest.importorskip("pandas")
    plain = pyarrow.table({"0": [1]})
    indexes = [pandas.RangeIndex(5, 6), pandas.RangeIndex(1, name="n")]
    frames = [pandas.DataFrame({"0": [1]}, index=index) for index in indexes]
    frames.append(pandas.DataFrame({0: [1]}))
    noted = [pyarrow.Table.from_pandas(frame) for frame in frames]
    tables = [plain, plain.replace_schema_metadata({"by": "me"}), *noted]
    for one in (tables, [table.schema for table in tables]):
        told_apart(one)
    assert digest(pyarrow.Table.from_pandas(pandas.DataFrame({"0": [1]}))) == digest(plain)


def test_what_xarray_makes_where_it_is_asked_for(digest: Callable[[object], str]) -> None:
    xarray: Any = pytest.importorskip("xarray")

    def arrays() -> list[Any]:
        array = xarray.DataArray([1, 2], {"x": [0, 1]}, name="n")
        return [array, xarray.Dataset({"a": array}), array.variable]

    asked = arrays()
    for one in (*asked, asked[0].x, asked[1].a):
        assert (one.attrs, one.encoding) == ({}, {})
    first = list(map(digest, arrays()))
    assert list(map(digest, asked)) == list(map(digest, copy.deepcopy(asked))) == first
    asked[0].x.attrs["unit"] = "m"
    asked[1].encoding["by"] = "me"
    asked[2].attrs["unit"] = "m"
    assert not set(map(digest, asked)) & set(first)


def test_what_pandas_computes_on_demand(digest: Callable[[object], str]) -> None:
    """It keeps that with what it groups or rolls."""
    pandas: Any = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 1, 2], "b": [3, 4, 5]})

    def made() -> list[Any]:
        return [frame.groupby("a"), frame.groupby("b"), frame.rolling(2), frame.rolling(1)]

    asked = made()
    for one in asked:
        assert len(one.sum()) == len(one.mean())
        assert one._selected_obj is not None
    assert [hasattr(one, "_cache") for one in asked] == [True] * len(asked)
    assert list(map(digest, asked)) == list(map(digest, made()))
    assert len(set(map(digest, asked))) == len(asked)


def test_expressions_of_sqlalchemy(digest: Callable[[object], str]) -> None:
    """What they remember is no part of them, nor where in memory their values lie."""
    sqlalchemy: Any = pytest.importorskip("sqlalchemy")

    def made() -> list[Any]:
        column = sqlalchemy.column("a")
        table = sqlalchemy.Table("t", sqlalchemy.MetaData(), sqlalchemy.Column("a"))
        bound = sqlalchemy.bindparam("a", 1)
        defaults = [sqlalchemy.Column("a", default=default) for default in (3, 4, abs)]
        return [column, column + 1, column + 2, column - 1, table, table.c.a, bound, *defaults]

    asked = made()
    for one in (*asked, *asked[4].c):
        assert getattr(one, "comparator", None) is not asked
    assert list(map(digest, asked)) == list(map(digest, made()))
    assert len(set(map(digest, asked))) == len(asked)
