"""The courier's calls: which path is which operation, how a fault comes between, and what is noted down."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox import documents, identities, registrations
from sandbox.booking import submit
from sandbox.courier import Courier
from sandbox.faults import FOREVER_SECONDS, Fault, take
from sandbox.http_types import Reply, Request, ex_reply, html_reply, json_reply
from sandbox.quoting import quote
from sandbox.tracking import track
from sandbox.wire import Refused, dumps, loads_object

PATHS = {
    "/api/service/login": "login",
    "/api/service/getquoteservicedeliverypricingv2": "quote",
    "/api/service/submitwaybillv4": "submit",
    "/api/service/waybillquicktrackingv3customtreeview": "track",
    "/api/service/downloadewaybill": "ewaybill",
    "/api/service/downloadparcellabels": "labels",
    "/api/webhooks/registrations": "register",
    "/api/activatewebhook": "activate",
    "/api/unsubscribewebhook": "unsubscribe",
}
SECRET_PARAMETERS = ("password", "token", "secret", "webhookkey")
WHOLE, CUT, CUT_BODY, HANG, DRIP = "whole", "cut", "cut_body", "hang", "drip"


@dataclass(frozen=True)
class Answer:
    """A reply and the manner in which it leaves; ``seconds`` is a wait before it, or between the drops of a drip."""

    reply: Reply
    manner: str = WHOLE
    seconds: float = 0.0


class Busy:
    """How many calls of each operation ran at the same time, at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: dict[str, int] = {}
        self.peaks: dict[str, int] = {}

    @contextmanager
    def during(self, operation: str) -> Iterator[None]:
        with self._lock:
            self._now[operation] = self._now.get(operation, 0) + 1
            self.peaks[operation] = max(self.peaks.get(operation, 0), self._now[operation])
        try:
            yield
        finally:
            with self._lock:
                self._now[operation] -= 1


class Api:
    def __init__(self, courier: Courier) -> None:
        self.courier = courier
        self.busy = Busy()

    def operation_of(self, path: str) -> str | None:
        return PATHS.get(path.lower().rstrip("/"))

    def answer(self, operation: str, request: Request) -> Answer:
        """Carries the call out, unless a fault that does not commit waits for it, and notes it down."""
        latency = float(self.courier.settings.number("latency_seconds"))
        if latency:
            time.sleep(latency)
        if operation != "submit":
            return self._answer_and_note(operation, request)
        with self.courier.store.writing(durable=True):  # a booking and its note: both, or none
            return self._answer_and_note(operation, request)

    def _answer_and_note(self, operation: str, request: Request) -> Answer:
        fault = take(self.courier.store, operation)
        reply, refused, waybill = self._carry_out(operation, request, fault)
        answer = Answer(reply) if fault is None else _with_fault(fault, reply)
        committed = not refused and (fault is None or fault.commits)
        self._note(operation, request, fault, committed, refused or _ex_in(answer.reply), waybill)
        return answer

    def _carry_out(self, operation: str, request: Request, fault: Fault | None) -> tuple[Reply, str, str]:
        """The reply as it would have been, why it was refused ("": it was not), the number that was booked."""
        if fault is not None and fault.kind == "ended_token":
            self._end_tokens(operation, request, renew=False)
        if fault is not None and not fault.commits:
            text = _refusal_of(fault)
            return ex_reply(text), text if fault.kind in ("ex", "ended_token") else "", ""
        try:
            reply, waybill = self._operate(operation, request)
        except Refused as refusal:
            return ex_reply(refusal.text), refusal.text, ""
        if fault is not None and fault.kind == "changed_token":
            self._end_tokens(operation, request, renew=True)
            if operation == "login":
                reply, waybill = self._operate(operation, request)
        return reply, "", waybill

    def _operate(self, operation: str, request: Request) -> tuple[Reply, str]:
        """Raises Refused."""
        if operation in ("register", "activate", "unsubscribe"):
            return registrations.OPERATIONS[operation](self.courier, request), ""
        params = request.params()
        if operation in ("ewaybill", "labels"):
            return documents.OPERATIONS[operation](self.courier, params), ""
        token = request.headers.get("token", "")
        if operation == "submit":
            payload = dumps(_payload(request))
            result = submit(self.courier, params, token, payload)
            return json_reply(result), _booked_number(result)
        calls: dict[str, Callable[[], dict[str, object]]] = {
            "login": lambda: identities.login(self.courier, params),
            "quote": lambda: quote(self.courier, params, token),
            "track": lambda: track(self.courier, params),
        }
        return json_reply(calls[operation]()), ""

    def _end_tokens(self, operation: str, request: Request, *, renew: bool) -> None:
        """Of the identity that is calling, of the kind that this call uses."""
        try:
            params = request.params()
        except Refused:
            return
        store, kind = self.courier.store, identities.MAIN
        if operation in ("ewaybill", "labels") or (operation == "login" and params.flag("preferAlternateToken")):
            kind = identities.ALTERNATE
        token = params.text("token") if kind == identities.ALTERNATE else request.headers.get("token", "")
        username = params.text("username") if operation == "login" else identities.owner_of(store, token)
        if not username:
            return
        with store.writing():
            identities.end_tokens(store, username, kind)
            if renew:
                identities.new_token(store, username, kind)

    def _note(
        self, operation: str, request: Request, fault: Fault | None, committed: bool, ex: str, waybill: str
    ) -> None:
        with self.courier.store.writing():
            self.courier.store.run(
                "INSERT INTO calls (at, operation, method, path, payload, fault, committed, ex, waybill)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                time.time(), operation, request.method, request.path, dumps(_without_secrets(_payload(request))),
                fault.kind if fault else None, committed, ex or None, waybill or None,
            )  # fmt: skip


def _refusal_of(fault: Fault) -> str:
    if fault.text:
        return fault.text
    if fault.kind == "ended_token":
        return identities.BAD_TOKEN
    return "The request could not be completed. Please check the details and try again."


def _ex_in(reply: Reply) -> str:
    if b'"ex":' not in reply.body:
        return ""
    try:
        return str(loads_object(reply.body).get("ex", ""))
    except ValueError:  # a truncated answer
        return ""


def _with_fault(fault: Fault, reply: Reply) -> Answer:
    """The answer that a fault makes of the reply as it would have been."""
    seconds, text = fault.seconds, fault.text
    if fault.kind in ("cut_before", "cut_after"):
        return Answer(reply, CUT)
    if fault.kind == "cut_body":
        return Answer(reply, CUT_BODY)
    if fault.kind in ("hang_before", "hang_after"):
        return Answer(reply, HANG, FOREVER_SECONDS if seconds is None else seconds)
    if fault.kind == "slow":
        return Answer(reply, WHOLE, 3.0 if seconds is None else seconds)
    if fault.kind == "drip":
        return Answer(reply, DRIP, 1.0 if seconds is None else seconds)
    if fault.kind == "status":
        return Answer(_status_reply(fault))
    if fault.kind == "html":
        return Answer(html_reply("Service notice", text or "We will be back shortly."))
    if fault.kind == "truncated":
        return Answer(Reply(reply.status, reply.content_type, reply.body[: len(reply.body) // 2], reply.headers))
    if fault.kind == "empty":
        return Answer(Reply(200, reply.content_type, b""))
    if fault.kind == "nothing":
        return Answer(json_reply({"id": 0}))
    if fault.kind == "ex_after_commit":
        return Answer(ex_reply(text or "An error occurred while processing the request."))
    if fault.kind == "ex_beside":
        return Answer(_with_warning(reply, text or "The consignee's telephone number could not be verified."))
    return Answer(reply)  # ex, ended_token, changed_token: what was carried out is the answer


def _status_reply(fault: Fault) -> Reply:
    headers = {"Retry-After": str(fault.retry_after)} if fault.status in (429, 503) else {}
    if 300 <= fault.status < 400:
        headers["Location"] = fault.location
    return html_reply(f"{fault.status} - Server message", fault.text or "The request failed.", fault.status, headers)


def _with_warning(reply: Reply, text: str) -> Reply:
    if not reply.content_type.startswith("application/json"):
        return reply
    return json_reply({**loads_object(reply.body), "ex": text})


def _booked_number(result: dict[str, object]) -> str:
    items = result["items"]
    return str(items[0]["waybillNumber"]) if isinstance(items, list) else ""


def _payload(request: Request) -> dict[str, object]:
    """What was received, for the notes; a body that is no JSON object is kept as text."""
    try:
        return {**request.query(), **request.json()}
    except ValueError:
        return {**request.query(), "unreadable": request.body.decode("utf-8", "replace")}


def _without_secrets(payload: dict[str, object]) -> dict[str, object]:
    return {name: "***" if name.lower() in SECRET_PARAMETERS else value for name, value in payload.items()}
