"""Members of classes, however they are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Project

MEMBERS = """
    import dataclasses, functools
    from only_live import only_live

    class Base:
        def __init__(self, n=0):
            self.n = n

        def method(self, x):
            only_live("method")
            return [self.n, x]

        alias = method
        table = {"method": method}

        @classmethod
        def made(cls, x):
            only_live("made")
            return [cls.__name__, x]

        @staticmethod
        def static(x):
            only_live("static")
            return [x]

        @property
        def prop(self):
            only_live("prop")
            return [self.n]

        @prop.setter
        def prop(self, value):
            self.n = value

        @functools.cached_property
        def once(self):
            only_live("once")
            return [self.n]

        def __call__(self, x):
            only_live("call")
            return [self.n, x]

        def __len__(self):
            only_live("len")
            return 7

        def _private(self, __x):
            only_live("private")
            return [__x]

        def __secret(self, x):
            only_live("secret")
            return [x]

        def tell(self, x):
            return self.__secret(x)

        class Nested:
            def method(self, x):
                only_live("nested")
                return [x]

            class Deeper:
                @staticmethod
                def static(x):
                    only_live("deeper")
                    return [x]

    class Child(Base):
        pass

    class Ordinary:
        def inherited(self, x):
            self.log.append(x)
            return [x]

        @classmethod
        def inherited_class(cls, x):
            cls.log.append(x)
            return [x]

        @staticmethod
        def inherited_static(x):
            Ordinary.log.append(x)
            return [x]

        @property
        def inherited_property(self):
            self.log.append("property")
            return ["property"]

        def overridden(self, x):
            self.log.append(x)
            return [x]

        log = []

    class Special(Ordinary):
        def overridden(self, x):
            only_live("overridden")
            return [*super().overridden(x), "more"]

    class Further(Special):
        pass

    class OfBuiltin(list):
        pass

    @dataclasses.dataclass(slots=True)
    class Slotted:
        n: int

        def method(self, x):
            only_live("slotted")
            return [self.n, x]

        def with_class_cell(self, x):
            only_live("cell")
            return [__class__.__name__, x]

    class Early:
        def __init__(self, x):
            self.value = self.load(x)

        def load(self, x):
            only_live("load")
            return [x]

    class Meta(type):
        def method(cls, x):
            only_live("meta")
            return [cls.__name__, x]

        def __call__(cls, *args):
            return super().__call__(*args)

    class Made(metaclass=Meta):
        def own(self, x):
            only_live("own")
            return [x]

    class Plugin:
        registry = {}

        def __init_subclass__(cls, **options):
            super().__init_subclass__(**options)
            Plugin.registry[cls.__name__] = cls, cls.run

    class First(Plugin):
        def run(self, x):
            only_live("run")
            return [x]

    class Constructed:
        def __init__(self, x):
            only_live("init")
            self.x = [x]

        def __eq__(self, other):
            return self.x == other.x

        __hash__ = None
"""


def test_members(project: Project) -> None:
    project.write(
        {
            "m.py": MEMBERS,
            "test_members.py": """
                import m
                from m import Base, Child

                def test_methods():
                    base = Base(3)
                    assert base.method(1) == Base.method(base, 1) == [3, 1]
                    assert base.alias(1) == Base.table["method"](base, 1) == [3, 1]
                    bound = base.method
                    assert bound(1) == [3, 1]
                    assert Base.made(1) == ["Base", 1]
                    assert Child.made(1) == Child().made(1) == ["Child", 1]
                    assert Base.static(1) == base.static(1) == Child.static(1) == [1]

                def test_descriptors():
                    base = Base(3)
                    assert base.prop == base.prop == [3]
                    base.prop = 4
                    assert base.n == 4
                    assert base.once is base.once
                    assert base.once == [4]

                def test_special_and_private():
                    base = Base(3)
                    assert base(1) == [3, 1]
                    assert len(base) == 7
                    assert base._private(5) == base.tell(5) == [5]

                def test_nested():
                    assert Base.Nested().method(1) == [1]
                    assert Base.Nested.Deeper.static(1) == [1]

                def test_the_base_is_left_alone():
                    log = m.Ordinary.log
                    log.clear()
                    assert m.Ordinary().inherited(1) == [1]
                    assert m.Ordinary.inherited_class(2) == [2]
                    assert m.Ordinary.inherited_static(3) == [3]
                    assert m.Ordinary().inherited_property == ["property"]
                    assert log == [1, 2, 3, "property"]

                def test_overridden():
                    assert m.Special().overridden(1) == [1, "more"]
                    assert m.Ordinary().overridden(1) == [1]
                    assert m.Further().overridden(1) == [1, "more"]

                def test_slotted():
                    assert m.Slotted(2).method(1) == [2, 1]
                    assert m.Slotted(2).with_class_cell(1) == ["Slotted", 1]
                    assert m.Slotted.__slots__ == ("n",)

                def test_early_and_meta():
                    assert m.Early(1).value == [1]
                    assert m.Made.method(1) == ["Made", 1]
                    assert m.Made().own(1) == [1]
                    owner, function = m.Plugin.registry["First"]
                    assert function is owner.run is m.First.run
                    assert function(owner(), 1) == [1]

                def test_constructed():
                    assert m.Constructed(1).x == [1]
            """,
        }
    )
    project.configure(
        *("m:Base.method", "m:Base.made", "m:Base.static", "m:Base.prop", "m:Base.once"),
        *("m:Base.__call__", "m:Base.__len__", "m:Base._private", "m:Base.__secret"),
        *("m:Base.Nested.method", "m:Base.Nested.Deeper.static", "m:Special.overridden"),
        *("m:Special.inherited", "m:Special.inherited_class", "m:Special.inherited_static"),
        *(
            "m:Special.inherited_property",
            "m:Slotted.*",
            "m:Early.load",
            "m:Meta.method",
            "m:Made.own",
            "m:First.run",
        ),
        "m:Constructed.__init__",
    )
    run = project.record().passed(9)
    assert sorted(run.live) == sorted(
        [
            *("method", "made", "made", "static", "prop", "once", "call", "len", "private"),
            *("secret", "nested", "deeper", "overridden", "overridden", "slotted", "cell"),
            *("load", "meta", "own", "run", "init"),
        ]
    )
    project.replay().passed(9)


def test_inherited(project: Project) -> None:
    """A target that names the subclass leaves the base, and other subclasses, alone."""
    project.write(
        {
            "m.py": """
                import functools
                from only_live import only_live

                def happens(name, where):
                    if where != "base":
                        only_live(f"{name} of {where}")
                    LOG.append(name)

                LOG = []

                class Base:
                    where = "base"

                    def method(self, x):
                        happens("method", self.where)
                        return [self.where, x]

                    @classmethod
                    def made(cls, x):
                        happens("made", cls.where)
                        return [cls.where, x]

                    @staticmethod
                    def static(x, where="base"):
                        happens("static", where)
                        return [x]

                    @property
                    def prop(self):
                        happens("prop", self.where)
                        return [self.where]

                class Middle(Base):
                    where = "middle"

                class Sub(Middle):
                    where = "sub"

                class Stack(list):
                    pass

                class Other(list):
                    pass
            """,
            "test_m.py": """
                import m

                def test_inherited():
                    m.LOG.clear()
                    for owner in m.Middle, m.Sub:
                        where = owner.where
                        assert owner().method(1) == owner.method(owner(), 1) == [where, 1]
                        assert owner.made(1) == owner().made(1) == [where, 1]
                        assert owner().prop == [where]
                        assert owner.static(1, where) == owner().static(1, where) == [1]
                    for live in m.LOG, []:
                        del live[:]
                    assert m.Base().method(1) == m.Base.made(1) == ["base", 1]
                    assert m.Base().prop == ["base"]
                    assert m.Base.static(1) == [1]
                    assert m.LOG == ["method", "made", "prop", "static"]

                def test_builtin():
                    stack = m.Stack([1, 2])
                    stack.append(3)
                    assert stack == [1, 2, 3]
                    other = m.Other()
                    other.append(3)
                    assert other == [3]
                    assert "append" not in vars(m.Other)
            """,
        }
    )
    project.configure(
        *("m:Middle.method", "m:Middle.made", "m:Middle.static", "m:Middle.prop"),
        "m:Stack.append",
    )
    run = project.record().passed(2)
    assert len(run.live) == 8
    assert "recorded" in run.mimic_lines[1]
    assert len(project.recordings()) == 9
    project.replay().passed(2)
