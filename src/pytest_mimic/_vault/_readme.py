"""What a vault says of itself to whoever opens it."""

from __future__ import annotations

from typing import Final

FOLDER: Final = """\
# What this folder is

Recordings of function calls, made by pytest-mimic: `pytest --mimic-record` ran each call once and
kept what came back, and `pytest` replays it ever after. Keep this folder under version control,
next to the tests that need it.

Every recording is two files, in a folder for its module and one for its function:

- `<key>.json`, the card: what was called with what, by which test, how long it took, and which
  versions were at work. Read it in a review.
- `<key>.pkl`, the payload: what came back. It is a Python pickle.

## Trust

Loading a pickle can run any code. Treat a change in this folder like a change to the code: replay
recordings only from people whose code you would run. The digest in a card shows that a payload was
damaged; it does not show that a payload is harmless.

## Care

- Never edit these files by hand. `pytest --mimic-rerecord` renews them, and
  `pytest --mimic-clear-unused` removes what no test uses any more.
- `python -m pytest_mimic` lists, shows, compares and checks recordings, and
  `python -m pytest_mimic git-setup` lets git show payloads as text, and git LFS keep large ones.
"""

STORE: Final = """\
# What this place is

Recordings of function calls, made by pytest-mimic: `pytest --mimic-record` ran each call once and
kept what came back, and `pytest` replays it ever after.

Every recording is two objects, below the names of its module and of its function:

- `<key>.json`, the card: what was called with what, by which test, how long it took, and which
  versions were at work.
- `<key>-<digest>.pkl`, the payload: what came back. It is a Python pickle.

## Trust

Loading a pickle can run any code. Let nobody write here whose code you would not run. The digest
in a card shows that a payload was damaged; it does not show that a payload is harmless.

## Care

Never edit these objects by hand. `pytest --mimic-rerecord` renews them, and
`pytest --mimic-clear-unused` removes what no test uses any more.
"""
