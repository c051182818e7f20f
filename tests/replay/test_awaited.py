"""Coroutines, awaitables, futures, async streams and context managers through the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project
    from tests.replay.conftest import Runs

LOOPLESS = """
    from contextlib import asynccontextmanager, contextmanager
    import anyio
    from only_live import only_live

    async def fetch(x):
        only_live("fetch")
        await anyio.sleep(0.001)
        if x == "bad":
            raise LookupError(x)
        return [x]

    async def fill(target):
        only_live("fill")
        await anyio.sleep(0)
        target.append(1)
        return target

    def soon(x):
        only_live("soon")
        return fetch(x)

    class Later:
        def __init__(self, value):
            self.value = value

        def __await__(self):
            yield from anyio.sleep(0).__await__()
            return self.value

    def later(value):
        only_live("later")
        return Later(value)

    async def ticks(stop):
        only_live("ticks")
        try:
            for number in range(stop):
                await anyio.sleep(0)
                heard = yield [number]
                if heard:
                    yield f"heard {heard}"
        except LookupError as error:
            yield f"caught {error.args[0]}"
        if stop == 4:
            raise OSError(stop, "broken")

    def ticking(stop):
        only_live("ticking")
        return ticks(stop)

    @contextmanager
    def opened(name):
        only_live("opened")
        try:
            yield [name]
        except LookupError:
            pass

    @asynccontextmanager
    async def connected(name):
        only_live("connected")
        await anyio.sleep(0)
        try:
            yield {"name": name}
        except LookupError:
            await anyio.sleep(0)
"""
LOOPLESS_TESTS = """
    import inspect
    import pytest
    from loopless import *

    pytestmark = pytest.mark.anyio

    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(request):
        return request.param

    async def test_coroutines():
        for _ in range(2):
            assert inspect.iscoroutinefunction(fetch)
            waiting = fetch(1)
            assert inspect.iscoroutine(waiting)
            assert await waiting == [1]
            mine = []
            assert await fill(mine) is mine and mine == [1]
            with pytest.raises(LookupError) as info:
                await fetch("bad")
            assert info.value.args == ("bad",)
            fetch("never awaited").close()

    async def test_awaitables():
        for _ in range(2):
            waiting = soon(2)
            assert inspect.iscoroutine(waiting)
            assert await waiting == [2]
            with pytest.raises(LookupError):
                await soon("bad")
            assert await later("v") == "v"

    async def test_streams():
        for _ in range(2):
            assert [item async for item in ticks(2)] == [[0], [1]]
            assert [item async for item in ticking(3)] == [[0], [1], [2]]
            stream = ticks(5)
            assert await stream.__anext__() == [0]
            assert await stream.asend("hello") == "heard hello"
            assert await stream.athrow(LookupError("thrown")) == "caught thrown"
            assert [item async for item in stream] == []
            items = []
            with pytest.raises(OSError) as info:
                async for item in ticks(4):
                    items.append(item)
            assert len(items) == 4 and info.value.errno == 4
            stream = ticks(50)
            async for item in stream:
                break
            await stream.aclose()
            assert item == [0]

    async def test_context_managers():
        for _ in range(2):
            with opened("plain") as found:
                assert found == ["plain"]
            with opened("handled"):
                raise LookupError("handled")
            mine = ZeroDivisionError("mine")
            with pytest.raises(ZeroDivisionError) as info:
                with opened("not handled"):
                    raise mine
            assert info.value is mine
            async with connected("plain") as found:
                assert found == {"name": "plain"}
            async with connected("handled"):
                raise LookupError("handled")
            with pytest.raises(ZeroDivisionError) as info:
                async with connected("not handled"):
                    raise mine
            assert info.value is mine

            @opened("decorator")
            def decorated():
                return 5

            assert decorated() == 5
"""


def test_under_asyncio_and_trio(project: Project, alike: Callable[..., Runs]) -> None:
    pytest.importorskip("anyio")
    pytest.importorskip("trio")
    project.plugins |= {"anyio"}
    alike(
        {"loopless.py": LOOPLESS, "test_loopless.py": LOOPLESS_TESTS},
        *(
            f"loopless:{name}"
            for name in [
                *("fetch", "fill", "soon", "later"),
                *("ticks", "ticking", "opened", "connected"),
            ]
        ),
        tests=8,
    )


ASYNCIO = """
    import asyncio
    import concurrent.futures
    import types
    from contextlib import asynccontextmanager, contextmanager
    from only_live import only_live

    POOL = concurrent.futures.ThreadPoolExecutor(1)

    def promised(x):
        only_live("promised")
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.001, _settle, future, x)
        return future

    def _settle(future, x):
        if x == "bad":
            future.set_exception(LookupError(x))
        else:
            future.set_result([x])

    def started(x):
        only_live("started")
        return asyncio.get_running_loop().create_task(_slowly(x))

    async def _slowly(x):
        await asyncio.sleep(0.001)
        return {"x": x}

    def pooled(x):
        only_live("pooled")
        return POOL.submit(_pooled, x)

    def _pooled(x):
        if x == "bad":
            raise LookupError(x)
        return (x,)

    async def slow(x):
        only_live("slow")
        await asyncio.sleep(0.01)
        return x

    @types.coroutine
    def old_style(x):
        only_live("old_style")
        yield from asyncio.sleep(0).__await__()
        return x

    @contextmanager
    def transaction(log):
        only_live("transaction")
        log.append("begin")
        try:
            yield log
        except KeyError:
            log.append("rollback")
            raise ValueError("translated") from None
        else:
            log.append("commit")

    async def forever():
        only_live("forever")
        await asyncio.sleep(3600)
"""
ASYNCIO_TESTS = """
    import asyncio, concurrent.futures
    import pytest
    from own_loop import *

    def test_futures():
        async def use():
            future = promised(1)
            assert isinstance(future, asyncio.Future)
            assert await future == [1] and future.done() and future.result() == [1]
            with pytest.raises(LookupError):
                await promised("bad")
            assert await asyncio.wait_for(started(2), 5) == {"x": 2}
            assert await old_style(3) == 3
            assert await asyncio.wait_for(slow(4), 5) == 4
        for _ in range(2):
            asyncio.run(use())

    def test_pool():
        for _ in range(2):
            future = pooled(1)
            assert isinstance(future, concurrent.futures.Future)
            assert future.result(5) == (1,)
            done, waiting = concurrent.futures.wait([pooled(1), pooled(2)], 5)
            assert len(done) == 2 and not waiting
            assert isinstance(pooled("bad").exception(5), LookupError)

    def test_context_manager_that_translates():
        for _ in range(2):
            log = []
            with transaction(log) as same:
                assert same is log == ["begin"]
            assert log == ["begin", "commit"]
            log = ["other"]
            with pytest.raises(ValueError, match="translated"):
                with transaction(log):
                    raise KeyError("k")
            assert log == ["other", "begin", "rollback"]
"""


def test_under_asyncio(alike: Callable[..., Runs]) -> None:
    alike(
        {"own_loop.py": ASYNCIO, "test_own_loop.py": ASYNCIO_TESTS},
        *(
            f"own_loop:{name}"
            for name in ["promised", "started", "pooled", "slow", "old_style", "transaction"]
        ),
        tests=3,
    )


def test_a_cancelled_call_is_not_kept(project: Project) -> None:
    project.write(
        {
            "own_loop.py": ASYNCIO,
            "test_own_loop.py": """
                import asyncio
                import pytest
                from own_loop import forever, started

                def test_coroutine():
                    async def use():
                        with pytest.raises(asyncio.TimeoutError):
                            await asyncio.wait_for(forever(), 0.01)
                    asyncio.run(use())

                def test_task():
                    async def use():
                        task = started(1)
                        task.cancel()
                        with pytest.raises(asyncio.CancelledError):
                            await task
                    asyncio.run(use())
            """,
        }
    )
    project.configure("own_loop:forever", "own_loop:started")
    run = project.record().passed(2)
    assert run.live == ["forever", "started"]
    assert not project.recordings()


def test_more_than_an_awaitable(project: Project) -> None:
    """What only some of the clients offer beside it, no recording has."""
    project.configure("client:get")
    project.write(
        {
            "client.py": """
                class Request:
                    method = "GET"

                    def __await__(self):
                        yield from ()
                        return "answer"

                    async def __aenter__(self):
                        return "answer"

                    async def __aexit__(self, *_):
                        pass

                def get():
                    return Request()
            """,
            "test_client.py": """
                import asyncio
                import copy

                from client import get

                async def entered():
                    async with get() as answer:
                        assert answer == "answer"

                def test_entered():
                    asyncio.run(entered())

                def test_looked_at():
                    assert not hasattr(get(), "nothing")
                    assert not hasattr(copy.copy(get()), "nothing")
                    assert get().method == "GET"

                async def awaited():
                    return await get()

                def test_awaited():
                    assert asyncio.run(awaited()) == "answer"
                    assert get().method == "GET"
            """,
        }
    )
    run = project.record(in_process=True)
    assert run.outcomes == {"failed": 3}
    run.has(
        "*UnrecordableOutcomeError: cannot record a client.Request: *uses it with `async with`",
        "*UnrecordableOutcomeError: cannot record a client.Request: *uses its 'method'",
        "*AttributeError: a recording holds what awaiting gives, and no 'method' beside it",
    )
