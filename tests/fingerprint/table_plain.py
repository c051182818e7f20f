# mypy: ignore-errors
# ruff: noqa: B006, B018, B905, C408, DTZ001, E401, E402, E501, E701, E702, E731, E741, F401, FLY002, FURB167, I001, ICN001, ISC001, N805, N818, PIE796, PLC0205, PLW0108, PYI024, RUF007, RUF012, RUF023, S311, SLOT000, SLOT001, UP006, UP007, UP045
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of Python itself: which are the same, and which are all different.

Run as a script it prints the digests of all rows as JSON, so that they can be compared between
processes, hash seeds and versions of Python. It is ``__main__`` then, as many a script is.
"""

from __future__ import annotations

import abc, array, ast, collections, contextlib, dataclasses, datetime, decimal, enum, fractions, functools
import inspect, io, ipaddress, json, logging, math, operator, os, pathlib, pickle, random, re, sys, threading, types, typing, zipfile
import sqlite3, struct, unittest.mock, uuid, zoneinfo

from pytest_mimic._fingerprint import Fingerprinter

digest = Fingerprinter().digest
ROWS = {}


def same(name, *values):
    assert f"same {name}" not in ROWS, name
    ROWS[f"same {name}"] = [digest(value) for value in values]


def diff(name, *values):
    assert f"different {name}" not in ROWS, name
    ROWS[f"different {name}"] = [digest(value) for value in values]

K=3
L=threading.Lock()
def helper(x): return x+K
def lam(a,n=1): return lambda x: x+a*n
same("lam",lambda x: x+1,lambda x: x + 1  # c
)
diff("lam2",lambda x:x+1,lambda x:x+2,lambda x:x-1,lambda y:y+1,lambda x,y=1:x+1,lambda x,y=2:x+1,lambda x:x+1.0, lambda x: K, lambda x: helper(x), lambda x: L)
same("clo",lam(1),lam(1)); diff("clo2",lam(1),lam(2),lam(True),lam(1.0))
def fact(n): "doc"; return 1 if n<2 else n*fact(n-1)
def mk(v):
    @dataclasses.dataclass(frozen=True)
    class P:
        "doc"
        x:int=v
        y:list=dataclasses.field(default_factory=list)
        def m(self): return self.x
        @functools.cached_property
        def c(self): return 1
    return P
same("fact",fact); same("loc",mk(1)(2),mk(1)(2)); diff("loc2",mk(1)(2),mk(3)(2),mk(1)(3)); a,b=mk(1)(2),mk(1)(2); a.c; same("loc3",a,b)
def mk2(v):
    class Base(abc.ABC):
        opt={"a":v}
        @abc.abstractmethod
        def f(self): ...
    class Q(Base):
        def __init__(self): super().__init__(); self.z=v
        def f(self): return Q
        @property
        def p(self): return 1
        @staticmethod
        def s(): return 2
        @classmethod
        def k(cls): return v
    return Q
same("q",mk2(1)(),mk2(1)()); diff("q2",mk2(1)(),mk2(2)(),mk2(1)); same("qm",mk2(1)().f,mk2(1)().f)
def mk3():
    N=collections.namedtuple("N","a b",defaults=(1,))
    class T(typing.NamedTuple):
        a:int
        b:int=2
        def s(self): return self.a
    class E(enum.Enum):
        A=1; B=2
        def f(self): return 1
    class F(enum.IntFlag):
        R=1; W=2; RW=3
    class G(typing.Generic[typing.TypeVar("T")]): pass
    class Pr(typing.Protocol):
        def f(self): ...
    @dataclasses.dataclass(slots=True,frozen=True)
    class S:
        a:int
    @dataclasses.dataclass(slots=True)
    class S2:
        a:int
    return N,T,E,F,G,Pr,S,S2
x,y=mk3(),mk3()
for i in range(8): same(f"mk3{i}",x[i],y[i])
same("N",x[0](1),y[0](1)); diff("Nt",x[0](1,2),x[1](1,2),(1,2),x[0](1,3)); same("E",x[2].A,y[2].A); diff("F",x[2].A,x[2].B,x[3].R,x[3].RW,x[3](0),1,3); same("rw",x[3].RW,x[3].R|x[3].W); same("S",x[6](1),y[6](1)); diff("S2",x[6](1),x[6](2),x[7](1))
class Main:
    def __init__(self,**k): self.__dict__.update(k)
    def meth(self): return self
class Node:
    def __init__(self,n,p=None):
        self.n=n; self.parent=p; self.children=[]
        if p: p.children.append(self)
def tree(k):
    r=Node(0); l=[r]
    for i in range(1,k): l.append(Node(i,l[i//3]))
    return l
same("tree",tree(300)[0],tree(300)[0]); diff("tree2",tree(50)[0],tree(51)[0],tree(50)[1],tree(50)[2])
def dl(n,same_):
    ns=[Main(v=0 if same_ else i) for i in range(n)]
    for a,b in zip(ns,ns[1:]): a.next=b; b.prev=a
    return ns
same("dl",dl(400,True)[0],dl(400,True)[0]); diff("dl2",*[dl(30,True)[i] for i in range(30)])
class H:
    def __init__(s,v): s.v=v; s.nb=set()
def graph(n):
    hs=[H(i%7) for i in range(n)]
    for i in range(n): hs[i].nb|={hs[(i*7+1)%n],hs[(i*3+2)%n]}
    return hs
same("g",graph(60)[0],graph(60)[0]); diff("g2",graph(60)[0],graph(60)[1],graph(61)[0])
same("main",Main(a=1,b=2),Main(b=2,a=1)); diff("main2",Main(a=1),Main(a=2),Main(),Main(a=True)); same("meth",Main(a=1).meth,Main(a=1).meth); diff("meth2",Main(a=1).meth,Main(a=2).meth,Main.meth)
diff("num",1,True,1.0,decimal.Decimal(1),decimal.Decimal("1.0"),fractions.Fraction(1),1+0j,"1",b"1",bytearray(b"1"),memoryview(b"1"),array.array('b',b"1"),[1],(1,),{1},frozenset({1}),{1:1},{"1":1},None,0.0,-0.0,float('nan'),float('inf'),...,NotImplemented,range(1),slice(1))
same("nan",float('nan'),float('inf')-float('inf'),-float('nan')); same("nanl",[float('nan'),1,"a"],[float('inf')-float('inf'),1,"a"]); same("nanf",[float('nan'),1.],[-float('nan'),1.]);same("nand",{"a":float('nan')},{"a":-float('nan')}); same("nans",{float('nan')},{-float('nan')})
p=pathlib.Path("a/b"); p2=pathlib.Path("a/b"); str(p2),hash(p2),p2.parts,p2.suffix; same("path",p,p2); diff("path2",p,pathlib.PurePosixPath("a/b"),pathlib.PureWindowsPath("a/b"),"a/b")
class MyPath(type(pathlib.Path())): pass
a,b=MyPath("x/y"),MyPath("x/y"); str(a),hash(a),a.parts; same("mypath",a,b); diff("mypath2",a,MyPath("x"),pathlib.Path("x/y"))
class MyInt(int): pass
class MyStr(str): pass
class MyList(list): pass
class MyDict(dict): pass
class MyDT(datetime.datetime): pass
class MyErr(Exception):
    def __init__(self,a,b): super().__init__(a); self.b=b
diff("sub",MyInt(1),1,MyStr("a"),"a",MyList([1]),[1],MyDict(a=1),dict(a=1),MyDict(a=2),MyDT(2020,1,1),datetime.datetime(2020,1,1),MyErr(1,2),MyErr(1,3),Exception(1),ValueError(1),ValueError(2),OSError(2,"m","f"),OSError(2,"m","g"))
diff("keys",{MyStr("a"):1},{"a":1}); digest({"a":1}); diff("keys2",{MyStr("a"):1},{"a":1})
same("dd",collections.defaultdict(list,a=1,b=2),collections.defaultdict(list,b=2,a=1)); diff("dd2",collections.defaultdict(list),collections.defaultdict(int),collections.Counter(),{},collections.OrderedDict(),collections.ChainMap())
diff("od",collections.OrderedDict(a=1,b=2),collections.OrderedDict(b=2,a=1)); diff("dq",collections.deque([1]),collections.deque([1],3),collections.deque([1],4))
Z=zoneinfo.ZoneInfo
diff("tz",datetime.datetime(2020,1,1),datetime.datetime(2020,1,1,fold=1),datetime.datetime(2020,1,1,tzinfo=datetime.timezone.utc),datetime.datetime(2020,1,1,tzinfo=Z("UTC")),datetime.datetime(2020,1,1,tzinfo=Z("Europe/Paris")),datetime.date(2020,1,1),datetime.time(1),datetime.timedelta(1),datetime.timezone.utc,Z("UTC"))
diff("fs",{frozenset({1}):1,frozenset({2}):2},{frozenset({1}):2,frozenset({2}):1}); same("fs1",{frozenset({1}):1,frozenset({2}):2},{frozenset({2}):2,frozenset({1}):1})
diff("typ",list[int],typing.List[int],list,typing.List,int|str,typing.Optional[int],typing.Any,typing.Callable[[int],str],typing.Literal[1],typing.Literal[True],typing.Annotated[int,1],int,dict[str,int],typing.Union)
same("un",int|str,typing.Union[int,str],str|int)
diff("fn",len,print,str.upper,"a".upper,"b".upper,int.__add__,(1).__add__,dict.fromkeys,operator.itemgetter(1),operator.itemgetter(2),functools.partial(len),functools.partial(print,1),functools.partial(print,end=""),json.dumps,re.compile("a"),re.compile("a",re.I),re.compile(b"a"),logging.getLogger("a"),logging.getLogger("b"),logging.getLogger(),re,os,io.BytesIO(b"a"),io.StringIO("a"),random.Random(1),random.Random(2),types.SimpleNamespace(a=1),types.MappingProxyType({"a":1}),{"a":1}.keys(),{"a":1}.items(),{"a":1}.values(),dataclasses.field,ipaddress.ip_address("::1"),ipaddress.ip_address("1.1.1.1"),ipaddress.ip_network("1.1.1.0/24"),uuid.UUID(int=1))
cyc={}; cyc["a"]=[cyc]; cyc2={"a":[{"a":None}]}; cyc2["a"][0]["a"]=[cyc2]; same("cyc",cyc,cyc2,cyc["a"][0]); same("cycl",cyc["a"],cyc2["a"])
class Slot:
    __slots__=("a","__b")
    def __init__(s,a): s.a=a; s.__b=2
diff("slot",Slot(1),Slot(2)); same("slot2",Slot(1),Slot(1))
class Red:
    def __init__(s,a): s.a=a; s.junk=object()
    def __reduce__(s): return Red,(s.a,)
same("red",Red(1),Red(1)); diff("red2",Red(1),Red(2))
class Gs:
    def __init__(s,a): s.a=a; s.lock=threading.Lock()
    def __getstate__(s): return {"a":s.a}
same("gs",Gs(1),Gs(1)); diff("gs2",Gs(1),Gs(2))

# What follows was thought of later; the rows above keep their order of appearance.
built = "".join(["ab", "cd", "!"])
same("interned and built strings", ["abcd!", "abcd!"], [built, "".join(["ab", "cd!"])], [built, built])
inner = [1, [2]]
same("shared and copied", [inner, inner], [[1, [2]], [1, [2]]], [inner, [1, [2]]])
same("order of a dict", {"b": 1, "a": {"d": 1, "c": 2}}, {"a": {"c": 2, "d": 1}, "b": 1})
same("order of a dict of mixed keys", {1: 2, "a": 3, None: 4, (1, 2): 5}, {(1, 2): 5, None: 4, "a": 3, 1: 2})
same("order of a dict of ints", {10: 1, 9: 2}, {9: 2, 10: 1})
same("order of a set", {"x", "y", "z", 1, 2.5, None, b"b"}, {b"b", None, 2.5, 1, "z", "y", "x"})
same("large sets", {str(n) for n in range(500)}, {str(n) for n in reversed(range(500))})
same("large sets with surrogates", {chr(0xD800 + n) for n in range(100)}, {chr(0xD800 + n) for n in reversed(range(100))})
diff("large sets", {str(n) for n in range(100)}, {str(n) for n in range(101)}, frozenset(str(n) for n in range(100)))
same("sets of sets", {frozenset({1, 2}), frozenset({3})}, {frozenset({3}), frozenset({2, 1})})
same("ChainMap", collections.ChainMap({"a": 1, "b": 2}, {}), collections.ChainMap({"b": 2, "a": 1}, {}))
diff("ChainMap", collections.ChainMap({"a": 1}, {}), collections.ChainMap({}, {"a": 1}), collections.ChainMap({"a": 1}))
diff("keys that are equal", {1: "a"}, {True: "a"}, {1.0: "a"}, {decimal.Decimal(1): "a"})
diff("elements that are equal", {1}, {True}, {1.0}, [1], [True], [1.0], (0.0,), (-0.0,), {0.0}, {-0.0})
diff("surrogates", "\ud800", "\udfff", "?", "\ufffd", ["\ud800"])
diff("where brackets are", [[1], 2], [1, [2]], [[1, 2]], [1, 2], [[1], [2]], [], [[]], [[], []], ((),), (), [()])
diff("empty", None, (), [], {}, set(), frozenset(), "", b"", bytearray(), 0, 0.0, False)
diff("what looks like a node", {0: b"x" * 16}, {6: ("decimal", (0, (1,), 0))}, decimal.Decimal(1), {2: (("a",), (1,))}, {"a": 1}, {3: [1]}, {1})
diff("ints", 0, 1, -1, 255, 256, 2**31 - 1, 2**31, -(2**31), 2**63, 2**64, 2**1000, -(2**1000))
diff("floats", 0.1, 0.2, 0.1 + 0.2, 0.3, 1e308, math.inf, -math.inf, 5e-324)
diff("Decimal", *map(decimal.Decimal, ["1", "1.0", "-1", "0", "-0", "nan", "-nan", "snan", "inf", "1e5"]))
same("Decimal", decimal.Decimal("1.10"), decimal.Decimal((0, (1, 1, 0), -2)))
same("Fraction", fractions.Fraction(2, 4), fractions.Fraction(1, 2))
same("range", range(0, 5, 2), range(0, 6, 2))
same("empty range", range(0), range(5, 5), range(3, 1))
diff("slice", slice(1), slice(1, None), slice(None, 1, 2), slice([1], None))
diff("memoryview", memoryview(b"abcd"), memoryview(b"abcd")[::2], memoryview(b"abcd").cast("H"), memoryview(b"abcd").cast("B", (2, 2)))
same("memoryview", memoryview(b"abcd"), memoryview(bytearray(b"abcd")), memoryview(b"xabcd")[1:])
diff("array.array", array.array("i", [1]), array.array("h", [1, 0]), array.array("d", [1]), array.array("i", [2]))
same("mappingproxy", types.MappingProxyType({"a": 1, "b": 2}), types.MappingProxyType({"b": 2, "a": 1}))
noted, plain = ValueError("a"), ValueError("a")
try:
    raise noted
except ValueError:
    pass
same("raised or not", noted, plain)
noted.__dict__["__notes__"] = ["note"]
diff("noted", noted, plain)
def raised_from(cause, context=None, suppress=True):
    error = ValueError("a")
    error.__cause__, error.__context__, error.__suppress_context__ = cause, context, suppress
    return error
circle = raised_from(None)
circle.__context__ = KeyError("c")
circle.__context__.__context__ = circle
diff("raised from", raised_from(None), raised_from(KeyError("c")), raised_from(KeyError("d")), raised_from(None, KeyError("c")), raised_from(None, KeyError("c"), False), circle)
same("raised from", raised_from(KeyError("c"), OSError(1, "m")), raised_from(KeyError("c"), OSError(1, "m")))
class Listed:
    def __init__(self, items): self.items = list(items)
    def __iter__(self): return iter(self.items)
    def __len__(self): return len(self.items)
    def __contains__(self, item): return item in self.items
    def __getitem__(self, key): return dict(self.items)[key]
    def __reduce__(self): return type(self), (list(self.items),)
class HashedSet(Listed, collections.abc.Set): pass
class HashedMap(Listed, collections.abc.Mapping): pass
class OrderedBag(Listed, collections.abc.Set):
    def __reversed__(self): return reversed(self.items)
same("listed by hash", HashedSet("ab"), HashedSet("ba"))
same("listed by hash, a mapping", HashedMap([("a", 1), ("b", 2)]), HashedMap([("b", 2), ("a", 1)]))
diff("listed", HashedSet("ab"), HashedSet("ac"), HashedSet("aab"), HashedSet("aba"), Listed("ab"), Listed("ba"), OrderedBag("ab"), OrderedBag("ba"), HashedMap([("a", 1), ("b", 2)]), HashedMap([("a", 2), ("b", 1)]))
diff("ImportError", ImportError("a", name="b"), ImportError("a", name="c"), ImportError("a"))
same("zone", datetime.datetime(2024, 10, 27, 2, 30, tzinfo=Z("Europe/Paris")), datetime.datetime(2024, 10, 27, 2, 30, tzinfo=Z.no_cache("Europe/Paris")))
diff("zone", datetime.datetime(2024, 10, 27, 2, 30, tzinfo=Z("Europe/Paris")), datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=Z("Europe/Paris")))
diff("time", datetime.time(1), datetime.time(1, fold=1), datetime.time(1, tzinfo=datetime.timezone.utc))
deep = []
for _ in range(5000):
    deep = [deep]
other = []
for _ in range(5001):
    other = [other]
diff("5,000 levels", deep, other, [[]])
dag = [1]
for _ in range(40):
    dag = [dag, dag]
dag2 = (1,)
for _ in range(40):
    dag2 = [dag2, dag2]
diff("2^40 paths", dag, dag2, [dag, 1])


def expanded(depth):
    return [expanded(depth - 1), expanded(depth - 1)] if depth else [1]


dag = [1]
for _ in range(12):
    dag = [dag, dag]
same("a DAG and its tree", dag, expanded(12))
own = []
own.append(own)
other = [[[]]]
other[0][0].append(other)
same("a list of itself", own, [own], other, other[0], [[own]])
pair = [1]
pair.append([2, pair])
unrolled = [1, [2, [1, None]]]
unrolled[1][1][1] = [2, unrolled]
same("written out twice", pair, unrolled, [1, pair[1]])
diff("cycles", own, pair, pair[1], {"a": own}, [own, own], (own,))
ring = {}
ring[1] = {2: ring, "x": {3}}
ring2 = {}
ring2[1] = {"x": {3}, 2: ring2}
same("a cycle through a dict of mixed keys", ring, ring2)


class Knot:
    def __init__(self, name):
        self.name = name
        self.near = set()
        self.by = {}


def knots(order):
    a, b, c = Knot("a"), Knot("b"), Knot("c")
    for one, two in order(a, b, c):
        one.near.add(two)
        one.by[two] = two.name
    return a


same("cycles through sets and keys", knots(lambda a, b, c: [(a, b), (a, c), (b, a), (c, a)]), knots(lambda a, b, c: [(c, a), (a, c), (b, a), (a, b)]))
diff("cycles through sets and keys", knots(lambda a, b, c: [(a, b), (a, c), (b, a), (c, a)]), knots(lambda a, b, c: [(a, b), (a, c), (b, a), (c, b)]), knots(lambda a, b, c: [(a, b), (b, a)]))


class Sized:
    @functools.cached_property
    def size(self):
        return 3


seen, unseen = Sized(), Sized()
seen.size
same("cached_property", seen, unseen)


@dataclasses.dataclass(slots=True)
class Slotted:
    a: int = 1
    b: list = dataclasses.field(default_factory=list)


same("slotted dataclass", Slotted(), Slotted(1, []))
diff("slotted dataclass", Slotted(), Slotted(2), Slotted(1, [1]))


class Arguments:
    def __new__(cls, a, *, b):
        made = super().__new__(cls)
        made.__dict__["ab"] = (a, b)
        return made

    def __getnewargs_ex__(self):
        return (self.ab[0],), {"b": self.ab[1]}


diff("__getnewargs_ex__", Arguments(1, b=2), Arguments(1, b=3), Arguments(2, b=2))


class Word(str):
    __slots__ = ()


class Table(dict):
    def __init__(self, *args, more=None):
        super().__init__(*args)
        self.more = more


class Ordered(collections.OrderedDict):
    pass


class Tallied(collections.Counter):
    pass


class Defaulted(collections.defaultdict):
    pass


diff("dicts of a class of their own", Table(a=1) if False else Table({"a": 1}), Table({"a": 1}, more=2), Ordered(a=1), Tallied({"a": 1}), Defaulted(int, {"a": 1}), Defaulted(str, {"a": 1}))
same("order of dicts of a class of their own", Table({"a": 1, "b": 2}), Table({"b": 2, "a": 1}))
diff("order of an ordered class", Ordered(a=1, b=2), Ordered(b=2, a=1))


class Flagged(enum.Flag):
    A = 1
    B = 2
    BOTH = 3


class Aliased(enum.Enum):
    ONE = 1
    UNO = 1
    TWO = 2


same("aliases of an enum", Aliased.ONE, Aliased.UNO, Aliased(1))
same("aliases of a flag", Flagged.BOTH, Flagged.A | Flagged.B, Flagged(3))
diff("flags", Flagged.A, Flagged.B, Flagged.BOTH, Flagged(0), Aliased.ONE, Aliased.TWO)


class LowWord(bytes):
    pass


class Far(complex):
    pass


class Real(float):
    pass


class Pack(tuple):
    pass


class Crowd(set):
    pass


class Cold(frozenset):
    pass


class Raw(bytearray):
    pass


class Line(collections.deque):
    pass


diff("derived", Word("a"), LowWord(b"a"), Far(1j), Real(1.0), Pack((1,)), Crowd({1}), Cold({1}), Raw(b"a"), Line([1]), Real("nan"), Far(complex("nan")))
same("derived nan", Real("nan"), Real(-math.nan))
same("complex nan", complex(math.nan, 1), complex(-math.nan, 1))


class Money(decimal.Decimal):
    pass


class Zone(datetime.tzinfo):
    def __init__(self, hours):
        self.hours = hours

    def utcoffset(self, when):
        return datetime.timedelta(hours=self.hours)


diff("derived from the standard library", Money(1), Money(2), decimal.Decimal(1), Zone(1), Zone(2))
diff("a zone of their own", datetime.datetime(2020, 1, 1, tzinfo=Zone(1)), datetime.datetime(2020, 1, 1, tzinfo=Zone(2)))


class WithReduce(dict):
    def __reduce__(self):
        return WithReduce, (), {"kept": 1}


same("a dict with its own reduction", WithReduce(a=1), WithReduce(a=2))


class WithState:
    def __init__(self, a):
        self.a, self.junk = a, object()

    def __getstate__(self):
        return (None, {"a": self.a})


class WithList:
    def __init__(self, items):
        self.items = items

    def __reduce__(self):
        return WithList, ([],), None, iter(self.items), iter({"k": 1}.items())


same("__getstate__ of slots", WithState(1), WithState(1))
diff("__getstate__ of slots", WithState(1), WithState(2))
diff("items of a reduction", WithList([1]), WithList([2]))
odd = Main()
odd.__dict__[1] = 2
diff("attributes without a name", odd, Main())
import copyreg


class Registered:
    def __init__(self, a):
        self.a, self.junk = a, object()


copyreg.pickle(Registered, lambda value: (Registered, (value.a,)))
same("copyreg", Registered(1), Registered(1))
diff("copyreg", Registered(1), Registered(2))


def outer(a, b=[1], *, c={"x": 2}):
    """Layout does not matter.

    Nor does it here.
    """
    def inner(x=a):
        "like this"
        return f"{x!r:>{a}} and {{}}" "tail"
    return inner


once = outer


def outer(a, b=[1], *, c={"x": 2}):
    """Layout does not matter.

            Nor does it here."""
    def inner(x=a):
        """like this"""
        return f"{x!r:>{a}} and {{}}" "tail"  # nor comments
    return inner


same("functions", once, outer)
same("inner functions", once(1), outer(1))


def tools(kind):
    def get(city): return "fine"
    def get_time(city): return "fine"
    def documented(city):
        "The weather."
        return "fine"
    def annotated(city): return "fine"
    annotated.__annotations__ = {"city": kind}
    documented.__name__ = annotated.__name__ = "get"
    return get, get_time, documented, annotated


def made(kind, text, order=False, **field):
    def member(self, x: kind): return x
    plain = type("Plain", (), {"__annotations__": {"x": kind}, "__doc__": text, "member": member})
    data = dataclasses.make_dataclass("Data", [("x", kind, dataclasses.field(metadata=field))], order=order)
    return plain, data, typing.NamedTuple("Tuple", [("x", kind)]), typing.TypedDict("Dict", {"x": kind}, total=order)


diff("functions that say something else", *tools(int), tools(str)[3])
same("functions that say the same", *[tools(int | None)[3] for _ in range(2)])
for number, *classes in zip(range(4), made(int, "A"), made(str, "A"), made(int, "A", True), made(int, "B", z=1)):
    diff(f"made class {number}", *(classes if number == 1 else classes[:3] if number == 3 else classes[:2]))
    same(f"made class {number}", classes[0], made(int, "A")[number])
diff("made class said to be another", made(int, "A")[0], made(int, "B")[0])
diff("inner functions", outer(1), outer(2), outer(True))
diff("defaults", lambda a=1: a, lambda a=2: a, lambda *, a=1: a, lambda *a: a, lambda **a: a, lambda a, /: a)
async def later(): return 1
def gives(): yield 1
def now(): return 1
diff("kinds of functions", later, gives, now, now.__call__)
same("two lambdas on a line", *[(lambda x: x + 1, lambda x: x + 2)[0], lambda x: x + 1])
diff("two lambdas on a line", (lambda x: x + 1), (lambda x: x + 2), (lambda x: [lambda y: y + 1]), (lambda x: [lambda y: y + 2]))
tagged = lambda: 1
tagged.tag = 2
diff("attributes of a function", tagged, lambda: 1)


def undefined():
    def inner():
        return late
    if False:
        late = 1
    return inner


same("an empty cell", undefined(), undefined())


@functools.lru_cache(maxsize=3)
def kept(x):
    return x


@functools.lru_cache(maxsize=4)
def kept4(x):
    return x


diff("lru_cache", kept, kept4, kept.__wrapped__)


class Stamped:
    """As models and query sets of Django are reduced."""

    def __init__(self, version, price=1):
        self.version, self.price = version, price

    def __reduce__(self):
        return Stamped, ("",), {"price": self.price, "_django_version": self.version}


same("with the version that made the pickle", Stamped("6.1"), Stamped("6.2"))
diff("with the version that made the pickle", Stamped("6.1"), Stamped("6.1", 2))


class Alike(type):
    def __eq__(cls, other):
        return isinstance(other, Alike)

    def __hash__(cls):
        return 1


class One(metaclass=Alike):
    pass


class Other(metaclass=Alike):
    pass


diff("classes that say they are equal", One, Other, One(), Other())
diff("descriptors", property(now), property(gives), staticmethod(now), classmethod(now), functools.cached_property(now), str.upper, int.real, types.FunctionType.__code__, dict.__dict__["fromkeys"])
diff("views", {"a": 1}.keys(), {"b": 1}.keys(), collections.OrderedDict(a=1).keys(), collections.OrderedDict(a=1).items(), collections.OrderedDict(a=1).values())
same("views", {"a": 1, "b": 2}.keys(), {"b": 2, "a": 1}.keys())
T = typing.TypeVar("T")
N = typing.NewType("N", int)
P = typing.ParamSpec("P")
diff("typing", T, N, P, typing.List[T], typing.ForwardRef("x"), typing.Tuple, typing.Callable, typing.ClassVar, typing.Type[int], typing.Concatenate[int, P], typing.Literal, typing.Tuple[int, ...])
same("literals", typing.Literal[1, "a"], typing.Literal["a", 1])
diff("modules", json, re, logging, logging.handlers if hasattr(logging, "handlers") else os.path)
stream = io.BytesIO(b"abc")
stream.read(1)
diff("streams", stream, io.BytesIO(b"abc"), io.StringIO("abc"))
same("partial", functools.partial(now, 1, a=2, b=3), functools.partial(now, 1, b=3, a=2))
same("made by factories", dataclasses.make_dataclass("Made", ["a"])(1), dataclasses.make_dataclass("Made", ["a"])(1))
same("made enums", enum.Enum("Made", "A B").A, enum.Enum("Made", "A B").A)
diff("made enums", enum.Enum("Made", "A B").A, enum.Enum("Made", "A C").A)
diff("type", type, object, type(None), types.FunctionType, Main, abc.ABC, enum.Enum, re.error, enum.EnumMeta)
diff("nested", {"a": [{1, 2}, ({"b": frozenset({"c"})},)]}, {"a": [{1, 2}, ({"b": frozenset({"d"})},)]})
wide = {f"key {n}": n for n in range(100)}
same("wide dicts", wide, dict(reversed(wide.items())))
diff("shared prefixes", [1, 2, 3], [1, 2, 3, None], ["1,2,3"], ["1", "2,3"])

class OneSlot:
    __slots__ = "a", "__dict__"


class StringSlot:
    __slots__ = "only"


full, bare = OneSlot(), OneSlot()
full.a = 1
same("an empty slot", bare, OneSlot())
diff("an empty slot", bare, full, StringSlot())
TREE = {"a": [1, (2, {3})], "b": frozenset({4})}
MIXED = {"a": [object]}
THING = Main(a=1)
diff("globals", lambda: TREE, lambda: MIXED, lambda: THING, lambda: K, lambda: now, lambda: json)
kept_data = {"a": TREE, "b": TREE}
same("globals that share", lambda: kept_data, lambda: kept_data)
before = digest(lambda: TREE)
TREE["a"].append(5)
ROWS["different global that changed"] = [before, digest(lambda: TREE)]
same("functions that remember and can be imported", os.path.join, os.path.join)
diff("functions that remember", functools.lru_cache(now), json.dumps, re.compile, functools.lru_cache(3)(now))
diff("generic aliases of the standard library", collections.deque[int], type[int], collections.abc.Callable[[int], str], typing.Union[int, None], int | str)


class Module(types.ModuleType):
    pass


sys.modules["odd module"] = Module("odd module")
diff("modules of a class of their own", sys.modules["odd module"], json)
wide_list = [[n] for n in range(300)]
wide_tuple = tuple((n,) for n in range(300))
wide_set = frozenset((n, n) for n in range(300))
wide_dict = {(n,): {} for n in range(300)}
wide_thing = Main(**{f"a{n}": n for n in range(300)})
heavy = [wide_list, wide_tuple, wide_set, wide_dict, wide_thing]
same("heavy and shared", [heavy, heavy], [heavy, [[[n] for n in range(300)], tuple((n,) for n in range(300)), frozenset((n, n) for n in range(300)), {(n,): {} for n in range(300)}, Main(**{f"a{n}": n for n in range(300)})]])
same("each heavy and shared", [each for each in heavy for _ in range(2)], [each for one in heavy for each in (one, pickle.loads(pickle.dumps(one)))])
connection = sqlite3.connect(":memory:")
connection.row_factory = sqlite3.Row


def row(query):
    return connection.execute(query).fetchone()


same("rows", row("SELECT 1 AS a, 'x' AS b"), row("SELECT 1 AS a, 'x' AS b"))
diff("rows", row("SELECT 1 AS a"), row("SELECT 1 AS b"), row("SELECT 2 AS a"), row("SELECT 1 AS a, 1 AS a"), (1,), {"a": 1})
connection.close()
same("formats", struct.Struct("<I"), struct.Struct("<I"))
diff("formats", struct.Struct("<I"), struct.Struct("<H"), struct.Struct(">I"), "<I")
same("sentinels", unittest.mock.sentinel.a, pickle.loads(pickle.dumps(unittest.mock.sentinel.a)))
diff("sentinels", unittest.mock.sentinel.a, unittest.mock.sentinel.b, "a", "sentinel.a")
same("matches", re.search("b", "abc"), re.compile("b").match("abc", 1) and re.search("b", "abc"))
diff("matches", re.search("b", "abc"), re.search("b", "abcb"), re.search("(b)", "abc"), re.compile("b").match("abc", 1), re.search("b", "abc", re.I), *re.finditer("b", "bb"))

same("syntax trees", ast.parse("def f(a, *, b=1): return [a]"), ast.parse("def f(a, *, b=1): return [a]"))
diff("syntax trees", ast.parse("def f(a): return 1"), ast.parse("def f(a): return 2"), ast.parse("def f(a): return"), ast.Constant(1), ast.Constant(""), ast.Name("a", ast.Load()))
diff("functions that some versions have elsewhere", open, io.open_code, os.path.normpath, os.path.islink, os.path.lexists, decimal.getcontext, zipfile.Path)
class Dice(random.Random):
    sides = 6
def dice(seed, sides):
    made = Dice(seed)
    made.sides = sides
    return made
loaded = [random.Random(1), random.Random(1), random.Random(1)]
loaded[1].random, loaded[2].random = [1].pop, [1, 2].pop
diff("generators that have more set on them", *loaded, Dice(1), dice(1, 8), Dice(2))
same("generators that have as much set on them", dice(1, 8), dice(1, 8))
class Told(Dice):
    def __reduce__(self):
        return Told, (), self.getstate()
def told(seed, sides):
    made = Told(seed)
    made.sides = sides
    return made
same("generators that say themselves what they are", told(1, 8), told(1, 20))
diff("generators that say themselves what they are", told(1, 8), told(2, 8))
diff("week dates", datetime.date(2020, 1, 1).isocalendar(), datetime.date(2020, 1, 2).isocalendar(), (2020, 1, 3))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
