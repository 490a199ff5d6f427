"""The client: BEX's calls as methods."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from bexapi import documents, login, quoting, tracking, waybill_v4
from bexapi.answer import Answer, Call, judge, unanswered
from bexapi.base_url import checked_base_url
from bexapi.clock import Deadline, Timeouts
from bexapi.errors import BexBusy, BexError
from bexapi.redaction import Secret
from bexapi.seam import MaybeSent, NotSent, Transport, WireRequest, WireResponse
from bexapi.transport import DEFAULT_TRANSPORT
from bexapi.wire import dumps

log = logging.getLogger("bexapi")
T = TypeVar("T")

LARGEST_JSON = 5_000_000
LARGEST_PDF = 20_000_000
"""Bytes of a reply beyond which reading stops."""


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


def _open_gate(operation: str) -> AbstractContextManager[Told]:
    return nullcontext(lambda record: None)


class BexClient:
    """One identity at one endpoint of BEX.

    ``base_url``: https, or http for loopback hosts. ``token``: for quotes and waybills. ``alternate_token``: for
    documents. ``transport``: the HTTP seam, a function. ``on_call``: told of every call; it must not raise. ``gate``:
    bounds how many calls are made at a time, see ``Gate``.

    Every method raises a ``BexError`` (see ``bexapi.errors``), or ValueError and TypeError for arguments that
    cannot be sent. ``deadline`` bounds a call as a whole, name look-up included; without one the call gets
    ``timeouts.deadline`` seconds. Safe to share between threads and to use after a fork.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        alternate_token: str | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        transport: Transport | None = None,
        on_call: Told | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._token = _secret(token)
        self._alternate_token = _secret(alternate_token)
        del token, alternate_token  # tracebacks that show variables shall not show them
        _check_token(self._token)
        _check_token(self._alternate_token)
        self.base_url = checked_base_url(base_url)
        self.host = urlsplit(self.base_url).netloc
        self.timeouts = timeouts
        self._transport = transport or DEFAULT_TRANSPORT
        self._on_call = on_call
        self._gate = gate or _open_gate

    def __repr__(self) -> str:
        # A traceback may show one whose arguments were wrong and that was never finished.
        return f"BexClient({getattr(self, 'base_url', '')!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds secrets and is not pickled; make one where it is needed")

    def login(
        self,
        username: str,
        password: str,
        *,
        prefer_alternate_token: bool = False,
        deadline: Deadline | None = None,
    ) -> login.Login:
        """A token for a user name and a password; the alternate one, for documents, if asked."""
        secret = Secret(password)
        del password  # tracebacks that show variables shall not show it
        if not _texts(username, secret.reveal()):
            raise TypeError("a user name and a password are texts")
        wire = Secret(dumps(login.to_wire(username, secret, prefer_alternate_token=prefer_alternate_token)))
        return self._call("login", login.PATH, wire, login.read, deadline=deadline, secrets=[secret])

    def quote(self, request: quoting.QuoteRequest, *, deadline: Deadline | None = None) -> quoting.QuoteReply:
        """The service options and their prices, at least one."""
        wire = Secret(dumps(request.to_wire()))
        return self._call("quote", quoting.PATH, wire, quoting.read, token=self._need_token(), deadline=deadline)

    def submit_waybill(
        self, request: waybill_v4.WaybillRequest, *, deadline: Deadline | None = None
    ) -> waybill_v4.WaybillReply:
        """Books. After BexOutcomeUnknown it may have booked: look the attempt's reference up, do not send again.

        ``deadline``: started before the caller committed its claim, so that a late sender sends nothing.
        """
        wire = Secret(dumps(request.to_wire()))
        return self._call(
            "submit_waybill", waybill_v4.PATH, wire, waybill_v4.read, token=self._need_token(), deadline=deadline
        )

    def track(self, items: Sequence[str], *, deadline: Deadline | None = None) -> tracking.TrackingReply:
        """What BEX knows of at most ten waybill numbers. Anonymous. Shipments with other numbers are ``foreign``."""
        wire = Secret(dumps(tracking.to_wire(items)))
        numbers = tuple(items)
        return self._call(
            "track", tracking.PATH, wire, lambda answer: tracking.read(answer, numbers), deadline=deadline
        )

    def find_by_reference(self, reference: str, *, deadline: Deadline | None = None) -> tracking.TrackingReply:
        """Every shipment that carries this reference, whatever its number. Alone in its call: BEX does not say
        which item matched. Anonymous.
        """
        wire = Secret(dumps(tracking.to_wire([reference])))
        return self._call(
            "find_by_reference", tracking.PATH, wire, lambda answer: tracking.read(answer, None), deadline=deadline
        )

    def download_ewaybill(self, number: str, *, deadline: Deadline | None = None) -> bytes:
        """The A4 waybill as PDF."""
        if not number.strip() or "," in number:
            raise ValueError("an e-waybill is asked for by one number")
        return self._download("download_ewaybill", documents.EWAYBILL_PATH, {"waybillNumber": number}, deadline)

    def download_labels(self, numbers: Sequence[str], *, deadline: Deadline | None = None) -> bytes:
        """A PDF of labels, 10.08 × 14.98 cm each, of waybills or single parcels by their numbers."""
        if isinstance(numbers, str) or not numbers or any("," in number or not number.strip() for number in numbers):
            raise ValueError("labels need numbers, none blank, none with a comma")
        wire = {"waybillNumbers": ",".join(numbers)}
        return self._download("download_labels", documents.LABELS_PATH, wire, deadline)

    def _download(self, operation: str, path: str, wire: Mapping[str, str], deadline: Deadline | None) -> bytes:
        if self._alternate_token is None:
            raise ValueError("documents need the alternate token, and this client has none")
        body = Secret(dumps({"token": self._alternate_token.reveal(), **wire}))
        return self._call(operation, path, body, documents.read, deadline=deadline, max_bytes=LARGEST_PDF)

    def _need_token(self) -> Secret:
        if self._token is None:
            raise ValueError("this call needs a token, and this client has none")
        return self._token

    def _call(
        self,
        operation: str,
        path: str,
        body: Secret,
        read: Callable[[Answer], T | None],
        *,
        token: Secret | None = None,
        deadline: Deadline | None = None,
        max_bytes: int = LARGEST_JSON,
        secrets: Sequence[Secret] = (),
    ) -> T:
        """Sends, judges, records. Errors are raised here only, where no variable holds a secret in clear."""
        known = [secret for secret in (self._token, self._alternate_token, *secrets) if secret is not None]
        with self._gate(operation) as told:
            request = self._request(operation, path, body, token, deadline, max_bytes)
            started = time.monotonic()
            response = self._send(request)
            call = Call(operation, self.host, time.monotonic() - started)
            if isinstance(response, WireResponse):
                result = judge(response, read, call, known)
            else:
                result = unanswered(response, call, known)
            self._record(call, response, result, told)
        if isinstance(result, BexError):
            raise result
        return result

    def _request(
        self, operation: str, path: str, body: Secret, token: Secret | None, deadline: Deadline | None, max_bytes: int
    ) -> WireRequest:
        return WireRequest(
            method="POST",
            url=self.base_url + path,
            headers=_headers(token),
            body=body.reveal().encode(),
            timeouts=self.timeouts,
            deadline=deadline or Deadline.after(self.timeouts.deadline),
            fresh_connection=operation == "submit_waybill",
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


def _headers(token: Secret | None) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json, application/pdf",
        "Accept-Encoding": "identity",  # so that the bound on a reply's size bounds what it unpacks to
        "User-Agent": "bexportal",
    }
    if token is not None:
        headers["token"] = token.reveal()
    return headers


def _texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def _secret(token: str | None) -> Secret | None:
    text = (token or "").strip()
    return Secret(text) if text else None


def _check_token(token: Secret | None) -> None:
    """Raises ValueError for what cannot stand in a header, without saying what it is."""
    if token is not None and not all("!" <= letter <= "~" for letter in token.reveal()):
        raise ValueError("a token consists of visible ASCII letters, digits and signs")
