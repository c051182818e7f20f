"""Whatever name a target goes by, and however its module came to be imported."""

from __future__ import annotations

import py_compile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Project

EXPENSIVE = """
    from only_live import only_live

    def f(x):
        only_live("f")
        return [x, "live"]
"""


def test_every_name(project: Project) -> None:
    project.write(
        {
            "plain.py": EXPENSIVE,
            "pkg/__init__.py": "",
            "pkg/m.py": EXPENSIVE,
            "space/inside/m.py": EXPENSIVE,
            "starred.py": EXPENSIVE,
            "front/__init__.py": "from front._impl import f",
            "front/_impl.py": EXPENSIVE,
            "back/__init__.py": "from back._impl import f",
            "back/_impl.py": EXPENSIVE,
            "test_names.py": """
                import plain, plain as renamed
                import pkg.m
                import space.inside.m
                from plain import f, f as g
                from pkg import m
                from pkg.m import f as of_package
                from starred import *
                f_of_star = globals()["f"]
                import back, back._impl, front, front._impl
                from plain import f

                def test_plain():
                    for way in f, g, plain.f, renamed.f, getattr(plain, "f"), vars(plain)["f"]:
                        assert way(1) == [1, "live"]

                def test_package():
                    for way in pkg.m.f, m.f, of_package:
                        assert way(1) == [1, "live"]

                def test_namespace():
                    assert space.inside.m.f(1) == [1, "live"]

                def test_star():
                    assert f_of_star.__module__ == "starred"
                    assert f_of_star(1) == [1, "live"]

                def test_reexported():
                    for way in front.f, front._impl.f, back.f, back._impl.f:
                        assert way(1) == [1, "live"]
            """,
        }
    )
    project.configure(
        "plain:f", "pkg.m.f", "space.inside.m:f", "starred:f", "front:f", "back._impl:f"
    )
    run = project.record().passed(5)
    assert run.live == ["f"] * 6
    assert [path.parent.parent.name for path in project.recordings()] == [
        *("back._impl", "front", "pkg.m", "plain", "space.inside.m", "starred")
    ]
    project.replay().passed(5)


def test_two_paths_to_one_function(project: Project) -> None:
    project.write(
        {
            "both/__init__.py": "from both._impl import f",
            "both/_impl.py": EXPENSIVE,
            "test_both.py": """
                import both, both._impl
                def test_both():
                    assert both.f is both._impl.f
                    assert both.f(1) == both._impl.f(1) == [1, "live"]
            """,
        }
    )
    project.configure("both:f", "both._impl:f")
    run = project.record().passed(1)
    assert run.live == ["f"]
    assert len(project.recordings()) == 1
    assert "1 replayed, 1 recorded" in run.mimic_lines[1]
    for target in "both:f", "both._impl:f":
        # Recorded under either path, it is found under both.
        project.configure(target)
        project.record().passed(1)
    assert len(project.recordings()) == 2
    project.configure("both._impl:f", "both:f")
    replay = project.replay().passed(1)
    assert "2 replayed" in replay.mimic_lines[1]


def test_a_circle_and_calls_while_it_is_imported(project: Project) -> None:
    project.write(
        {
            "first.py": """
                from only_live import only_live

                def f(x):
                    only_live("f")
                    return [x, "live"]

                own = f(0)
                import second

                def late(x):
                    only_live("late")
                    return [x, "late"]
            """,
            "second.py": """
                import first
                from first import f
                KEPT = [f]
                CALLED = f(1)

                def later():
                    return first.late(2)
            """,
            "test_circle.py": """
                import first, second

                def test_circle():
                    assert first.own == [0, "live"]
                    assert second.CALLED == [1, "live"]
                    assert second.KEPT[0](1) == [1, "live"]
                    assert second.later() == [2, "late"]
            """,
        }
    )
    project.configure("first:f", "first:late")
    assert sorted(project.record().passed(1).live) == ["f", "f", "late"]
    project.replay().passed(1)


def test_other_loaders(project: Project) -> None:
    project.write({"zipped.py": EXPENSIVE, "compiled.py": EXPENSIVE, "hooked.py": EXPENSIVE})
    with zipfile.ZipFile(project.path / "library.zip", "w") as library:
        library.write(project.path / "zipped.py", "zipped.py")
    py_compile.compile(
        str(project.path / "compiled.py"), cfile=str(project.path / "binary" / "compiled.pyc")
    )
    for name in ("zipped", "compiled"):
        (project.path / f"{name}.py").unlink()
    project.write(
        {
            "conftest.py": """
                import ast, importlib.machinery, sys

                sys.path += ["library.zip", "binary"]

                class Loader(importlib.machinery.SourceFileLoader):
                    def source_to_code(self, data, path, *, _optimize=-1):
                        tree = ast.parse(data)
                        tree.body.append(ast.parse("INSTRUMENTED = True").body[0])
                        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

                class Finder:
                    def find_spec(self, name, path=None, target=None):
                        if name == "hooked":
                            spec = importlib.machinery.PathFinder.find_spec(name, path)
                            spec.loader = Loader(name, spec.origin)
                            return spec

                sys.meta_path.insert(0, Finder())
            """,
            "test_loaders.py": """
                import compiled, hooked, zipped

                def test_loaders():
                    assert hooked.INSTRUMENTED
                    assert compiled.__file__.endswith(".pyc")
                    assert "library.zip" in zipped.__file__
                    for module in compiled, hooked, zipped:
                        assert module.f(1) == [1, "live"]
            """,
        }
    )
    project.configure("zipped:f", "compiled:f", "hooked:f")
    assert project.record().passed(1).live == ["f"] * 3
    project.replay().passed(1)


def test_imported_anew(project: Project) -> None:
    again = EXPENSIVE + "    import os\n"
    project.write(
        {
            "again.py": again,
            "deleted.py": again,
            "fails.py": EXPENSIVE
            + """
    from pathlib import Path
    early = f
    if not Path("ready").exists():
        raise ImportError("not yet")
""",
            "test_anew.py": """
                import importlib, pathlib, sys
                import pytest
                import again, deleted

                def test_reloaded():
                    before = again.f
                    importlib.reload(again)
                    assert again.f is not before
                    assert before(1) == again.f(1) == [1, "live"]

                def test_deleted():
                    before = deleted.f
                    del sys.modules["deleted"]
                    import deleted as anew
                    assert anew.f is not before
                    assert before(1) == anew.f(1) == [1, "live"]

                def test_fails_first(tmp_path, monkeypatch):
                    monkeypatch.chdir(tmp_path)
                    with pytest.raises(ImportError, match="not yet"):
                        import fails
                    pathlib.Path("ready").touch()
                    import fails
                    assert fails.early is fails.f
                    assert fails.f(1) == [1, "live"]
            """,
        }
    )
    project.configure("again:f", "deleted:f", "fails:f")
    assert project.record().passed(3).live == ["f"] * 3
    project.replay().passed(3)


def test_modules_that_come_late(project: Project) -> None:
    project.write(
        {
            "lazy_file.py": EXPENSIVE,
            "lazy_names/__init__.py": """
                import importlib

                def __getattr__(name):
                    if name == "f":
                        return importlib.import_module("lazy_names._heavy").f
                    raise AttributeError(name)
            """,
            "lazy_names/_heavy.py": EXPENSIVE,
            "lazy_modules/__init__.py": """
                import importlib

                def __getattr__(name):
                    if name == "heavy":
                        return importlib.import_module("lazy_modules.heavy")
                    raise AttributeError(name)
            """,
            "lazy_modules/heavy.py": EXPENSIVE,
            "lazy_class/__init__.py": """
                import importlib, sys, types

                class Lazy(types.ModuleType):
                    __path__ = __path__
                    __spec__ = __spec__

                    def __getattr__(self, name):
                        if name in ("heavy", "f", "Worker"):
                            heavy = importlib.import_module("lazy_class.heavy")
                            value = heavy if name == "heavy" else getattr(heavy, name)
                            setattr(self, name, value)
                            return value
                        raise AttributeError(name)

                sys.modules[__name__] = Lazy(__name__)
            """,
            "lazy_class/heavy.py": EXPENSIVE
            + """
    class Worker:
        def work(self, x):
            return f(x)
""",
            "replaced.py": """
                import sys
                from only_live import only_live

                class Facade:
                    __name__ = __name__
                    __spec__ = __spec__

                    def f(self, x):
                        only_live("f")
                        return [x, "live"]

                    def __eq__(self, other):
                        return isinstance(other, Facade)

                    def __hash__(self):
                        return 1

                sys.modules[__name__] = Facade()
            """,
            "test_late.py": """
                import importlib.util, sys
                import lazy_modules, lazy_names, replaced

                def lazily(name):
                    spec = importlib.util.find_spec(name)
                    spec.loader = importlib.util.LazyLoader(spec.loader)
                    module = importlib.util.module_from_spec(spec)
                    sys.modules[name] = module
                    spec.loader.exec_module(module)
                    return module

                def test_lazy_loader():
                    lazy_file = lazily("lazy_file")
                    assert "f" not in object.__getattribute__(lazy_file, "__dict__")
                    assert lazy_file.f(1) == [1, "live"]

                def test_lazy_name():
                    assert "lazy_names._heavy" not in sys.modules
                    from lazy_names import f
                    assert f(1) == lazy_names.f(1) == [1, "live"]

                def test_lazy_module():
                    assert "lazy_modules.heavy" not in sys.modules
                    assert lazy_modules.heavy.f(1) == [1, "live"]

                def test_lazy_names_of_a_class():
                    import lazy_class
                    assert "lazy_class.heavy" not in sys.modules
                    from lazy_class import Worker
                    assert Worker().work(1) == lazy_class.f(1) == [1, "live"]

                def test_replaced():
                    assert replaced.f(1) == [1, "live"]
            """,
        }
    )
    project.configure(
        *("lazy_file:f", "lazy_names:f", "lazy_modules.heavy:f", "replaced:f"),
        *("lazy_class:f", "lazy_class:Worker.work"),
    )
    recording = project.record().passed(5)
    assert recording.live == ["f"] * 6
    assert len(recording.mimic_lines) == 2  # header and counts: all were imported
    project.replay().passed(5)


def test_threads_that_import_at_once(project: Project) -> None:
    project.write(
        {
            "shared.py": "import time\ntime.sleep(0.05)\n" + EXPENSIVE.replace("\n    ", "\n"),
            **{
                f"own_{number}.py": f"import shared\nfrom shared import f\nKEPT = [f]\n"
                f"def g(x):\n    return f(x + {number})"
                for number in range(6)
            },
            "test_threads.py": """
                import importlib, threading

                def test_threads():
                    start = threading.Barrier(6)
                    results = []

                    def work(number):
                        start.wait()
                        module = importlib.import_module(f"own_{number}")
                        results.append((module.KEPT[0](number), module.g(0)))

                    threads = [threading.Thread(target=work, args=[n]) for n in range(6)]
                    for thread in threads: thread.start()
                    for thread in threads: thread.join()
                    assert sorted(results) == [([n, "live"], [n, "live"]) for n in range(6)]
            """,
        }
    )
    project.configure("shared:f", *(f"own_{number}:g" for number in range(6)))
    project.record().passed(1)
    project.replay().passed(1)
