"""What a call changed in its caller's objects, and what it gave back of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project
    from tests.replay.conftest import Runs

CHANGES = """
    import array, collections
    from only_live import only_live

    class Plain:
        def __init__(self):
            self.weights = None
            self.steps = []

        def fit(self, data):
            only_live("fit")
            self.weights = [sum(data)]
            self.steps.append("fitted")
            return self

    class Slots:
        __slots__ = ("a", "b")

        def __init__(self):
            self.a = 1

        def move(self):
            only_live("move")
            self.b = self.a
            del self.a

    class Stated:
        def __init__(self):
            self._inner = [1]

        def __getstate__(self):
            return {"inner": list(self._inner)}

        def __setstate__(self, state):
            self._inner = list(state["inner"])

        def grow(self):
            only_live("grow")
            self._inner.append(2)

    def built_in(a_list, a_dict, a_set, a_deque, a_bytearray, an_array):
        only_live("built_in")
        a_list[1:] = ["x"]
        a_list.append([])
        del a_dict["old"]
        a_dict["new"] = {"deep": 1}
        a_set.add("s")
        a_set.discard("old")
        a_deque.appendleft(0)
        a_bytearray.extend(b"yz")
        an_array.append(3.5)

    def inner(cfg):
        only_live("inner")
        cfg["layers"].append(3)
        cfg["deep"][0]["x"].add(9)
        return cfg["layers"]

    def setdefault(found, name):
        only_live("setdefault")
        return found.setdefault(name, [])

    def twice(x):
        only_live("twice")
        return [x, x, [x]]

    def shared():
        only_live("shared")
        one = {"n": 1}
        return [one, one]

    def nothing(x):
        only_live("nothing")
        x.append(1)
        x.pop()
        return len(x)

    def swap(pair):
        only_live("swap")
        pair[0], pair[1] = pair[1], pair[0]
        return pair[0]

    def fails(x):
        only_live("fails")
        x.append("tried")
        raise LookupError(x)

    def keywords(*args, **options):
        only_live("keywords")
        args[0].append(len(options))
        options["into"].update(options["more"])
        return options["into"]
"""

TESTS = """
    import array, collections, copy
    import pytest
    import changes
    from changes import Plain, Slots, Stated

    def test_built_in():
        for _ in range(2):
            inner = ["kept"]
            given = (
                [inner, 2], {"old": 1, "same": inner}, {"old"}, collections.deque([1], maxlen=2),
                bytearray(b"x"), array.array("d", [1.0]),
            )
            alias = list(given)
            changes.built_in(*given)
            assert given[0] == [inner, "x", []] and given[0][0] is inner
            assert given[1] == {"same": inner, "new": {"deep": 1}} and given[1]["same"] is inner
            assert given[2] == {"s"}
            assert given[3] == collections.deque([0, 1]) and given[3].maxlen == 2
            assert given[4] == b"xyz"
            assert given[5].tolist() == [1.0, 3.5]
            assert all(one is other for one, other in zip(given, alias))

    def test_inner():
        for _ in range(2):
            layers, deep = [1, 2], {8}
            cfg = {"layers": layers, "deep": [{"x": deep}]}
            assert changes.inner(cfg) is layers is cfg["layers"]
            assert layers == [1, 2, 3]
            assert deep == {8, 9} and cfg["deep"][0]["x"] is deep

    def test_objects():
        for _ in range(2):
            plain = Plain()
            steps = plain.steps
            assert plain.fit([1, 2]) is plain
            assert plain.weights == [3]
            assert steps == ["fitted"] and plain.steps is steps
            slots = Slots()
            slots.move()
            assert slots.b == 1 and not hasattr(slots, "a")
            stated = Stated()
            stated.grow()
            assert stated._inner == [1, 2]

    def test_identity():
        for _ in range(2):
            found = {"a": [1]}
            mine = found["a"]
            assert changes.setdefault(found, "a") is mine
            new = changes.setdefault(found, "b")
            assert new == [] and found["b"] is new
            x = [1]
            got = changes.twice(x)
            assert got[0] is got[1] is got[2][0] is x
            one, other = changes.shared()
            assert one is other
            first, second = object.__new__(Plain), Plain()
            first.x, second.x = 1, 2
            pair = [first, second]
            assert changes.swap(pair) is second
            assert pair[0] is second and pair[1] is first

    def test_fresh():
        results = [changes.shared() for _ in range(3)]
        results[0].append("mine")
        results[0][0]["n"] = 2
        assert results[1] == results[2] == changes.shared() == [{"n": 1}, {"n": 1}]

    def test_nothing_changed():
        assert changes.nothing([1]) == 1

    def test_changed_though_it_failed():
        for _ in range(2):
            x = []
            with pytest.raises(LookupError) as raised:
                changes.fails(x)
            assert x == ["tried"]
            assert raised.value.args[0] is x

    def test_keywords():
        for _ in range(2):
            mine, into = [], {"a": 1}
            assert changes.keywords(mine, into=into, more={"b": 2}) is into
            assert mine == [2] and into == {"a": 1, "b": 2}
"""


def test_changes_and_identity(alike: Callable[..., Runs]) -> None:
    runs = alike(
        {"changes.py": CHANGES, "test_changes.py": TESTS},
        "changes:*",
        "changes:Plain.fit",
        "changes:Slots.move",
        "changes:Stated.grow",
        tests=8,
    )
    assert len(runs.live.live) > len(runs.record.live)
    assert len(set(runs.live.live)) == len(set(runs.record.live)) == 12


ARRAYS = """
    import numpy as np
    import pandas as pd
    from only_live import only_live

    def scale(x):
        only_live("scale")
        x *= 2
        return x[0]

    def reshape(x):
        only_live("reshape")
        x.shape = (3, 2)

    def resize(x):
        only_live("resize")
        x.resize(6, refcheck=False)

    def fields(x):
        only_live("fields")
        x["b"][1] = 7.5

    def objects(x):
        only_live("objects")
        x[1] = {"new": x[0]}

    def view(x):
        only_live("view")
        x[::2] = -1

    def frame(df):
        only_live("frame")
        df["c"] = df["a"] + 1
        df.drop(columns="b", inplace=True)
        df.loc[0, "a"] = 10
        return df

    def series(s):
        only_live("series")
        s.iloc[0] = 5.5
        s.name = "renamed"

    def index(df):
        only_live("index")
        df.index = ["x", "y"]
        df.columns.name = "cols"
"""
ARRAY_TESTS = """
    import numpy as np
    import pandas as pd
    import arrays

    def test_arrays():
        for _ in range(2):
            x = np.arange(4.0).reshape(2, 2)
            row = arrays.scale(x)
            assert x.tolist() == [[0, 2], [4, 6]] and row.tolist() == [0, 2]
            x = np.arange(6)
            arrays.reshape(x)
            assert x.shape == (3, 2)
            x = np.arange(3)
            arrays.resize(x)
            assert x.tolist() == [0, 1, 2, 0, 0, 0]
            x = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
            arrays.fields(x)
            assert x["b"].tolist() == [0, 7.5]
            inner = [1]
            x = np.array([inner, None], dtype=object)
            arrays.objects(x)
            assert x[1] == {"new": [1]} and x[1]["new"] is x[0] is inner
            base = np.arange(8)
            arrays.view(base[2:6])
            assert base.tolist() == [0, 1, -1, 3, -1, 5, 6, 7]

    def test_frames():
        for _ in range(2):
            df = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
            assert arrays.frame(df) is df
            pd.testing.assert_frame_equal(df, pd.DataFrame({"a": [10, 2], "c": [2, 3]}))
            s = pd.Series([1.0, 2.0], name="s")
            arrays.series(s)
            assert s.tolist() == [5.5, 2.0] and s.name == "renamed"
            df = pd.DataFrame({"a": [1, 2]})
            arrays.index(df)
            assert list(df.index) == ["x", "y"] and df.columns.name == "cols"
"""


def test_arrays_and_frames(alike: Callable[..., Runs]) -> None:
    alike(
        {"arrays.py": ARRAYS, "test_arrays.py": ARRAY_TESTS},
        "arrays:*",
        tests=2,
        filterwarnings="ignore",  # numpy would rather not have a shape set
    )


def test_a_change_that_cannot_be_replayed_is_an_error_that_names_the_path(
    project: Project,
) -> None:
    project.write(
        {
            "m.py": """
                import threading

                class Client:
                    def __init__(self):
                        self.state = {}

                def connect(client):
                    client.state["lock"] = threading.Lock()
                    return 1
            """,
            "test_m.py": """
                import m

                def test_it():
                    m.connect(m.Client())
            """,
        }
    )
    project.configure("m:connect")
    run = project.record()
    assert run.outcomes == {"failed": 1}
    run.has("*UnrecordableOutcomeError*client*state*lock*")
    assert not list(project.vault.rglob("*.pkl")) + list(project.vault.rglob("*.json"))
    assert not list(project.vault.rglob("*.part"))


def test_what_happens_to_an_ignored_argument_stays_out_of_the_vault(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def log(client, message):
                    only_live("log")
                    client.append(message)
                    return client, message
            """,
            "test_m.py": """
                import os
                import m

                def test_it():
                    mine = []
                    assert m.log(mine, "hello")[0] is mine
                    assert mine == ([] if "FORBID_LIVE" in os.environ else ["hello"])
            """,
        }
    )
    project.configure("m:log ignore=client")
    project.record().passed(1)
    project.replay().passed(1)


COMPUTED = """
    import functools
    from only_live import only_live
    class Listed:
        def __init__(self, of): self.of = of
    class Graph:
        def __init__(self):
            self.edges = {"a": ["b"]}
            self.name = "g"
        @functools.cached_property
        def listed(self): return Listed(self.edges)
        @functools.cached_property
        def first(self): return self.listed
    def look(graph):
        only_live("look")
        return len(graph.listed.of), graph.first.of is graph.edges
    def edges(graph):
        only_live("edges")
        return graph.edges
    def listing(graph):
        only_live("listing")
        return graph.first
    def connect(graph):
        only_live("connect")
        graph.listed.of["a"].append("c")
        return graph.edges["a"]
"""
COMPUTED_TESTS = """
    import computed as m
    def test_computed_by_a_call_before():
        graph = m.Graph()
        assert m.look(graph) == (1, True)
        assert m.edges(graph) is graph.edges is graph.listed.of
    def test_computed_by_the_test_before():
        graph = m.Graph()
        assert graph.first.of is graph.edges
        assert m.listing(graph) is graph.first
        assert m.connect(graph) is graph.edges["a"] is graph.listed.of["a"]
        assert graph.edges == {"a": ["b", "c"]}
    def test_computed_by_the_call_itself():
        graph = m.Graph()
        assert m.connect(graph) is graph.edges["a"] is graph.listed.of["a"]
        assert m.listing(graph) is graph.first is graph.listed
    def test_never_computed():
        graph = m.Graph()
        assert m.listing(graph) is graph.first
"""


def test_what_objects_compute_of_themselves(alike: Callable[..., Runs]) -> None:
    """Equal arguments need not have computed the same before the call."""
    alike({"computed.py": COMPUTED, "test_computed.py": COMPUTED_TESTS}, "computed:*", tests=4)


def test_what_a_target_computes_is_an_effect_of_the_call_that_needs_it(project: Project) -> None:
    project.configure("estimate:Model.*")
    project.write(
        {
            "estimate.py": """
                import functools
                import threading

                from only_live import only_live

                class Model:
                    def __init__(self, size):
                        self.size, self.calls = size, 0

                    @functools.cached_property
                    def weights(self):
                        only_live("weights")
                        return [1] * self.size

                    @functools.cached_property
                    def lock(self):  # no recording holds it, and nobody but the calls needs it
                        only_live("lock")
                        return threading.Lock()

                    def predict(self):
                        only_live("predict")
                        with self.lock:
                            return sum(self.weights)

                    def count(self):
                        only_live("count")
                        with self.lock:
                            self.calls += 1
            """,
            "test_estimate.py": """
                from estimate import Model

                def test_after():
                    model = Model(2)
                    assert model.predict() == 2
                    assert model.weights == [1, 1]

                def test_before():
                    model = Model(2)
                    weights = model.weights
                    assert model.predict() == 2
                    assert model.weights is weights

                def test_with_another_change():
                    model = Model(3)
                    model.count()
                    model.predict()
                    assert (model.calls, model.weights) == (1, [1, 1, 1])
            """,
        }
    )
    project.record(in_process=True).passed(3)
    project.replay().passed(3)
    project.run("--mimic-verify", "test_estimate.py::test_before", in_process=True).passed(1)


def test_a_method_of_a_test_case_as_a_callback(project: Project) -> None:
    """What a test case is counts, and changes; what runs its test does neither."""
    project.configure("ascent:climb")
    project.write(
        {
            "ascent.py": """
                from only_live import only_live

                def climb(step, times):
                    only_live("climb")
                    return [step(each) for each in range(times)], step.__self__
            """,
            "test_ascent.py": """
                import unittest

                import ascent

                class TestAscent(unittest.TestCase):
                    def setUp(self):
                        self.first = self.second = self.seen = 0
                        self.addCleanup(self.note, 0)

                    def note(self, step):
                        # Another order of the attributes, too.
                        self.seen, first = self.seen + step, self.first
                        del self.first
                        self.first = first + 1
                        return self.seen

                    def test_a(self):
                        found, itself = ascent.climb(self.note, 3)
                        assert (found, self.seen, self.first) == ([0, 1, 3], 3, 3)
                        assert itself is self

                    def test_b(self):
                        assert ascent.climb(self.note, times=3)[0] == [0, 1, 3]
                        self.assertEqual((self.seen, self.second), (3, 0))
            """,
        }
    )
    run = project.record(in_process=True)
    run.passed(2)
    assert run.live == ["climb"]
    project.replay(in_process=True).passed(2)


def test_elements_and_keys_that_are_told_by_what_they_are(project: Project) -> None:
    """Their class says when two are equal; they are the caller's own all the same."""
    project.write(
        {
            "pool.py": """
                from typing import NamedTuple
                from only_live import only_live

                class Task:
                    def __init__(self, number):
                        self.number, self.state, self.log = number, "new", []

                    def __eq__(self, other):
                        return isinstance(other, Task) and other.number == self.number

                    def __hash__(self):
                        return hash(self.number)

                class Span(NamedTuple):
                    begin: int
                    data: list

                    def __hash__(self):
                        return hash(self.begin)

                class Twin:
                    pass

                class Pool:
                    def __init__(self):
                        self.waiting = {Task(1), Task(2)}
                        self.costs = {Task(3): 5, Task(4): 6}
                        self.spans = {Span(1, []), Span(2, [])}
                        self.twins = {Twin(): 7, Twin(): 8}

                    def pick(self):
                        only_live("pick")
                        spans = {span.begin: span for span in self.spans}
                        return [min(self.waiting, key=hash), max(self.costs, key=hash), spans[1]]

                    def later(self):
                        only_live("later")
                        return max(self.twins, key=self.twins.get)

                    def start(self):
                        only_live("start")
                        for task in [*self.waiting, *self.costs]:
                            task.state = "done"
                        return self
            """,
            "test_pool.py": """
                from pool import Pool

                def test_pick():
                    pool = Pool()
                    task, key, span = pool.pick()
                    task.log.append("seen")
                    key.state = "seen"
                    span.data.append("seen")
                    assert [each.log for each in sorted(pool.waiting, key=hash)] == [["seen"], []]
                    assert [each.state for each in pool.costs] == ["new", "seen"]
                    assert [each.data for each in sorted(pool.spans)] == [["seen"], []]

                def test_later():
                    pool = Pool()
                    assert pool.twins[pool.later()] == 8

                def test_start():
                    pool = Pool()
                    assert pool.start() is pool
                    assert {each.state for each in [*pool.waiting, *pool.costs]} == {"done"}
            """,
        }
    )
    project.configure("pool:Pool.*")
    project.record(in_process=True).passed(3)
    project.replay(in_process=True).passed(3)


def test_what_was_computed_on_demand_and_is_kept_together(project: Project) -> None:
    """As pandas and statsmodels do. What a replayed call computed of its argument, nobody has."""
    project.write(
        {
            "groups.py": """
                from only_live import only_live

                class cache_readonly:
                    def __init__(self, compute):
                        self.compute = compute

                    def __get__(self, groups, kind):
                        kept = vars(groups).setdefault("_cache", {})
                        name = self.compute.__name__
                        if name not in kept:
                            kept[name] = self.compute(groups)
                        return kept[name]

                class Groups:
                    def __init__(self, *names):
                        self.names = names

                    @cache_readonly
                    def index(self):
                        return sorted(self.names)

                def first(groups):
                    only_live("first")
                    return groups.index[0]

                def index(groups):
                    only_live("index")
                    return groups.index

                def rename(groups, *names):
                    only_live("rename")
                    groups.names = names
                    groups._cache.clear()
            """,
            "test_groups.py": """
                from groups import Groups, first, index, rename

                def test_it():
                    groups = Groups("b", "a")
                    assert first(groups) == "a"
                    assert index(groups) is groups.index
                    assert groups.index == ["a", "b"]
                    rename(groups, "d", "c")
                    assert groups.index == ["c", "d"]

                def test_before():
                    groups = Groups("f", "e")
                    assert groups.index == ["e", "f"]
                    rename(groups, "d", "c")
                    assert groups.index == ["c", "d"]

                def test_without():
                    groups = Groups("g", "h")
                    first(groups)
                    rename(groups, "d", "c")
                    assert groups.index == ["c", "d"]
            """,
        }
    )
    project.configure("groups:first", "groups:index", "groups:rename")
    project.record(in_process=True).passed(3)
    project.replay(in_process=True).passed(3)
