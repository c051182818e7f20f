"""The objects of numpy and pandas: by value, by identity, and changed in place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pytest

from pytest_mimic._outcome import Before, Payload, Returned, _rebuild, decode, encode
from pytest_mimic._outcome._objects._weight import weight
from pytest_mimic.errors import UnrecordableOutcomeError, UnreplayableOutcomeError

if TYPE_CHECKING:
    from tests.conftest import Project

Call = Callable[..., Any]
Digest = Callable[[object], str]


def _unreadable(np: Any) -> Any:
    """A class of arrays that refuses what would lose its unit, as astropy's quantities do."""

    def refuse(*_: object) -> None:
        raise NotImplementedError("the unit would be lost")

    return type("Quantity", (np.ndarray,), dict.fromkeys(["tobytes", "tolist", "dump"], refuse))


class Info(np.ndarray):
    """As numpy's guide has them."""

    def __array_finalize__(self, source: Any) -> None:
        self.info = getattr(source, "info", None)


class Listed(Info):
    def __reduce__(self) -> Any:
        return list, (self.tolist(),)


class TestNumpy:
    @pytest.fixture
    def np(self) -> Any:
        return pytest.importorskip("numpy")

    @pytest.mark.parametrize("size", [3, 20_000])
    def test_attributes_of_a_class_of_its_own(self, np: Any, call: Call, size: int) -> None:
        def make() -> Any:
            array: Any = np.arange(size).view(Info)
            array.info = {"unit": "m"}
            return array

        replayed: Any = call(make, list).replayed
        assert type(replayed) is Info
        assert replayed.info == {"unit": "m"}
        rest: Any = replayed[2:]
        assert rest.info is replayed.info
        assert replayed.sum() == make().sum()
        listed = call(lambda: make().view(Listed), list).replayed
        assert listed == make().tolist()

    def stored(self, value: object, digest: Digest) -> Payload:
        return encode(Returned(value), Before([], (), frozenset(), digest))

    @pytest.mark.parametrize("size", [3, 20_000])
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_results(self, np: Any, digest: Digest, size: int, order: str) -> None:
        value = np.asarray(np.arange(size * 2.0).reshape(2, size), order=order)
        payload = bytes(self.stored([value, value], digest))
        first: Any = decode(payload, ()).replay()
        assert first[0] is first[1]
        assert first[0].flags.writeable
        assert first[0].flags.f_contiguous == value.flags.f_contiguous
        first[0][:] = 0
        second: Any = decode(payload, ()).replay()
        np.testing.assert_array_equal(second[0], value)

    def test_there_is_one_of_each_plain_dtype(self, np: Any, digest: Digest) -> None:
        dtypes = [np.dtype(each) for each in ("f8", "i2", "?", "O", "M8[ns]", ">f4", "U3")]
        dtypes.append(np.dtype([("a", "i4"), ("b", "f8", (2,))]))
        # Only numpy 2 has strings of any length; and there are two types of eight bytes.
        dtypes += [np.dtype("q"), getattr(np.dtypes, "StringDType", lambda: np.dtype("l"))()]
        dtypes.append(np.dtype("f8", metadata={"unit": "m"}))
        values = [*dtypes, *(np.zeros(2, each) for each in dtypes)]
        back: Any = decode(bytes(self.stored(values, digest)), ()).replay()
        assert back[: len(dtypes)] == dtypes
        assert [each.dtype for each in back[len(dtypes) :]] == dtypes
        assert back[0] is back[len(dtypes)].dtype is np.dtype("f8")
        assert dict(back[len(dtypes) - 1].metadata) == {"unit": "m"}

    def test_the_other_byte_order(self, np: Any, digest: Digest) -> None:
        values = [
            np.arange(6, dtype=">f4").reshape(2, 3),
            np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3))[:, ::2],
            np.array(["ab", "é"], dtype=">U2"),
            np.array([1 + 2j], dtype=">c16"),
            np.array(["2020-01-01"], dtype=">M8[D]"),
            np.zeros(2, [("a", ">i4")]),
        ]
        back: Any = decode(bytes(self.stored(values, digest)), ()).replay()
        assert [each.dtype.str for each in back] == [each.dtype.str for each in values]
        assert all(map(np.array_equal, back, values))
        assert all(each.flags.owndata for each in back)

    def test_small_results_own_their_data(self, np: Any, digest: Digest) -> None:
        back: Any = decode(bytes(self.stored(np.arange(3), digest)), ()).replay()
        back.resize((5,), refcheck=False)
        assert back.tolist() == [0, 1, 2, 0, 0]

    def test_read_only_results_stay_so(self, np: Any, digest: Digest) -> None:
        value = np.arange(3)
        value.flags.writeable = False
        assert not decode(bytes(self.stored(value, digest)), ()).replay().flags.writeable  # type: ignore[attr-defined]

    def test_large_results_are_written_by_reference(self, np: Any, digest: Digest) -> None:
        value = np.zeros(1 << 17)
        payload = self.stored(value, digest)
        value[0] = 1
        assert any(np.shares_memory(value, np.asarray(part)) for part in payload.parts)

    @pytest.mark.parametrize(
        ("function", "make"),
        [
            (lambda x, np: x.__imul__(2), lambda np: np.arange(5.0)),
            (lambda x, np: x.__setitem__(0, 7), lambda np: np.arange(50_000.0)),
            (lambda x, np: x.__setitem__((0, 1), 7), lambda np: np.zeros((3, 4))[:, ::2]),
            (lambda x, np: x.resize((3, 4), refcheck=False), lambda np: np.arange(5.0)),
            (lambda x, np: x.fill(np.datetime64("2020")), lambda np: np.zeros(2, "M8[D]")),
            (lambda x, np: x["a"].fill(3), lambda np: np.zeros(2, [("a", "i4"), ("b", "f8")])),
            (lambda x, np: x.__setitem__(0, None), lambda np: np.array([1, "a"], dtype=object)),
            (lambda x, np: x.__setitem__(1, np.ma.masked), lambda np: np.ma.array([1.0, 2.0])),
            (lambda x, np: x.__setitem__(..., 3), lambda np: np.array(1)),
            (lambda x, np: x.__setitem__(0, 7), lambda np: np.arange(3.0).view(_unreadable(np))),
        ],
    )
    def test_effects(self, np: Any, call: Call, digest: Digest, function: Call, make: Call) -> None:
        pair = call(lambda x, _other: function(x, np), lambda: [make(np), make(np)])
        assert digest(pair.after[0]) == digest(pair.before[0])
        assert pair.after[0].flags.writeable == pair.before[0].flags.writeable
        assert pair.payload.effects[0] == "a0"
        assert "a1" not in pair.payload.effects

    def test_what_is_masked(self, np: Any, call: Call) -> None:
        """It is one array for all, which can be neither changed nor read as others are."""
        pair = call(lambda x: [x, np.ma.masked], lambda: [np.ma.masked])
        assert pair.replayed == [np.ma.masked, np.ma.masked]
        assert all(item is np.ma.masked for item in pair.replayed)

    def test_how_it_is_masked(self, np: Any, call: Call) -> None:
        class Marked(np.ma.MaskedArray):  # type: ignore[misc]  # of a class that is not known
            pass

        def make() -> list[Any]:
            hard = np.ma.array([1, 2], mask=[0, 1], hard_mask=True, fill_value=7)
            marked = hard.view(Marked)
            hard.info = marked.info = "how it was measured"
            row = np.ma.array([(1, 2)], dtype="i4,i4", mask=[(0, 1)])[0]
            return [np.ma.array([1, 2]), np.ma.array([1, 2], mask=False), hard, marked, row]

        bare, idle, hard, marked, row = call(make, list).replayed
        assert bare.mask is np.ma.nomask
        assert idle.mask.tolist() == [False, False]
        assert type(row.mask) is np.void
        hard[1] = marked[1] = 5
        for each in (hard, marked):
            assert each[1] is np.ma.masked
            assert (each.info, each.fill_value) == ("how it was measured", 7)

    def test_what_is_set_on_a_masked_array(self, np: Any, call: Call) -> None:
        def change(x: Any) -> None:
            x.mask = False
            x.info = "how it was measured"

        after = call(change, lambda: [np.ma.array([1, 2])]).after[0]
        assert after.mask.tolist() == [False, False]
        assert after.info == "how it was measured"

    def test_a_mask_that_is_not_there(self, np: Any, call: Call) -> None:
        """It is equal to one that masks nothing, and is a mere number."""
        masks = iter([[False, False], np.ma.nomask])
        pair = call(lambda x: x.mask, lambda: [np.ma.array([1.0, 2.0], mask=next(masks))])
        assert pair.replayed.tolist() == [False, False]

    @pytest.mark.filterwarnings("error")
    def test_looking_at_an_array_warns_of_nothing(self, np: Any, call: Call) -> None:
        def make() -> list[Any]:
            # One that numpy still lets be written to, and one that numpy fills to read it.
            return [
                np.broadcast_arrays(np.arange(3), np.zeros((2, 3)))[0],
                np.ma.array([1, 2], "f2", mask=[True, False]),
            ]

        pair = call(lambda x, y: [x.sum(), x, x[1], y.sum()], make)
        assert pair.replayed[0] == 6
        assert pair.replayed[1] is pair.after[0]
        assert (pair.replayed[2].tolist(), pair.replayed[3]) == ([0, 1, 2], 2)

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_shape_and_type_in_place(self, np: Any, call: Call) -> None:
        def reshape(x: Any) -> None:
            x.shape = (5, 2)
            x.dtype = np.int64

        after = call(reshape, lambda: [np.arange(10.0)]).after[0]
        assert (after.shape, after.dtype) == ((5, 2), np.dtype(np.int64))

    def test_a_read_only_array_made_writable(self, np: Any, call: Call) -> None:
        def make() -> Any:
            value = np.arange(3)
            value.flags.writeable = False
            return [value]

        def change(x: Any) -> None:
            x.flags.writeable = True
            x[0] = 7

        after = call(change, make).after[0]
        assert after.tolist() == [7, 1, 2]
        assert after.flags.writeable

    def test_a_changed_array_made_read_only(self, np: Any, call: Call) -> None:
        def change(x: Any) -> None:
            x[0] = 7
            x.flags.writeable = False

        after = call(change, lambda: [np.arange(3)]).after[0]
        assert after.tolist() == [7, 1, 2]
        assert not after.flags.writeable

    def test_objects_in_an_array(self, np: Any, call: Call) -> None:
        def change(x: Any) -> Any:
            x[0].append(1)
            return x[0]

        pair = call(change, lambda: [np.array([[0], [0, 0]], dtype=object)])
        assert pair.replayed is pair.after[0][0] == [0, 1]

    def test_which_arrays_changed(self, np: Any, call: Call) -> None:
        def fit(x: Any, out: Any, state: dict[str, Any]) -> Any:
            out[:] = x.sum()
            state["coef"] *= 2
            return out

        def make() -> Any:
            arrays = {"coef": np.ones(10_000), "kept": np.ones(10_000)}
            return [np.ones(10_000), np.zeros(10_000), arrays]

        pair = call(fit, make)
        assert pair.replayed is pair.after[1]
        assert pair.payload.effects == ["a1", "a2['coef']"]
        assert pair.payload.size < 2.2 * 80_000

    def test_generators(self, np: Any, call: Call, digest: Digest) -> None:
        def draw(*generators: Any) -> Any:
            return [generators[0].random(), generators[1].rand(), generators[2].random_raw()]

        def make() -> Any:
            return [np.random.default_rng(1), np.random.RandomState(2), np.random.PCG64(3)]

        pair = call(draw, make)
        assert draw(*pair.after) == draw(*pair.before)

    def test_generators_that_spawn(self, np: Any, call: Call) -> None:
        def spawn(generator: Any, bits: Any, seeds: Any) -> Any:
            child, later = generator.spawn(2)
            numbers = child.random(), later.random(), generator.random()
            return *numbers, bits.spawn(1)[0].random_raw(), seeds.spawn(1)[0].generate_state(1)[0]

        def make() -> Any:
            return [np.random.default_rng(1), np.random.PCG64(2), np.random.SeedSequence(3)]

        pair = call(spawn, make)
        assert pair.live == pair.replayed
        assert spawn(*pair.after) == spawn(*pair.before) != pair.live

    def test_scalars_and_types_are_atoms(self, np: Any, digest: Digest) -> None:
        kind = np.dtype("f8")
        before = Before(["a"], [kind], frozenset({"a"}), digest)
        payload = bytes(encode(Returned([kind, np.float64(1), np.str_("s")]), before))
        assert decode(payload, [None]).replay() == [kind, np.float64(1), np.str_("s")]

    def test_an_array_that_may_not_be_resized(self, np: Any, call: Call) -> None:
        owner = np.arange(5.0)
        made = iter([[np.arange(5.0)], [owner[:]]])
        with pytest.raises(UnreplayableOutcomeError, match="cannot change the argument's ndarray"):
            call(lambda x: x.resize((9,), refcheck=False), lambda: next(made))


class TestPandas:
    @pytest.fixture
    def pd(self) -> Any:
        return pytest.importorskip("pandas")

    def test_frames(self, pd: Any, call: Call) -> None:
        def change(frame: Any) -> Any:
            frame["new"] = [1.5, 2.5]
            frame.loc[0, "a"] = 9
            frame.index = ["x", "y"]
            frame.attrs["unit"] = "m"
            del frame["b"]
            return frame

        pair = call(change, lambda: [pd.DataFrame({"a": [1, 2], "b": ["u", "v"]})])
        assert pair.replayed is pair.after[0]
        pd.testing.assert_frame_equal(pair.after[0], pair.before[0])
        assert pair.after[0].attrs == {"unit": "m"}
        assert pair.payload.effects == ["a0"]

    def test_a_frame_that_others_share(self, pd: Any, call: Call) -> None:
        def change(frame: Any) -> None:
            frame.iloc[0, 0] = 9

        ours, theirs = pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]})
        copied = theirs.copy()
        made = iter([[ours], [theirs]])
        call(change, lambda: next(made))
        assert theirs["a"].tolist() == [9, 2]
        assert copied["a"].tolist() == [1, 2]

    def test_series(self, pd: Any, call: Call) -> None:
        def change(series: Any) -> None:
            series.iloc[0] = 9
            series.name = "new"
            series.loc[7] = 1

        pair = call(change, lambda: [pd.Series([1, 2], name="old")])
        pd.testing.assert_series_equal(pair.after[0], pair.before[0])

    def test_the_name_of_an_index(self, pd: Any, call: Call) -> None:
        pair = call(lambda index: index.rename("new", inplace=True), lambda: [pd.Index([1, 2])])
        assert pair.after[0].name == "new"

    def test_the_frequency_of_an_index(self, pd: Any, call: Call) -> None:
        def settle(frame: Any) -> None:
            frame.index.freq = "D"

        days = ["2020-01-01", "2020-01-02"]
        pair = call(settle, lambda: [pd.DataFrame({"a": [1, 2]}, pd.DatetimeIndex(days))])
        assert pair.after[0].index.freq == pair.before[0].index.freq

    def test_an_index_by_itself(self, pd: Any, call: Call) -> None:
        def settle(index: Any) -> None:
            index.freq = None

        pair = call(settle, lambda: [pd.date_range("2020", periods=2)])
        assert pair.after[0].freq is pair.before[0].freq is None

    def test_flags(self, pd: Any, call: Call) -> None:
        def forbid(frame: Any) -> None:
            frame.flags.allows_duplicate_labels = False

        pair = call(forbid, lambda: [pd.DataFrame({"a": [1]})])
        assert not pair.after[0].flags.allows_duplicate_labels

    def test_unchanged(self, pd: Any, call: Call) -> None:
        def look(frame: Any, index: Any) -> Any:
            return frame.sum().tolist()

        pair = call(look, lambda: [pd.DataFrame({"a": [1, 2]}), pd.Index([1, 2])])
        assert pair.payload.effects == []
        assert pair.live == pair.replayed == [3]

    def test_an_array_that_the_call_initialises(self, pd: Any, call: Call) -> None:
        def fill(array: Any) -> None:
            array.__init__(["b", "a", "b"])

        after = call(fill, lambda: [pd.Categorical.__new__(pd.Categorical)]).after[0]
        assert list(after) == ["b", "a", "b"]

    @pytest.mark.parametrize("kind", ["category", "datetime64[ns]", "object"])
    def test_elements_changed_in_place(self, pd: Any, call: Call, kind: str) -> None:
        """Who holds the array below sees the change as well."""

        def change(array: Any) -> None:
            array[0] = array[1]

        below = []

        def make() -> list[Any]:
            values = pd.to_datetime(["2020-01-01", "2021-01-01"])
            array = pd.array(values, dtype=kind)
            below.append(array._ndarray)
            return [array]

        pair = call(change, make)
        array = pair.after[0]
        assert array._ndarray is below[1]
        assert array[0] == array[1] == pair.before[0][0]

    def test_results(self, pd: Any, call: Call) -> None:
        pair = call(lambda: pd.DataFrame({"a": range(50_000)}), list)
        pair.replayed.loc[0, "a"] = 7
        assert pair.replayed["a"].tolist()[:2] == [7, 1]


def test_an_array_that_repeats_few_numbers(call: Call) -> None:
    """It is stored without its repetitions, which may be more than fit into memory."""
    np = pytest.importorskip("numpy")
    pair = call(lambda: np.broadcast_to(np.arange(3.0)[:, None], (1000, 3, 1000)), list)
    assert np.array_equal(pair.live, pair.replayed)
    assert pair.live.strides == pair.replayed.strides
    assert sum(map(len, pair.payload.parts)) < 1000


@pytest.mark.parametrize("size", [3, 20_000])
def test_an_array_comes_back_as_it_lies(call: Call, size: int) -> None:
    """Its numbers add up to the very same sum then."""

    def make() -> Any:
        return np.random.default_rng(1).random((2, size, 5)).astype(">f8").transpose(1, 0, 2)

    pair = call(make, list)
    assert np.array_equal(pair.live, pair.replayed)
    assert pair.live.strides == pair.replayed.strides
    assert pair.live.dtype == pair.replayed.dtype
    assert pair.replayed.flags.writeable
    assert pair.live.sum() == pair.replayed.sum()

    def change(array: Any) -> Any:
        array *= 2
        return array[1:, :, :]

    changed = call(change, lambda: [make()])
    assert np.array_equal(changed.before[0], changed.after[0])
    assert np.array_equal(changed.live, changed.replayed)


def test_what_lies_in_no_order(call: Call) -> None:
    gaps = call(lambda: np.arange(24).reshape(2, 3, 4)[:, ::2].transpose(1, 0, 2), list)
    assert np.array_equal(gaps.live, gaps.replayed)
    objects = call(lambda: np.full((2, 3, 4), None).transpose(1, 0, 2), list)
    assert np.array_equal(objects.live, objects.replayed)


def test_what_a_call_notes_on_a_sparse_matrix(call: Call) -> None:
    sparse: Any = pytest.importorskip("scipy.sparse")

    def use(matrix: Any) -> Any:
        matrix.radius = [2.0]
        return matrix.radius, matrix

    pair = call(use, lambda: [sparse.csr_array([[0.0, 1.0], [2.0, 0.0]])])
    (after,) = pair.after
    radius, matrix = pair.replayed
    assert matrix is after
    assert radius is after.radius
    assert (radius, after.toarray().tolist()) == ([2.0], [[0.0, 1.0], [2.0, 0.0]])


def test_polars(call: Call) -> None:
    polars: Any = pytest.importorskip("polars")

    def make() -> list[Any]:
        return [polars.DataFrame({"a": [1, 2]}), [polars.Series("s", [1, 2])]]

    def change(frame: Any, held: list[Any]) -> Any:
        frame.insert_column(0, polars.Series("b", ["x", None]))
        held[0].append(polars.Series("s", [3]))
        return frame

    pair = call(change, make)
    frame, held = pair.after
    assert pair.replayed is frame
    assert frame.to_dict(as_series=False) == {"b": ["x", None], "a": [1, 2]}
    assert held[0].to_list() == [1, 2, 3]
    assert call(lambda frame, held: (len(frame), held[0].name), make).payload.effects == []
    columns = range(80)
    assert weight([polars.DataFrame({"a": columns}), polars.Series(columns)], 1_000) == 22


class TestSympy:
    @pytest.fixture
    def sympy(self) -> Any:
        return pytest.importorskip("sympy")

    def test_expressions_come_back_as_they_stand(self, sympy: Any, call: Call) -> None:
        """Sympy's own pickles evaluate what was not evaluated."""
        x, y = sympy.symbols("x y")
        f = sympy.Function("f")
        values = [
            sympy.Mul(2, x + y, evaluate=False),
            sympy.sin(sympy.Integer(0), evaluate=False) + x,
            sympy.Integral(f(x) ** 2, (x, 0, 1)),
            sympy.Matrix([[x, 1], [y, sympy.Rational(1, 3)]]),
            {x**2: 3 * sympy.Add(y, 1, evaluate=False)},
        ]
        assert call(lambda: values, list).replayed == values

    def test_what_an_expression_remembers_is_no_effect(self, sympy: Any, call: Call) -> None:
        """Its hash is another one in each process."""

        def drive(found: list[Any], expression: Any) -> None:
            found.append(len({expression}))

        def make() -> list[Any]:
            return [[], sympy.Basic.__new__(sympy.Tuple, sympy.Symbol("x"))]

        assert call(drive, make).payload.effects == ["a0"]

    def test_what_no_constructor_brings_back(self, sympy: Any, call: Call) -> None:
        """It comes back as it is, with what its class set on it."""
        x, y = sympy.symbols("x y")
        made = sympy.Xor(x, True, remove_true=False)
        back = call(lambda: [made, sympy.Xor(x, y)], list).replayed
        assert back == [made, sympy.Xor(x, y)]
        assert (type(back[0]), back[0]._argset) == (sympy.Xor, made._argset)

    def test_what_equality_does_not_ask_for(self, sympy: Any, call: Call) -> None:
        """How it is written, which numbers its coefficients are, and what an initialiser sets."""
        vector, groups = (
            pytest.importorskip(f"sympy.{name}") for name in ("vector", "combinatorics")
        )
        x = sympy.Symbol("x")
        values = [
            sympy.PurePoly(x, x, domain="QQ"),
            sympy.Poly(x, x, domain="QQ"),
            sympy.Poly(x, x),
            vector.CoordSys3D("N").i,
        ]
        *_, group = back = call(lambda: [*values, groups.SymmetricGroup(3)], list).replayed
        assert list(map(sympy.latex, back[:-1])) == list(map(sympy.latex, values))
        assert [one.domain for one in back[:3]] == [sympy.QQ, sympy.QQ, sympy.ZZ]
        assert (group, group.order()) == (groups.SymmetricGroup(3), 6)
        assert back[3].is_commutative

    def test_what_is_equal_to_nothing(self, sympy: Any, call: Call) -> None:
        class Unequal(sympy.Expr):  # type: ignore[misc]  # sympy has no types
            __hash__ = sympy.Expr.__hash__

            def __eq__(self, other: object) -> bool:
                return False

        with pytest.raises(UnrecordableOutcomeError, match="brings back another expression"):
            call(lambda: Unequal(sympy.Integer(3)), list)


class Table:
    """As much of a table of astropy as counts here: the library itself takes long to install."""

    def __init__(self, columns: dict[str, list[int]], masked: bool = False) -> None:
        self.columns = columns
        self._masked = masked
        self.indices: list[str] = []
        self._groups: Any = None

    def __getitem__(self, name: str) -> Any:
        return SimpleNamespace(tolist=lambda: self.columns[name])

    @property
    def groups(self) -> list[Any]:
        self._groups = SimpleNamespace(_indices=None)
        return [self]

    def group_by(self, _name: str) -> Table:
        grouped = Table(self.columns)
        grouped._groups = SimpleNamespace(_indices=[0, 2, 3])
        return grouped

    def add_index(self, name: str) -> None:
        self.indices.append(name)


@pytest.mark.parametrize("real", [True, False], ids=["astropy", "nothing"])
def test_what_tables_of_astropy_leave_out(
    call: Call, own_modules: Callable[[str, dict[str, Any]], None], real: bool
) -> None:
    """They would come back as one group, and with nothing to look rows up by."""
    if not real:
        own_modules("astropy.table", {"Table": Table})
    library: Any = pytest.importorskip("astropy.table") if real else sys.modules["astropy.table"]
    table = library.Table({"a": [1, 1, 2]})
    assert len(table.groups) == 1  # not grouped
    assert call(lambda: [table], list).replayed[0]["a"].tolist() == [1, 1, 2]
    with pytest.raises(UnrecordableOutcomeError, match="leaves out its groups"):
        call(lambda: table.group_by("a"), list)
    table.add_index("a")
    with pytest.raises(UnrecordableOutcomeError, match="leaves out its indices"):
        call(lambda: table, list)
    masked = library.Table({"a": [1]}, masked=True)
    with pytest.raises(UnrecordableOutcomeError, match="leaves out that it is masked"):
        call(lambda: masked, list)


def test_what_dask_will_compute_is_a_value(project: Project) -> None:
    """It can be awaited, but awaiting it gives just it."""
    pytest.importorskip("dask")
    project.write(
        {
            "m.py": """
            import dask
            from only_live import only_live

            def plan(number):
                only_live("plan")
                return dask.delayed(abs)(number)
        """,
            "test_m.py": """
            import m

            def test_plan():
                assert m.plan(-2).compute(scheduler="sync") == 2
        """,
        }
    )
    project.configure("m:plan")
    project.record(in_process=True).passed(1)
    project.replay(in_process=True).passed(1)


def test_generic_models_with_their_parameters(call: Call) -> None:
    """Pydantic makes their classes on demand, and no name leads to them."""
    base: Any = pytest.importorskip("pydantic").BaseModel
    content = TypeVar("content")

    class Answer(base, Generic[content]):  # type: ignore[misc]  # an Any without it
        """What a service says."""

        data: content

    globals().update(Answer=Answer, content=content)
    Answer.__qualname__, Answer.__module__ = "Answer", __name__
    try:
        answer = Answer[list[int]](data=[1])
        pair = call(lambda: [answer, Answer[int](data=1), Answer], list)
        assert pair.replayed == pair.live
        assert [type(one) for one in pair.replayed] == [
            Answer[list[int]],
            Answer[int],
            type(Answer),
        ]
    finally:
        del globals()["Answer"], globals()["content"]


def test_only_classes_have_parameters() -> None:
    with pytest.raises(TypeError, match="only a class"):
        _rebuild.parametrised([1], (0,))  # type: ignore[arg-type]  # as a forged payload has it
