"""What the tests beside this call: something expensive of each kind."""

import datetime
import itertools
import random

import anyio.lowlevel
from only_live import only_live

PROGRESS = itertools.count()


def weigh(what, grams=1):
    only_live("weigh")
    if grams < 0:
        raise ValueError(f"{what} weighs nothing")
    return {"what": what, "kilos": [grams / 1000, grams], "tags": {"heavy", "light"}}


async def ask(who, about=None):
    only_live("ask")
    await anyio.lowlevel.checkpoint()
    if about is None:
        raise LookupError(who)
    return f"{who}: {about}"


async def words(of):
    only_live("words")
    for word in of.split():
        await anyio.lowlevel.checkpoint()
        yield word


def countdown(start):
    only_live("countdown")
    for number in range(start, 0, -1):
        yield number


def draw(of):
    only_live("draw")
    return of, random.random()


def poll(job):
    only_live("poll")
    return next(PROGRESS)


def now(where):
    only_live("now")
    return datetime.datetime.now(), where


class Scale:
    def __init__(self, name):
        self.name = name
        self.loads = []

    def load(self, grams: int) -> int:
        only_live("Scale.load")
        self.loads.append(grams)
        return len(self.loads)
