import pytest
from shop.api import Client, fetch  # bound before any test module, and before most plugins

BOUND_METHOD = Client("conftest").stock


@pytest.fixture(scope="session")
def greeting():
    return fetch("/greeting")


@pytest.fixture
def bound_method():
    return BOUND_METHOD
