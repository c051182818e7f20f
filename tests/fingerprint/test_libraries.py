"""What the tables cannot show, for no library that is installed makes such values."""

from __future__ import annotations

import copy
import ipaddress
import pickle
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter, _stdlib
from pytest_mimic._fingerprint._libraries import _numpy, _pandas


class OtherDtype(SimpleNamespace):
    pass


def test_dtype_of_another_library() -> None:
    pytest.importorskip("numpy")
    dtype: Any = OtherDtype(subdtype=None, names=None, kind="V", num=300, str="<V2")
    assert _numpy.describe_dtype(dtype) == ("<V2", OtherDtype)


def test_array_of_another_library() -> None:
    pytest.importorskip("pandas")
    array = SimpleNamespace(dtype="theirs")
    assert _pandas.take_values(array) == ("other", array)


def test_strings_where_pyarrow_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage that nobody chose is another there, and the key the same."""
    pandas: Any = pytest.importorskip("pandas")
    digest = Fingerprinter().digest
    usual = digest(pandas.array(["a", None], dtype="string"))
    monkeypatch.delitem(sys.modules, "pyarrow", raising=False)
    assert digest(pandas.array(["a", None], dtype="string[python]")) == usual


@pytest.mark.parametrize("text", ["1.2.3.4", "::1", "fe80::1%eth0", "::ffff:102:304"])
def test_addresses_read_alike_on_every_python(text: str) -> None:
    alone, inside = ipaddress.ip_address(text), ipaddress.ip_interface(text)
    network = ipaddress.ip_network(text.partition("%")[0])
    length = alone.max_prefixlen
    assert _stdlib._take_address(alone) == (type(alone).__name__, text)
    assert _stdlib._take_address(inside) == (type(inside).__name__, f"{text}/{length}")
    assert _stdlib._take_address(network)[1] == f"{text.partition('%')[0]}/{length}"


def test_a_range_of_more_numbers_than_memory_holds() -> None:
    pandas: Any = pytest.importorskip("pandas")
    digest = Fingerprinter().digest
    assert digest(range(0, 10**30, 3)) == digest(range(0, 10**30 + 1, 3)) != digest(range(10**30))
    ends = [(0, 10**30, 1), (0, 10**30 + 1, 1), (0, 10**30, 2), (10**30, 0, -1)]
    assert len({digest(pandas.RangeIndex(*each)) for each in ends}) == len(ends)
    assert digest(pandas.RangeIndex(0, 10**30, 3)) == digest(pandas.RangeIndex(0, 10**30 + 1, 3))


def test_facts_of_sympy_stand_in_the_order_of_a_set() -> None:
    assumptions: Any = pytest.importorskip("sympy.core.assumptions")
    digest = Fingerprinter().digest
    facts = assumptions.StdFactKB({"real": True})
    again = assumptions.StdFactKB({"real": True})
    again.rules = copy.copy(facts.rules)
    again.rules.beta_rules = facts.rules.beta_rules[::-1]
    assert digest(facts) == digest(again) != digest(assumptions.StdFactKB({"real": False}))


def test_distributions_that_draw_from_the_global_generator() -> None:
    """What numpy drew before is no part of them, nor what they say of themselves."""
    stats: Any = pytest.importorskip("scipy.stats")
    numpy: Any = pytest.importorskip("numpy")
    digest = Fingerprinter().digest

    def all_of_them() -> list[str]:
        frozen = stats.uniform(0, 2), stats.multivariate_normal([0, 0]), stats.poisson(3)
        return [digest(each) for each in (stats.norm, stats.multivariate_normal, *frozen)]

    first = all_of_them()
    numpy.random.rand()  # the global one
    assert all_of_them() == first
    assert len(set(first)) == len(first)
    seeded = stats.multivariate_normal([0, 0], seed=1)
    assert digest(seeded) not in first
    untold = stats.uniform(0, 2)
    untold.dist.__doc__ = None
    assert digest(untold) == first[2] != digest(stats.uniform(0, 3))


def test_trees_of_scipy_without_where_their_nodes_lie() -> None:
    spatial: Any = pytest.importorskip("scipy.spatial")
    points = [[float(number), number % 7.0] for number in range(40)]
    digest = Fingerprinter().digest

    def all_of_them() -> list[str]:
        named = type("Named", (spatial.cKDTree,), {})(points)
        named.name = "a"
        made = [spatial.KDTree(points), spatial.cKDTree(points), named]
        made += [spatial.KDTree(points, **each) for each in ({"leafsize": 3}, {"boxsize": 50.0})]
        return [digest(each) for each in (*made, spatial.KDTree(points[1:]))]

    first = all_of_them()
    assert all_of_them() == first
    assert len(set(first)) == len(first)


def test_zones_of_dateutil(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some versions reduce them by a method of their own."""
    zones: Any = pytest.importorskip("dateutil.tz")

    def all_of_them() -> list[str]:
        digest = Fingerprinter().digest
        made = zones.tzutc(), zones.tzoffset("X", 3600), zones.tzoffset("X", 0), zones.tzlocal()
        return [digest(each) for each in made]

    usual = all_of_them()
    assert len(set(usual)) == len(usual)
    kinds = zones.tzutc, zones.tzoffset
    for kind, reduce in zip(kinds, (lambda _: (kinds[0], ()), object.__reduce__), strict=True):
        monkeypatch.setattr(kind, "__reduce__", reduce)
    assert all_of_them() == usual


def test_zones_of_dateutil_by_name(tmp_path: Path) -> None:
    """Their database lies elsewhere on other machines, and is of another version."""
    zones: Any = pytest.importorskip("dateutil.tz")
    digest = Fingerprinter().digest
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    for hours, name in enumerate(("Europe/Rome", "Europe/Zurich")):
        content = b"TZif" + bytes(16) + counts + struct.pack(">lbb", hours * 3600, 0, 0) + b"CET\0"
        for place in ("zoneinfo", "old/share/zoneinfo", "own"):
            path = tmp_path / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def zone(path: str) -> str:
        return digest(zones.tzfile(str(tmp_path / path)))

    assert zone("zoneinfo/Europe/Rome") == zone("old/share/zoneinfo/Europe/Rome")
    paths = "zoneinfo/Europe/Rome", "zoneinfo/Europe/Zurich", "own/Europe/Rome"
    assert len({zone(path) for path in paths}) == len(paths)


def test_an_estimator_that_is_fitted_inside_of_another() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    inner, alone = linear.LinearRegression(), linear.LinearRegression()
    inner._parent_callback_ctx = SimpleNamespace(init_time=time.time())
    digest = Fingerprinter().digest
    assert digest(inner) == digest(alone) != digest(linear.LinearRegression(positive=True))


def test_an_estimator_that_remembers_an_address() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    fitted = [text.CountVectorizer(stop_words=["the"]).fit(["the cat"]) for _ in range(2)]
    assert fitted[0]._stop_words_id != fitted[1]._stop_words_id
    assert Fingerprinter().digest(fitted[0]) == Fingerprinter().digest(fitted[1])


def test_a_bunch_and_its_copy() -> None:
    utils = pytest.importorskip("sklearn.utils")
    bunch = utils.Bunch(a=1)
    copied = pickle.loads(pickle.dumps(bunch))  # just made
    digest = Fingerprinter().digest
    assert vars(copied) != vars(bunch)
    assert digest(copied) == digest(bunch) != digest(utils.Bunch(a=2))
