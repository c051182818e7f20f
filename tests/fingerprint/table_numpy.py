# mypy: ignore-errors
# ruff: noqa: E401, E402, E501, E702, E703, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of numpy: which are the same, and which are all different.

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

a=np.arange(12.).reshape(3,4)
ro=a.copy(); ro.flags.writeable=False
big=np.zeros((6,8)); big[::2,::2]=a
same("arr",a,np.asfortranarray(a),big[::2,::2],ro,a.T.copy().T)
L=np.arange(3_000_000.).reshape(1000,3000); same("large",L,np.asfortranarray(L));
L=np.arange(600_000.).reshape(2,300000); same("large rows",L,np.asfortranarray(L), np.repeat(L,2,axis=1)[:,::2])
diff("dt",a,a.astype('f4'),a.astype('>f8'),a.astype(int),a.reshape(4,3),a.ravel(),a.tolist(),np.matrix(a))
diff("sc",1,True,1.0,np.int64(1),np.int32(1),np.float64(1),np.bool_(True),np.array(1),np.array([1]),np.str_("1"),"1",np.datetime64(1,'s'),np.datetime64(1,'ms'),np.timedelta64(1,'s'))
same("nan",np.float64('nan'),np.float64(-np.float64('nan')))
s1=np.zeros(2,dtype=np.dtype('i1,i8',align=True)); s2=np.frombuffer(b'\xff'*32,dtype=s1.dtype).copy(); s2['f0']=0; s2['f1']=0
same("pad",s1,s2)
same("ld",np.array([1,2],np.longdouble),np.array([1,2,3],np.longdouble)[:2].copy())
diff("obj",np.array([1,'a',None],object),np.array([1,'a',2],object))
m1=np.ma.array([1,2,3],mask=[0,1,0]); m2=np.ma.array([1,9,3],mask=[0,1,0]); same("ma",m1,m2); diff("ma2",m1,np.ma.array([1,2,3]),np.ma.array([1,2,3],mask=[1,0,0]))
same("rng",np.random.default_rng(1),np.random.default_rng(1)); g=np.random.default_rng(1); g.random(); diff("rng2",g,np.random.default_rng(1),np.random.RandomState(1),np.random.PCG64(1))
diff("dtype",np.dtype('i4'),np.dtype('i8'),np.dtype('i4,i8'),np.dtype([('a','i4',(2,))]),np.int32,np.dtype('U3'),np.dtype('V3'))
diff("fn",np.sin,np.cos,np.mean,np.sum)

same("pickled", a, pickle.loads(pickle.dumps(a)), copy.deepcopy(a), np.frombuffer(a.tobytes()).reshape(3, 4))
same("0-d", np.array(1.5), np.full((), 1.5))
diff("shapes", np.zeros((0,)), np.zeros((0, 1)), np.zeros((1, 0)), np.array(0.0), np.zeros(1), np.zeros((0,), "f4"))
same("objects in any order", np.array([[1, "a"], [None, 2]], object), np.asfortranarray(np.array([[1, "a"], [None, 2]], object)))
same("structured views", np.array([(1, 2.0)], "i4,f8")["f1"], np.array([2.0]))
diff("fields", np.zeros(2, "i4,f8"), np.zeros(2, [("a", "i4"), ("b", "f8")]), np.zeros(2, "i4,f4"), np.zeros(2, np.dtype("i4,f8", align=True)), np.zeros(2, [("f0", "i4", (2,)), ("f1", "f8")]))
diff("types of records", np.dtype("i4,f8"), np.dtype((np.record, "i4,f8")), np.dtype((np.record, "i4,f4")))
diff("records", np.zeros(2, "i4,f8"), np.rec.array(np.zeros(2, "i4,f8")), np.zeros(2, "i4,f8")[0])
diff("datetime64", *(np.array(["2020", "NaT"], f"M8[{unit}]") for unit in ("s", "ms", "ns")), np.array([1], "m8[s]"))
diff("text", np.array(["a"]), np.array(["a"], "U2"), np.array([b"a"]), np.array(["b"]), np.array(["a"], object))
diff("complex", np.array([1j]), np.array([1j], "c8"), np.complex128(1j), np.complex64(1j))
structured = np.ma.array([(1, 2.0), (3, 4.0)], mask=[(0, 1), (0, 0)], dtype="i4,f8")
hidden = structured.copy()
hidden.data["f1"][0] = 9
same("masked fields", structured, hidden)
marked, named = np.ma.array([1, 2]), np.ma.array([1, 2])
marked.info, named.info = "marked", "named"
diff("what is set on masked arrays", marked, named, np.ma.array([1, 2]))
laid = np.matrix([[1, 2]])
laid.info = "laid"
diff("what is set on matrices", laid, np.matrix([[1, 2]]))
diff("a mask that masks nothing", np.ma.array([1, 2]), np.ma.array([1, 2], mask=False))
diff("masked", np.ma.masked, np.ma.array([1], mask=[1]), np.ma.array([1], mask=[1], fill_value=7), np.ma.array([1.0], mask=[1]))
diff("nan by payload", np.array([np.nan]), np.array([1.0]), np.array([np.nan], "f4"))
used = np.random.default_rng(1)
used.random(3)
set_ = np.random.default_rng(2)
set_.bit_generator.state = used.bit_generator.state
same("generators by what they give", used, set_)
def spawning(generator, children):
    generator.bit_generator._seed_seq.spawn(children)
    return generator


# Spawning changes nothing of the numbers that it will give itself.
same("generators that spawned", spawning(np.random.default_rng(1), 2), spawning(np.random.default_rng(1), 2))
diff("generators that spawned", np.random.default_rng(1), spawning(np.random.default_rng(1), 1), spawning(np.random.default_rng(1), 2), spawning(np.random.default_rng(2), 2))
diff("bits that spawned", np.random.PCG64(1), spawning(np.random.Generator(np.random.PCG64(1)), 1).bit_generator)
old = np.random.RandomState(3)
old.rand()
diff("RandomState", old, np.random.RandomState(3))


class Tagged(np.ndarray):
    pass


class Score(np.float64):
    pass


one, two = a.view(Tagged), a.view(Tagged)
one.unit, two.unit = "m", "s"
diff("arrays of their own", one, two, a, a.view(Tagged))
diff("scalars of their own", Score(1.0), np.float64(1.0), 1.0)
if hasattr(np, "dtypes") and hasattr(np.dtypes, "StringDType"):
    strings = np.array(["a", "long enough to be elsewhere" * 9], np.dtypes.StringDType())
    same("variable strings", strings, strings.copy())
    diff("variable strings", strings, strings[:1], np.array(["a"], np.dtypes.StringDType(na_object=None)), np.array(["a"]))

try:
    from ml_dtypes import bfloat16, float8_e5m2
except ImportError:
    pass
else:
    diff("dtypes of others", np.zeros(2, bfloat16), np.zeros(2, float8_e5m2), np.zeros(2, "f2"), np.zeros(2, "V2"))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
