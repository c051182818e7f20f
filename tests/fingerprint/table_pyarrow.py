# mypy: ignore-errors
# ruff: noqa: E401, E402, E501, E701, E702, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of pyarrow: which are the same, and which are all different.

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

import pyarrow as pa
t=pa.table({'a':[1,2,None],'b':['x',None,'z'],'c':[[1],[],None],'d':[True,False,None],'e':[{'p':1},{'p':None},None]})
t2=pa.concat_tables([t.slice(0,1),t.slice(1)]); same("pa",t,t2,pa.concat_tables([t,t]).slice(3),t.combine_chunks())
diff("pa2",t,t.select(['a']),t.slice(1),t.to_batches()[0], t.rename_columns(list('vwxyz')))
for n in t.column_names: same("pa"+n, pa.concat_tables([t,t]).slice(2)[n].slice(1), t2[n])
same("pal",pa.chunked_array([[b"a"],[b"bc",None]]),pa.chunked_array([[b"a",b"bc",None]]))
diff("pas",pa.array([1]),pa.array([1.0]),pa.scalar(1),pa.int64(),pa.array(['a']).dictionary_encode(),pa.array([1],pa.timestamp('ns')),pa.scalar('x'),pa.array([None]),pa.schema([('a',pa.int8())]),pa.field('a',pa.int8()), pa.array([]), pa.array([],pa.string()))
diff("buffers", pa.py_buffer(b"a"), pa.py_buffer(b"b"))
words = pa.array(["z", "a", "bé", None])
same("slices of strings", words.slice(1), pa.array(["a", "bé", None]))
same("slices of large strings", words.cast("large_string").slice(1), pa.array(["a", "bé", None], pa.large_string()))
same("empty", pa.chunked_array([], pa.int64()), pa.chunked_array([[]], pa.int64()))
same("slices of whole strings", pa.array(["z", "a", "bé"]).slice(1), pa.array(["a", "bé"]))
import pyarrow.compute as pc
same("options", pc.CastOptions(pa.int32()), pc.CastOptions(pa.int32(), allow_int_overflow=False))
diff("options", pc.CastOptions(pa.int32()), pc.CastOptions(pa.int64()), pc.CastOptions(pa.int32(), allow_int_overflow=True), pc.SortOptions([("a", "ascending")]))
same("under a missing value", pa.array([1, None]), pa.Array.from_buffers(pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(b"\x01" + bytes(7) + b"\x07" * 8)]))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
