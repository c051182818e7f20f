"""Every common way to hold on to a function that lives elsewhere."""

import functools
import importlib
from concurrent.futures import ThreadPoolExecutor

import shop.api
import shop.api as renamed_module
from shop import api
from shop.api import *
from shop.api import fetch as star_is_shadowed
from shop.api import fetch, fetch as renamed
from . import api as relative_module
from .api import fetch as relative


def default_argument(path, how=fetch):
    return how(path)


def inner_import(path):
    from shop.api import fetch as local

    return local(path)


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def closure(function):
    return lambda path: function(path)


class Holder:
    attribute = staticmethod(fetch)
    method_table = {"fetch": fetch}  # noqa: RUF012 - as users write

    def __init__(self):
        self.bound = fetch


class Proxy:
    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        return getattr(self._module, name)


def in_a_thread(path):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(fetch, path).result()


ALIASES = {
    "from_import": fetch,
    "from_import_as": renamed,
    "star_import": globals()["fetch"],
    "dotted_import": lambda path: shop.api.fetch(path),
    "module_as": lambda path: renamed_module.fetch(path),
    "from_package": lambda path: api.fetch(path),
    "relative": relative,
    "relative_module": lambda path: relative_module.fetch(path),
    "import_module": importlib.import_module("shop.api").fetch,
    "getattr": getattr(api, "fetch"),
    "vars": vars(api)["fetch"],
    "handlers": api.HANDLERS["fetch"],
    "default_argument": default_argument,
    "inner_import": inner_import,
    "partial": functools.partial(fetch, retries=2),
    "decorated": logged(fetch),
    "lru_cache": functools.lru_cache(fetch),
    "closure": closure(fetch),
    "class_attribute": Holder.attribute,
    "class_table": Holder.method_table["fetch"],
    "instance_attribute": Holder().bound,
    "proxy": Proxy(api).fetch,
    "map": lambda path: next(map(fetch, [path])),
    "thread": in_a_thread,
}
