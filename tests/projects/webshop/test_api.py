import asyncio
import os

import pytest
from shop.aliases import ALIASES
from shop.api import Client, NotInStockError, Reseller, fetch, fetch_later


@pytest.mark.parametrize("how", ALIASES)
def test_alias(how):
    assert ALIASES[how](f"/{how}") == f"you asked for /{how}"


def test_fixture(greeting):
    assert greeting == "you asked for /greeting"


def test_bound_method(bound_method):
    assert bound_method("lamp")["text"] == "you asked for /north/lamp"


def test_method_ignores_who_asks():
    client = Client(token=os.urandom(8))
    assert client.stock("chair") == {
        "item": "chair",
        "warehouse": "north",
        "text": "you asked for /north/chair",
    }
    assert client.stock(item="chair", warehouse="north") == Reseller("other").stock("chair")


def test_table_of_methods():
    from shop.api import HANDLERS

    assert HANDLERS["stock"](Client("x"), "sofa")["text"] == "you asked for /north/sofa"


def test_static_method():
    assert Client.parse("a/b") == Client("x").parse("a/b") == ("a", "b")


def test_class_method():
    assert Client.from_environment("test").token == "test-token"
    assert type(Reseller.from_environment("test")) is Reseller


def test_coroutine():
    async def both():
        return await asyncio.gather(fetch_later("/one"), fetch_later("/two"))

    assert asyncio.run(both()) == ["you asked for /one", "you asked for /two"]


def test_error():
    with pytest.raises(NotInStockError, match="/missing is not in stock") as caught:
        fetch("/missing")
    assert caught.value.path == "/missing"
    assert caught.value.status == 404
