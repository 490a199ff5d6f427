"""Keeping secrets out of whatever may be stored, logged or shown."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

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

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def clean(text: str) -> str:
    """The same text without what databases refuse: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """``text``, usually a reply, at most ``LONGEST`` characters of it, without secrets.

    Taken out is the value of every name that means a secret (``token``, ``value``, ``password`` …, in any case),
    of whatever shape, and every occurrence of the given secrets. Everything else stays as it was sent.
    """
    text = _by_name(clean(text))
    for secret in secrets:
        text = _by_text(text, secret.reveal())
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
    result = "".join(pieces)
    return result if _is_json(text) else _LOOSE.sub(rf"\1\2{REDACTED}", result)


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
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for form in {secret, *escaped, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
        text = text.replace(form, REDACTED)
    return text
