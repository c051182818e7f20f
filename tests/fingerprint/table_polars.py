# mypy: ignore-errors
# ruff: noqa: E401, E402, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of polars: which are the same, and which are all different.

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

import polars as pl
f=pl.DataFrame({'a':[1,2,None],'b':['x',None,'é'],'c':[1.5,float('nan'),None],'d':[datetime.date(2020,1,1)]*3,'e':[[1],[2],None],'f':[True,None,False]})
same("pl",f,pl.concat([f.head(1),f.tail(2)],rechunk=False),f.clone(),pl.concat([f,f]).slice(3))
diff("pl2",f,f.select('a'),f.head(2),f.with_columns(pl.col('a').cast(pl.Int32)),f['a'],f['b'],pl.Int64(),f.with_columns(pl.col('b').cast(pl.Categorical)))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
