"""Where recordings come from: digests of source that are the same everywhere, and versions."""

from __future__ import annotations

import functools
import hashlib
import importlib
import linecache
import shutil
import subprocess
import sys
import textwrap
import types
import zipfile
from pathlib import Path

import pytest

import pytest_mimic
from pytest_mimic._provenance import Provenance

PLAIN = '''
def target(a, b=2, *args, c: int = 3, **kwargs) -> str:
    """What it does."""
    total = a + b  # a remark
    for item in args:
        total += item * 2
    return f"{total:>{c}} {kwargs!r} it's"
'''


@pytest.fixture
def provenance():
    return Provenance()


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Import a module of a given text; each gets a name of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def load(text, name="target"):
        module_name = f"provenance_{len(names)}"
        (tmp_path / f"{module_name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        importlib.invalidate_caches()
        names.append(module_name)
        module = importlib.import_module(module_name)
        return functools.reduce(getattr, name.split("."), module)

    yield load
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def digest(load, provenance):
    def digest(text, name="target"):
        return provenance.source_digest(load(text, name))

    return digest


def test_is_a_digest(digest):
    assert len(digest(PLAIN)) == 32


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace('    """What it does."""\n', ""),
        PLAIN.replace("What it does", "What else it does,\n\n    at length"),
        PLAIN.replace("  # a remark", ""),
        PLAIN.replace("\n    for", "\n\n    # another remark\n\n# not indented\n    for"),
        PLAIN.replace("a + b", "(a\n+ b)"),
        PLAIN.replace("a + b", "a+b"),
        PLAIN.replace("(a, b=2,", "(\n    a,\n    b = 2,\n"),
        PLAIN.replace("item * 2", "item * 0x2"),
        PLAIN.replace("it's\"", '" "it\'s"'),
        PLAIN.replace("    ", "\t"),
        PLAIN.replace("    return", "    'a text alone is a remark'\n    return"),
        "import os\n\n\n" + PLAIN + "\n\ndef another():\n    pass\n",
        PLAIN.rstrip("\n"),
        "if True:\n" + textwrap.indent(PLAIN, "    "),
        "if True:\n" + textwrap.indent(PLAIN, "    ") + "else:\n    pass\n",
    ],
)
def test_formatting_does_not_matter(digest, other):
    assert other != PLAIN
    assert digest(other) == digest(PLAIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("b=2", "b=3"),
        ("b=2", "b=2.0"),
        ("b=2", "b=True"),
        ("a + b", "a - b"),
        ("a + b", "b + a"),
        (": int", ": float"),
        ("-> str", "-> bytes"),
        ("it's", "its"),
        (">{c}", "<{c}"),
        ("!r", "!s"),
        ("total += item", "total = item"),
        ("return f", "return b and f"),
        ("    return", "    print()\n    return"),
        ("def target", "async def target"),
        ("def target", "import functools\n@functools.lru_cache\ndef target"),
        ("*args", "args=()"),
    ],
)
def test_code_matters(digest, old, new):
    assert digest(PLAIN.replace(old, new)) != digest(PLAIN)


def test_decorators_matter(digest):
    text = "import functools\n\n@functools.lru_cache(maxsize={})\ndef target(a):\n    return a\n"
    one, other = (digest(text.format(size), "target") for size in (1, 2))
    assert one != other
    assert None not in (one, other)


def test_helpers_do_not(digest):
    text = "def helper():\n    return {}\n\ndef target():\n    return helper()\n"
    assert digest(text.format(1)) == digest(text.format(2))


def test_what_is_wrapped_counts(digest):
    text = """
        import functools
        def retried(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args) {}
            return wrapper
        @retried
        def target(a):
            return a {}
    """
    original = digest(text.format("", ""))
    assert digest(text.format("or 1", "")) == original
    assert digest(text.format("", "or 1")) != original


def test_methods_of_every_kind(load, provenance):
    client = load(
        """
import functools
class Client:
    '''A client.'''
    def get(self): return 1
    @classmethod
    def make(cls): return 2
    @staticmethod
    def parse(): return 3
    @property
    def name(self): return 4
    @functools.cached_property
    def lazy(self): return 5
    part = functools.partial(get)
    def sql(self):
        return '''
SELECT 1
'''
    class Inner:
        def get(self): return 6
    if True:
        def get_more(self): return 7
""",
        "Client",
    )
    values = [vars(client)[name] for name in ("get", "make", "parse", "name", "lazy", "sql")]
    values += [client.make, client().get_more, client.Inner.get, client, client.Inner]
    digests = [provenance.source_digest(value) for value in values]
    assert None not in digests
    assert len(set(digests)) == len(digests) - 1
    assert digests[1] == digests[6]
    assert provenance.source_digest(client.part) == digests[0]


def test_a_method_reads_like_a_function(digest):
    in_class = "class C:\n" + textwrap.indent(PLAIN, "    ")
    assert digest(in_class, "C.target") == digest(PLAIN)


def test_the_last_class_of_a_name_counts(digest):
    text = "{}\ntry:\n    class C:\n        a = 1\nexcept KeyError:\n    pass\n"
    text += "def f():\n    class C:\n        a = 3\n"
    assert digest(text.format("class C:\n    a = 2"), "C") == digest(text.format(""), "C")
    assert digest("class A:\n    class B:\n        a = 1\n", "A.B") == digest(
        "class A:\n    class B:\n        a = 1\n    b = 2\n", "A.B"
    )


def test_lambdas(digest):
    one = digest("target = lambda a: a + 1\n")
    assert one == digest("\n\ntarget = (\n    lambda a: a+1  # remark\n)\n")
    assert one != digest("target = lambda a: a + 2\n")


def test_strings_that_look_like_the_end(digest):
    text = """
def target():
    text = '''
def other():
    pass
# remark
x = [
'''
    values = [
1, 2,
    ]
    return text, values, 1 + \\
2
after = 1
"""
    assert digest(text) is not None
    assert digest(text) == digest(text.replace("after = 1", "after = 2"))
    assert digest(text) != digest(text.replace("# remark", "# remarks"))


def test_odd_constants_and_nodes(digest):
    text = """
def target(a, /, *, b=...):
    x: int
    y = -1, 1j, b"bytes", None, True, 1e400, 10**20, "\\ud800", u"u", rb"\\d"
    with open(a) as f, open(b) as g: pass
    try: pass
    except* ValueError: pass
    del x
    global z
    return [i async for i in a if i], {**a}, a[1:2, ...], (yield), f"{a=} {b!r:{y}.3}{{}}"
"""
    if sys.version_info < (3, 11):
        text = text.replace("except*", "except")
    assert digest(text.replace("async for", "for")) is not None


@pytest.mark.parametrize(
    "value", [len, str.join, 3, None, functools.partial(len), type, dict, object(), iter([])]
)
def test_what_has_no_source(provenance, value):
    assert provenance.source_digest(value) is None


def test_code_that_was_made_up(provenance):
    namespace: dict[str, object] = {"__name__": "made_up"}
    exec("def target(): return 1\nclass C: pass\nf = lambda: 1", namespace)  # noqa: S102 - the case
    assert provenance.source_digest(namespace["target"]) is None
    assert provenance.source_digest(namespace["C"]) is None
    assert provenance.source_digest(namespace["f"]) is None


def test_a_file_that_changed_since_it_was_imported(load, provenance):
    for text in (
        "x = [\n" * 50,
        "",
        '"""\n' + "x = (\n" * 3000,
        "def other(): pass\n",
        "\0",
        "1\n",
    ):
        target = load("\n" + PLAIN)
        with open(target.__code__.co_filename, "w") as file:
            file.write(text)
        linecache.checkcache()
        assert provenance.source_digest(target) is None


def file_of(kind):
    file = sys.modules[kind.__module__].__file__
    assert file is not None
    return file


def test_a_class_whose_file_changed(load, provenance):
    kind = load("class C:\n    a = 1\n", "C")
    with open(file_of(kind), "w") as file:
        file.write("x = 1\n")
    assert provenance.source_digest(kind) is None
    other = load("class C:\n    a = 1\n", "C")
    with open(file_of(other), "w") as file:
        file.write("x = (\n")
    assert provenance.source_digest(other) is None


def test_wrappers_that_go_round_in_circles(provenance):
    def one():
        pass

    def other():
        pass

    one.__wrapped__, other.__wrapped__ = other, one  # type: ignore[attr-defined]  # as functools
    assert provenance.source_digest(one) is not None


def test_each_is_digested_once(load, provenance, monkeypatch):
    target = load(PLAIN)
    first = provenance.source_digest(target)
    monkeypatch.setattr(linecache, "getlines", lambda *args: pytest.fail("read again"))
    assert provenance.source_digest(target) == first


def test_a_module_in_a_zip(tmp_path, monkeypatch, digest, provenance):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("zipped_module.py", PLAIN)
    monkeypatch.syspath_prepend(tmp_path / "archive.zip")
    zipped = importlib.import_module("zipped_module")
    assert provenance.source_digest(zipped.target) == digest(PLAIN)


def test_odd_escapes_warn_nobody(load, provenance, recwarn):
    with pytest.warns() if sys.version_info >= (3, 12) else pytest.deprecated_call():
        target = load('def target():\n    return "\\d"\n')
    assert provenance.source_digest(target) is not None
    assert not [warning for warning in recwarn if "escape" in str(warning.message)]


# Another Python need not have xxhash installed.
OTHERS = """
import sys, hashlib, types
sys.modules["xxhash"] = types.SimpleNamespace(xxh3_128=hashlib.md5)
sys.path.insert(0, {root!r})
package = sys.modules["pytest_mimic"] = types.ModuleType("pytest_mimic")
package.__path__ = [{package!r}]
import pytest_mimic._provenance as module
import provenance_sample
print(module.Provenance().source_digest(provenance_sample.target))
print(module.Provenance().source_digest(provenance_sample.Kind))
"""
SAMPLE = (
    PLAIN
    + '''
class Kind(dict, metaclass=type):
    """Kind."""
    x: "list[int]" = []
    def a(self, *, b=f"{1:{2}}{'a'!r}" "b" f"{{}}"):
        match b:
            case {"x": [1, *rest], **more} if rest: return more
            case str() | None: pass
        return lambda *a, k=1: (yield)
    async def c(self):
        async with self as f: return [x async for x in f], -1, 1j, b"", ...
'''
)


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_the_same_on_every_python(version, tmp_path, monkeypatch, provenance):
    python = shutil.which(f"python{version}")
    if not python or subprocess.run([python, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no Python {version}")
    stand_in = types.SimpleNamespace(xxh3_128=hashlib.md5)
    monkeypatch.setattr(sys.modules[Provenance.__module__], "xxhash", stand_in)
    (tmp_path / "provenance_sample.py").write_text(SAMPLE)
    monkeypatch.syspath_prepend(tmp_path)
    sample = importlib.import_module("provenance_sample")
    package = str(Path(pytest_mimic.__file__).parent)
    done = subprocess.run(
        [python, "-c", OTHERS.format(root=str(tmp_path), package=package)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    expected = [provenance.source_digest(sample.target), provenance.source_digest(sample.Kind)]
    assert done.stdout.split() == expected
    del sys.modules["provenance_sample"]


def test_the_digest_does_not_change_with_releases(digest):
    """Recordings would all be stale: change this only together with the format of cards."""
    assert digest(PLAIN) == "437bda86b47cc3f970c2197ef49ae02d"


class TestDistributions:
    def test_installed_ones(self, provenance):
        import xxhash

        found = provenance.distributions(["xxhash", "_pytest.config", "pytest", "json", "sys"])
        assert found == {"pytest": pytest.__version__, "xxhash": xxhash.VERSION}
        assert list(found) == sorted(found)
        assert provenance.distributions(["xxhash"]) == {"xxhash": xxhash.VERSION}

    def test_unknown_ones(self, provenance):
        assert provenance.distributions(["__main__", "no_such_module", "", ".odd", __name__]) == {}

    @pytest.fixture
    def install(self, tmp_path, monkeypatch):
        """Put a module with its metadata on the path."""
        monkeypatch.syspath_prepend(tmp_path)
        loaded = []

        def install(distribution, module, *, record=None, direct_url=None):
            info = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n"
            )
            relative = module.replace(".", "/") + "/__init__.py"
            if record is None:
                (info / "RECORD").write_text(f"{relative},,\n")
            elif record:
                (info / "RECORD").write_text(record)
            if direct_url:
                (info / "direct_url.json").write_text(direct_url)
            path = tmp_path / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
            importlib.invalidate_caches()
            importlib.import_module(module)
            loaded.extend([module, module.partition(".")[0]])

        yield install
        for name in loaded:
            sys.modules.pop(name, None)

    def test_of_another_name(self, provenance, install):
        install("the-distribution", "provenance_other")
        assert provenance.distributions(["provenance_other"]) == {"the-distribution": "1.2"}

    def test_namespace_packages(self, provenance, install):
        install("space-one", "provenance_space.one")
        install("space-two", "provenance_space.two")
        assert provenance.distributions(["provenance_space.two"]) == {"space-two": "1.2"}
        found = provenance.distributions(["provenance_space.one", "provenance_space.two"])
        assert found == {"space-one": "1.2", "space-two": "1.2"}
        assert provenance.distributions(["provenance_space"]) == {}

    def test_a_namesake_that_did_not_install_it(self, provenance, install):
        install("provenance-namesake", "provenance_namesake", record="something_else.py,,\n")
        assert provenance.distributions(["provenance_namesake"]) == {}

    def test_one_without_a_list_of_files(self, provenance, install):
        install("provenance-bare", "provenance_bare", record="")
        assert provenance.distributions(["provenance_bare"]) == {"provenance-bare": "1.2"}

    def test_one_being_developed(self, provenance, install):
        install(
            "provenance-edited", "provenance_edited", record="provenance_edited.pth,,\n",
            direct_url='{"dir_info": {"editable": true}, "url": "file:///somewhere"}',
        )  # fmt: skip
        assert provenance.distributions(["provenance_edited"]) == {"provenance-edited": "1.2"}
