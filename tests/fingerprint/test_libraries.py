"""What the tables cannot show, for no library that is installed makes such values."""

from __future__ import annotations

import copy
import ipaddress
import pickle
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter, _numpy, _pandas, _stdlib


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
