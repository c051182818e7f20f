"""The card: what one recording is, as readable JSON that a pull request can be reviewed by."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pytest_mimic._outline import legible
from pytest_mimic._vault._json import indented
from pytest_mimic.errors import CorruptRecordingError

FORMAT: Final = 1

REMEDY: Final = "Record it anew with --mimic-rerecord, or restore it from version control."

# Objects of our own: code under test may have put a mock in the place of json.loads.
_DECODER: Final = json.JSONDecoder()
# What JSON lets stand around a value.
_SPACE: Final = " \t\n\r"
_KEY: Final = re.compile(r"[0-9a-f]{32}")
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_CONFLICT: Final = re.compile(rb"^(<{7}|={7}|>{7})", re.MULTILINE)
_OUTCOME_KINDS: Final = ("returned", "raised", "streamed")
_TEXT: Final = frozenset({str})
# Seconds and bytes with which any arithmetic is possible: the world's age, and all that is stored.
_LONGEST: Final = 1e18
_LARGEST: Final = 1 << 62


class Payload(NamedTuple):
    """What a card says of the file beside it.

    Args:
        bytes: The file's length.
        digest: The xxh3-128 digest of its contents, 32 hex digits.
    """

    bytes: int
    digest: str


class Card(NamedTuple):
    """One recording's card.

    Args:
        target: The target's configured name, ``module:qualname``.
        key: The call's key, 32 hex digits.
        arguments: An outline of every argument that is not ignored.
        outcome: ``kind`` (returned, raised or streamed) and whatever outline tells of it.
        effects: The paths of what the call changed in place.
        took: Seconds that the live call took.
        python: The version of the Python that recorded it.
        distributions: Versions of the distributions that the recording depends on.
        source: Digest of the target's own code; None where it has none.
        test: The node id of the test that recorded it, or where else that was.
        payload: What to expect in the payload's file; None until that is written.
        format: The number of the card's format.
    """

    target: str
    key: str
    arguments: Mapping[str, Any]
    outcome: Mapping[str, Any]
    effects: Sequence[str]
    took: float
    python: str
    distributions: Mapping[str, str]
    source: str | None
    test: str
    payload: Payload | None = None
    format: int = FORMAT

    def to_json(self) -> bytes:
        """Return the card's file: equal cards give equal bytes.

        Returns:
            Indented JSON with sorted keys, in UTF-8, ending with a newline.
        """
        fields = self._asdict()
        if self.payload is not None:
            fields["payload"] = {"bytes": self.payload.bytes, "digest": self.payload.digest}
        fields["effects"] = list(self.effects)
        text = indented(fields)
        # A lone surrogate has no UTF-8; written as an escape it is still the same JSON string.
        return (text + "\n").encode("utf-8", "backslashreplace")

    @classmethod
    def from_json(cls, data: bytes, path: str, target: str | None, key: str) -> Card:
        """Read a card's file, and believe nothing of it that is not checked.

        Args:
            data: The file's contents.
            path: The file's path, for errors.
            target: The target that the card must be of; None for any.
            key: The key that the file's name states.

        Returns:
            The card, complete.

        Raises:
            CorruptRecordingError: It is no card, of another call, or of a later format.
        """
        try:
            text = data.decode().strip(_SPACE)
            fields, end = _DECODER.raw_decode(text)
        except (ValueError, RecursionError):
            raise _no_json(data, path) from None
        if end < len(text):
            raise _no_json(data, path)
        _check_fields(fields, path)
        if fields["key"] != key:
            raise damaged(path, f"it is the card of another call, {fields['key']}")
        if target is not None and fields["target"] != target:
            raise damaged(path, f"it is the card of another target, {fields['target']}")
        payload = fields["payload"]
        return cls(
            fields["target"],
            key,
            fields["arguments"],
            fields["outcome"],
            tuple(fields["effects"]),
            fields["took"],
            fields["python"],
            fields["distributions"],
            fields["source"],
            fields["test"],
            Payload(payload["bytes"], payload["digest"]),
        )

    def legible(self) -> Card:
        """Return the card with a sign in the place of what it tells of the call in no form."""
        return self._replace(arguments=legible(self.arguments), outcome=legible(self.outcome))


def goes_beyond(card: Card, old: Card) -> bool:
    """Tell whether a recorded stream goes on where another one of the same call was left.

    Args:
        card: The card of the one.
        old: The card of the other.
    """
    reach, known = _reach(card), _reach(old)
    return reach is not None and known is not None and not known[1] and reach > known


def _reach(card: Card) -> tuple[int, bool] | None:
    """Give how many items a stream was asked for, and whether it ended there."""
    items, left = card.outcome.get("items"), card.outcome.get("left")
    return (items, not left) if type(items) is int and type(left) is bool else None


def is_key(text: str) -> bool:
    """Tell whether a text can be a key: 32 lower-case hex digits."""
    return _KEY.fullmatch(text) is not None


def damaged(
    path: str, what: str, remedy: str = REMEDY, *, lost: bool = True
) -> CorruptRecordingError:
    """Make the error for a file of the vault that is not believed.

    Args:
        path: The file.
        what: What is wrong with it.
        remedy: What to do now.
        lost: Whether nothing but recording anew, or an older copy, mends it.

    Returns:
        The error, to be raised.
    """
    return CorruptRecordingError(f"damaged recording {path}: {what}\n{remedy}", lost=lost)


def lfs_pointer(path: str) -> CorruptRecordingError:
    """Make the error for a git LFS pointer that stands where the file itself should.

    Args:
        path: The file.

    Returns:
        The error, to be raised.
    """
    return CorruptRecordingError(
        f"{path} is not here yet: it is a git LFS pointer\n"
        "Fetch the file itself: run git lfs pull (in CI, check out with LFS on).",
        lost=False,
    )


def is_lfs_pointer(data: bytes) -> bool:
    """Tell whether a file that begins like this is a git LFS pointer."""
    return data.startswith(_LFS_POINTER)


def lfs_pointer_text(data: bytes) -> str | None:
    """Give what a git LFS pointer says; None for what is none.

    Args:
        data: The contents of a file.
    """
    return data.decode("utf-8", "replace").rstrip() if is_lfs_pointer(data) else None


def _no_json(data: bytes, path: str) -> CorruptRecordingError:
    if is_lfs_pointer(data):
        return lfs_pointer(path)
    if not data.strip():
        return damaged(path, "the card is empty")
    if _CONFLICT.search(data):
        remedy = f"Take one side of the merge for both the card and its payload. {REMEDY}"
        return damaged(path, "the card holds git's conflict markers", remedy, lost=False)
    return damaged(path, "the card is not JSON")


def _is_payload(value: Any) -> bool:
    length, digest = value.get("bytes"), value.get("digest")
    is_length = type(length) is int and 0 <= length <= _LARGEST
    return is_length and type(digest) is str and is_key(digest)


def _are_texts(values: Iterable[object]) -> bool:
    return set(map(type, values)) <= _TEXT


# What each field has to be: its type, and what else has to be true of it.
_FIELDS: Final[tuple[tuple[str, tuple[type, ...], Callable[[Any], bool] | None], ...]] = (
    ("target", (str,), None),
    ("key", (str,), None),
    ("arguments", (dict,), None),
    ("outcome", (dict,), lambda value: value.get("kind") in _OUTCOME_KINDS),
    ("effects", (list,), _are_texts),
    ("took", (float, int), lambda value: 0 <= value <= _LONGEST),
    ("python", (str,), None),
    ("distributions", (dict,), lambda value: _are_texts(value.values())),
    ("source", (str, type(None)), None),
    ("test", (str,), None),
    ("payload", (dict,), _is_payload),
)


def _check_fields(fields: object, path: str) -> None:
    if type(fields) is not dict:
        raise damaged(path, "the card is not a JSON object")
    number = fields.get("format")
    if type(number) is not int or number < 1:
        raise damaged(path, "the card does not say its format")
    if number > FORMAT:
        raise damaged(
            path,
            f"the card has format {number}, and this pytest-mimic reads formats up to {FORMAT}",
            "Upgrade pytest-mimic, or record it anew with --mimic-rerecord.",
            lost=False,
        )
    for name, kinds, is_sound in _FIELDS:
        if name not in fields:
            raise damaged(path, f"the card lacks {name!r}")
        value = fields[name]
        if type(value) not in kinds or not (is_sound is None or is_sound(value)):
            raise damaged(path, f"the card's {name!r} is not what it should be")
