"""Keeping secrets out of whatever may be stored, logged or shown."""

import json
import re
from collections.abc import Iterable
from html.entities import codepoint2name
from typing import NoReturn

REDACTED = "<redacted>"
LONGEST = 200_000
"""Characters of a raw reply that are kept."""

# BEX calls the login's token `value`.
_SECRET_NAMES = frozenset({"token", "value", "password", "alternatetoken", "secret", "webhookkey"})
# A whole string, and the colon that makes it a name. It matches at every quote, closed or not, and never goes back:
# a reply of megabytes is read in one pass.
_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)(?:"(\s*+:\s*+)?)?', re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)
_LOOSE = re.compile(
    r"""\b((?:alternate)?token|value|password|secret|webhookkey)\b(["']?\s*[=:]\s*)("[^"]*"?|'[^']*'?|[^\s&<>,;}]+)""",
    re.IGNORECASE,
)
# In words meant for people "value: 500" is an amount and "token: expired" a sentence; only what is long is hidden.
_IN_WORDS = re.compile(
    r"""\b((?:alternate)?token|password|secret|webhookkey)\b(["']?\s*[=:]\s*)(["']?[^\s"']{12,}["']?)""", re.IGNORECASE
)
_SHORTEST_KNOWN = 4  # a shorter secret would be found in any text


class Secret:
    """A text that shows itself to nobody: not in repr, not in str, not in a pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def clean(text: str) -> str:
    """The same text without what databases refuse: NUL, and halves of surrogate pairs."""
    if text.isascii():
        return text.replace("\0", "")  # most of what BEX says
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """``text``, usually a reply, at most ``LONGEST`` characters of it, without secrets.

    Taken out is the value of every name that means a secret (``token``, ``value``, ``password`` …, in any case),
    of whatever shape, and every occurrence of the given secrets. Everything else stays as it was sent.
    """
    text = clean(text)
    named = _by_name(text)
    return _bounded(hide(named if _is_json(text) else _LOOSE.sub(rf"\1\2{REDACTED}", named), secrets))


def redact_words(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The same for a sentence that people are to read: what merely has a name like a secret's stays."""
    return _bounded(hide(_IN_WORDS.sub(rf"\1\2{REDACTED}", _by_name(clean(text))), secrets))


def hide(text: str, secrets: Iterable[Secret]) -> str:
    """``text`` without the given secrets, plain or escaped as JSON, URLs and HTML do."""
    for secret in secrets:
        text = _by_text(text, secret.reveal())
    return text


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def _by_name(text: str) -> str:
    pieces: list[str] = []
    at = 0
    while found := _STRING.search(text, at):
        pieces.append(text[at : found.end()])
        at = found.end()
        if found[2] and _plain(found[1]).lower() in _SECRET_NAMES:
            at = _end_of_value(text, at)
            pieces.append(f'"{REDACTED}"')
    pieces.append(text[at:])
    return "".join(pieces)


def _plain(name: str) -> str:
    try:
        return str(json.loads(f'"{name}"'))
    except ValueError:
        return name


def _end_of_value(text: str, start: int) -> int:
    """Where the JSON value that begins there ends; the end of the text when it is cut or no JSON."""
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return len(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _by_text(text: str, secret: str) -> str:
    if len(secret) < _SHORTEST_KNOWN:
        return text
    text = text.replace(secret, REDACTED)
    if not any(mark in text for mark in "\\%&+"):
        return text  # nothing in it is escaped
    letters = re.findall(r"\\+|[^\\]", secret)
    # A run of backslashes is tried from its beginning only: megabytes of them take one pass, too.
    return re.sub(r"(?<!\\)" + "".join(map(_spellings, letters)), REDACTED, text)


def _spellings(letter: str) -> str:
    r"""A pattern for the letter as itself, as ``\u002b`` or ``\/``, as ``%2B``, as ``&#43;``, ``&#x2b;`` or ``&amp;``.

    Encoders escape more than they must (.NET writes each ``+`` of a token so) and in either case; a text within a
    text has its backslashes doubled. So backslashes are not counted, and never given back.
    """
    if letter.startswith("\\"):
        return r"(?:\\|[uU]005[cC]|%5[cC]|&#0*92;|&#[xX]0*5[cC];){1,64}+"
    wide = letter.encode("utf-16-be", "surrogatepass").hex()
    forms = [
        r"\\*+".join(f"u{_any_case(wide[at : at + 4])}" for at in range(0, len(wide), 4)),
        "".join("%" + _any_case(f"{byte:02x}") for byte in letter.encode("utf-8", "surrogatepass")),
        f"&#0*{ord(letter)};",
        f"&#[xX]0*{_any_case(f'{ord(letter):x}')};",
    ]
    if name := codepoint2name.get(ord(letter)):
        forms.append(f"&{name};")
    if letter in _SHORT_ESCAPES:
        forms.append(_SHORT_ESCAPES[letter])
    return rf"\\*+(?:{'|'.join(forms)}|{re.escape(letter)})"


_SHORT_ESCAPES = {" ": r"\+", "\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


def _any_case(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
