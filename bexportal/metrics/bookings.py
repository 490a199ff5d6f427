"""Bookings by state, what of them waits and for how long, and what needs a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from prometheus_client.metrics_core import Metric

from bexportal.metrics.families import by_one, gauges, zeros
from shipments.attention.kinds import all_kinds
from shipments.models import AttentionMark, SendingHold, Submission, Waybill
from shipments.models.waybills import BookingState, HoldReason

UNSETTLED = [
    state.value
    for state in BookingState
    if state not in {BookingState.BOOKED, BookingState.CANCELLED, BookingState.ABANDONED}
]
YOUNG = timedelta(days=7)


def families(now: datetime) -> Iterator[Metric]:
    """Five queries. What is settled grows for years: of it the last days are counted."""
    by_state = Waybill.objects.values_list("booking_state").annotate(Count("pk")).order_by()
    unsettled = zeros(UNSETTLED) | by_one(by_state.filter(booking_state__in=UNSETTLED))
    yield gauges("waybills", "Waybills that are not settled yet, by booking state.", ["state"], unsettled)
    young = zeros(BookingState.values) | by_one(by_state.filter(created_at__gte=now - YOUNG))
    yield gauges(
        "waybills_made_lately", f"Waybills made in the last {YOUNG.days} days, by booking state.", ["state"], young
    )
    held = zeros(HoldReason.values)
    rows = Waybill.objects.filter(booking_state=BookingState.HELD)
    held |= by_one(rows.values_list("hold_reason").annotate(Count("pk")).order_by())
    yield gauges("waybills_held", "Held waybills by what holds them.", ["reason"], held)
    holds = zeros(SendingHold.Reason.values)
    holds |= by_one((hold.reason, 1) for hold in SendingHold.objects.filter(released_at=None))
    yield gauges("sending_holds", "1 while nothing at all is sent for this reason.", ["reason"], holds)
    yield from _attention(now)


def _attention(now: datetime) -> Iterator[Metric]:
    """From the marks, which a task of the minute keeps: each kind's own conditions would be a query of its own."""
    codes = [kind.code for kind in all_kinds()]
    cases, oldest = zeros(codes), zeros(codes)
    marks = AttentionMark.objects.filter(closed_at=None, settled_at=None).exclude(snoozed_until__gt=now)
    for code, number, since in marks.values_list("kind").annotate(Count("pk"), Min("noticed_at")).order_by():
        cases[(code,)], oldest[(code,)] = number, (now - since).total_seconds()
    yield gauges("attention_cases", "Cases that need a person, by kind, a minute old at most.", ["kind"], cases)
    yield gauges("attention_oldest_seconds", "How long ago the oldest of them was noticed.", ["kind"], oldest)


def waits(now: datetime) -> dict[str, tuple[int, datetime | None]]:
    """Of each queue of bookings: how many there are, and since when the first of them waits. Two queries."""
    queued, sending = Q(booking_state=BookingState.QUEUED), Q(booking_state=BookingState.SUBMITTING)
    found = Waybill.objects.filter(queued | sending).aggregate(
        queued=Count("pk", filter=queued),
        queued_since=Min("asked_at", filter=queued),
        sending=Count("pk", filter=sending),
        sending_since=Min("updated_at", filter=sending),
    )
    due = Submission.objects.filter(next_look_up_at__lte=now).aggregate(n=Count("pk"), since=Min("next_look_up_at"))
    return {
        "booking": (found["queued"], found["queued_since"]),
        "sending": (found["sending"], found["sending_since"]),
        "look_up": (due["n"], due["since"]),
    }
