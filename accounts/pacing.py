"""When BEX may be asked: not while it asks to wait, and not while it does not answer.

A 429 pauses the whole endpoint for everyone, for as long as it says, within bounds. Each of its services has a circuit
breaker: several calls in a row without a usable answer open it, and nothing is sent until a single trial is answered,
each trial later than the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import call_counts
from accounts.models.pace import Outcome, Pace, RecordedCall, Service
from bexapi import CallRecord
from bexportal.logs import current_request_id

FAILURES_THAT_OPEN = 6
FIRST_TRIAL = timedelta(seconds=5)
LATEST_TRIAL = timedelta(minutes=1)
USUAL_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
KEPT_CALLS = 20_000
FAILURES = frozenset({Outcome.UNREACHABLE, Outcome.SILENT, Outcome.UNUSABLE})
SERVICES = {
    "login": Service.LOGIN,
    "quote": Service.QUOTES,
    "submit_waybill": Service.BOOKING,
    "track": Service.TRACKING,
    "find_by_reference": Service.TRACKING,
    "download_ewaybill": Service.DOCUMENTS,
    "download_labels": Service.DOCUMENTS,
    "register_webhook": Service.WEBHOOKS,
    "activate_webhook": Service.WEBHOOKS,
    "unsubscribe_webhook": Service.WEBHOOKS,
}


@dataclass(frozen=True)
class Standing:
    """How an endpoint stood towards one service, when it was looked at.

    `wait`: for how long nothing is sent yet, and `why`, in words for staff. `trial`: set where one call may find out
    whether it answers again; to be claimed.
    """

    service: str
    wait: timedelta = timedelta(0)
    why: str = ""
    trial: datetime | None = None
    uneasy: frozenset[str] = field(default=frozenset())
    """The services whose last call failed."""


def standing(endpoint: str, operation: str, now: datetime) -> Standing:
    rows = {pace.service: pace for pace in Pace.objects.filter(endpoint=endpoint)}
    service = SERVICES[operation]
    uneasy = frozenset(name for name, pace in rows.items() if pace.failures)
    pause, pace = rows.get(Service.ALL), rows.get(service)
    paused = _ahead(pause.paused_until if pause else None, now, LONGEST_PAUSE)
    if paused:
        return Standing(service, paused, "BEX asks to wait", uneasy=uneasy)
    if pace is None or pace.opened_at is None or pace.trial_at is None:
        return Standing(service, uneasy=uneasy)
    ahead = _ahead(pace.trial_at, now, _longest_between_trials())
    if ahead:
        return Standing(service, ahead, "BEX does not answer at the moment", uneasy=uneasy)
    return Standing(service, trial=pace.trial_at, uneasy=uneasy)


def _ahead(moment: datetime | None, now: datetime, longest: timedelta) -> timedelta:
    """How far. What is too far ahead was written by a clock that was wrong: it does not bind."""
    return moment - now if moment is not None and now < moment <= now + longest else timedelta(0)


def claim_trial(endpoint: str, before: Standing, now: datetime) -> bool:
    """One of many becomes the trial; the others wait. Were it killed, the next comes when it would have ended."""
    rows = Pace.objects.filter(endpoint=endpoint, service=before.service, trial_at=before.trial)
    return bool(rows.exclude(opened_at=None).update(trial_at=now + _longest_trial()))


def _longest_trial() -> timedelta:
    return timedelta(seconds=settings.BEX_DEADLINE + 5)


def _longest_between_trials() -> timedelta:
    return max(_longest_trial(), LATEST_TRIAL)


def learn(
    endpoint: str, calls: Sequence[RecordedCall], asked_to_wait: Sequence[float | None], before: Standing
) -> None:
    """What the calls of one turn say about the endpoint. Most say that all is well still, and write nothing."""
    now = timezone.now()
    for seconds in asked_to_wait:
        _pause(endpoint, seconds, now)
    services: set[str] = set()
    for service, group in groupby(sorted(calls, key=_service), key=_service):
        services.add(service)
        rows, failed = Pace.objects.filter(endpoint=endpoint, service=service), _failures(list(group))
        if not failed:
            if service in before.uneasy:
                rows.update(failures=0, opened_at=None, trial_at=None, trials=0)
        elif before.trial is not None and service == before.service:
            _trial_failed(rows, now)
        else:
            _count(endpoint, service, failed, now)
    if before.trial is not None and before.service not in services:
        rows = Pace.objects.filter(endpoint=endpoint, service=before.service)
        if _failures(calls):
            _trial_failed(rows, now)
        else:
            rows.exclude(opened_at=None).update(trial_at=now)  # nothing was tried


def _service(call: RecordedCall) -> str:
    return SERVICES[call.operation]


def _failures(calls: Sequence[RecordedCall]) -> int:
    """How many of these calls failed; 0 where any had an answer."""
    return len(calls) if all(call.outcome in FAILURES for call in calls) else 0


def _pause(endpoint: str, seconds: float | None, now: datetime) -> None:
    wait = USUAL_PAUSE if seconds is None else min(timedelta(seconds=seconds), LONGEST_PAUSE)
    pace, _ = Pace.objects.get_or_create(endpoint=endpoint, service=Service.ALL)
    sooner = Q(paused_until=None) | Q(paused_until__lt=now + wait) | Q(paused_until__gt=now + LONGEST_PAUSE)
    Pace.objects.filter(sooner, pk=pace.pk).update(paused_at=now, paused_until=now + wait)


def _count(endpoint: str, service: str, failed: int, now: datetime) -> None:
    pace, _ = Pace.objects.get_or_create(endpoint=endpoint, service=service)
    closed = Pace.objects.filter(pk=pace.pk, opened_at=None)
    closed.update(failures=F("failures") + failed)
    closed.filter(failures__gte=FAILURES_THAT_OPEN).update(opened_at=now, trials=0, trial_at=now + FIRST_TRIAL)


def _trial_failed(rows: QuerySet[Pace], now: datetime) -> None:
    trials = rows.values_list("trials", flat=True).first() or 0
    wait = min(FIRST_TRIAL * 2 ** min(trials + 1, 10), LATEST_TRIAL)
    rows.exclude(opened_at=None).update(trials=trials + 1, trial_at=now + wait)


def recorded(endpoint: str, call: CallRecord) -> RecordedCall:
    """The row of a call, not saved yet."""
    return RecordedCall(
        endpoint=endpoint,
        operation=call.operation,
        outcome=outcome_of(call),
        status=call.status,
        took_ms=round(call.elapsed * 1000),
        at=timezone.now(),
        request_id=current_request_id()[:64],
    )


def outcome_of(call: CallRecord) -> Outcome:
    if call.error is None:
        return Outcome.ANSWERED
    if call.error == "BexOutcomeUnknown":
        return Outcome.SILENT if call.status is None else Outcome.UNUSABLE
    return {"BexUnreachable": Outcome.UNREACHABLE, "BexBusy": Outcome.BUSY, "BexRejected": Outcome.REFUSED}[call.error]


def forget_old_calls() -> int:
    """Keeps the last ones. How many were thrown away."""
    last = RecordedCall.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return call_counts.forget(RecordedCall.objects.filter(pk__lte=last - KEPT_CALLS))
