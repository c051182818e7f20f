"""Tell what looks like a secret: by its name, and by what a text says of itself.

It errs on the side of redacting: `max_tokens` is redacted because `token` is in it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

# Looked for in a name without its case and without whatever separates its words.
_PARTS: Final = re.compile(
    "pass(?:word|wd|phrase|code|wort)|kennwort|pwd|secret|token|apikey|authori[sz]ation|oauth"
    "|credential|bearer|cookie|jwt|[cx]srf|sessionid|connectionstring"
    "|(?:private|access|auth|session|sign(?:ing)?|encryption|shared|master|account|storage|client)key"
    "|(?:user|db|database|smtp|ftp|ssh|admin|root|proxy|login|mail)pass"
)
# Looked for as whole words only: "author" and "bypass" are no secrets.
_WORDS: Final = frozenset({"auth", "creds", "cred", "pw", "pass", "otp", "pin"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")
# "pass" and "pin" have other meanings as parts of longer names (forward_pass, pin_memory).
_ALONE_ONLY: Final = frozenset({"pass", "pin"})

_LONGEST_NAME: Final = 200
# How far a text is read.
LONGEST_TEXT: Final = 200_000
_TEXT: Final = re.compile(
    r"""
    ://[^/\s:@]*:[^/\s@]+@                                  # a URL with a password
    | (?:pass[_-]?(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|authori[sz]ation
        |credential|(?:private|access|account|auth)[_-]?key|cookie)[\w-]*
      \\?["']?\s*(?:=|:|=>)\s*\S                            # name=value, "name": "value"
    | \bbearer\s+[\w.~+/=-]*\d[\w.~+/=-]*
    | ^\s*basic\s+[a-z0-9+/]{6,}={0,2}\s*$
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY
    | \b(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|akia[0-9a-z]{16}
        |xox[abeoprs]-[\w-]{10,}|eyj[\w-]{10,}\.[\w-]{10,})
    """,
    re.IGNORECASE | re.VERBOSE,
)


def looks_secret(name: str) -> bool:
    """Tell whether a value of this name may be a secret.

    Args:
        name: The name of a parameter, an attribute, a key, a column, a header.

    Returns:
        Whether a word for a secret is in it, in any case and with any separators.
    """
    return _is_secret(name[:_LONGEST_NAME])


# Calls and records repeat their names.
@functools.lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    plain = unicodedata.normalize("NFKC", name)
    joined = _NO_LETTER.sub("", plain.lower())
    if _PARTS.search(joined):
        return True
    words = {word.lower() for word in _WORD.findall(plain)}
    return bool(words & (_WORDS - _ALONE_ONLY)) or joined in _ALONE_ONLY


def tells_secret(text: str) -> bool:
    """Tell whether a text seems to hold a secret: a header, a query, a URL, a key.

    Args:
        text: Any text; a very long one is not read to its end.

    Returns:
        Whether it does.
    """
    return _TEXT.search(text, 0, LONGEST_TEXT) is not None
