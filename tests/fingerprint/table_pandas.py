# mypy: ignore-errors
# ruff: noqa: DTZ001, E401, E402, E501, E702, F401, I001, ICN001, RUF012
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of pandas: which are the same, and which are all different.

Run as a script it prints the digests of all rows as JSON, so that they can be compared between
processes, hash seeds and versions of Python.
"""

from __future__ import annotations

import copy, datetime, functools, json, pickle, sys, typing

from pytest_mimic._fingerprint import Fingerprinter

digest = Fingerprinter().digest
ROWS = {}


def same(name, *values):
    assert f"same {name}" not in ROWS, name
    ROWS[f"same {name}"] = [digest(value) for value in values]


def diff(name, *values):
    assert f"different {name}" not in ROWS, name
    ROWS[f"different {name}"] = [digest(value) for value in values]

import numpy as np
import pandas as pd

df=pd.DataFrame({'a':[1,2,3],'b':[1.,2.,np.nan],'c':['x','y',None]})
df2=pd.DataFrame({'b':[1.,2.,np.nan]}); df2.insert(0,'a',[1,2,3]); df2['c']=['x','y',None]
df3=pd.concat([df.iloc[:1],df.iloc[1:]]); big=pd.concat([df,df],ignore_index=True).iloc[:3]
same("df",df,df2,df3,big,df.copy(),df[[True]*3])
diff("df2",df,df[['a','b']],df.iloc[::-1],df.rename(columns={'a':'z'}),df.set_index('a'),df.astype({'a':'Int64'}),df.astype({'a':float}),df.astype({'c':'category'}),df.a)

diff("str2",pd.array(['a','é',None],dtype='string'),pd.array(['aé','',None],dtype='string'),pd.array(['a','é',''],dtype='string'),pd.array(['a','é'],dtype='string'))
same("Int",pd.array([1,None],dtype='Int64'),pd.array([1,5],dtype='Int64').copy() if 0 else pd.array([1,None],dtype='Int64'))
same("mi",pd.MultiIndex.from_product([[1,2],['a','b']]),pd.MultiIndex.from_tuples([(1,'a'),(1,'b'),(2,'a'),(2,'b')]),pd.MultiIndex.from_product([[0,1,2],['a','b']])[2:])
same("ts",pd.Timestamp("2020-01-01"),pd.Timestamp("2020-01-01").as_unit('ns')); diff("ts2",pd.Timestamp("2020-01-01"),pd.Timestamp("2020-01-02"),pd.Timestamp("2020-01-01",tz="UTC"),datetime.datetime(2020,1,1),pd.NaT,pd.NA,pd.Timedelta(1,'s'),pd.Period("2020"),pd.Interval(1,2),pd.offsets.Day(2),pd.offsets.Day(1))

if "pyarrow" in sys.modules or __import__("importlib").util.find_spec("pyarrow"):
    words = ["a", "é", None]
    same("strings wherever they lie", pd.array(words, dtype="string[pyarrow]"), pd.array(["z", *words], dtype="string[pyarrow]")[1:])
    diff("strings that somebody stored otherwise", pd.array(words, dtype="string[python]"), pd.array(words, dtype="string[pyarrow]"), pd.array([], dtype="string[python]"), pd.array([], dtype="string[pyarrow]"))
    same("arrow columns", pd.Series([1, None], dtype="int64[pyarrow]"), pd.concat([pd.Series([1], dtype="int64[pyarrow]"), pd.Series([None], dtype="int64[pyarrow]")], ignore_index=True))
hidden = pd.array([1, None], dtype="Int64")
hidden._data[1] = 77
same("under a missing value", hidden, pd.array([1, None], dtype="Int64"))
same("an index of a range", pd.RangeIndex(3), pd.Index([0, 1, 2], dtype="int64"))
same("an empty range", pd.RangeIndex(0), pd.Index([], dtype="int64"))
diff("arrays", pd.date_range("2020", periods=3, tz="Europe/Paris"), pd.date_range("2020", periods=3), pd.period_range("2020", periods=3), pd.interval_range(0, 3), pd.Series([1, 0], dtype="Sparse[int]"), pd.array([1.5, None], dtype="Float64"), pd.array([True, None], dtype="boolean"), pd.Series(["a", "b"], dtype="category"), pd.timedelta_range(0, periods=3), pd.array([1, 2]), pd.array(np.array([1, 2], "f4")))
diff("dtypes", pd.CategoricalDtype(["a"]), pd.CategoricalDtype(["a"], ordered=True), pd.Int64Dtype(), pd.StringDtype("python"), pd.SparseDtype("int"), pd.DatetimeTZDtype("ns", "UTC"))
same("however they are sorted", pd.concat([df, df]).iloc[3:], df.reindex([0, 1, 2]))
diff("names", pd.Series([1], name="a"), pd.Series([1], name="b"), pd.Series([1]), pd.Series([1], index=pd.Index([0], name="i")))
noted = df.copy()
noted.attrs["a"] = 1
diff("attrs", df, noted)
diff("flags", df, df.set_flags(allows_duplicate_labels=False))
days = pd.date_range("2020", periods=3)
diff("frequencies", days, days._with_freq(None), pd.Series(0, days), pd.Series(0, days._with_freq(None)))
diff("frequencies of differences", pd.timedelta_range(0, periods=3), pd.timedelta_range(0, periods=3)._with_freq(None))
same("frequencies", days, pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-03"], freq="D"))
diff("frames without columns", pd.DataFrame(), pd.DataFrame(index=[0]), pd.DataFrame(columns=["a"]))
diff("multi-indexes", pd.MultiIndex.from_tuples([(1, "a")]), pd.MultiIndex.from_tuples([(1, "a")], names=["x", "y"]), pd.MultiIndex.from_tuples([(1, "b")]))
same("columns of two names", pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame([[1, 2]], columns=["a", "a"]))
mixed = pd.DataFrame({"n": [1, 2], "o": [[1], {"a": 2}]})
same("columns of objects", mixed, mixed.copy(), mixed.iloc[[0, 1]])
numbered = pd.arrays.NumpyExtensionArray
same("arrays of numpy", numbered(np.array([1, 2])), numbered(np.array([1, 7, 2])[::2]))
diff("arrays of numpy", numbered(np.array([1, 2])), numbered(np.array([1, 2], "f8")), numbered(np.array([1, 2], object)), numbered(np.array([1, 3])), pd.array([1, 2]), np.array([1, 2]))

from pandas.tests.extension.decimal import DecimalArray, DecimalDtype, to_decimal  # derived outside of what pandas itself uses
same("derived arrays", to_decimal(["1.5", "2"]), to_decimal(["2", "1.5"])[::-1])
same("columns of derived arrays", pd.Series(to_decimal(["1.5", "2"])), pd.DataFrame({"a": to_decimal(["1.5", "2", "3"])}).iloc[:2]["a"].rename(None))
diff("derived arrays", to_decimal(["1.5", "2"]), to_decimal(["1.5", "3"]), to_decimal(["1.5", "2.0"]), pd.Series(to_decimal(["1.5"])), DecimalDtype())


class Own(pd.DataFrame):
    _metadata = ["unit"]


own, other = Own({"a": [1]}), Own({"a": [1]})
own.unit, other.unit = "m", "s"
diff("frames of their own", own, other, pd.DataFrame({"a": [1]}))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
