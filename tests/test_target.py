"""What a target line means, and the raw attribute that a target names."""

from __future__ import annotations

import builtins
import contextlib
import datetime as dt
import enum
import functools
import importlib.util
import json
import math
import os
import sys
import textwrap
import types
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._target import (
    Target,
    TargetLine,
    absent,
    callable_inside,
    check_target,
    expand,
    find_raw,
    is_fixture,
    merge_lines,
    parse_target_line,
)
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from pathlib import Path


def make_module(source: str, name: str = "m") -> types.ModuleType:
    module = types.ModuleType(name)
    exec(textwrap.dedent(source), module.__dict__)  # noqa: S102  # the test's own source
    return module


def names(text: str, module: object, module_name: str | None = None) -> list[str]:
    targets = expand(parse_target_line(text), module, module_name)
    return [target.name for target in targets]


def find(module: object, qualname: str) -> Any:
    """What is found under a name; the tests know what type it has."""
    return find_raw(module, qualname)


def refusal(text: str, module: object) -> str:
    """The message for the one target of a line."""
    line = parse_target_line(text)
    (target,) = expand(line, module)
    found = find(module, target.qualname)
    if found is None:
        return str(absent(target, module))
    with pytest.raises(MimicUsageError) as caught:
        check_target(target, found)
    return str(caught.value)


NO_TOLERANCES = ("rtol", "rtol=", "rtol=abc", "rtol=-1", "rtol=1", "rtol=nan", "rtol=inf")


class TestParsing:
    @pytest.mark.parametrize(
        ("text", "expression", "ignore", "sequence"),
        [
            ("m:f", "m:f", set(), False),
            ("a.b.c:C.get", "a.b.c:C.get", set(), False),
            ("a.b.C.get", "a.b.C.get", set(), False),
            ("m:*", "m:*", set(), False),
            ("m:C.Inner.*", "m:C.Inner.*", set(), False),
            ("m.*", "m.*", set(), False),
            ("  m:f\tsequence ", "m:f", set(), True),
            ("m:f ignore=self", "m:f", {"self"}, False),
            ("m:f sequence ignore=a,b", "m:f", {"a", "b"}, True),
            ("m:f ignore=*args,**kwargs", "m:f", {"args", "kwargs"}, False),
            ("m:C.__private", "m:C.__private", set(), False),
            ("größe:größe", "größe:größe", set(), False),
            ("ﬁle:ﬁnd ignore=ﬁx", "file:find", {"fix"}, False),  # ligatures, as Python reads them
        ],
    )
    def test_what_a_line_says(
        self, text: str, expression: str, ignore: set[str], sequence: bool
    ) -> None:
        line = parse_target_line(text)
        assert line == TargetLine(text.strip(), expression, frozenset(ignore), sequence)

    @pytest.mark.parametrize(
        ("text", "rtol"), [("m:f", 0), ("m:f rtol=1e-6 sequence", 1e-6), ("m:f rtol=0", 0)]
    )
    def test_how_much_numbers_may_differ(self, text: str, rtol: float) -> None:
        assert parse_target_line(text).rtol == rtol

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "it is empty"),
            ("fetch", "'fetch' names no module"),
            ("*", "'*' names no module"),
            ("m:", "the function or method is missing"),
            (":f", "the module is missing"),
            ("m:f:g", "more than one colon"),
            ("m..n:f", "a name is missing"),
            ("m.:f", "a name is missing"),
            (".m:f", "a name is missing"),
            ("m:f.", "a name is missing"),
            ("m:1f", "'1f' is not a name"),
            ("m-n:f", "'m-n' is not a name"),
            ("m:f()", "'f()' is not a name"),
            ("m:f.<locals>.g", "'<locals>' is not a name"),
            ("m:lambda", "'lambda' is a keyword"),
            ("m:None", "'None' is a keyword"),
            ("m:Fetch*", "a star stands alone"),
            ("m:*.get", "a star stands alone"),
            ("m*:f", "not for modules"),
            ("a.*:f", "not for modules"),
            ("m:f colour=red", "no option 'colour=red'"),
            ("m:f sequence=yes", "no option 'sequence=yes'"),
            ("m:f ignored", "no option 'ignored'"),
            ("m:f ignore", "ignore= names no parameter"),
            ("m:f ignore=", "ignore= names no parameter"),
            ("m:f ignore=1", "'1' is not a name"),
            ("m:f ignore=a,,b", "a name is missing"),
            ("m:f ignore=a, b", "a name is missing"),
            ("m:f ignore=if", "'if' is a keyword"),
            ("m:f ignore=a ignore=b", "'ignore' is given twice"),
            ("m:f sequence sequence", "'sequence' is given twice"),
            ("m:f rtol=1e-3 rtol=1e-3", "'rtol' is given twice"),
            *((f"m:f {word}", "is no relative tolerance") for word in NO_TOLERANCES),
        ],
    )
    def test_what_is_malformed_is_quoted_explained_and_shown_right(
        self, text: str, reason: str
    ) -> None:
        with pytest.raises(MimicUsageError) as caught:
            parse_target_line(text)
        message = str(caught.value)
        assert message.startswith(f"mimic_functions: {text!r}: ")
        assert reason in message
        assert "'my_module:fetch' or 'my_module:Client.get ignore=self'" in message

    def test_the_examples_of_the_messages_are_right(self) -> None:
        parse_target_line("my_module:fetch")
        parse_target_line("my_module:Client.get ignore=self")

    def test_a_colon_says_which_part_is_the_module(self) -> None:
        line = parse_target_line("a.b:C.get")
        assert line.modules() == ("a.b",)
        assert line.qualname_in("a.b") == "C.get"
        assert line.qualname_in("a") is None
        assert line.qualname_in("a.b.C") is None

    def test_a_dotted_line_may_mean_any_prefix(self) -> None:
        line = parse_target_line("a.b.C.get")
        assert line.modules() == ("a", "a.b", "a.b.C")
        found = [line.qualname_in(name) for name in (*line.modules(), "a.b.C.get", "x", "a.bb")]
        assert found == ["b.C.get", "C.get", "get", None, None, None]

    def test_identical_lines_merge(self) -> None:
        lines = [parse_target_line(text) for text in ("m:f ignore=a,b", "m:g", "m:f  ignore=b,a")]
        assert merge_lines(lines) == (lines[0], lines[1])

    @pytest.mark.parametrize(
        "other", ["m:f", "m:f ignore=a", "m:f sequence ignore=self", "m:f ignore=self rtol=0.1"]
    )
    def test_different_options_for_one_target_are_refused(self, other: str) -> None:
        lines = [parse_target_line("m:f ignore=self"), parse_target_line(other)]
        with pytest.raises(MimicUsageError) as caught:
            merge_lines(lines)
        assert "'m:f ignore=self'" in str(caught.value)
        assert repr(other) in str(caught.value)

    def test_the_name_of_a_target_has_one_colon(self) -> None:
        line = parse_target_line("a.b.C.get")
        assert Target("a.b", "C.get", frozenset(), False, line).name == "a.b:C.get"


class TestStar:
    def test_a_line_without_a_star_is_one_target_there_or_not(self) -> None:
        (target,) = expand(parse_target_line("m:nothing ignore=a sequence"), make_module(""))
        assert (target.name, target.ignore, target.sequence) == ("m:nothing", frozenset("a"), True)
        assert expand(parse_target_line("other:f"), make_module("")) == []

    def test_public_functions_defined_in_the_module(self) -> None:
        module = make_module(
            """
            import contextlib, functools, json, pytest
            from json import dumps
            from math import cos

            def zeta(): ...
            async def beta(): ...
            alpha = lambda: 1
            def _private(): ...
            class Class:
                def method(self): ...
            @functools.lru_cache
            def cached(): ...
            @functools.singledispatch
            def dispatching(x): ...
            @contextlib.contextmanager
            def context(): yield
            @pytest.fixture
            def fixture(): ...
            number = 1
            prefilled = functools.partial(zeta)  # says of itself that it is from functools
            instance = Class()
            class Callable:
                def __call__(self): ...
            dispatcher = functools.update_wrapper(Callable(), zeta)
            just_callable = Callable()
            def exported(): ...
            exported.__module__ = "where_it_is_exported"
            """
        )
        expected = [
            *("alpha", "beta", "cached", "context", "dispatcher", "dispatching", "exported", "zeta")
        ]
        assert names("m:*", module) == [f"m:{name}" for name in expected]
        assert names("m.*", module) == names("m:*", module)

    def test_decorators_are_looked_through(self) -> None:
        elsewhere = make_module(
            """
            import functools
            def bare(function):
                def inner(*args):
                    return function(*args)
                return inner
            def stripped(function):
                return functools.wraps(function, assigned=())(lambda: function())
            def recursive():
                def one(): return two()
                def two(): return one() or late()
                if 0: late = None
                return one
            from_elsewhere = bare(bare)
            """,
            "elsewhere",
        )
        module = make_module("def plain(): ...")
        module.__dict__["decorated"] = elsewhere.bare(elsewhere.bare(module.plain))
        module.__dict__["stripped"] = elsewhere.stripped(module.plain)
        module.__dict__["imported"] = elsewhere.from_elsewhere
        module.__dict__["circular"] = elsewhere.recursive()
        assert names("m:*", module) == ["m:decorated", "m:plain", "m:stripped"]

    def test_functions_without_python_code(self) -> None:
        assert {"math:cos", "math:sqrt"} <= set(names("math:*", math))
        assert not [name for name in names("math:*", math) if name.startswith("math:_")]

    def test_a_module_known_by_another_name(self) -> None:
        assert "os.path:join" in names("os.path:*", os.path, "os.path")

    def test_a_method_from_another_module_of_the_package(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inner = make_module("def lent(self): ...", "m._inner")
        monkeypatch.setitem(sys.modules, "m._inner", inner)
        module = make_module("class Class: ...")
        module.Class.lent = inner.lent
        assert names("m:Class.*", module) == ["m:Class.lent"]

    def test_what_a_class_only_holds(self) -> None:
        module = make_module(
            """
            import dataclasses, functools, json, logging, random
            numpy = __import__("pytest").importorskip("numpy")
            def helper(x): ...
            class Settings:
                pick = random.randint
                draw = staticmethod(numpy.random.default_rng().normal)
                log = logging.getLogger("m").info
                remembered = functools.lru_cache(json.dumps)
                once = staticmethod(functools.lru_cache(json.dumps))
                dumped = property(functools.lru_cache(json.dumps))
                words = staticmethod("one two".split)
                keyed = staticmethod(dict.fromkeys)
                reduce = numpy.mean
                norm = staticmethod(numpy.linalg.norm)
                helped = functools.lru_cache(helper)
                def method(self): ...
            class Holder:
                bound = Settings().method
            fields = [("clean", object, helper)]
            Fields = dataclasses.make_dataclass("Fields", fields, namespace={"kept": helper})
            Fields.clean = property(helper)
            Cleaned = Fields
            Fields = dataclasses.make_dataclass("Fields", fields, namespace={"kept": helper})
            """
        )
        assert names("m:Settings.*", module) == ["m:Settings.helped", "m:Settings.method"]
        assert names("m:Holder.*", module) == ["m:Holder.bound"]
        assert names("m:Fields.*", module) == ["m:Fields.kept"]
        assert names("m:Cleaned.*", module) == ["m:Cleaned.clean", "m:Cleaned.kept"]

    def test_what_looks_at_the_frame_of_its_caller(self) -> None:
        module = make_module(
            """
            import inspect, sys
            from sys import _getframe
            def module_of_caller(): return sys._getframe(1).f_globals["__name__"]
            def further_out(depth): return _getframe(depth).f_code
            def outer(): return inspect.currentframe().f_back
            def name_of_module(): return sys._getframemodulename(1)
            def own(): return sys._getframe().f_code.co_name + sys._getframe(0).f_code.co_name
            def own_again(): return inspect.currentframe().f_locals
            def warns(): warnings.warn("old", stacklevel=len(sys._getframe(1).f_back.f_code))
            class Table:
                def caller(self): return sys._getframe(1)
                def get(self): ...
            """
        )
        assert names("m:*", module) == ["m:own", "m:own_again", "m:warns"]
        assert names("m:Table.*", module) == ["m:Table.get"]
        assert "looks at the frame of whoever calls it" in refusal("m:outer", module)
        assert "looks at the frame of whoever calls it" in refusal("m:Table.caller", module)

    @pytest.mark.parametrize("home", ["tests.conftest", "test_it", "it_test"])
    def test_what_only_pytest_calls(self, home: str) -> None:
        source = """
            def fetch(): ...
            def test_fetch(): ...
            def setup_module(): ...
            def pytest_configure(): ...
            class TestFetch:
                def fetched(self): ...
                def test_it(self): ...
                def setUp(self): ...
                @classmethod
                def tearDownClass(cls): ...
            """
        module = make_module(source, home)
        assert names(f"{home}:*", module) == [f"{home}:fetch"]
        assert names(f"{home}:TestFetch.*", module) == [f"{home}:TestFetch.fetched"]
        # Elsewhere it is a function like any other.
        expected = ["m:fetch", "m:setup_module", "m:test_fetch"]
        assert names("m:*", make_module(source)) == expected

    def test_types_that_can_be_called_are_no_functions(self) -> None:
        module = make_module(
            """
            import typing
            T = typing.TypeVar("T")
            class Box(typing.Generic[T]): ...
            class Names(list): ...
            UserId = typing.NewType("UserId", int)
            Boxed = Box[int]
            Strings = Names[str]
            def function(): ...
            class Class:
                Key = UserId
                Kind = Boxed
                def method(self): ...
            """
        )
        assert names("m:*", module) == ["m:function"]
        assert names("m:Class.*", module) == ["m:Class.method"]

    def test_public_methods_of_the_class_itself(self) -> None:
        module = make_module(
            """
            import abc, enum, functools, json
            class Base:
                def inherited(self): ...
            class Meta(type):
                def of_meta(cls): ...
            def helper(self): ...
            made_elsewhere = type(helper)(helper.__code__, {"__name__": "nowhere"})
            class Class(Base, metaclass=Meta):
                attribute = 1
                handler = Base
                __slots__ = ("slot",)
                def method(self): ...
                def _private(self): ...
                def __init__(self): ...
                async def coroutine(self): ...
                @classmethod
                def class_method(cls): ...
                @staticmethod
                def static_method(): ...
                @property
                def prop(self): ...
                write_only = property(None, lambda self, value: None)
                @functools.cached_property
                def cached(self): ...
                @functools.lru_cache
                def lru(self): ...
                @functools.singledispatchmethod
                def dispatching(self, x): ...
                partial = functools.partialmethod(method)
                factory = staticmethod(Base)
                alias = method
                measure = len
                dump = json.dumps
                dumped = staticmethod(json.dumps)
                helped = helper
                made = made_elsewhere
                measured = staticmethod(len)
                class Inner:
                    def deep(self): ...
            class Colour(enum.Enum):
                RED = 1
                def shade(self): ...
            """
        )
        expected = [
            *(
                "alias",
                "cached",
                "class_method",
                "coroutine",
                "dispatching",
                "helped",
                "lru",
                "made",
            ),
            *("method", "partial", "prop", "static_method"),
        ]
        assert names("m:Class.*", module) == [f"m:Class.{name}" for name in expected]
        assert names("m:Class.Inner.*", module) == ["m:Class.Inner.deep"]
        assert names("m:Colour.*", module) == ["m:Colour.shade"]
        assert names("m:Nothing.*", module) == []

    def test_a_fixture_in_a_class_is_left_out(self) -> None:
        module = make_module(
            """
            import pytest
            class Tests:
                @pytest.fixture
                def fixture(self): ...
                def test_it(self): ...
            """
        )
        assert names("m:Tests.*", module) == ["m:Tests.test_it"]

    def test_nothing_of_the_users_runs(self) -> None:
        module = make_module(
            """
            class Proxy:
                '''Lies, as werkzeug's does, and blows up when asked.'''
                @property
                def __dict__(self): raise RuntimeError("no context")
                @property
                def __class__(self): return type(lambda: 0)
                def __getattr__(self, name): raise RuntimeError("no context")
                def __call__(self): ...
            class Meta(type):
                @property
                def member(cls): raise RuntimeError("ran")
                def __getattribute__(cls, name): raise RuntimeError("ran")
            class Descriptor:
                def __get__(self, instance, owner): raise RuntimeError("ran")
            class Class(metaclass=Meta):
                held = Descriptor()
                def method(self): ...
            class Equal:
                def __eq__(self, other): raise RuntimeError("compared")
            def closure(value=Equal()):
                def inner(): return value
                return inner
            enclosing = closure()
            proxy = Proxy()
            def __getattr__(name): raise RuntimeError("ran")
            """
        )
        assert names("m:*", module) == ["m:closure", "m:enclosing"]
        assert names("m:Class.*", module) == ["m:Class.method"]
        assert type(find(module, "Class.held").raw).__name__ == "Descriptor"
        assert find(module, "Class.member") is None
        assert find(module, "anything") is None
        assert not is_fixture(module.__dict__["proxy"])
        assert callable_inside(module.__dict__["proxy"]) is None


class TestFinding:
    MODULE = """
        class Meta(type):
            def of_meta(cls): ...
        class Base:
            def get(self): ...
            def __secret(self): ...
        class Class(Base, metaclass=Meta):
            def own(self): ...
            def __hidden(self): ...
            class Inner:
                def deep(self): ...
        def function(): ...
        """

    @pytest.mark.parametrize(
        ("qualname", "owner", "name", "defined_in"),
        [
            ("Class.own", "Class", "own", "Class"),
            ("Class.get", "Class", "get", "Base"),
            ("Class.Inner.deep", "Inner", "deep", "Inner"),
            ("Class.__hidden", "Class", "_Class__hidden", "Class"),
            ("Class.__secret", "Class", "_Base__secret", "Base"),
            ("Class._Class__hidden", "Class", "_Class__hidden", "Class"),
            ("Class.__init__", "Class", "__init__", "object"),
            ("Meta.of_meta", "Meta", "of_meta", "Meta"),
        ],
    )
    def test_members(self, qualname: str, owner: str, name: str, defined_in: str) -> None:
        found = find(make_module(self.MODULE), qualname)
        assert found
        assert (found.owner.__name__, found.name) == (owner, name)
        assert found.defined_in.__name__ == defined_in
        assert found.raw is found.defined_in.__dict__[name]

    def test_a_function_of_the_module(self) -> None:
        module = make_module(self.MODULE)
        assert find(module, "function") == (module, "function", module.function, module)

    @pytest.mark.parametrize(
        "qualname", ["nothing", "Nothing.own", "Class.nothing", "function.own", "__reduce__"]
    )
    def test_what_is_not_there(self, qualname: str) -> None:
        assert find(make_module(self.MODULE), qualname) is None

    def test_a_path_does_not_lead_through_another_module(self) -> None:
        assert find(os, "path.join") is None
        assert find(os, "path").raw is os.path

    def test_an_object_in_place_of_its_module(self) -> None:
        module = make_module("class Interface:\n    def fetch(self): ...\ninterface = Interface()")
        module.interface.extra = len
        found = find(module.interface, "fetch")
        assert (found.owner, found.defined_in) == (module.interface, module.Interface)
        assert find(module.interface, "extra").raw is len
        assert find(object(), "extra") is None

    def test_a_lazy_module_is_not_loaded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "lazy_one.py").write_text("raise RuntimeError('loaded')")
        monkeypatch.syspath_prepend(str(tmp_path))
        spec: Any = importlib.util.find_spec("lazy_one")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert find(module, "fetch") is None
        assert names("lazy_one:*", module, "lazy_one") == []

    def test_what_a_descriptor_calls(self) -> None:
        module = make_module(
            """
            import functools
            def function(self): ...
            class Foreign:  # a cached property as other libraries write it
                def __init__(self, **stored): self.__dict__.update(stored)
                def __get__(self, instance, owner): ...
            """
        )
        function, foreign = module.function, module.Foreign
        around = [
            staticmethod(function),
            classmethod(function),
            property(function),
            functools.cached_property(function),
            functools.partialmethod(function),
            functools.singledispatchmethod(function),
            foreign(fget=function),
            foreign(__wrapped__=function),
        ]
        assert all(callable_inside(raw) is function for raw in around)
        no_descriptor = [
            property(),
            foreign(func="text"),
            types.SimpleNamespace(func=function),
            function,
            functools.lru_cache(function),
            functools.partial(function),
            len,
            1,
        ]
        assert [callable_inside(raw) for raw in no_descriptor] == [None] * len(no_descriptor)


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "module", "says"),
        [
            ("json:JSONDecoder", json, "it is a class: write 'json:JSONDecoder.*'"),
            ("json:JSONDecoder", json, "'json:JSONDecoder.__init__'"),
            ("enum:Enum", enum, "it is a class"),  # its metaclass makes it callable
            ("json:decoder", json, "it is a module: write 'json.decoder:*'"),
            ("builtins:str.upper", builtins, "str is a built-in type"),
            ("builtins:dict.fromkeys", builtins, "dict is a built-in type"),
            ("datetime:datetime.now", dt, "datetime is a built-in type"),
            ("math:pi", math, "it cannot be called: it is an instance of float"),
            ("json:__all__", json, "it cannot be called: it is an instance of list"),
            ("json:lods", json, "json has no 'lods'; did you mean 'loads' or 'load'"),
            ("json:qqq", json, "json has no 'qqq'"),
            (
                "json:JSONDecodr.decode",
                json,
                "json has no 'JSONDecodr'; did you mean 'JSONDecoder'",
            ),
            (
                "json:JSONDecoder.decod",
                json,
                "class JSONDecoder has no 'decod'; did you mean 'deco",
            ),
            ("os:path.join", os, f"write '{os.path.__name__}:join'"),
            ("os:environ.get", os, "this is an instance of _Environ: write 'os:_Environ.get'"),
        ],
    )
    def test_what_cannot_be_intercepted(
        self, text: str, module: types.ModuleType, says: str
    ) -> None:
        message = refusal(text, module)
        assert message.startswith(f"mimic_functions: {text!r}: ")
        assert says in message

    def test_a_fixture(self) -> None:
        module = make_module(
            """
            import pytest
            @pytest.fixture
            def bare(): ...
            @pytest.fixture(scope="session")
            def scoped(): ...
            def before(): ...  # as in pytest before 8.4
            before._pytestfixturefunction = object()
            class Tests:
                @pytest.fixture
                def member(self): ...
            """
        )
        for name in ("bare", "scoped", "before", "Tests.member"):
            assert "name the function that the fixture calls" in refusal(f"m:{name}", module)

    def test_a_class_that_only_borrows_the_name_of_fixtures(self) -> None:
        class FixtureFunctionDefinition:
            def __call__(self) -> None: ...

        assert not is_fixture(FixtureFunctionDefinition())

    def test_a_star_on_nothing(self) -> None:
        module = make_module("import json\nclass Class: ...")
        target = Target("m", "*", frozenset(), False, parse_target_line("m:*"))
        assert "the star stands for nothing" in str(absent(target, module))
        assert str(absent(target, module)).endswith("is defined there")
        module = make_module("from json import dumps, loads\nfrom textwrap import dedent")
        assert "what it has is from elsewhere: write 'json:*'" in str(absent(target, module))
        module = make_module("class Class: ...")
        target = Target("m", "Class.*", frozenset(), False, parse_target_line("m:Class.*"))
        assert str(absent(target, module)).endswith("is defined there")
        target = Target("m", "Clas.*", frozenset(), False, parse_target_line("m:Clas.*"))
        assert "m has no 'Clas'; did you mean 'Class'?" in str(absent(target, module))

    def test_what_can_be_intercepted(self) -> None:
        module = make_module(
            """
            import functools
            def function(): ...
            class Text(str):
                def get(self): ...
                prop = property(get)
                static = staticmethod(get)
                callable = functools.partial(get)
            """
        )
        for name in ("function", "Text.get", "Text.prop", "Text.static", "Text.upper"):
            line = parse_target_line(f"m:{name}")
            found = find(module, name)
            assert found
            check_target(expand(line, module)[0], found)

    def test_a_star_never_stands_for_what_is_refused_by_name(self) -> None:
        for module in (contextlib, dt, enum, functools, json, math, os, sys, textwrap):
            line = parse_target_line(f"{module.__name__}:*")
            for target in expand(line, module):
                found = find(module, target.qualname)
                assert found
                check_target(target, found)
