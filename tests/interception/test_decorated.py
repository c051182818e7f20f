"""Targets under decorators, and decorators that are none of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project
    from tests.interception.conftest import Intercepted

DECORATED = """
    import asyncio, contextlib, functools, typing
    from only_live import only_live

    @functools.lru_cache(maxsize=None)
    def cached(x):
        only_live("cached")
        return [x]

    @functools.cache
    def also_cached(x):
        only_live("also_cached")
        return [x]

    @contextlib.contextmanager
    def opened(x):
        only_live("opened")
        yield [x]

    @contextlib.asynccontextmanager
    async def opened_later(x):
        only_live("opened_later")
        yield [x]

    @functools.singledispatch
    def dispatched(x):
        only_live("dispatched")
        return ["any", x]

    @dispatched.register
    def _(x: int):
        only_live("dispatched int")
        return ["int", x]

    def bare(function):
        def inner(*args, **kwargs):
            return function(*args, **kwargs)
        return inner

    @bare
    def without_wraps(x):
        only_live("without_wraps")
        return [x]

    @bare
    def neighbour(x):
        return [x, object()]

    def polite(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return [*function(*args, **kwargs), "wrapped"]
        return wrapper

    @polite
    def with_wraps(x, y=2, *, z=3):
        only_live("with_wraps")
        return [x, y, z]

    @polite
    def polite_neighbour(x):
        return [x, object()]

    class Counting:
        def __init__(self, function):
            functools.update_wrapper(self, function)
            self.function = function
            self.count = 0

        def __call__(self, *args):
            self.count += 1
            return self.function(*args)

    @Counting
    def counted(x):
        only_live("counted")
        return [x]

    @Counting
    def counted_neighbour(x):
        return [x, object()]

    class App:
        def __init__(self):
            self.routes = {}

        def route(self, path):
            def register(function):
                self.routes[path] = function
                return function
            return register

    app = App()

    @app.route("/")
    def index(x):
        only_live("index")
        return [x]

    @typing.overload
    def overloaded(x: int) -> int: ...
    @typing.overload
    def overloaded(x: str) -> str: ...
    def overloaded(x):
        only_live("overloaded")
        return [x]

    if len("conditional") > 3:
        def conditional(x):
            only_live("conditional")
            return [x, "first"]
    else:
        def conditional(x):
            return [x, "second"]

    def repeated(x):
        return "never"

    first_repeated = repeated

    def repeated(x):
        only_live("repeated")
        return [x]

    by_hand = lambda x: only_live("by_hand") or [x]

    def make():
        total = 0

        def add(x):
            nonlocal total
            only_live("add")
            total += x
            return [total]

        def total_so_far():
            return total

        return add, total_so_far

    counter, counter_total = make()
"""
NAMES = [
    *("cached", "also_cached", "opened", "opened_later", "dispatched", "without_wraps"),
    *("with_wraps", "counted", "app_index", "overloaded", "conditional", "repeated", "by_hand"),
    "counter",
]


def test_decorated(project: Project) -> None:
    project.write(
        {
            "m.py": DECORATED,
            "test_decorated.py": """
                import asyncio, inspect
                import m

                def test_lru_cache():
                    for function in m.cached, m.also_cached:
                        function.cache_clear()
                        assert function(1) == [1]
                        assert function(1) is function(1)
                        assert function.cache_info().hits == 2
                        assert function.cache_info().misses == 1
                        function.cache_clear()
                        assert function(1) == [1]
                        assert function.cache_info().currsize == 1

                def test_context_managers():
                    with m.opened(1) as value:
                        assert value == [1]

                    async def main():
                        async with m.opened_later(1) as value:
                            assert value == [1]
                    asyncio.run(main())

                    @m.opened(2)
                    def decorated():
                        return 3
                    assert decorated() == 3

                def test_singledispatch():
                    assert m.dispatched(1.5) == ["any", 1.5]
                    assert m.dispatched(1) == ["int", 1]
                    assert set(m.dispatched.registry) == {object, int}

                def test_wrappers():
                    assert m.without_wraps(1) == [1]
                    assert m.with_wraps(1) == m.with_wraps(x=1, z=3) == [1, 2, 3, "wrapped"]
                    assert m.neighbour(1) != m.neighbour(1)
                    assert m.polite_neighbour(1) != m.polite_neighbour(1)

                def test_class_as_decorator():
                    assert isinstance(m.counted, m.Counting)
                    assert m.counted(1) == [1]
                    assert m.counted.__name__ == "counted"
                    assert m.counted_neighbour(1) != m.counted_neighbour(1)

                def test_registry():
                    assert m.app.routes["/"] is m.index
                    assert m.app.routes["/"](1) == [1]

                def test_definitions():
                    assert m.overloaded(1) == [1]
                    assert m.conditional(1) == [1, "first"]
                    assert m.repeated(1) == [1]
                    assert m.first_repeated(1) == "never"
                    assert m.by_hand(1) == [1]

                def test_closure():
                    assert m.counter(1) == [1]
                    assert m.counter.__code__.co_freevars == ("total",)
            """,
        }
    )
    project.configure(*(f"m:{name.replace('app_', '')}" for name in NAMES))
    run = project.record().passed(8)
    assert sorted(run.live) == sorted(
        # The context manager was opened twice, with another argument.
        ["add", "index", "dispatched int", "opened", *set(NAMES) - {"app_index", "counter"}]
    )
    project.replay().passed(8)


def test_lazy_decorators(project: Project) -> None:
    """Decorators that give their function other code at its first call."""
    project.write(
        {
            "m.py": """
                import functools
                from only_live import only_live

                class Lazily:
                    def __init__(self, function):
                        self.function = function

                        def stub(*args, __lazily=None, **kwargs):
                            return Lazily.compile(__lazily)(*args, **kwargs)

                        functools.update_wrapper(stub, function)
                        stub.__kwdefaults__ = {"_Lazily__lazily": stub}
                        stub.lazily = self
                        self.stub = stub

                    @staticmethod
                    def compile(stub):
                        names = {"function": stub.lazily.function}
                        exec("def compiled(x): return function(x) + ['compiled']", names)
                        stub.__globals__["function"] = names["function"]
                        stub.__defaults__ = stub.__kwdefaults__ = None
                        stub.__code__ = names["compiled"].__code__
                        return stub

                def lazily_compiled(function):
                    return Lazily(function).stub

                @lazily_compiled
                def f(x):
                    only_live("f")
                    return [x]
            """,
            "test_m.py": """
                import m
                def test_it():
                    for _ in range(3):
                        assert m.f(1) == [1, "compiled"]
                    assert m.f(2) == [2, "compiled"]
            """,
        }
    )
    project.configure("m:f")
    assert project.record().passed(1).live == ["f", "f"]
    project.replay().passed(1)


UNIVERSAL = """
    class Universal:
        '''Decorates all that there is, as wrapt's do: bound, it calls what was bound.'''
        {slots}
        def __init__(self, wrapped): object.__setattr__(self, "__wrapped__", wrapped)
        def __get__(self, instance, owner=None):
            bound = self.__wrapped__.__get__(instance, owner)
            return lambda *args: ["decorated", *bound(*args)]
        def __call__(self, *args): return ["decorated", *self.__wrapped__(*args)]
    class Shop:
        @Universal
        def method(self, x): return [x]
        @Universal
        @classmethod
        def of_class(cls, x): return [x]
        @Universal
        @staticmethod
        def static(x): return [x]
        @Universal
        def _private(self): return []
        neighbour = Universal(len)
"""


@pytest.mark.parametrize("slots", ["", "__slots__ = ('__wrapped__',)"])
def test_decorators_of_everything(intercepted: Intercepted, slots: str) -> None:
    module = intercepted.module(UNIVERSAL.format(slots=slots), "m:Shop.*")
    shop = module.Shop()
    for call in (shop.method, shop.of_class, module.Shop.of_class, shop.static, module.Shop.static):
        assert call(1) == ["decorated", 1]
    names = ["m:Shop.method", *["m:Shop.of_class"] * 2, *["m:Shop.static"] * 2]
    assert intercepted.calls == names
    assert intercepted.values[1:] == [(module.Shop, 1), (module.Shop, 1), (1,), (1,)]


OTHER_WAYS = """
    import functools, types
    class Keeps:
        '''Keeps whom it was looked up on, and calls nothing but itself.'''
        def __init__(self, function): self.function, self.held = function, None
        def __get__(self, instance, owner):
            self.held = instance
            return self
        def __call__(self, *args): return self.function(self.held, *args)
    class Binds:
        def __init__(self, function): self.function = function
        def __get__(self, instance, owner): return types.MethodType(self.function, instance)
        def __call__(self): raise TypeError("only in classes")
    class Fills:
        def __init__(self, function): functools.update_wrapper(self, function)
        def __get__(self, instance, owner): return functools.partial(self, instance)
        def __call__(self, *args): return self.__wrapped__(*args)
    class Shop:
        def __init__(self, name): self.name = name
        @Keeps
        def kept(self, x): return [self.name, x]
        @Binds
        def binds(self, x): return [self.name, x]
        @Fills
        def filled(self, x): return [self.name, x]
"""


def test_decorators_that_bind_in_ways_of_their_own(intercepted: Intercepted) -> None:
    module = intercepted.module(OTHER_WAYS, "m:Shop.kept", "m:Shop.binds", "m:Shop.*")
    before = vars(module.Shop)["filled"]
    shops = module.Shop("a"), module.Shop("b")
    for shop in shops:
        assert shop.kept(1) == shop.binds(1) == shop.filled(1) == [shop.name, 1]
    assert intercepted.calls == ["m:Shop.kept", "m:Shop.binds", "m:Shop.filled"] * 2
    # Where a signature says what the arguments are called, the call is known by that.
    assert intercepted.values == [
        values for shop in shops for values in [((shop, 1), {}), ((shop, 1), {}), (shop, 1)]
    ]
    intercepted.stop()
    assert vars(module.Shop)["filled"] is not before
    assert type(vars(module.Shop)["filled"]) is module.Fills


def test_decorators_that_leave_one_instance(intercepted: Intercepted) -> None:
    m = intercepted.module(
        """
        import functools

        def instance(kind):
            return kind()

        def single(kind):
            @functools.wraps(kind)
            @functools.cache
            def get():
                return kind()
            return get

        @instance
        class Settings:
            def load(self, x):
                return [x]

        @single
        class Client:
            def fetch(self, x):
                return [x]

            def post(self, x):
                return [x]

        class Holder:
            @instance
            class inner:
                def load(self, x):
                    return [x]
        """,
        *("m:Settings.load", "m:Client.*", "m:Holder.inner.load"),
    )
    assert m.Settings.load(1) == m.Holder.inner.load(1) == [1]
    assert m.Client().fetch(1) == m.Client().post(1) == [1]
    expected = ["m:Settings.load", "m:Holder.inner.load", "m:Client.fetch", "m:Client.post"]
    assert intercepted.calls == expected
