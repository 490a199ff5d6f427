"""What an HTTP reply means: a result, a refusal, a request to wait, or nothing that can be relied upon."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TypeVar

from bexapi.errors import BexBusy, BexError, BexOutcomeUnknown, BexRejected, BexUnreachable
from bexapi.redaction import Secret, clean, redact, redact_words
from bexapi.seam import MaybeSent, NotSent, WireResponse
from bexapi.wire import Fields, decimal, decode, loads

T = TypeVar("T")
E = TypeVar("E", bound=BexError)

TOO_MANY_REQUESTS = 429
REFUSING = frozenset({401, 403, 404, 405, 413, 414, 415, 431})
"""Statuses after which nothing was booked. Of every other but 2xx and 429 that is not known."""
_LONGEST_WAIT = 24 * 3600.0


class Raw:
    """A reply as it was sent, without secrets. They are taken out when somebody reads it, for most are never read."""

    def __init__(self, text: str, secrets: Sequence[Secret]) -> None:
        self._kept = Secret(text)
        self._secrets = tuple(secrets)

    @cached_property
    def text(self) -> str:
        return redact(self._kept.reveal(), self._secrets)


@dataclass(frozen=True)
class Answer:
    """A reply's body, read. ``base``: its JSON object, None when it is none. ``ex``: the refusal or warning in it."""

    body: bytes = field(repr=False)
    base: Fields | None = field(repr=False)
    ex: str = field(repr=False)
    raw: Raw = field(repr=False)
    cut_short: str = ""
    said: str = field(default="", repr=False)
    """Words that the server's framework put in place of a refusal of BEX's own."""

    @classmethod
    def of(cls, response: WireResponse, secrets: Sequence[Secret]) -> "Answer":
        if is_pdf(response.body):
            return cls(response.body, None, "", Raw("", ()), response.cut_short)
        text = decode(response.body)
        base = _base(text, secrets)
        ex = redact_words(_ex(base), secrets) if base else ""
        said = redact_words(base.text("Message"), secrets) if base else ""
        return cls(response.body, base, ex, Raw(text, secrets), response.cut_short, said)

    def raw_without(self, secret: str) -> str:
        """``raw`` without a secret that came in this very answer."""
        return redact(self.raw.text, [Secret(secret)])

    def base_text_named_like(self, part: str) -> str:
        return self.base.text_named_like(part) if self.base else ""


def is_pdf(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-")


def _base(text: str, secrets: Sequence[Secret]) -> Fields | None:
    try:
        value = loads(text)
    except ValueError:
        return None
    return Fields(value, secrets) if isinstance(value, dict) else None


def _ex(base: Fields) -> str:
    """Only a text is a refusal: ``false``, 0 or an object in its place must not pass for "not booked"."""
    value = base.value("ex")
    return clean(value).strip() if isinstance(value, str) else ""


@dataclass(frozen=True)
class Call:
    """What was asked of whom, and how long it took, for the error that may come of it."""

    operation: str
    host: str
    elapsed: float = 0.0

    def error(self, kind: type[E], reason: str, status: int | None = None, raw: str = "") -> E:
        return kind(reason, operation=self.operation, host=self.host, elapsed=self.elapsed, status=status, raw=raw)


def unanswered(outcome: NotSent | MaybeSent, call: Call, secrets: Sequence[Secret]) -> BexError:
    """The error for a call to which no answer came."""
    kind = BexUnreachable if isinstance(outcome, NotSent) else BexOutcomeUnknown
    return call.error(kind, redact(outcome.reason, secrets))


def judge(
    response: WireResponse,
    read: Callable[[Answer], T | None],
    call: Call,
    secrets: Sequence[Secret],
    refusing: frozenset[int] = frozenset(),
) -> T | BexError:
    """The result that ``read`` finds in the reply, or the error that it means. ``refusing``: further statuses that
    are a refusal of this very call.

    Outside 2xx the status decides, whatever the body says: who answers 500 may have booked before it broke, though
    its body hold an ``ex``. Within 2xx the body decides, for BEX answers 200 also when it refused.
    """
    answer = Answer.of(response, secrets)
    status = response.status
    if status == TOO_MANY_REQUESTS:
        busy = call.error(BexBusy, "BEX asks to wait (HTTP 429)", status, answer.raw.text)
        busy.retry_after = retry_after(response.header("Retry-After"), datetime.now(UTC))
        return busy
    if status in REFUSING or status in refusing:
        return _rejected(answer, call, f"refused (HTTP {status})", status)
    if not 200 <= status <= 299:
        return call.error(BexOutcomeUnknown, f"no usable answer (HTTP {status})", status, answer.raw.text)
    result = read(answer)
    if result is not None:
        return result
    if answer.ex:
        return _rejected(answer, call, "refused by BEX", status)
    return call.error(BexOutcomeUnknown, _why_unusable(answer), status, answer.raw.text)


def _rejected(answer: Answer, call: Call, reason: str, status: int) -> BexRejected:
    rejected = call.error(BexRejected, reason, status, answer.raw.text)
    rejected.message = answer.ex or answer.said
    return rejected


def _why_unusable(answer: Answer) -> str:
    if answer.cut_short:
        return answer.cut_short
    if not answer.body.strip():
        return "the reply is empty"
    if answer.base is None:
        return "the reply cannot be read"
    return "the reply holds neither a result nor a refusal"


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds to wait as the header says, a number or a date; None when it says nothing that makes sense."""
    seconds = decimal(header.strip()) if header.strip() else None
    if seconds is not None:
        wait = float(seconds)
    else:
        try:
            date = parsedate_to_datetime(header)
        except (TypeError, ValueError, OverflowError, IndexError):  # its parser raises all of them
            return None
        wait = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(max(wait, 0.0), _LONGEST_WAIT)
