"""Random graphs of modules that hold a target in every way: no call gets past the interception."""

from __future__ import annotations

import importlib
import itertools
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Callee, Interception
from pytest_mimic._target import parse_target_line

if TYPE_CHECKING:
    from tests.fuzz.conftest import Stage

TOKEN = "answered"  # noqa: S105 - what a call gives that was intercepted
HEAD = """
import collections, contextvars, copy, dataclasses, functools, importlib, operator, pickle
import sys, types, weakref
AT_IMPORT = []
WAYS = {}
"""
# What defines the target, the name to import, and what of it is called. Live it would blow up.
KINDS = {
    "function": ("def f(x):\n    1 / 0", "f", "", "f"),
    "lambda": ("f = lambda x: 1 / 0", "f", "", "f"),
    "decorated": (
        "_deco = lambda g: functools.wraps(g)(lambda *a: g(*a))\n@_deco\ndef f(x):\n    1 / 0",
        "f",
        "",
        "f",
    ),
    "cached": ("@functools.lru_cache\ndef f(x):\n    1 / 0", "f", "", "f"),
    "builtin": ("from math import lgamma as f", "f", "", "f"),
    "instance": ("class F:\n    def __call__(self, x):\n        1 / 0\nf = F()", "f", "", "f"),
    "method": ("class C:\n    def get(self, x):\n        1 / 0", "C", "().get", "C.get"),
    "inherited": (
        "class B:\n    def get(self, x):\n        1 / 0\nclass C(B):\n    pass",
        "C",
        "().get",
        "B.get",
    ),
    "static": ("class C:\n    @staticmethod\n    def get(x):\n        1 / 0", "C", ".get", "C.get"),
    "class": (
        "class C:\n    @classmethod\n    def get(cls, x):\n        1 / 0",
        "C",
        ".get",
        "C.get",
    ),
}
# How a module comes to the name: a statement, and the expression that then gives it.
IMPORTS = {
    "from": ("from {src} import {n} as n{i}", "n{i}"),
    "module": ("import {src} as m{i}", "m{i}.{n}"),
    "importlib": ("n{i} = importlib.import_module('{src}').{n}", "n{i}"),
    "star": ("from {src} import *", "{n}"),
    "lazy": ("def n{i}():\n    from {src} import {n}\n    return {n}", "n{i}()"),
    "conditional": (
        "try:\n    import nowhere as n{i}\nexcept ImportError:\n    from {src} import {n} as n{i}",
        "n{i}",
    ),
    "exec": ("exec('from {src} import {n} as n{i}')", "n{i}"),
    "dunder": ("n{i} = __import__('{src}', fromlist=['{n}']).{n}", "n{i}"),
    "modules": ("import {src}", "sys.modules['{src}'].{n}"),
}
# What a module does with it, so that `w{i}` is a way to call it.
HOLDS = {
    "name": "w{i} = {e}",
    "default": "w{i} = lambda x, g={e}: g(x)",
    "keyword default": "def w{i}(x, *, g={e}):\n    return g(x)",
    "closure": "def make{i}(g):\n    return lambda x: g(x)\nw{i} = make{i}({e})",
    "partial": "w{i} = functools.partial({e})",
    "table": "t{i} = {{'k': [({e},)]}}\nw{i} = lambda x: t{i}['k'][0][0](x)",
    "deque": "t{i} = collections.deque([{e}])\nw{i} = lambda x: t{i}[0](x)",
    "static": "class K{i}:\n    a = staticmethod({e})\nw{i} = K{i}().a",
    "attribute": "class K{i}:\n    def __init__(self):\n        self.a = {e}\nw{i} = K{i}().a",
    "slots": (
        "class K{i}:\n    __slots__ = ('a',)\n"
        "k{i} = K{i}()\nk{i}.a = {e}\nw{i} = lambda x: k{i}.a(x)"
    ),
    "wraps": "@functools.wraps({e})\ndef w{i}(*a):\n    return {e}(*a)",
    "map": "w{i} = lambda x: next(map({e}, [x]))",
    "namespace": "t{i} = types.SimpleNamespace(a={e})\nw{i} = lambda x: t{i}.a(x)",
    "property": "class K{i}:\n    a = property(lambda self: {e})\nw{i} = lambda x: K{i}().a(x)",
    "call": "w{i} = lambda x: {e}.__call__(x)",
    "dataclass": (
        "@dataclasses.dataclass\nclass K{i}:\n    a: object = {e}\nw{i} = lambda x: K{i}().a(x)"
    ),
    "frame": (
        "def go{i}():\n    g, x = {e}, None\n    while True:\n        x = yield x and g(*x)\n"
        "g{i} = go{i}()\nnext(g{i})\nw{i} = lambda x: g{i}.send((x,))"
    ),
    "copied": "w{i} = copy.copy({e})",
    "context": "v{i} = contextvars.ContextVar('v', default={e})\nw{i} = lambda x: v{i}.get()(x)",
    "proxied": "t{i} = types.MappingProxyType({{'a': {e}}})\nw{i} = lambda x: t{i}['a'](x)",
    "pickled": "p{i} = pickle.dumps({e})\nw{i} = lambda x: pickle.loads(p{i})(x)",
    "set": "t{i} = frozenset([{e}])\nw{i} = lambda x: next(iter(t{i}))(x)",
    "caller": "w{i} = lambda x: operator.call({e}, x) if sys.version_info > (3, 11) else {e}(x)",
}
# These copies are other objects, or there can be none; and what Python lets nobody change goes on
# holding a function of C code that it held before.
OTHERS = {("pickled", "lambda"), ("pickled", "instance"), ("copied", "instance")}
OTHERS |= {("frame", "builtin"), ("context", "builtin")}
SOURCES = ["core", "package", "getattr", "alias", "holder"]
NUMBERS = itertools.count()


class Use(NamedTuple):
    """One way in which a module holds the target."""

    source: str
    imported: str
    held: str
    calls: bool


class Graph(NamedTuple):
    """Modules that hold a target.

    Args:
        kind: What the target is.
        shadowed: Whether the target has the name of the module that it is in.
        dotted: Whether the line is dotted.
        starred: Whether the line stands for all that is in its module.
        modules: What each of the modules does.
        circles: Which modules each of them, and at last the target's, imports at its end.
        early: Which are imported before anything is intercepted.
        reload: Whether the target's module is executed again in the end.
    """

    kind: str
    shadowed: bool
    dotted: bool
    starred: bool
    modules: list[list[Use]]
    circles: list[list[int]]
    early: list[bool]
    reload: bool


USES = st.builds(
    Use,
    st.sampled_from(SOURCES),
    st.sampled_from(sorted(IMPORTS)),
    st.sampled_from(sorted(HOLDS)),
    st.booleans(),
)
MOST = 4
GRAPHS = st.builds(
    Graph,
    st.sampled_from(sorted(KINDS)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(st.lists(USES, min_size=1, max_size=5), min_size=1, max_size=MOST),
    st.lists(st.lists(st.integers(0, MOST - 1), max_size=2), min_size=MOST + 1, max_size=MOST + 1),
    st.lists(st.booleans(), min_size=MOST, max_size=MOST),
    st.booleans(),
)


class Written(NamedTuple):
    """The modules of a graph: their sources by name, those that hold, and the target's line."""

    sources: dict[str, str]
    holders: list[str]
    core: str
    line: str


def write(graph: Graph, root: str) -> Written:
    """Writes the modules of a graph, in a package of its own."""
    body, name, called, qualname = KINDS[graph.kind]
    if graph.starred and graph.kind not in {"builtin", "instance"}:
        qualname = f"{qualname.rpartition('.')[0]}.*".removeprefix(".")
    core = f"{root}.{name if graph.shadowed else 'core'}"
    holders = [f"{root}.h{place}" for place in range(len(graph.modules))]
    places = {
        "core": core,
        "package": root,
        "getattr": f"{root}.lazy",
        "alias": f"{root}.alias",
    }
    circles = [
        "".join(f"import {holders[to]}\n" for to in each if to < len(holders))
        for each in graph.circles
    ]
    sources = {
        root: f"from {core} import {name}\n",
        core: f"import functools\n{body}\n{circles[-1]}",
        f"{root}.lazy": f"def __getattr__(name):\n    import sys, {core}\n"
        f"    if name != {name!r}:\n        raise AttributeError(name)\n"
        f"    return getattr(sys.modules[{core!r}], name)\n",
        f"{root}.alias": f"from {root}.lazy import {name}\n",
    }
    for place, uses in enumerate(graph.modules):
        # Whoever imports from it takes the name that every module has, in a circle too.
        text = f"{HEAD}from {core} import {name}\n"
        for number, use in enumerate(uses):
            source = use.source if place or use.source != "holder" else "core"
            if source == "package" and circles[-1]:
                source = "core"  # the package has no names as long as the target's module runs
            imported = use.imported
            if imported == "star" and source in {"getattr", "holder"}:
                imported = "from"  # it has no names for a star, or too many
            if imported == "module" and source == "core" and graph.shadowed:
                imported = "modules"  # the package's attribute is the function
            held = use.held
            if (held, graph.kind) in OTHERS:
                held = "name"
            statement, expression = (
                each.format(
                    src=holders[place - 1] if source == "holder" else places[source],
                    n=name,
                    i=number,
                )
                for each in IMPORTS[imported]
            )
            text += f"{statement}\n{HOLDS[held].format(e=expression + called, i=number)}\n"
            text += f"WAYS['{number} {imported} {held}'] = w{number}\n"
            if use.calls and not any(graph.early):
                text += f"AT_IMPORT.append(w{number}('early'))\n"
        sources[holders[place]] = text + circles[place]
    # With dots alone, a line might as well mean the function or class of the module's name.
    separator = "." if graph.dotted and not graph.shadowed else ":"
    return Written(sources, holders, core, f"{core}{separator}{qualname}")


class Answers:
    """Answers every call that is dispatched, and runs none."""

    def __init__(self) -> None:
        self.count = 0

    def dispatch(self, callee: Callee, values: tuple[object, ...], raw: tuple[object, ...]) -> Any:
        self.count += 1
        return TOKEN


@given(GRAPHS)
def test_every_call_is_intercepted(stage: Stage, graph: Graph) -> None:
    root = f"graph{next(NUMBERS)}"
    written = write(graph, root)
    for name, source in written.sources.items():
        stage.write(f"{root}.__init__" if name == root else name, source)
    answers = Answers()
    engaged: ContextVar[bool] = ContextVar("engaged", default=False)
    interception = Interception([parse_target_line(written.line)], answers.dispatch, engaged)
    finder = MimicFinder(interception)
    try:
        for holder, early in zip(written.holders, graph.early, strict=False):
            if early:
                importlib.import_module(holder)
        finder.install()
        interception.sweep()
        modules = [importlib.import_module(holder) for holder in written.holders]
        check(modules, answers, written)
        if graph.reload:
            importlib.reload(sys.modules[written.core])
            check(modules, answers, written, reloaded=True)
    finally:
        finder.uninstall()
        interception.restore()
        stage.forget()


def check(
    modules: list[Any], answers: Answers, written: Written, *, reloaded: bool = False
) -> None:
    """Calls the target in every way that the modules have."""
    for module in modules:
        assert set(module.AT_IMPORT) <= {TOKEN}
        for place, (name, way) in enumerate(module.WAYS.items()):
            if reloaded and "pickled" in name:
                continue
            before = answers.count
            # Each call another, or what caches the results of functions answers it.
            given = (reloaded, module.__name__, place)
            assert way(given) == TOKEN, (module.__name__, name, written.line)
            assert answers.count == before + 1
