"""How a call is made, whichever client makes it: sent, judged, recorded, without a secret in any frame."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from bexapi.answer import Answer, Call, judge, unanswered
from bexapi.base_url import checked_base_url
from bexapi.clock import Deadline, Timeouts
from bexapi.errors import BexBusy, BexError
from bexapi.redaction import Secret
from bexapi.seam import MaybeSent, NotSent, Transport, WireRequest, WireResponse
from bexapi.transport import DEFAULT_TRANSPORT

log = logging.getLogger("bexapi")
T = TypeVar("T")

LARGEST_JSON = 5_000_000
"""Bytes of a reply beyond which reading stops."""
FRESH_CONNECTION = frozenset({"submit_waybill", "register_webhook"})
"""Not safe to repeat: nothing of an earlier call may make it unclear whether they were sent."""
Header = tuple[str, Secret]


@dataclass(frozen=True)
class CallRecord:
    """One call, for metrics. ``elapsed`` in seconds; ``error``: the name of the error's class, None for success;
    ``retry_after``: for how many seconds BEX asked to wait, None where it did not.
    """

    operation: str
    host: str
    elapsed: float
    status: int | None
    error: str | None
    retry_after: float | None = None


Told = Callable[[CallRecord], None]
Gate = Callable[[str], AbstractContextManager[Told]]
"""Entered before each call with its operation, and left after it. It may wait, for the call's own time begins after it,
or raise BexBusy: then nothing was sent. What it gives is told of the call.
"""


def open_gate(operation: str) -> AbstractContextManager[Told]:
    return nullcontext(lambda record: None)


class Caller:
    """One endpoint of BEX, and what is kept out of everything that may be read. Clients are made of it."""

    def __init__(
        self,
        base_url: str,
        *,
        known: Sequence[Secret],
        timeouts: Timeouts,
        transport: Transport | None,
        on_call: Told | None,
        gate: Gate | None,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self.host = urlsplit(self.base_url).netloc
        self.timeouts = timeouts
        self._known = tuple(known)
        self._transport = transport or DEFAULT_TRANSPORT
        self._on_call = on_call
        self._gate = gate or open_gate

    def __repr__(self) -> str:
        # A traceback may show one whose arguments were wrong and that was never finished.
        return f"{type(self).__name__}({getattr(self, 'base_url', '')!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds secrets and is not pickled; make one where it is needed")

    def _call(
        self,
        operation: str,
        path: str,
        body: Secret,
        read: Callable[[Answer], T | None],
        *,
        header: Header | None = None,
        deadline: Deadline | None = None,
        max_bytes: int = LARGEST_JSON,
        secrets: Sequence[Secret] = (),
        refusing: frozenset[int] = frozenset(),
    ) -> T:
        """Sends, judges, records. Errors are raised here only, where no variable holds a secret in clear.

        ``refusing``: statuses that are a refusal of this call, beside those that always are.
        """
        known = [*self._known, *secrets]
        with self._gate(operation) as told:
            request = self._request(operation, path, body, header, deadline, max_bytes)
            started = time.monotonic()
            response = self._send(request)
            call = Call(operation, self.host, time.monotonic() - started)
            if isinstance(response, WireResponse):
                result = judge(response, read, call, known, refusing)
            else:
                result = unanswered(response, call, known)
            self._record(call, response, result, told)
        if isinstance(result, BexError):
            raise result
        return result

    def _request(
        self, operation: str, path: str, body: Secret, header: Header | None, deadline: Deadline | None, max_bytes: int
    ) -> WireRequest:
        return WireRequest(
            method="POST",
            url=self.base_url + path,
            headers=_headers(header),
            body=body.reveal().encode(),
            timeouts=self.timeouts,
            deadline=deadline or Deadline.after(self.timeouts.deadline),
            fresh_connection=operation in FRESH_CONNECTION,
            max_bytes=max_bytes,
        )

    def _send(self, request: WireRequest) -> WireResponse | NotSent | MaybeSent:
        try:
            return self._transport(request)
        except (NotSent, MaybeSent) as failure:
            # Handed back, not chained: its traceback leads to frames that hold the request.
            return failure.with_traceback(None)

    def _record(self, call: Call, response: WireResponse | NotSent | MaybeSent, result: object, told: Told) -> None:
        status = response.status if isinstance(response, WireResponse) else None
        error = type(result).__name__ if isinstance(result, BexError) else None
        log.info(
            "%s at %s: %s, HTTP %s, %.2f s", call.operation, call.host, error or "done", status or "-", call.elapsed
        )
        retry_after = result.retry_after if isinstance(result, BexBusy) else None
        record = CallRecord(call.operation, call.host, call.elapsed, status, error, retry_after)
        told(record)
        if self._on_call is not None:
            self._on_call(record)


def _headers(header: Header | None) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json, application/pdf",
        "Accept-Encoding": "identity",  # so that the bound on a reply's size bounds what it unpacks to
        "User-Agent": "bexportal",
    }
    if header is not None:
        headers[header[0]] = header[1].reveal()
    return headers


def secret_of(text: str | None) -> Secret | None:
    if text is not None and not isinstance(text, str):
        raise TypeError("a token is a text")
    text = (text or "").strip()
    return Secret(text) if text else None


def check_header_value(secret: Secret | None, what: str) -> None:
    """Raises ValueError for what cannot stand in a header, without saying what it is."""
    if secret is not None and not all("!" <= letter <= "~" for letter in secret.reveal()):
        raise ValueError(f"{what} consists of visible ASCII letters, digits and signs")
