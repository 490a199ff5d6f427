"""How the portal's moving parts stand, in words for admins: BEX, sweeps, webhooks, bookings, tasks; when each last did
well, and what its last failure was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts import call_counts
from accounts.models.pace import Outcome
from accounts.pacing import FAILURES
from bexportal import failures, health, tallies
from bexportal.formats import clock_s, moment, span
from bexportal.metrics import bookings, webhooks
from bexportal.models import Heartbeat
from bexportal.status import OPERATIONS, Endpoint
from shipments.models import SendingHold
from tracking import claims
from tracking.models import Delivery, Notification, Subscription
from tracking.models.webhooks import GOOD
from tracking.sweeps import GOOD_SWEEP

TOO_LONG = timedelta(minutes=5)
State = Subscription.State


@dataclass(frozen=True)
class Seen:
    """What happened, in words, and when."""

    at: datetime
    words: str


@dataclass(frozen=True)
class Standing:
    """`words`: how it stands now. `good`, `failed`: when it last did well and badly; None where it never did."""

    name: str
    words: str
    is_well: bool
    good: Seen | None
    failed: Seen | None


def standings(now: datetime, endpoints: Sequence[Endpoint], problems: Mapping[str, str]) -> list[Standing]:
    """`problems`: those of `health`. The number of queries is the same however much there is."""
    calls, failed = call_counts.counted(), failures.last()
    beats = {row.name: row for row in Heartbeat.objects.filter(name__in=(health.BEAT, health.SWEEP, GOOD_SWEEP))}
    return [
        _courier(now, endpoints, calls),
        _sweeps(now, beats, problems, failed),
        _webhooks(now, failed),
        _bookings(now, calls),
        _tasks(beats.get(health.BEAT), problems, failed),
    ]


def _latest(seen: Iterable[Seen | None]) -> Seen | None:
    return max((one for one in seen if one is not None), key=lambda one: one.at, default=None)


def _said(row: Heartbeat | None, words: str = "") -> Seen | None:
    """What was written down; `words` come before it."""
    return Seen(row.at, f"{words}{row.detail}") if row else None


def _calls(calls: Iterable[call_counts.Calls], *operations: str) -> tuple[Seen | None, Seen | None]:
    """The last that BEX answered, if only by a refusal, and the last that it did not."""
    of_kind = [one for one in calls if not operations or one.operation in operations]
    answered = [one for one in of_kind if one.outcome in {Outcome.ANSWERED, Outcome.REFUSED}]
    failed = [one for one in of_kind if one.outcome in FAILURES or one.outcome == Outcome.BUSY]
    return (
        _latest(Seen(one.last_at, OPERATIONS.get(one.operation, one.operation)) for one in answered),
        _latest(
            Seen(one.last_at, f"{OPERATIONS.get(one.operation, one.operation)}: {Outcome(one.outcome).label}")
            for one in failed
        ),
    )


def _courier(now: datetime, endpoints: Sequence[Endpoint], calls: Iterable[call_counts.Calls]) -> Standing:
    good, failed = _calls(calls)
    silent = [(one.service, one.since) for endpoint in endpoints for one in endpoint.breakers]
    paused = [endpoint.paused_until for endpoint in endpoints if endpoint.paused_until]
    is_well = False
    if silent:
        words = "; ".join(f"{service}: no answer since {moment(since, now=now)}" for service, since in silent)
    elif paused:
        words = f"Asks to wait until {clock_s(max(paused))}"
    elif good is None and failed is None:
        words, is_well = "Not asked yet", True
    elif good is None or (failed is not None and failed.at > good.at):
        words = "The last call was not answered"
    else:
        words, is_well = "Answers", True
    return Standing("BEX", words, is_well, good, failed)


def _sweeps(
    now: datetime, beats: Mapping[str, Heartbeat], problems: Mapping[str, str], failed: Mapping[str, Heartbeat]
) -> Standing:
    backlog, problem = claims.backlog(now), problems.get(health.SWEEP, "")
    if not problem and backlog.overdue:
        parcels = "1 parcel is" if backlog.overdue == 1 else f"{backlog.overdue} parcels are"
        problem = f"{parcels} overdue, by up to {span(backlog.oldest)}"
    went_wrong = _latest(
        [_said(failed.get(failures.SWEEP)), _said(failed.get("sync_tracking"), "A sweep did not come to its end: ")]
    )
    words = problem or ("Nothing is overdue" if health.SWEEP in beats else "None has run yet")
    return Standing("Sweeps", words, not problem, _said(beats.get(GOOD_SWEEP)), went_wrong)


def _webhooks(now: datetime, failed: Mapping[str, Heartbeat]) -> Standing:
    subscriptions = list(Subscription.objects.exclude(state=State.ENDED).defer("sealed_key", "sealed_secret"))
    words = _problem_of_webhooks(now, subscriptions)
    is_well = not words
    if is_well:
        active = any(one.state == State.ACTIVE for one in subscriptions)
        words = "BEX tells what happens" if active else "No subscription: BEX tells nothing by itself"
    deliveries = {label: total for (name, label), total in tallies.totals().items() if name == tallies.DELIVERIES}
    good = _latest(Seen(total.at, "A delivery was taken") for label, total in deliveries.items() if label in GOOD)
    return Standing("Webhooks", words, is_well, good, _failure_of_webhooks(subscriptions, deliveries, failed))


def _problem_of_webhooks(now: datetime, subscriptions: Iterable[Subscription]) -> str:
    half = [one for one in subscriptions if one.state in {State.REGISTERING, State.REGISTERED} or one.replacing]
    if half:
        return f"“{half[0]}” is half done: finish it or undo it under Webhooks"
    waiting, since = webhooks.waits()["inbox"]
    if since is not None and now - since > TOO_LONG:
        return f"{waiting} deliveries wait, the first since {moment(since, now=now)}"
    poisoned = Notification.objects.filter(state=Notification.State.POISONED).count()
    return f"{poisoned} of its notifications cannot be taken: see under Webhooks" if poisoned else ""


def _failure_of_webhooks(
    subscriptions: Iterable[Subscription], deliveries: Mapping[str, tallies.Total], failed: Mapping[str, Heartbeat]
) -> Seen | None:
    refused = [
        Seen(total.at, f"A delivery was refused: {Delivery.Verdict(label).label.lower()}")
        for label, total in deliveries.items()
        if label not in GOOD
    ]
    poisoned = Notification.objects.filter(state=Notification.State.POISONED).order_by("-received_at").first()
    asked = [Seen(one.asked_at, f"“{one}”: {one.problem}") for one in subscriptions if one.problem and one.asked_at]
    return _latest(
        [
            *refused,
            *asked,
            Seen(poisoned.received_at, "A notification cannot be taken") if poisoned else None,
            _said(failed.get("take_inbox"), "The inbox was left: "),
        ]
    )


def _bookings(now: datetime, calls: Iterable[call_counts.Calls]) -> Standing:
    good, failed = _calls(calls, "submit_waybill")
    queued, since = bookings.waits(now)["booking"]
    hold = SendingHold.objects.filter(released_at=None).first()
    is_well = hold is None and (since is None or now - since <= TOO_LONG)
    if hold is not None:
        words = f"All sending is on hold: {hold.get_reason_display()}"
    elif queued:
        words = f"{queued} wait{'s' if queued == 1 else ''}, the first since {moment(since, now=now)}"
    else:
        words = "Nothing waits to be sent"
    return Standing("Bookings", words, is_well, good, failed)


def _tasks(beat: Heartbeat | None, problems: Mapping[str, str], failed: Mapping[str, Heartbeat]) -> Standing:
    of_tasks = {task: row for task, row in failed.items() if task != failures.SWEEP}
    problem = problems.get(health.BEAT, "") or problems.get("broker", "")
    return Standing(
        "Tasks",
        problem or "Beat rings, and a worker answers",
        not problem,
        Seen(beat.at, "A worker answered") if beat else None,
        _latest(_said(row, f"{task}: ") for task, row in of_tasks.items()),
    )
