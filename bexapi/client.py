"""The client: BEX's calls as methods."""

from collections.abc import Mapping, Sequence

from bexapi import documents, login, quoting, tracking, waybill_v4
from bexapi.calling import LARGEST_JSON, Caller, CallRecord, Gate, Header, Told, check_header_value, secret_of
from bexapi.clock import Deadline, Timeouts
from bexapi.redaction import Secret
from bexapi.seam import Transport
from bexapi.wire import dumps, text

__all__ = ["LARGEST_JSON", "LARGEST_PDF", "BexClient", "CallRecord", "Gate", "Told"]

LARGEST_PDF = 20_000_000
"""Bytes of a reply beyond which reading stops."""


class BexClient(Caller):
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
        self._token = secret_of(token)
        self._alternate_token = secret_of(alternate_token)
        del token, alternate_token  # tracebacks that show variables shall not show them
        check_header_value(self._token, "a token")
        check_header_value(self._alternate_token, "a token")
        known = [secret for secret in (self._token, self._alternate_token) if secret is not None]
        super().__init__(base_url, known=known, timeouts=timeouts, transport=transport, on_call=on_call, gate=gate)

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
        return self._call("quote", quoting.PATH, wire, quoting.read, header=self._need_token(), deadline=deadline)

    def submit_waybill(
        self, request: waybill_v4.WaybillRequest, *, deadline: Deadline | None = None
    ) -> waybill_v4.WaybillReply:
        """Books. After BexOutcomeUnknown it may have booked: look the attempt's reference up, do not send again.

        ``deadline``: started before the caller committed its claim, so that a late sender sends nothing.
        """
        wire = Secret(dumps(request.to_wire()))
        return self._call(
            "submit_waybill", waybill_v4.PATH, wire, waybill_v4.read, header=self._need_token(), deadline=deadline
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
        if not text(number).strip() or "," in number:
            raise ValueError("an e-waybill is asked for by one number")
        return self._download("download_ewaybill", documents.EWAYBILL_PATH, {"waybillNumber": number}, deadline)

    def download_labels(self, numbers: Sequence[str], *, deadline: Deadline | None = None) -> bytes:
        """A PDF of labels, 10.08 × 14.98 cm each, of waybills or single parcels by their numbers."""
        if isinstance(numbers, str) or not numbers or any("," in text(each) or not each.strip() for each in numbers):
            raise ValueError("labels need numbers, none blank, none with a comma")
        wire = {"waybillNumbers": ",".join(numbers)}
        return self._download("download_labels", documents.LABELS_PATH, wire, deadline)

    def _download(self, operation: str, path: str, wire: Mapping[str, str], deadline: Deadline | None) -> bytes:
        if self._alternate_token is None:
            raise ValueError("documents need the alternate token, and this client has none")
        body = Secret(dumps({"token": self._alternate_token.reveal(), **wire}))
        return self._call(operation, path, body, documents.read, deadline=deadline, max_bytes=LARGEST_PDF)

    def _need_token(self) -> Header:
        if self._token is None:
            raise ValueError("this call needs a token, and this client has none")
        return "token", self._token


def _texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)
