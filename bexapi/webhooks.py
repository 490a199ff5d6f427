"""What BEX's webhook sender sends: whether it is BEX's, and what its echo wants.

The sender is Microsoft's ASP.NET WebHooks (section 8 of the notes on the API). A delivery is signed over its raw
bytes: verify them before anything parses them, and never a re-serialised body.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

HEADER = "ms-signature"
SHORTEST_SECRET, LONGEST_SECRET = 32, 64
_HEADER_FORM = re.compile(r"\s*sha256\s*=\s*([0-9a-fA-F]{64})\s*", re.ASCII)
_ECHO_FORM = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)


class MalformedSignature(ValueError):
    """No ``ms-signature`` header, more than one, or none of its form: answer 400."""


def new_secret() -> str:
    """64 ASCII characters, the most that the sender takes. A secret."""
    return secrets.token_hex(LONGEST_SECRET // 2)


def sign(secret: str, body: bytes) -> str:
    """The header's value for this body: HMAC-SHA256 keyed with the secret's UTF-8 bytes, in upper-case hex."""
    return f"sha256={_digest(secret, body).hex().upper()}"


def is_signed(body: bytes, headers: Sequence[str], secret: str) -> bool:
    """Whether these raw bytes were signed with the secret, compared in constant time.

    ``headers``: every value of ``ms-signature`` that came. Raises MalformedSignature; ValueError for a secret that
    BEX would not take: whoever lost it would otherwise let in what anybody can sign.
    """
    if isinstance(headers, (str, bytes)):
        raise TypeError("headers is a sequence of values: one request may carry the header twice")
    if len(headers) != 1:
        raise MalformedSignature(f"{len(headers)} {HEADER} headers where one is wanted")
    form = _HEADER_FORM.fullmatch(headers[0])
    if form is None:
        raise MalformedSignature(f"{HEADER} is not of the form sha256=<64 hex digits>")
    return hmac.compare_digest(bytes.fromhex(form[1]), _digest(secret, body))


def echo_answer(echo: str) -> str | None:
    """The whole text/plain body that answers ``GET …?echo=…`` while a subscription is being registered.

    None where it is no echo of the sender's: answer 400, so that nothing else is ever reflected.
    """
    return echo if _ECHO_FORM.fullmatch(echo) else None


def _digest(secret: str, body: bytes) -> bytes:
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise ValueError(f"a webhook's secret has {SHORTEST_SECRET} to {LONGEST_SECRET} characters")
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()
