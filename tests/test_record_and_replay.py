"""The main job as a user sees it: name a function, record it, replay it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

SHOP = """
    import asyncio
    from only_live import only_live

    def price(item, currency="EUR", *, discount=0):
        only_live("price")
        if item == "nothing":
            raise KeyError(item)
        return {"item": item, "currency": currency, "price": 100 - discount}

    async def stock(item):
        only_live("stock")
        await asyncio.sleep(0)
        return [item, 3]

    class Till:
        def __init__(self, number):
            self.number = number

        def total(self, *items, **options):
            only_live("total")
            return self.number, items, options

        @classmethod
        def named(cls, name):
            only_live("named")
            return cls, name

        @staticmethod
        def tax(amount):
            only_live("tax")
            return amount * 0.2

        @property
        def report(self):
            only_live("report")
            return f"till {self.number}"
"""


def test_an_argument_goes_with_its_call(project: Project) -> None:
    """It may be large, and garbage is collected rarely where little but arrays is made."""
    project.write(
        {
            "lib.py": "class X:\n    number = 1\n\ndef f(x):\n    return x.number",
            "test_lib.py": """
                import gc, weakref
                import lib

                def test_it():
                    gc.disable()
                    x = lib.X()
                    lib.f(x)
                    there = weakref.ref(x)
                    del x
                    gone = there() is None
                    gc.enable()
                    assert gone
            """,
        }
    )
    project.configure("lib:f")
    project.record(in_process=True).passed(1)
    project.replay(in_process=True).passed(1)


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with one module worth recording, and no tests yet."""
    project.write({"shop.py": SHOP})
    project.configure("shop:price", "shop:stock", "shop:Till.*")
    return project


def test_everything_that_can_be_called_comes_back(shop: Project) -> None:
    shop.write(
        {
            "test_shop.py": """
                import asyncio
                import pytest
                import shop
                from shop import Till, price as cost

                def test_function():
                    found = cost("tea", discount=5)
                    assert found == {"item": "tea", "currency": "EUR", "price": 95}
                    assert shop.price("tea", "EUR", discount=5)["price"] == 95

                def test_exception():
                    with pytest.raises(KeyError, match="nothing") as raised:
                        cost("nothing")
                    assert raised.value.args == ("nothing",)

                def test_coroutine():
                    assert asyncio.run(shop.stock("tea")) == ["tea", 3]

                def test_members():
                    till = Till(7)
                    items = ("tea", "milk")
                    assert till.total(*items, bag=True) == (7, items, {"bag": True})
                    assert Till.named("north") == (Till, "north")
                    assert Till.tax(10) == till.tax(10) == 2.0
                    assert till.report == "till 7"
            """
        }
    )
    recording = shop.record().passed(4)
    assert sorted(recording.live) == sorted(
        ["price", "price", "stock", "total", "named", "tax", "report"]
    )
    assert recording.mimic_lines[0] == "mimic: record, vault .mimic_vault, 3 targets"
    assert recording.mimic_lines[1].startswith("mimic: 2 replayed, 7 recorded; ")
    replay = shop.replay().passed(4)
    assert replay.mimic_lines[0] == "mimic: replay, vault .mimic_vault, 3 targets"
    assert replay.mimic_lines[1].startswith("mimic: 9 replayed; ")
    assert len(replay.mimic_lines) == 2


def test_live_leaves_the_vault_alone(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    assert shop.price('tea')"})
    live = shop.run("--mimic-live").passed(1)
    assert live.live == ["price"]
    assert live.mimic_lines[0] == "mimic: live, vault .mimic_vault, 3 targets"
    assert not shop.vault.exists()


def test_replay_writes_nothing(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    assert shop.price('tea')"})
    run = shop.replay()
    assert run.outcomes == {"failed": 1}
    assert not shop.vault.exists()


def test_a_miss_names_the_call_and_the_command_that_records_it(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    shop.price('tea', discount=5)"})
    run = shop.replay()
    run.has(
        "*MissingRecordingError: *shop:price(*'tea'*discount=5)*",
        "*no recordings*",
        "*pytest --mimic-record test_shop.py::test_it*",
        "mimic: 1 missed",
    )
    assert run.status == 1


def test_a_miss_shows_the_nearest_recording(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    shop.price('tea', discount=5)"})
    shop.record().passed(1)
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    shop.price('tea', discount=6)"})
    shop.replay().has("*discount: recorded 5, called with 6*", "*test_shop.py::test_it*")


@pytest.mark.parametrize(
    "swallow",
    [
        "contextlib.suppress(Exception)",
        "pytest.raises(RuntimeError)",
    ],
)
def test_a_swallowed_miss_fails_its_test(shop: Project, swallow: str) -> None:
    shop.write(
        {
            "test_shop.py": f"""
                import contextlib, pytest, shop

                def test_swallows():
                    with {swallow}:
                        shop.price("tea")

                def test_other():
                    pass
            """
        }
    )
    run = shop.replay()
    assert run.outcomes == {"failed": 1, "passed": 1}
    run.has("*MissingRecordingError: *price*")


def test_a_miss_is_not_hidden_by_a_skip(shop: Project) -> None:
    shop.write(
        {
            "test_shop.py": """
                import pytest, shop

                def test_skips():
                    try:
                        shop.price("tea")
                    except Exception:
                        pytest.skip("the shop is closed")
            """
        }
    )
    run = shop.replay()
    assert run.outcomes == {"failed": 1}
    run.has("*MissingRecordingError*")


def test_a_miss_is_shown_beside_the_failure_it_led_to(shop: Project) -> None:
    shop.write(
        {
            "test_shop.py": """
                import shop

                def test_falls_back():
                    try:
                        found = shop.price("tea")
                    except Exception:
                        found = None
                    assert found, "no price"
            """
        }
    )
    run = shop.replay()
    assert run.outcomes == {"failed": 1}
    run.has("*AssertionError: no price*", "*- mimic -*", "*shop:price(item='tea'*")


@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_a_miss_swallowed_in_a_fixture_fails_it(shop: Project, phase: str) -> None:
    call = "with contextlib.suppress(Exception): shop.price('tea')"
    before, after = (call, "pass") if phase == "setup" else ("pass", call)
    shop.write(
        {
            "test_shop.py": f"""
                import contextlib, pytest, shop

                @pytest.fixture
                def opened():
                    {before}
                    yield
                    {after}

                def test_it(opened):
                    pass
            """
        }
    )
    outcomes = shop.replay().outcomes
    assert outcomes == ({"errors": 1} if phase == "setup" else {"passed": 1, "errors": 1})


@pytest.mark.parametrize("guard", ["", "with contextlib.suppress(Exception):"])
def test_a_miss_while_collecting_is_a_collection_error(shop: Project, guard: str) -> None:
    shop.write(
        {
            "test_shop.py": f"""
                import contextlib, shop

                {guard or "if True:"}
                    PRICE = shop.price("tea")

                def test_it():
                    pass
            """
        }
    )
    run = shop.replay()
    assert run.outcomes == {"errors": 1}
    run.has("*price(item='tea'*")


def test_calls_while_collecting_are_recorded_and_replayed(shop: Project) -> None:
    shop.write(
        {
            "conftest.py": "from shop import price\nFIRST = price('bread')",
            "test_shop.py": """
                import pytest, shop

                @pytest.mark.parametrize("item", [shop.price("tea")])
                def test_it(item):
                    assert item["price"] == 100
            """,
        }
    )
    assert shop.record().passed(1).live == ["price", "price"]
    assert shop.replay().passed(1).mimic_lines[1].startswith("mimic: 2 replayed; ")


def test_an_exception_of_a_failing_test_is_not_kept(shop: Project) -> None:
    shop.write(
        {
            "test_shop.py": """
                import pytest, shop

                def test_fails():
                    shop.price("nothing")

                def test_expects():
                    with pytest.raises(KeyError):
                        shop.price(item="nothing", currency="USD")
            """
        }
    )
    assert shop.record().outcomes == {"failed": 1, "passed": 1}
    assert len(shop.recordings()) == 1
    run = shop.replay()
    assert run.outcomes == {"failed": 1, "passed": 1}
    run.has("*MissingRecordingError*")


def test_a_value_of_a_failing_test_is_kept(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    assert not shop.price('tea')"})
    assert shop.record().outcomes == {"failed": 1}
    assert len(shop.recordings()) == 1


def test_a_call_that_failed_first_and_then_worked_is_recorded_as_it_worked(
    project: Project,
) -> None:
    project.write(
        {
            "net.py": """
                from pathlib import Path
                from only_live import only_live

                def get(url):
                    only_live("get")
                    seen = Path("seen")
                    if not seen.exists():
                        seen.touch()
                        raise ConnectionError("try again")
                    return "page"
            """,
            "test_net.py": """
                import net

                def test_retries():
                    for attempt in range(3):
                        try:
                            assert net.get("u") == "page"
                        except ConnectionError:
                            continue
                        break
                    else:
                        raise AssertionError("never worked")
            """,
        }
    )
    project.configure("net:get")
    assert project.record().passed(1).live == ["get", "get"]
    project.replay().passed(1)


def test_an_outcome_of_pytest_is_not_kept(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import pytest
                from only_live import only_live

                def skips():
                    only_live("skips")
                    pytest.skip("not here")
            """,
            "test_m.py": "import m\ndef test_it():\n    m.skips()",
        }
    )
    project.configure("m:skips")
    run = project.record()
    assert run.outcomes == {"skipped": 1}
    assert not project.recordings()
    run.has("mimic: never recorded, so missed in replay: m:skips ended by Skipped")


def test_a_call_inside_a_recorded_call_is_part_of_it(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def inner(x):
                    only_live("inner")
                    return x + 1

                def outer(x):
                    only_live("outer")
                    return inner(x) * 2
            """,
            "test_m.py": "import m\ndef test_it():\n    assert m.outer(1) == 4",
        }
    )
    project.configure("m:inner", "m:outer")
    assert project.record().passed(1).live == ["outer", "inner"]
    assert [path.parent.name for path in project.recordings()] == ["outer"]
    project.replay().passed(1)


def test_recursion_is_one_recording(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def fact(n):
                    only_live("fact")
                    return 1 if n == 0 else n * fact(n - 1)
            """,
            "test_m.py": "import m\ndef test_it():\n    assert m.fact(5) == 120",
        }
    )
    project.configure("m:fact")
    project.record().passed(1)
    assert len(project.recordings()) == 1
    project.replay().passed(1)


def test_every_replay_is_a_fresh_object(shop: Project) -> None:
    shop.write(
        {
            "test_shop.py": """
                import shop

                def test_it():
                    shop.price("tea")["price"] = 0
                    assert shop.price("tea")["price"] == 100
            """
        }
    )
    shop.record().passed(1)
    shop.replay().passed(1)


def test_ignored_parameters_are_not_part_of_the_key_and_not_in_the_vault(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                class Client:
                    def __init__(self, secret):
                        self.secret = secret
                    def get(self, url, session=None, **options):
                        only_live("get")
                        return url
            """,
            "test_m.py": """
                import os, threading, m

                def test_it():
                    client = m.Client(os.environ.get("WHO", "hush-hush"))
                    assert client.get("u", threading.Lock(), timeout=os.getpid(), deep=1) == "u"
            """,
        }
    )
    project.configure("m:Client.get ignore=self,session,timeout")
    project.record().passed(1)
    project.replay(env={"WHO": "someone else"}).passed(1)
    for file in filter(Path.is_file, project.vault.rglob("*")):
        assert b"hush-hush" not in file.read_bytes()


def test_ignoring_a_parameter_that_is_not_there_is_an_error(shop: Project) -> None:
    shop.configure("shop:price ignore=colour")
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    shop.price('tea')"})
    run = shop.replay()
    assert run.status != 0
    assert "shop:price ignore=colour" in run.stdout + run.stderr


def test_an_argument_that_cannot_be_told_apart_is_refused(shop: Project) -> None:
    shop.write(
        {
            "test_shop.py": """
                import threading, shop

                def test_it():
                    shop.price({"lock": [threading.Lock()]})
            """
        }
    )
    for run in (shop.record(), shop.replay()):
        assert run.outcomes == {"failed": 1}
        run.has("*UnhashableArgumentError*argument 'item' -> ?'lock'??0?*lock*", "*ignore=item*")
    assert not shop.recordings()


def test_an_outcome_that_cannot_be_stored_is_refused(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import threading

                def connect(host):
                    return {"host": host, "guard": threading.Lock()}
            """,
            "test_m.py": "import m\ndef test_it():\n    m.connect('a')",
        }
    )
    project.configure("m:connect")
    run = project.record()
    assert run.outcomes == {"failed": 1}
    run.has("*UnrecordableOutcomeError*guard*lock*")
    assert not project.recordings()


def test_what_pickle_cannot_store_dill_does(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def adder(n):
                    only_live("adder")
                    return lambda x: x + n
            """,
            "test_m.py": "import m\ndef test_it():\n    assert m.adder(2)(3) == 5",
        }
    )
    project.configure("m:adder")
    project.record().passed(1)
    project.replay().passed(1)


def test_the_card_tells_what_the_call_was(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    shop.price('tea', discount=5)"})
    shop.record().passed(1)
    (payload,) = shop.recordings()
    assert payload.parent == shop.vault / "shop" / "price"
    card = json.loads(payload.with_suffix(".json").read_text("utf-8"))
    assert card["format"] == 1
    assert card["target"] == "shop:price"
    assert card["key"] == payload.stem
    assert card["outcome"]["kind"] == "returned"
    assert card["payload"]["bytes"] == payload.stat().st_size
    assert card["test"] == "test_shop.py::test_it"
    assert set(card["arguments"]) == {"item", "currency", "discount"}
    assert card["took"] >= 0
    assert card["source"]
    assert "pickle" in (shop.vault / "README.md").read_text("utf-8")


def test_a_damaged_payload_is_not_believed(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    shop.price('tea')"})
    shop.record().passed(1)
    (payload,) = shop.recordings()
    payload.write_bytes(payload.read_bytes()[:-1] + b"x")
    for run in (shop.replay(), shop.record()):
        assert run.outcomes == {"failed": 1}
        run.has(f"*CorruptRecordingError*{payload.name}*")


def test_the_plugin_can_be_turned_off(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    assert shop.price('tea')"})
    run = shop.run("-pno:mimic", "-pno:pytest_mimic.plugin")
    assert run.outcomes["passed"] == 1
    assert run.live == ["price"]
    assert not run.mimic_lines


def test_a_target_that_was_never_imported_is_named(shop: Project) -> None:
    shop.configure("shop:price", "nowhere:f")
    shop.write({"test_shop.py": "def test_it():\n    pass"})
    run = shop.replay().passed(1)
    (line,) = run.mimic_lines[1:]
    assert "never imported" in line
    assert "shop:price, nowhere:f" in line


def test_flags_come_from_addopts_and_the_environment(shop: Project) -> None:
    shop.write({"test_shop.py": "import shop\ndef test_it():\n    assert shop.price('tea')"})
    shop.run(env={"PYTEST_ADDOPTS": "--mimic-record"}).passed(1)
    shop.replay().passed(1)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_xdist_gives_one_summary(shop: Project, workers: str) -> None:
    shop.write(
        {
            f"test_{number}.py": f"""
                import shop
                def test_it():
                    shop.price({number})
                    shop.price("all")
            """
            for number in range(6)
        }
    )
    recording = shop.record("-n", workers).passed(6)
    assert len(shop.recordings()) == 7
    assert len([line for line in recording.mimic_lines if "recorded" in line]) == 1
    replay = shop.replay("-n", workers).passed(6)
    assert replay.mimic_lines[-1].startswith("mimic: 12 replayed; ")


def test_an_exception_that_an_xfail_mark_names_is_kept_and_no_other(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def f(x):
                    only_live("f")
                    raise ValueError(x)
            """,
            "test_m.py": """
                import pytest, m

                @pytest.mark.xfail(raises=ValueError, strict=True)
                def test_named():
                    m.f("named")

                @pytest.mark.xfail(strict=True)
                def test_bare():
                    m.f("bare")
            """,
        }
    )
    project.configure("m:f")
    assert project.record().outcomes == {"xfailed": 2}
    assert len(project.recordings()) == 1
    run = project.replay()
    assert run.outcomes == {"xfailed": 2}
    assert run.mimic_lines[-1].startswith("mimic: 1 replayed, 1 missed; ")


def test_a_sequence_replays_the_nth_outcome_of_equal_calls(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                STATES = ["queued", "running", "done"]

                def poll(job):
                    only_live("poll")
                    state = STATES.pop(0)
                    if state == "running":
                        raise TimeoutError(state)
                    return state
            """,
            "test_m.py": """
                import pytest, m

                def test_two():
                    assert m.poll(1) == "queued"
                    with pytest.raises(TimeoutError):
                        m.poll(job=1)

                def test_longer():
                    assert m.poll(1) == "queued"
                    with pytest.raises(TimeoutError):
                        m.poll(1)
                    assert m.poll(1) == "done"
            """,
        }
    )
    project.configure("m:poll sequence")
    assert project.record().passed(2).live == ["poll", "poll", "poll"]
    project.replay("--mimic-fail-on-unused").passed(2)
    project.write(
        {
            "test_m.py": """
                import m

                def test_too_many():
                    states = []
                    while len(states) < 5:
                        try:
                            states.append(m.poll(1))
                        except TimeoutError as error:
                            states.append(str(error))
            """
        }
    )
    run = project.replay()
    assert run.outcomes == {"failed": 1}
    run.has("*equal call 4 of its test, and 3 are recorded*")


def test_no_secret_is_on_a_card(project: Project) -> None:
    project.write(
        {
            "m.py": """
                def get_token(user, password, config):
                    return f"tok-{user}"
            """,
            "test_m.py": """
                import m

                def test_it():
                    config = {"host": "h", "api_key": "key-123"}
                    assert m.get_token("ann", "pass-123", config) == "tok-ann"
            """,
        }
    )
    project.configure("m:get_token")
    project.record().passed(1)
    card = project.recordings()[0].with_suffix(".json").read_text("utf-8")
    for secret in ("tok-ann", "pass-123", "key-123"):
        assert secret not in card
    assert card.count("<redacted>") == 3
    project.replay().passed(1)
