"""The receiver: raw bytes are verified first, stored by one INSERT and answered 2xx. Everything else comes later.

It needs no session, no cookie, no cache, no worker and no broker, and it never redirects: that would turn a POST into
a GET. Only a 2xx tells BEX that it need not come again, so it is given for nothing that is not stored.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as AnyDatabaseError
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt

from accounts.secrets import SecretUnreadable, unseal
from bexapi import webhooks
from bexapi.redaction import clean
from bexportal import tallies
from bexportal.middleware import client_address, maintenance_flag
from tracking.models import Delivery, Subscription
from tracking.models.webhooks import PATH, TABLE
from tracking.webhooks.bell import BELL
from tracking.webhooks.limiting import Limiter

log = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponse]
LARGEST_BODY = 1_000_000
"""Bytes. A notification has some hundred."""
DRAINED = 8 * LARGEST_BODY
"""So much of what is too large is read and thrown away, so that whoever sends it reads the answer."""
REFUSED_KEPT_A_MINUTE = 60
ANSWERS = {
    Delivery.Verdict.SIGNED: (200, ""),
    Delivery.Verdict.SIGNED_BEFORE: (200, ""),
    Delivery.Verdict.FORGED: (403, "The signature is not that of this body."),
    Delivery.Verdict.MALFORMED: (400, f"One {webhooks.HEADER} header of the form sha256=<64 hex digits> is wanted."),
    Delivery.Verdict.TOO_LARGE: (413, f"A delivery has at most {LARGEST_BODY} bytes."),
}
HEADERS = ("CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_USER_AGENT", "HTTP_EXPECT",
           "HTTP_MS_SIGNATURE")  # fmt: skip
limiter, refused = Limiter(), Limiter()


class _TooLarge(Exception):
    """`size`: bytes, as declared or as far as it was read."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class ReceiverMiddleware:
    """Comes before all others: a delivery passes none of what pages need, and costs hardly more than its INSERT."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request.path_info.removeprefix(PATH)
        if token == request.path_info or not token or "/" in token:
            return self.get_response(request)
        return receive(request, token)


@login_not_required
@csrf_exempt
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """`POST` a delivery; `GET ?echo=` the handshake."""
    if maintenance_flag().exists():
        return _said(503, "The portal is being maintained.", **{"Retry-After": "60"})
    if not limiter.allows(client_address(request), settings.WEBHOOK_CALLS_PER_MINUTE):
        return _said(429, "Too many requests.", **{"Retry-After": "60"})
    if request.method not in {"GET", "POST"}:
        return _said(405, "GET and POST.", Allow="GET, POST")
    try:
        subscription = Registered.by(token)
        if subscription is None:
            return _said(404, "There is no such address.")
        if subscription.state == Subscription.State.ENDED:
            return _said(410, "This subscription has ended.")
        return _deliver(request, subscription) if request.method == "POST" else _echo(request, subscription)
    except (AnyDatabaseError, SecretUnreadable) as error:
        # Not stored, so not 2xx: BEX comes again in a minute.
        log.error("a delivery could not be stored: %s", type(error).__name__)
        return _said(503, "Try again later.", **{"Retry-After": "60"})


@dataclass(frozen=True)
class Registered:
    """What a receiver must know of its subscription, read without the ORM: that would cost as much as the INSERT."""

    pk: uuid.UUID
    state: str
    sealed_secret: str
    sealed_previous: str
    previous_until: datetime | None

    @classmethod
    def by(cls, token: str) -> "Registered | None":
        with connection.cursor() as cursor:
            cursor.execute(_QUERY, [token])
            row = cursor.fetchone()
        if row is None:
            return None
        pk, state, secret, previous, until = row
        return cls(uuid.UUID(str(pk)), state, secret, previous, _aware(until))

    def secrets(self, now: datetime) -> Iterator[tuple[str, Delivery.Verdict]]:
        """Those that are accepted. Raises SecretUnreadable."""
        yield _opened(self.sealed_secret, "secret", self.pk), Delivery.Verdict.SIGNED
        if self.sealed_previous and (self.previous_until is None or now < self.previous_until):
            yield _opened(self.sealed_previous, "previous_secret", self.pk), Delivery.Verdict.SIGNED_BEFORE


_COLUMNS = ("id", "state", "sealed_secret", "sealed_previous_secret", "previous_until")
_QUERY = f"SELECT {', '.join(_COLUMNS)} FROM {Subscription._meta.db_table} WHERE token = %s"  # noqa: S608 - our names
_kept_open: dict[tuple[str, tuple[bytes, ...]], str] = {}
MOST_KEPT_OPEN = 100


def _opened(sealed: str, column: str, pk: uuid.UUID) -> str:
    """A sealed text is opened once in each process, for as long as the keys are the same."""
    known = sealed, tuple(settings.FIELD_ENCRYPTION_KEYS)
    if known not in _kept_open:
        if len(_kept_open) >= MOST_KEPT_OPEN:
            _kept_open.clear()
        _kept_open[known] = unseal(sealed, table=TABLE, column=column, row=pk)
    return _kept_open[known]


def _aware(until: datetime | str | None) -> datetime | None:
    """SQLite gives texts in UTC."""
    moment = parse_datetime(until) if isinstance(until, str) else until
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _echo(request: HttpRequest, subscription: Registered) -> HttpResponse:
    """Answered at any time and in every state, a registration that runs included."""
    answer = webhooks.echo_answer(request.GET.get("echo", ""))
    if answer is None:
        return _said(400, "This address takes BEX's deliveries.")
    Subscription.objects.filter(pk=subscription.pk).update(echoed_at=timezone.now())
    return _said(200, answer)


def _deliver(request: HttpRequest, subscription: Registered) -> HttpResponse:
    try:
        body = _body(request)
    except _TooLarge as large:
        return _refuse(request, subscription, Delivery.Verdict.TOO_LARGE, b"", large.size)
    except UnreadablePostError:
        return _said(400, "The body ended too early.")
    verdict = verdict_of(subscription, body, request.META.get("HTTP_MS_SIGNATURE"))
    if verdict not in {Delivery.Verdict.SIGNED, Delivery.Verdict.SIGNED_BEFORE}:
        return _refuse(request, subscription, verdict, body, len(body))
    _keep(request, subscription, verdict, body, len(body))
    BELL.ring_soon()
    return _said(*ANSWERS[verdict])


def verdict_of(subscription: Registered, body: bytes, header: str | None) -> Delivery.Verdict:
    """Raises SecretUnreadable."""
    headers = [] if header is None else [header]
    try:
        for secret, verdict in subscription.secrets(timezone.now()):
            if webhooks.is_signed(body, headers, secret):
                return verdict
    except webhooks.MalformedSignature:
        return Delivery.Verdict.MALFORMED
    return Delivery.Verdict.FORGED


def _body(request: HttpRequest) -> bytes:
    """The raw bytes. Raises _TooLarge, UnreadablePostError."""
    declared = str(request.META.get("CONTENT_LENGTH") or "")
    if declared.isdecimal():
        size = int(declared)
        if size > LARGEST_BODY:
            _drain(request, size)
            raise _TooLarge(min(size, 2**31 - 1))
        body: bytes = request.read(size)
        if len(body) != size:
            raise UnreadablePostError("shorter than was said")
        return body
    # In pieces without a length: Django reads nothing of it, the server below knows where it ends.
    stream = request.environ.get("wsgi.input") if request.META.get("wsgi.input_terminated") else None  # type: ignore[attr-defined]
    if stream is None:
        return b""
    body = stream.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise _TooLarge(len(body))
    return body


def _drain(request: HttpRequest, size: int) -> None:
    left = min(size, DRAINED)
    while left > 0 and (piece := request.read(min(left, 65_536))):
        left -= len(piece)


def _refuse(
    request: HttpRequest, subscription: Registered, verdict: Delivery.Verdict, body: bytes, size: int
) -> HttpResponse:
    """The first ones of a minute are kept, to be seen; the rest is only counted in the log."""
    if refused.allows(client_address(request), REFUSED_KEPT_A_MINUTE):
        with transaction.atomic():
            _keep(request, subscription, verdict, body, size)
            tallies.add(tallies.DELIVERIES, verdict)
    log.warning("a delivery to subscription %s was refused: %s", subscription.pk, verdict.value)
    return _said(*ANSWERS[verdict])


def _keep(request: HttpRequest, subscription: Registered, verdict: Delivery.Verdict, body: bytes, size: int) -> None:
    headers = {name: clean(str(request.META[name]))[:300] for name in HEADERS if request.META.get(name)}
    headers = {name.removeprefix("HTTP_").replace("_", "-").lower(): value for name, value in headers.items()}
    Delivery.objects.create(
        subscription_id=subscription.pk,
        verdict=verdict,
        size=size,
        body=body,
        headers={**headers, "address": client_address(request)[:60]},
    )


def _said(status: int, text: str, **headers: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    setattr(response, "_has_been_logged", True)  # noqa: B010 - Django's own line would tell the path
    for name, value in headers.items():
        response[name] = value
    return response
