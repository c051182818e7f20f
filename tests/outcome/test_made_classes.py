"""Classes that libraries make on demand, and exceptions that only their C code knows in full."""

from __future__ import annotations

import array
import collections
import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._pickles._layout import Flags
from pytest_mimic._outcome._pickles._pickling import Own, dump

if TYPE_CHECKING:
    from tests.conftest import Project

Digest = Callable[[object], str]
Call = Callable[..., Any]


class TestPydantic:
    def failed(self, **values: object) -> Any:
        pydantic = pytest.importorskip("pydantic")
        kind = pydantic.create_model("Order", number=(int, ...), name=(str, "a"))
        with pytest.raises(pydantic.ValidationError) as caught:
            kind(**values)
        return caught.value

    def test_what_a_validation_says(self, stored: Call) -> None:
        error = self.failed(number="x", name=3)
        error.__cause__ = KeyError("k")
        error.extra = "e"
        back = stored(error)
        assert str(back) == str(error)
        assert back.errors() == error.errors()
        assert (type(back), back.title, back.extra) == (type(error), "Order", "e")
        assert back.args == error.args
        assert repr(back.__cause__) == "KeyError('k')"

    def test_keys(self, digest: Digest) -> None:
        values: list[dict[str, object]] = [{"number": "x"}, {"number": "y"}, {"name": "a"}]
        assert len({digest(self.failed(**each)) for each in values}) == 3
        assert digest(self.failed(number="x")) == digest(self.failed(number="x"))


def test_an_exception_with_a_state() -> None:
    made: Any = _rebuild.reduced_exception(ValueError, ("a",), {"code": 3})
    assert (made.args, made.code) == (("a",), 3)


class Point(NamedTuple):
    """Has the name of another."""

    x: int


def make_named_tuples() -> tuple[type[Any], type[Any]]:
    class Point(NamedTuple):
        """Where it is."""

        x: int
        y: int = 2

        def __repr__(self) -> str:
            return f"<{self.x} {self.y}>"

        @property
        def far(self) -> int:
            return self.x + self.y

        @classmethod
        def middle(cls) -> Any:
            return cls(0)

    # Made at run time as well, by the names of columns.
    kind: Any = collections.namedtuple  # noqa: PYI024  # it is what is tested
    return Point, kind("Point", "x a b", defaults=[3, 4], module=__name__)


class TestNamedTuples:
    def test_what_their_body_says(self, stored: Call) -> None:
        kind, _ = make_named_tuples()
        back = stored([kind(1), kind])
        point = back[0]
        assert (point, repr(point), point.far) == ((1, 2), "<1 2>", 3)
        made = type(point)
        assert back[1] is made is not Point
        for name in ("__doc__", "__module__", "__qualname__", "_field_defaults"):
            assert getattr(made, name) == getattr(kind, name)
        assert made.__annotations__ == kind.__annotations__
        assert repr(made.middle()) == "<0 2>"

    def test_that_have_the_name_of_another(self, stored: Call) -> None:
        _, kind = make_named_tuples()
        payload = bytes(dump(kind(1), Own({})).parts[0])
        assert b"_create_code" not in payload  # another Python can replay it
        back = stored(kind(1))
        assert back._asdict() == {"x": 1, "a": 3, "b": 4}
        assert (type(back).__module__, repr(back)) == (__name__, "Point(x=1, a=3, b=4)")

    def test_that_a_name_leads_to(self, stored: Call) -> None:
        back = stored([Point(1), lambda: 1])
        assert type(back[0]) is Point


class Wanting:
    """It wants an argument to be made, and does not say which."""

    held: list[int]

    def __new__(cls, number: int) -> Any:
        made = super().__new__(cls)
        made.held = [number]
        return made


class Single:
    """There is one of it, and `held` is not what makes it."""

    only: Single | None = None
    held: list[int]

    def __new__(cls) -> Any:
        if cls.only is None:
            cls.only = super().__new__(cls)
        return cls.only


class Saying(Wanting):
    def __getnewargs__(self) -> tuple[int]:
        return (self.held[0] + 1,)

    def __getstate__(self) -> None:
        return None


class Shape:
    """Told nothing, it makes one of a class that knows what is usual."""

    def __new__(cls, sides: int = 0) -> Any:
        return super().__new__(cls if sides else Square)

    def __init__(self, sides: int = 0) -> None:
        self.sides = sides


class Square(Shape):
    def __init__(self) -> None:
        super().__init__(4)


class Closing:
    """It looks at what it has as it ends."""

    ended: ClassVar[list[dict[str, Any]]] = []

    def __new__(cls, held: int = 0) -> Any:
        return super().__new__(cls)

    def __init__(self, held: int = 0) -> None:
        self.held = held

    def __del__(self) -> None:
        self.ended.append(vars(self))


class Numeral(int):
    def __new__(cls, number: int) -> Any:
        return super().__new__(cls, number)


def test_classes_that_want_arguments(stored: Call) -> None:
    wanting = Wanting(3)
    wanting.held.append(4)
    assert stored(wanting).held == [3, 4]
    assert stored(Saying(3)).held == [4]
    back = stored([Shape(3), Square()])
    assert [(type(one), one.sides) for one in back] == [(Shape, 3), (Square, 4)]
    assert stored(Closing(5)).held == 5
    assert {"held": 5} in Closing.ended
    assert {} not in Closing.ended
    single = Single()
    single.held = [1]
    assert stored(single) is single
    assert (type(stored(Numeral(5))), stored(Numeral(5))) == (Numeral, 5)


class Noting:
    """It notes what it is asked for; a slot that is not set counts as well."""

    __slots__ = ("__dict__", "asked", "unset")

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.name = "note"

    def __getattr__(self, name: str) -> Any:
        if name != "__setstate__":
            self.asked.append(name)
        raise AttributeError(name)


class WantingNoting(Noting):
    __slots__ = ()

    def __new__(cls, _number: int) -> Any:
        return super().__new__(cls)

    def __init__(self, _number: int) -> None:
        super().__init__()


def test_an_object_is_asked_for_nothing_that_it_lacks(stored: Call) -> None:
    """A recording would change the caller's object."""
    for value in (Noting(), WantingNoting(1)):
        replayed: Any = stored(value)
        assert type(replayed) is type(value)
        assert replayed.name == "note"
        assert value.asked == replayed.asked == []


class Members(tuple[Any, ...]):  # noqa: SLOT001  # it has attributes
    """It is made of its items one by one, and comes back from a pickle as a tuple of a tuple."""

    def __new__(cls, *members: object, **options: object) -> Any:
        made = super().__new__(cls, members)
        vars(made).update(options)
        return made


class Doubled(complex):
    def __new__(cls, real: float, imag: float = 0) -> Any:
        return super().__new__(cls, 2 * real, 2 * imag)


class Owned(str):  # noqa: SLOT000  # likewise
    """It wants two arguments, of which a pickle keeps one; nor is it equal to anything else."""

    owner: str

    def __new__(cls, text: str, owner: str) -> Any:
        made = super().__new__(cls, text)
        made.owner = owner
        return made


class Pair(NamedTuple):
    left: int
    right: int


class Sum(Pair):
    """It says itself what makes it."""

    def __new__(cls, left: int, right: int) -> Any:
        return super().__new__(cls, left, right)


class Keyed(Members):
    def __getnewargs_ex__(self) -> tuple[Any, ...]:
        return tuple(self), vars(self)


class Reduced(Members):
    def __reduce__(self) -> tuple[Any, ...]:
        return Reduced, tuple(self)


def test_values_that_their_class_makes_another_of(stored: Call) -> None:
    members = stored(Members(1, (2, 3), strict=True))
    assert (type(members), tuple(members), members.strict) == (Members, (1, (2, 3)), True)
    assert stored(Members()) == ()
    assert (type(stored(Doubled(1, 3))), complex(stored(Doubled(1, 3)))) == (Doubled, 2 + 6j)
    owned = stored(Owned("text", "me"))
    assert (type(owned), str(owned), owned.owner) == (Owned, "text", "me")
    keyed = stored(Keyed(1, [2], strict=True))
    assert (type(keyed), tuple(keyed), keyed.strict) == (Keyed, (1, [2]), True)
    assert (type(stored(Reduced(1, 2))), stored(Reduced(1, 2))) == (Reduced, (1, 2))
    assert (type(stored(Sum(1, 2))), stored(Sum(1, 2))) == (Sum, (1, 2))


@pytest.mark.parametrize(
    "view",
    [
        memoryview(b"abc"),
        memoryview(bytearray(b"abc")),
        memoryview(b""),
        memoryview(array.array("d", [1.5, 2.5, 3.5, 4.5])),
        memoryview(bytes(8)).cast("B", (2, 4)),
        memoryview(b"abcd")[::2],
    ],
)
def test_views_of_memory(stored: Call, view: memoryview) -> None:
    back = stored(view)
    assert (back, back.readonly, back.format) == (view, view.readonly, view.format)


class TestErrorsOfAws:
    def client(self, service: str = "s3") -> Any:
        session = pytest.importorskip("botocore.session").get_session()
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        return session.create_client(service, region_name="us-east-1", **keys)

    def error(self, client: Any) -> Any:
        return client.exceptions.NoSuchKey({"Error": {"Code": "NoSuchKey"}}, "GetObject")

    def test_the_clients_own(self, stored: Call) -> None:
        first, second, _other = self.client(), self.client(), self.client("sts")
        back = stored(self.error(first))
        assert isinstance(back, first.exceptions.NoSuchKey)
        assert isinstance(back, second.exceptions.NoSuchKey)
        assert back.response == {"Error": {"Code": "NoSuchKey"}}

    def test_no_client_any_more(self, stored: Call) -> None:
        clients = [self.client()]

        def close() -> None:
            clients.clear()
            gc.collect()

        back = stored(self.error(clients[0]), close)
        assert (type(back).__name__, back.operation_name) == ("NoSuchKey", "GetObject")

    def test_of_no_client(self, stored: Call) -> None:
        base = pytest.importorskip("botocore.exceptions").ClientError
        client = self.client()
        kind = type("Lost", (base,), {"__module__": "botocore.errorfactory"})
        back = stored(kind({"Error": {}}, "GetObject"))
        assert (type(back).__name__, back.operation_name) == ("Lost", "GetObject")
        assert not isinstance(back, client.exceptions.NoSuchKey)


def test_nothing_of_the_picklers_own_is_kept() -> None:
    """What an error held of it, the garbage collector complained of."""
    payload = dump([lambda: 1, "a" * 100_000], Own({}))
    assert payload.flags == Flags.DILL
    assert set(map(type, payload.parts)) == {bytes}


def test_an_object_whose_own_pickle_knows_another_class(project: Project) -> None:
    """A class made for each registry is called as the one that there is, whose objects differ."""
    project.write(
        {
            "units.py": """
            def of_registry(name):
                def make():
                    return Unit()

                class Unit:
                    registry = name

                    def __reduce__(self):
                        return globals()["make"], ()

                return Unit, make

            Unit, make = of_registry("usual")

            def unit(name):
                return [of_registry(name)[0]()] if name else [Unit()]
        """,
            "test_units.py": """
            import units

            def test_usual():
                assert type(units.unit("")[0]) is units.Unit

            def test_other():
                assert units.unit("other")[0].registry == "other"
        """,
        }
    )
    project.configure("units:unit")
    run = project.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has("*cannot record result -> *: units.of_registry.<locals>.Unit", "*another class than*")
    project.replay("-k", "usual", in_process=True)
