"""What the import of a watched module does, and what it leaves as it was."""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import pickle
import py_compile
import subprocess
import sys
import zipfile
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import pytest_mimic
from pytest_mimic._import_hook import MimicFinder

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

SOURCES = str(Path(pytest_mimic.__file__).parent.parent)


class Every(frozenset[str]):
    """Every name there is."""

    def __contains__(self, name: object) -> bool:
        return True


class Recorder:
    """Writes down what happens in the modules that it names, and changes what it is told to."""

    def __init__(self, **watched: Container[str]) -> None:
        self.names = watched
        self.events: list[tuple[object, ...]] = []
        self.changes: dict[str, Callable[[Any], object]] = {}

    @property
    def module_names(self) -> Container[str]:
        return self.names

    def watched(self, module_name: str) -> Container[str]:
        return self.names[module_name]

    def bound(self, module: ModuleType, name: str, value: object) -> object:
        self.events.append(("bound", name))
        return self.changes[name](value) if name in self.changes else value

    def unbound(self, module: ModuleType, name: str) -> None:
        assert name not in vars(module)
        self.events.append(("unbound", name))

    def executed(self, module: ModuleType, *, complete: bool) -> None:
        self.events.append(("executed", module.__name__, complete))


class Importing:
    """A folder on the import path, and finders that watch what is imported from it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.finders: list[MimicFinder] = []
        self.meta_path = list(sys.meta_path)

    def write(self, name: str, source: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(source), "utf-8")
        importlib.invalidate_caches()
        return file

    def watch(self, **watched: Container[str]) -> Recorder:
        recorder = Recorder(**watched)
        self.finders.append(MimicFinder(recorder))
        self.finders[-1].install()
        return recorder

    def find_with(self, finder: Any, *, first: bool = False) -> None:
        """Puts a finder last, or first."""
        sys.meta_path.insert(0 if first else len(sys.meta_path), finder)

    def stop(self) -> None:
        for finder in self.finders:
            finder.uninstall()
            assert finder not in sys.meta_path
        assert type(sys.meta_path) is list
        sys.meta_path[:] = self.meta_path

    def anew(self, name: str) -> Any:
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    def run(self, source: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Runs a script in a process of its own; given "watch" it watches ``m`` and ``n``."""
        script = self.write("script.py", WATCHING + dedent(source))
        return subprocess.run(
            [sys.executable, "-B", str(script), *args],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.path,
        )


WATCHING = f"""\
import sys
sys.path.append({SOURCES!r})
if "watch" in sys.argv:
    from pytest_mimic._import_hook import MimicFinder
    class Watcher:
        module_names = {{"m", "n"}}
        seen = []
        def watched(self, module_name): return {{"f", "x"}}
        def bound(self, module, name, value):
            self.seen.append((module.__name__, name))
            return value
        def unbound(self, module, name): ...
        def executed(self, module, *, complete): ...
    MimicFinder(Watcher()).install()
"""


@pytest.fixture
def importing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Importing]:
    # What the tests import is forgotten at their end.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = dict(sys.modules)
    importing = Importing(tmp_path)
    yield importing
    importing.stop()
    for name in sys.modules.keys() - before.keys():
        del sys.modules[name]


class TestWatching:
    def test_a_name_is_changed_the_moment_it_is_bound(self, importing: Importing) -> None:
        importing.write(
            "m.py",
            """
            def f(): return "live"
            alias = f
            handlers = {"f": f}
            called = f()
            """,
        )
        recorder = importing.watch(m={"f"})
        recorder.changes["f"] = lambda _: lambda: "changed"
        m = importing.anew("m")
        assert m.called == m.alias() == m.handlers["f"]() == m.f() == "changed"
        assert recorder.events == [("bound", "f"), ("executed", "m", True)]

    def test_other_modules_are_left_alone(self, importing: Importing) -> None:
        importing.write("other.py", "def f(): ...")
        recorder = importing.watch(m={"f"})
        assert importing.finders[0].find_spec("other") is None
        importing.anew("other")
        assert not recorder.events

    def test_a_module_that_is_not_there(self, importing: Importing) -> None:
        recorder = importing.watch(absent_one={"f"})
        with pytest.raises(ModuleNotFoundError, match="No module named 'absent_one'"):
            importing.anew("absent_one")
        assert not recorder.events

    def test_every_way_to_bind_a_name(self, importing: Importing) -> None:
        importing.write("source.py", "by_from = by_star = 1")
        importing.write(
            "m.py",
            """
            import source as by_import
            from source import by_from
            from source import *
            def by_def(): ...
            class by_class: ...
            by_assignment: int = 1
            by_more = 1
            by_more += 1
            (by_walrus := 1)
            for by_for in [1]: pass
            with open(__file__) as by_with: pass
            try: 1/0
            except ZeroDivisionError as by_except: pass
            [by_first, *by_rest] = 1, 2
            match 1:
                case by_match: pass
            exec("by_exec = 1")
            """,
        )
        recorder = importing.watch(m=Every())
        importing.anew("m")
        bound = {str(event[1]) for event in recorder.events if event[0] == "bound"}
        ways = "assignment class def except exec first for from import match more rest star walrus"
        assert {f"by_{way}" for way in [*ways.split(), "with"]} <= bound
        assert ("unbound", "by_except") in recorder.events

    def test_a_name_that_goes_and_comes_again(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): ...\ndel f\ndef f(): ...\ndel m_other")
        importing.write("m.py", "other = 1\ndef f(): ...\ndel f, other\ndef f(): ...")
        recorder = importing.watch(m={"f"})
        importing.anew("m")
        bound, unbound = ("bound", "f"), ("unbound", "f")
        assert recorder.events == [bound, unbound, bound, ("executed", "m", True)]

    def test_a_module_in_a_circle_meets_the_changed_one(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): return 'live'\nimport circle\nlate = 1")
        importing.write("circle.py", "import m\nfrom m import f\nseen = f(), m.f()")
        importing.watch(m={"f"}).changes["f"] = lambda _: lambda: "changed"
        importing.anew("m")
        assert sys.modules["circle"].seen == ("changed", "changed")

    def test_functions_have_the_real_globals(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): return late\nlate = 1\nclass C:\n    def get(self): ...")
        importing.watch(m=Every())
        m = importing.anew("m")
        assert m.f.__globals__ is m.C.get.__globals__ is vars(m)
        assert type(vars(m)) is dict
        m.late = 2
        assert m.f() == 2

    def test_a_failed_import_is_told_and_can_be_repeated(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): ...\nimport sys\nif sys.broken_once: 1/0")
        recorder = importing.watch(m={"f"})
        sys.broken_once = True  # type: ignore[attr-defined]
        try:
            with pytest.raises(ZeroDivisionError):
                importing.anew("m")
            assert "m" not in sys.modules
            assert recorder.events == [("bound", "f"), ("executed", "m", False)]
            sys.broken_once = False  # type: ignore[attr-defined]
            importing.anew("m")
        finally:
            del sys.broken_once  # type: ignore[attr-defined]
        assert recorder.events[2:] == [("bound", "f"), ("executed", "m", True)]

    def test_a_module_that_does_not_compile(self, importing: Importing) -> None:
        importing.write("m.py", "def")
        recorder = importing.watch(m={"f"})
        with pytest.raises(SyntaxError):
            importing.anew("m")
        assert recorder.events == [("executed", "m", False)]

    def test_what_the_watcher_raises_fails_the_import(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): ...")
        recorder = importing.watch(m={"f"})

        def refuse(value: object) -> object:
            raise ValueError("refused")

        recorder.changes["f"] = refuse
        with pytest.raises(ValueError, match="refused"):
            importing.anew("m")
        assert "m" not in sys.modules

    def test_reload(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): return 1")
        recorder = importing.watch(m={"f"})
        m = importing.anew("m")
        loader = m.__loader__
        importing.write("m.py", "def f(): return 22")
        reloaded: Any = importlib.reload(m)
        assert reloaded == m
        assert m.f() == 22
        assert type(m.__loader__) is type(m.__spec__.loader) is type(loader)
        assert recorder.events == [("bound", "f"), ("executed", "m", True)] * 2

    def test_a_module_that_replaces_itself(self, importing: Importing) -> None:
        importing.write(
            "m.py",
            """
            import sys
            class Interface:
                def f(self): ...
            sys.modules[__name__] = Interface()
            """,
        )
        recorder = importing.watch(m={"f", "Interface"})
        assert type(importing.anew("m")).__name__ == "Interface"
        assert recorder.events == [("bound", "Interface"), ("executed", "m", True)]

    def test_a_submodule_is_seen_by_the_body_of_its_package(self, importing: Importing) -> None:
        importing.write("package/__init__.py", "from package import part\npart = part.VALUE, part")
        importing.write("package/part.py", "VALUE = 1")
        recorder = importing.watch(package={"part"})
        package = importing.anew("package")
        assert package.part == (1, sys.modules["package.part"])
        assert recorder.events[0] == ("bound", "part")

    def test_threads_that_import_at_once(self, importing: Importing) -> None:
        for name in "mn":
            importing.write(f"{name}.py", "import time\ndef f(): ...\ntime.sleep(0.05)\nlate = 1")
        # In a process of their own: another test's threads or leavings have no part in it.
        done = importing.run(
            """
            import importlib, threading
            late = []
            def run(name):
                late.append(importlib.import_module(name).late)
            threads = [threading.Thread(target=run, args=name) for name in "mn" * 4]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            print(late, sorted(Watcher.seen))
            """,
            "watch",
        )
        assert not done.stderr
        assert done.stdout == f"{[1] * 8} {[('m', 'f'), ('n', 'f')]}\n"

    def test_the_names_to_watch_are_asked_for_each_time(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): ...")
        recorder = importing.watch()
        importing.anew("m")
        assert not recorder.events
        recorder.names["m"] = {"f"}
        importing.anew("m")
        assert recorder.events


# Each leaves what it found in `out`.
BODIES = {
    "nothing": "out = 0",
    "class bodies": """
        x = 1
        class C:
            y = x
            x = 2
            def get(self): return x, self.x
            z = [x for _ in "ab"]
            names = sorted(k for k in locals() if k[0] != "_")
        out = C.y, C.x, C().get(), C.z, C.names, C.__module__, C.__qualname__
    """,
    "comprehensions": """
        x = 3
        out = [x + i for i in range(2)], {i: x for i in "a"}, list(x for _ in "a"), (lambda: x)()
        i = [i for i in range(3) if [i for j in "a" if (found := i)]]
    """,
    "locals is globals": """
        out = locals() is globals(), vars() is globals(), type(locals())
    """,
    "writes through locals": """
        locals()["a"] = 1
        vars().update(b=2)
        globals()["c"] = 3
        out = a, b, c
    """,
    "the frame's namespace": """
        import sys
        x = 1
        names = sys._getframe().f_locals
        names["y"] = 2
        names.update(z=3)
        names |= {"w": 4}
        out = [
            y, z, w, names["x"], names.get("x"), "x" in names, "nothing" in names,
            names.pop("z"), names.pop("z", "gone"), names.setdefault("x", 5),
            names.setdefault("v", 6), v, len(names) == len(globals()),
            list(names) == list(globals()), dict(names) == globals(), {**names} == globals(),
            names == globals(), names != globals(), (names | {}) == globals(),
            ({} | names) == globals(), names.copy() == globals(), sorted(names.keys())[-1],
            len(names.values()) == len(names.items()), list(reversed(names))[-1], repr(x),
            isinstance(names, dict), "%(x)s" % names, "{x}".format(**names),
        ]
        try: names["nothing"]
        except KeyError as error: out.append(repr(error))
        try: del names["nothing"]
        except KeyError as error: out.append(repr(error))
        del names["v"]
        out.append("v" in globals())
        del names
    """,
    "a namespace that is emptied": """
        import sys
        def empty(names, keep):
            left = names.popitem(), names.clear(), sorted(names)
            names.update(keep)
            return left[1:]
        out = empty(sys._getframe().f_locals, dict(globals()))
    """,
    "exec and eval": """
        x = 1
        exec("y = x + 1")
        exec("def made(): return y")
        exec("global w\\nw = 5")
        exec("z = 3", globals())
        exec("q = 4", globals(), locals())
        own = {}
        exec("x = 9", own)
        exec("x = 9", {}, own)
        out = y, made(), z, q, w, eval("x"), eval("locals() is globals()"), own["x"], x
        del own
    """,
    "locals of functions": """
        get_locals, get_vars = locals, vars
        def function(a, b=2):
            return get_locals(), get_vars(), locals()
        out = function(1), get_vars(type("T", (), {"a": 1}))["a"], get_locals() is globals()
        out = out, [sorted(get_locals())[-1][:0] for i in "a"]
    """,
    "own functions called locals and vars": """
        first = locals() is globals()
        def locals(): return "own locals"
        def vars(): return "own vars"
        out = first, locals(), vars()
        del locals
        out = out, type(locals()).__name__[:0]
    """,
    "dir": "x = 1\nout = dir() == sorted(globals() | {'out': 0}) or dir() == sorted(globals())",
    "annotations": """
        x: int = 1
        y: "str"
        (z): int = 2
        class C:
            a: int
        out = __annotations__ if "__annotations__" in globals() else None
    """,
    "names that are missing": """
        out = []
        for text in ("nothing", "del nothing", "[nothing for _ in 'a']", "nothing += 1"):
            try: exec(text)
            except NameError as error:
                out.append((str(error), error.name, repr(error.__context__)))
        try: nothing
        except NameError as error:
            out.append((str(error), error.name, repr(error.__context__)))
        try: del nothing
        except NameError as error:
            out.append((str(error), repr(error.__context__)))
    """,
    "builtins": """
        out = len([1]), __builtins__ is not None, __debug__
        len = lambda _: "own"
        out = out, len([1])
        del len
        out = out, len([1])
    """,
    "the global statement": """
        global declared
        declared = 1
        def function():
            global inside
            inside = declared
        function()
        out = declared, inside
        del declared
    """,
    "star import": "from math import *\nout = cos(0)",
    "a module getattr": """
        def __getattr__(name): return name
        def __dir__(): return ["a"]
        import sys
        out = sys.modules[__name__].nothing, dir(sys.modules[__name__])
    """,
    "dataclasses, enums, named tuples and types": """
        import dataclasses, enum, typing, collections
        @dataclasses.dataclass
        class Data:
            x: int = 1
            y: "typing.ClassVar[int]" = 2
        class Colour(enum.Enum):
            RED = 1
        Point = collections.namedtuple("Point", "x y")
        class Typed(typing.NamedTuple):
            x: "Data"
        T = typing.TypeVar("T")
        Functional = enum.Enum("Functional", "A B")
        New = typing.NewType("New", int)
        out = [
            repr(Data()), Colour.RED.name, Point.__module__, Typed.__module__, T.__module__,
            Functional.__module__, New.__module__, list(typing.get_type_hints(Typed)),
        ]
    """,
    "what zope.interface has for modules": """
        import sys
        def moduleProvides(interface):
            frame = sys._getframe(1)
            assert frame.f_locals is frame.f_globals
            return interface
        out = moduleProvides("interface")
    """,
    "metadata": """
        out = __name__, __package__, __file__, __doc__, __spec__.name, __spec__.origin, __cached__
        out = out, type(__loader__), type(__spec__.loader), __loader__ is __spec__.loader
    """,
    "a docstring and future statements": '''
        """Documented."""
        from __future__ import annotations
        x: nothing = 1
        out = __doc__, __annotations__
    ''',
}


@pytest.mark.parametrize("watched", [Every(), frozenset({"out"}), frozenset()], ids=repr)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_runs_as_ever(importing: Importing, body: str, watched: frozenset[str]) -> None:
    importing.write("m.py", dedent(body).lstrip())
    plain = importing.anew("m")
    recorder = importing.watch(m=watched)
    under_watch = importing.anew("m")
    assert recorder.events[-1] == ("executed", "m", True)
    assert under_watch is not plain
    assert list(vars(under_watch)) == list(vars(plain))
    assert repr(under_watch.out) == repr(plain.out)


class TestAppearance:
    """What a user sees of an import is what a plain import shows."""

    def test_warnings_point_to_the_line_that_imports(self, importing: Importing) -> None:
        importing.write("m.py", "import warnings\nwarnings.warn('beware', stacklevel=2)\nx = 1")
        plain = importing.run("import m  # here")
        assert "script.py:15: UserWarning: beware\n  import m  # here" in plain.stderr
        assert importing.run("import m  # here", "watch").stderr == plain.stderr

    @pytest.mark.parametrize(
        "body",
        [
            "x = 1\n1/0",
            "x =",
            "import nothing_there",
            "def f(): 1/0\nf()",
            "del x",
            "raise KeyError",
        ],
    )
    def test_tracebacks_of_failed_imports(self, importing: Importing, body: str) -> None:
        importing.write("m.py", body)
        importing.write("between.py", "import m")
        plain = importing.run("import between")
        assert plain.returncode == 1
        assert importing.run("import between", "watch").stderr == plain.stderr

    def test_the_stack_is_as_deep_as_ever(self, importing: Importing) -> None:
        importing.write(
            "m.py",
            """
            import inspect, sys
            print(len(inspect.stack(0)))
            print([frame.filename for frame in inspect.stack(0) if "frozen" not in frame.filename])
            """,
        )
        plain = importing.run("import m")
        assert not plain.stderr
        assert importing.run("import m", "watch").stdout == plain.stdout

    def test_a_module_knows_its_real_loader(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): return 1\nloaders = __loader__, __spec__.loader")
        importing.watch(m={"f"})
        m = importing.anew("m")
        for loader in (*m.loaders, m.__loader__, m.__spec__.loader):
            assert type(loader) is importlib.machinery.SourceFileLoader
        assert inspect.getsource(m.f) == "def f(): return 1\n"
        assert pickle.loads(pickle.dumps(m.__spec__)).name == "m"
        assert pickle.loads(pickle.dumps(m.f)) is m.f

    def test_before_the_import_the_loader_passes_for_the_real_one(
        self, importing: Importing
    ) -> None:
        importing.write("m.py", "x = 1")
        importing.watch(m={"x"})
        spec: Any = importlib.util.find_spec("m")
        loader = spec.loader
        assert isinstance(loader, importlib.machinery.SourceFileLoader)
        assert spec.loader.get_source("m") == "x = 1"
        assert not spec.loader.is_package("m")
        assert spec.loader.path == spec.origin
        assert type(pickle.loads(pickle.dumps(spec)).loader) is importlib.machinery.SourceFileLoader
        with pytest.raises(AttributeError, match="'SourceFileLoader' object has no attribute 'no'"):
            spec.loader.no  # noqa: B018  # the access is what is tested

    def test_the_finder_comes_and_goes(self, importing: Importing) -> None:
        finder = MimicFinder(Recorder())
        finder.uninstall()
        finder.install()
        sys.meta_path.remove(finder)
        sys.meta_path.append(finder)
        finder.install()
        assert [each for each in sys.meta_path if each is finder] == sys.meta_path[:1]
        finder.uninstall()
        assert finder not in sys.meta_path


class OwnLoader(importlib.abc.InspectLoader):
    """Runs a body by itself, as loaders do that rewrite the source."""

    def __init__(self, source: str) -> None:
        self.source = source

    def get_source(self, fullname: str) -> str:
        return self.source

    def exec_module(self, module: ModuleType) -> None:
        names = vars(module)
        for part in self.source.split("---"):
            exec(compile(part, "<own>", "exec"), names)  # noqa: S102  # what such loaders do


class ReachingLoader(OwnLoader):
    """Executes in all the ways that there are."""

    def exec_module(self, module: ModuleType) -> None:
        own: dict[str, Any] = {}
        exec("assert self")  # noqa: S102
        exec("there = __name__", None, own)  # noqa: S102
        exec("other = 2", own)  # noqa: S102
        exec("inner = 3", globals(), own)  # noqa: S102
        assert (own["there"], own["other"], own["inner"]) == (__name__, 2, 3)
        names = vars(module)
        if sys.version_info >= (3, 13):
            exec(self.source, globals=names, locals=names)  # noqa: S102
        else:
            exec(self.source, names, names)  # noqa: S102


class ChainedLoader(importlib.abc.Loader):
    """Hands on to another, as those do that only want to know of an import."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.itself = self

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self.loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)


class OwnFinder(importlib.abc.MetaPathFinder):
    """Finds ``own`` with a loader."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "own":
            return None
        return importlib.machinery.ModuleSpec(fullname, self.loader)


def bound_in(recorder: Recorder) -> list[object]:
    return [event[1] for event in recorder.events if event[0] == "bound"]


class TestLoaders:
    def test_rewritten_by_pytest(self, importing: Importing) -> None:
        importing.write("test_own.py", "def f(x):\n    assert x == 1\nalias = f")
        recorder = importing.watch(test_own={"f"})
        recorder.changes["f"] = lambda f: lambda x: f(x + 1)
        module = importing.anew("test_own")
        with pytest.raises(AssertionError, match="assert 2 == 1"):
            module.alias(1)
        assert bound_in(recorder) == ["f"]
        assert type(module.__loader__).__name__ == "AssertionRewritingHook"
        assert "exec" not in sys.modules["_pytest.assertion.rewrite"].__dict__

    @pytest.mark.parametrize(
        "wrap", [lambda loader: loader, ChainedLoader], ids=["bare", "chained"]
    )
    @pytest.mark.parametrize("kind", [OwnLoader, ReachingLoader])
    def test_that_execute_by_themselves(self, importing: Importing, kind: Any, wrap: Any) -> None:
        loader = wrap(kind("def f(): ...\nalias = f"))
        importing.find_with(OwnFinder(loader))
        recorder = importing.watch(own={"f"})
        recorder.changes["f"] = lambda _: "changed"
        own = importing.anew("own")
        assert own.alias == "changed"
        assert own.__loader__ is loader
        assert recorder.events == [("bound", "f"), ("executed", "own", True)]
        assert "exec" not in globals()

    def test_that_hide_behind_another(self, importing: Importing) -> None:
        class Proxy:
            """Shows nothing of its own but what it wraps, as wrapt's does."""

            __slots__ = ("__wrapped__",)

            def __init__(self, loader: Any) -> None:
                self.__wrapped__ = loader

            def __getattr__(self, name: str) -> Any:
                return getattr(self.__wrapped__, name)

        for loader in (Proxy(OwnLoader("f = 1")), Proxy(Proxy(OwnLoader("f = 1")))):
            finder = OwnFinder(loader)
            importing.find_with(finder)
            recorder = importing.watch(own={"f"})
            importing.anew("own")
            assert bound_in(recorder) == ["f"]
            importing.stop()

    def test_that_execute_in_parts_and_import_others(
        self, importing: Importing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = "import sys\ndef f(): ...\n---\nimport other_own\ndef f(): ...\n"
        finder = OwnFinder(OwnLoader(source))
        other = importlib.machinery.ModuleSpec("other_own", OwnLoader("def f(): ..."))
        importing.find_with(finder)
        recorder = importing.watch(own={"f"}, other_own={"f"})
        monkeypatch.setattr(
            finder,
            "find_spec",
            lambda name, *_: other if name == "other_own" else OwnFinder.find_spec(finder, name),
        )
        importing.anew("own")
        assert recorder.events == [
            ("bound", "f"),
            *[("bound", "f"), ("executed", "other_own", True)],
            *[("bound", "f"), ("executed", "own", True)],
        ]
        assert "exec" not in globals()

    def test_whose_module_has_an_exec_of_its_own(
        self, importing: Importing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        used = []

        def own_exec(*args: Any) -> None:
            used.append(args[0])
            builtins.exec(*args)  # noqa: S102  # what it is for

        monkeypatch.setitem(globals(), "exec", own_exec)
        finder = OwnFinder(OwnLoader("f = 1"))
        importing.find_with(finder)
        recorder = importing.watch(own={"f"})
        importing.anew("own")
        assert bound_in(recorder) == ["f"]
        assert globals()["exec"] is own_exec

    def test_that_rewrite_the_source_and_leave_the_rest_to_python(
        self, importing: Importing
    ) -> None:
        class Rewriting(importlib.machinery.SourceFileLoader):
            def exec_module(self, module: ModuleType) -> None:
                super().exec_module(module)

            def source_to_code(self, data: Any, path: Any, **_: Any) -> Any:  # type: ignore[override]
                return compile(data.replace(b"1", b"2"), path, "exec")

        file = importing.write("elsewhere/own.py", "f = 1\nalias = f")
        finder = OwnFinder(Rewriting("own", str(file)))
        importing.find_with(finder)
        recorder = importing.watch(own={"f"})
        recorder.changes["f"] = lambda value: value * 10
        assert importing.anew("own").alias == 20
        assert bound_in(recorder) == ["f"]

    def test_tracebacks_through_a_loader_of_its_own(self, importing: Importing) -> None:
        importing.write("test_own.py", "def f(): ...\n1/0")
        importing.write("between.py", "import test_own")
        importing.watch(test_own={"f"})
        with pytest.raises(ZeroDivisionError) as caught:
            importing.anew("between")
        names = [Path(str(entry.path)).name for entry in caught.traceback]
        assert names[-3:] == ["between.py", "rewrite.py", "test_own.py"]

    def test_a_body_in_a_zip(self, importing: Importing) -> None:
        with zipfile.ZipFile(importing.path / "zipped.zip", "w") as archive:
            archive.writestr("in_zip.py", "def f(): return 1\nalias = f")
        sys.path.insert(0, str(importing.path / "zipped.zip"))
        recorder = importing.watch(in_zip={"f"})
        module = importing.anew("in_zip")
        sys.path.pop(0)
        assert bound_in(recorder) == ["f"]
        assert type(module.__loader__).__name__ == "zipimporter"
        assert inspect.getsource(module.f) == "def f(): return 1\n"

    def test_a_compiled_body_without_its_source(self, importing: Importing) -> None:
        file = importing.write("compiled.py", "def f(): ...")
        py_compile.compile(str(file), cfile=str(file.with_suffix(".pyc")))
        file.unlink()
        recorder = importing.watch(compiled={"f"})
        importing.anew("compiled")
        assert bound_in(recorder) == ["f"]

    def test_a_namespace_package(self, importing: Importing) -> None:
        importing.write("namespace/inside.py", "def f(): ...")
        recorder = importing.watch(**{"namespace": {"inside"}, "namespace.inside": {"f"}})
        importing.anew("namespace.inside")
        assert recorder.events == [("bound", "f"), ("executed", "namespace.inside", True)]

    @pytest.mark.parametrize("name", ["_bisect", "math", "time", "__hello__"])
    def test_extension_builtin_and_frozen_modules(
        self, importing: Importing, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.delitem(sys.modules, name, raising=False)
        recorder = importing.watch(**{name: Every()})
        module = importing.anew(name)
        assert recorder.events[-1] == ("executed", name, True)
        assert "Watching" not in type(module.__spec__.loader).__name__
        assert "exec" not in importlib._bootstrap.__dict__

    def test_code_that_is_not_there(self, importing: Importing) -> None:
        class Empty(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> None:
                return None

        finder = OwnFinder(Empty("own", "own.py"))
        importing.find_with(finder)
        recorder = importing.watch(own={"f"})
        with pytest.raises(
            ImportError, match=r"cannot load module 'own' when get_code\(\) returns"
        ):
            importing.anew("own")
        assert recorder.events == [("executed", "own", False)]

    def test_a_lazy_loader(self, importing: Importing) -> None:
        importing.write("m.py", "def f(): return 1")
        recorder = importing.watch(m={"f"})
        spec: Any = importlib.util.find_spec("m")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        m: Any = importlib.util.module_from_spec(spec)
        sys.modules["m"] = m
        spec.loader.exec_module(m)
        assert not recorder.events
        assert m.f() == 1
        assert recorder.events == [("bound", "f"), ("executed", "m", True)]
        assert type(m.__spec__.loader) is importlib.machinery.SourceFileLoader

    def test_a_module_made_by_hand(self, importing: Importing) -> None:
        importing.write("m.py", "f = 1")
        recorder = importing.watch(m={"f"})
        spec: Any = importlib.util.find_spec("m")
        module: Any = ModuleType("m")
        spec.loader.exec_module(module)
        assert (module.f, module.__loader__, module.__spec__) == (1, None, None)
        assert bound_in(recorder) == ["f"]

    def test_a_loader_of_the_old_kind(self, importing: Importing) -> None:
        class Old:
            def load_module(self, name: str) -> ModuleType:
                return sys.modules.setdefault(name, ModuleType(name))

        finder = OwnFinder(Old())
        importing.find_with(finder)
        recorder = importing.watch(own={"f"})
        spec: Any = importlib.util.find_spec("own")
        assert type(spec.loader) is Old
        assert not recorder.events

    @pytest.mark.filterwarnings("ignore::ImportWarning")
    def test_a_finder_of_the_old_kind(self, importing: Importing) -> None:
        class Old:
            def find_module(self, name: str, path: object = None) -> Any:
                return OwnLoader("f = 1") if name == "own" else None

        importing.find_with(Old(), first=True)
        recorder = importing.watch(own={"f"})
        if sys.version_info < (3, 12):
            importing.anew("own")
            assert bound_in(recorder) == ["f"]
        else:
            with pytest.raises(ModuleNotFoundError):
                importing.anew("own")


class TestOtherFinders:
    def test_a_run_inside_a_run_watches_too(self, importing: Importing) -> None:
        importing.write("m.py", "f = 1\nalias = f")
        outer = importing.watch(m={"f"})
        inner = importing.watch(m=Every())
        outer.changes["f"] = lambda value: value + 1
        inner.changes["f"] = lambda value: value * 10
        assert importing.anew("m").alias == 20
        assert outer.events == [("bound", "f"), ("executed", "m", True)]
        assert [event for event in inner.events if "__" not in str(event[1])] == [
            ("bound", "f"),
            ("bound", "alias"),
            ("executed", "m", True),
        ]

    def test_one_that_is_put_in_front_later(self, importing: Importing) -> None:
        class Alone(importlib.abc.MetaPathFinder):
            """Finds by itself, and asks nobody, as typeguard's does."""

            def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
                return importlib.machinery.PathFinder.find_spec(name, path, target)

        importing.write("m.py", "f = 1")
        meta_path, before = sys.meta_path, list(sys.meta_path)
        recorder = importing.watch(m={"f"})
        for index in (0, -len(sys.meta_path), -100):
            alone = Alone()
            sys.meta_path.insert(index, alone)
            assert sys.meta_path[:2] == [importing.finders[0], alone]
            # As pyfakefs takes out what it put in front.
            assert sys.meta_path.pop(0) is alone
        assert sys.meta_path.pop() is before[-1]
        sys.meta_path.append(before[-1])
        sys.meta_path.insert(0, Alone())
        importing.anew("m")
        assert bound_in(recorder) == ["f"]
        inner = importing.watch()
        sys.meta_path.insert(-1, alone)
        assert sys.meta_path[-2] is alone
        assert sys.meta_path[:2] == [importing.finders[1], importing.finders[0]]
        importing.finders[0].uninstall()
        importing.finders[1].uninstall()
        assert not inner.events
        assert sys.meta_path is meta_path
        assert [each for each in meta_path if type(each) is not Alone] == before

    def test_one_that_asks_all_finders(self, importing: Importing) -> None:
        class Asking(importlib.abc.MetaPathFinder):
            """Asks who else finds a module, and wraps what they find, as wrapt does."""

            asking = False

            def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
                if self.asking or name != "m":
                    return None
                self.asking = True
                try:
                    spec: Any = importlib.util.find_spec(name)
                    spec.loader = ChainedLoader(spec.loader)
                    return spec
                finally:
                    self.asking = False

        importing.write("m.py", "f = 1\nalias = f")
        recorder = importing.watch(m={"f"})
        for first in (True, False):
            asking = Asking()
            importing.find_with(asking, first=first)
            importing.anew("m")
            sys.meta_path.remove(asking)
            assert recorder.events == [("bound", "f"), ("executed", "m", True)]
            recorder.events.clear()

    def test_one_that_gives_the_same_spec_again(
        self, importing: Importing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        finder = OwnFinder(OwnLoader("f = 1"))
        spec = importlib.machinery.ModuleSpec("own", finder.loader)
        monkeypatch.setattr(finder, "find_spec", lambda *_: spec)
        importing.find_with(finder)
        recorder = importing.watch(own={"f"})
        first: Any = sys.meta_path[0]
        loaders = [first.find_spec("own").loader for _ in range(2)]
        assert loaders[0] is loaders[1]
        assert loaders[0].__reduce__()[1] == (finder.loader,)
        assert not recorder.events
