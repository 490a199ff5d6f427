"""What the status page tells admins: how BEX answers, what waits for it, whether the portal's own parts are well."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Q

from accounts import pacing, permits
from accounts.models import Identity, RecordedCall
from accounts.models.pace import Outcome, Pace, Service
from bexportal import health
from bexportal.models import Heartbeat
from shipments import journal
from shipments.models import SendingHold, Submission, Waybill
from shipments.models.waybills import BookingState
from tracking import claims

LOOKED_BACK = timedelta(hours=1)
MOST_CALLS = 5000
LAST_CALLS = 15
OPERATIONS = {
    "login": "Log-in",
    "quote": "Quote",
    "submit_waybill": "Booking",
    "track": "Tracking",
    "find_by_reference": "Look-up by reference",
    "download_ewaybill": "E-waybill",
    "download_labels": "Labels",
    "register_webhook": "Webhook: register",
    "activate_webhook": "Webhook: activate",
    "unsubscribe_webhook": "Webhook: unsubscribe",
}


@dataclass(frozen=True)
class Breaker:
    """One service of an endpoint that is left alone: since when, and when it is tried again."""

    service: str
    since: datetime
    trial_at: datetime | None


@dataclass(frozen=True)
class Latency:
    """The last hour's calls of one kind, in seconds; `failures` in words with how many there were."""

    name: str
    calls: int
    p50: float
    p95: float
    failures: list[tuple[str, int]]


@dataclass(frozen=True)
class Endpoint:
    host: str
    paused_until: datetime | None
    breakers: list[Breaker]
    running: int
    allowed: int
    latencies: list[Latency]


@dataclass(frozen=True)
class LastCall:
    at: datetime
    name: str
    host: str
    outcome: str
    is_good: bool
    status: int | None
    seconds: float
    request_id: str


@dataclass(frozen=True)
class Waiting:
    """`state`: of the list of waybills that shows them, '' where none does."""

    words: str
    count: int
    state: str = ""


@dataclass(frozen=True)
class Part:
    """One of the portal's own parts: `problem` is '' where it is well, `detail` says more then."""

    name: str
    problem: str
    detail: str = ""


def endpoints(now: datetime) -> list[Endpoint]:
    """Every one that is in use or was asked in the last hour."""
    calls = list(RecordedCall.objects.filter(at__gte=now - LOOKED_BACK).order_by("-pk")[:MOST_CALLS])
    urls = {settings.BEX_API_URL, *Identity.objects.in_use().values_list("endpoint", flat=True)}
    urls |= {call.endpoint for call in calls}
    paces = list(Pace.objects.filter(endpoint__in=urls))
    return [
        Endpoint(
            host=urlsplit(url).netloc,
            paused_until=_paused_until([pace for pace in paces if pace.endpoint == url], now),
            breakers=_open([pace for pace in paces if pace.endpoint == url], now),
            running=permits.held(url),
            allowed=settings.BEX_CONCURRENCY,
            latencies=_latencies([call for call in calls if call.endpoint == url]),
        )
        for url in sorted(urls)
    ]


def _paused_until(paces: list[Pace], now: datetime) -> datetime | None:
    untils = [pace.paused_until for pace in paces if pace.paused_until is not None]
    return next((until for until in untils if now < until <= now + pacing.LONGEST_PAUSE), None)


def _open(paces: list[Pace], now: datetime) -> list[Breaker]:
    return [
        Breaker(Service(pace.service).label, pace.opened_at, pace.trial_at if (pace.trial_at or now) > now else None)
        for pace in paces
        if pace.opened_at is not None
    ]


def _latencies(calls: list[RecordedCall]) -> list[Latency]:
    found = []
    for operation, name in OPERATIONS.items():
        of_kind = [call for call in calls if call.operation == operation]
        if of_kind:
            took = sorted(call.took_ms / 1000 for call in of_kind)
            bad = Counter(Outcome(call.outcome).label for call in of_kind if call.outcome != Outcome.ANSWERED)
            found.append(Latency(name, len(took), _at(took, 50), _at(took, 95), bad.most_common()))
    return found


def _at(ordered: list[float], percent: int) -> float:
    """The nearest-rank percentile."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


def last_calls() -> list[LastCall]:
    return [
        LastCall(
            at=call.at,
            name=OPERATIONS.get(call.operation, call.operation),
            host=urlsplit(call.endpoint).netloc,
            outcome=Outcome(call.outcome).label,
            is_good=call.outcome in {Outcome.ANSWERED, Outcome.REFUSED},
            status=call.status,
            seconds=call.took_ms / 1000,
            request_id=call.request_id,
        )
        for call in RecordedCall.objects.order_by("-pk")[:LAST_CALLS]
    ]


def waiting(now: datetime) -> list[Waiting]:
    states = [BookingState.QUEUED, BookingState.SUBMITTING, BookingState.HELD, BookingState.UNKNOWN]
    counts = Waybill.objects.aggregate(**{state.value: Count("pk", filter=Q(booking_state=state)) for state in states})
    due = Submission.objects.filter(next_look_up_at__lte=now).count()
    return [
        *(Waiting(state.label, counts[state.value], state.value) for state in states),
        Waiting("Attempts due to be looked up", due),
        Waiting("Parcels due to be tracked", claims.due(now).count()),
    ]


def parts(now: datetime, problems: Mapping[str, str]) -> list[Part]:
    """The checks of /readyz, whose `problems` these are, and what only sending needs."""
    found = [Part(health.NAMES.get(name, name), problem) for name, problem in problems.items()]
    return [*found, _journal(), *_holds(), *_workers(now)]


def _journal() -> Part:
    try:
        journal.check_writable()
    except journal.JournalUnusable as error:
        return Part("Journal", f"nothing is sent: {error}")
    return Part("Journal", "")


def _holds() -> Iterable[Part]:
    for hold in SendingHold.objects.open():
        yield Part("Sending", f"all of it is on hold: {hold.get_reason_display()}")


def _workers(now: datetime) -> Iterable[Part]:
    seen = Heartbeat.objects.filter(name__startswith=health.WORKER, at__gte=now - health.WORKERS_SHOWN_FOR)
    for row in seen.order_by("name"):
        silent = int((now - row.at).total_seconds())
        words = "heard of just now" if silent < 60 else f"last heard of {silent // 60} min ago"
        name = row.name.removeprefix(health.WORKER).removeprefix("worker@")
        yield Part(f"Worker {name}", "", words)
