"""Every kind of Python function, with every kind of parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Project

KINDS = """
    import types
    from only_live import only_live

    async def later(x):
        only_live("later")
        return [x]

    def counting(n):
        only_live("counting")
        got = []
        try:
            for number in range(n):
                try:
                    got.append((yield number))
                except KeyError as error:
                    got.append(repr(error))
            return got
        finally:
            CLOSED.append("counting")

    async def counting_later(n):
        only_live("counting_later")
        for number in range(n):
            try:
                sent = yield number
                while sent is not None:
                    sent = yield [number, sent]
            except KeyError as error:
                yield repr(error)

    @types.coroutine
    def old(x):
        only_live("old")
        yield
        return [x]

    def parameters(a, /, b, c=3, *rest, d, e=5, **more):
        only_live("parameters")
        return [a, b, c, rest, d, e, more]

    def variadic(*args, **kwargs):
        only_live("variadic")
        return [args, kwargs]

    def odd(values, site, original, original_, live, _original, inner, item, sent, thrown):
        only_live("odd")
        return [values, site, original, original_, live, _original, inner, item, sent, thrown]

    async def odd_stream(inner, item, sent, thrown, /):
        only_live("odd_stream")
        yield [inner, item, sent, thrown]

    def make():
        inner = item = sent = thrown = 0

        async def closed_over():
            nonlocal inner, item, sent, thrown
            only_live("closed_over")
            thrown += 1
            yield [inner, item, sent, thrown]

        return closed_over

    closed_over = make()
    CLOSED = []
"""


def test_kinds(project: Project) -> None:
    project.write(
        {
            "m.py": KINDS,
            "test_kinds.py": """
                import asyncio, inspect
                import pytest
                import m

                def test_coroutine():
                    async def main():
                        task = asyncio.create_task(m.later(1))
                        return await asyncio.gather(task, m.later(2), m.old(3))
                    assert inspect.iscoroutinefunction(m.later)
                    waiting = m.later(1)
                    assert inspect.iscoroutine(waiting)
                    waiting.close()
                    assert asyncio.run(main()) == [[1], [2], [3]]

                def test_generator():
                    assert inspect.isgeneratorfunction(m.counting)
                    assert list(m.counting(3)) == [0, 1, 2]
                    generator = m.counting(4)
                    assert inspect.isgenerator(generator)
                    assert next(generator) == 0
                    assert generator.send("sent") == 1
                    assert generator.throw(KeyError("thrown")) == 2
                    assert next(generator) == 3
                    with pytest.raises(StopIteration) as stop:
                        next(generator)
                    assert stop.value.value == ["sent", repr(KeyError("thrown")), None, None]

                def test_close():
                    generator = m.counting(5)
                    assert next(generator) == 0
                    generator.close()
                    with pytest.raises(StopIteration):
                        next(generator)

                def test_async_generator():
                    async def main():
                        assert [item async for item in m.counting_later(2)] == [0, 1]
                        stream = m.counting_later(3)
                        assert await stream.__anext__() == 0
                        assert await stream.asend("sent") == [0, "sent"]
                        assert await stream.athrow(KeyError("thrown")) == repr(KeyError("thrown"))
                        assert await stream.__anext__() == 1
                        await stream.aclose()
                        with pytest.raises(StopAsyncIteration):
                            await stream.__anext__()
                        assert [item async for item in m.closed_over()] == [[0, 0, 0, 1]]
                        assert [item async for item in m.odd_stream(1, 2, 3, 4)] == [[1, 2, 3, 4]]
                    assert inspect.isasyncgenfunction(m.counting_later)
                    asyncio.run(main())

                def test_parameters():
                    assert m.parameters(1, 2, d=4) == [1, 2, 3, (), 4, 5, {}]
                    assert m.parameters(1, b=2, d=4) == [1, 2, 3, (), 4, 5, {}]
                    assert m.parameters(1, 2, 3, 4, 5, d=6, e=7, f=8, a=9) == [
                        1, 2, 3, (4, 5), 6, 7, {"f": 8, "a": 9}]
                    assert m.variadic() == [(), {}]
                    assert m.variadic(1, self=2) == [(1,), {"self": 2}]
                    assert m.odd(*range(10)) == list(range(10))
            """,
        }
    )
    project.configure("m:*", "m:closed_over")
    run = project.record().passed(5)
    assert sorted(run.live) == sorted(
        ["later"] * 2 + ["counting"] * 3 + ["counting_later"] * 2
        + ["old", "parameters", "parameters", "variadic", "variadic"]
        + ["odd", "odd_stream", "closed_over"]
    )  # fmt: skip
    project.replay().passed(5)
