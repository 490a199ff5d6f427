"""Who looks at which parcel now: leases in the database, so that two workers never take the same one and none is
forgotten when a worker dies.

A claim is the moment in `tracking_claimed_until`. Until then nobody else takes the parcel; afterwards anybody may.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, Count, DateTimeField, F, FloatField, Func, Min, Q, QuerySet, Value, When

from shipments.models import Waybill
from shipments.models.waybills import BookingState
from tracking import schedule, states

LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
"""Longer than any batch takes, and than any task lives."""
OVERDUE_AFTER = timedelta(minutes=5)
"""Beat rings every half a minute."""
_FIELDS = (
    "endpoint", "waybill_number", "senders_ref", "shipment_id", "number_confirmed", "booking_state", "transit_state",
    "last_event_at", "booked_at", "created_at", "cancelled_at", "collection_date", "promised_by", "expected_by",
    "delivered_at", "tracking_checked_at", "tracking_due_at", "tracking_claimed_until", "tracking_told_at",
    "tracking_digest",
)  # fmt: skip


class Claim(NamedTuple):
    """`until` is also the token by which the claim is known."""

    until: datetime
    waybills: list[Waybill]


class _Seconds(Func):
    """Of a moment, counted from wherever the database does."""

    output_field = FloatField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="EXTRACT(EPOCH FROM %(expressions)s)", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(julianday(%(expressions)s) * 86400)", **context)


def due(now: datetime, table: schedule.Table = schedule.DEFAULTS) -> QuerySet[Waybill]:
    """The most urgent first: what is late by the most of its own waits. What is out for delivery is late by one after
    ten minutes, what lies between depots after hours.
    """
    waits = [When(transit_state=state, then=Value(wait)) for state, wait in schedule.urgencies(table).items()]
    late = _Seconds(Value(now, output_field=DateTimeField())) - _Seconds(F("tracking_due_at"))
    urgency = late / Case(*waits, default=Value(schedule.SELDOM), output_field=FloatField())
    return _free(now).filter(tracking_due_at__lte=now).order_by(urgency.desc(), "pk")


@dataclass(frozen=True)
class Backlog:
    """`due`: parcels whose moment has come, whether or not somebody asks about them just now. `overdue`: those of them
    for which it came longer ago than OVERDUE_AFTER. `oldest`: for how long the one has been due that is so longest.
    """

    due: int
    overdue: int
    oldest: timedelta


def backlog(now: datetime) -> Backlog:
    """One query, however much waits."""
    waits = Waybill.objects.exclude(waybill_number="").filter(tracking_due_at__lte=now)
    late = Q(tracking_due_at__lte=now - OVERDUE_AFTER)
    found = waits.aggregate(due=Count("pk"), overdue=Count("pk", filter=late), oldest=Min("tracking_due_at"))
    oldest = now - found["oldest"] if found["oldest"] else timedelta(0)
    return Backlog(found["due"], found["overdue"], oldest)


def under_way(now: datetime) -> QuerySet[Waybill]:
    """All that are booked and not yet delivered with a signee, whether due or not."""
    booked = _free(now).filter(booking_state=BookingState.BOOKED)
    return booked.exclude(transit_state=states.DELIVERED).order_by("pk")


def _free(now: datetime) -> QuerySet[Waybill]:
    waybills = Waybill.objects.exclude(waybill_number="").only(*_FIELDS)
    return waybills.filter(Q(tracking_claimed_until=None) | Q(tracking_claimed_until__lt=now))


def take(listed: Sequence[Waybill], among: QuerySet[Waybill], now: datetime) -> Claim:
    """Those of the listed that nobody took or looked at since they were read.

    One query where all can be had. `among`: the rows that may be taken now, see `due` and `under_way`.
    """
    keys = [waybill.pk for waybill in listed]
    unseen = Q(tracking_checked_at=None)
    seen = [waybill.tracking_checked_at for waybill in listed if waybill.tracking_checked_at is not None]
    if seen:
        unseen |= Q(tracking_checked_at__lte=max(seen))
    # Microseconds at random make the moment a token: two workers that choose the same one are found out below.
    until = now + LEASE + timedelta(microseconds=random.randrange(60_000_000))
    taken = among.order_by().filter(unseen, pk__in=keys).update(tracking_claimed_until=until)
    if taken == len(listed):
        return Claim(until, list(listed))
    held = list(Waybill.objects.only(*_FIELDS).filter(pk__in=keys, tracking_claimed_until=until)) if taken else []
    return Claim(until, held if len(held) == taken else [])


def take_one(waybill: Waybill, now: datetime, *, at_most_every: timedelta) -> Claim:
    """This one, unless it is being looked at or was within that time."""
    seen_lately = Waybill.objects.filter(pk=waybill.pk, tracking_checked_at__gt=now - at_most_every)
    free = _free(now).exclude(pk__in=seen_lately.values("pk"))
    until = now + LEASE + timedelta(microseconds=random.randrange(60_000_000))
    taken = free.filter(pk=waybill.pk).update(tracking_claimed_until=until)
    return Claim(until, [waybill] if taken else [])


def hold_off(claim: Claim, waybills: Sequence[Waybill], until: datetime) -> None:
    """They stay due, and are not taken before that moment."""
    _held(claim, waybills).update(tracking_claimed_until=until)


def postpone(claim: Claim, waybills: Sequence[Waybill], until: datetime) -> None:
    """They are due at that moment only; one that is not watched any more stays so."""
    _held(claim, waybills).exclude(tracking_due_at=None).update(tracking_due_at=until)
    _held(claim, waybills).update(tracking_claimed_until=None)


def let_go(claim: Claim, waybills: Sequence[Waybill]) -> None:
    """They are free as they were before."""
    _held(claim, waybills).update(tracking_claimed_until=None)


def _held(claim: Claim, waybills: Sequence[Waybill]) -> QuerySet[Waybill]:
    return Waybill.objects.filter(pk__in=[waybill.pk for waybill in waybills], tracking_claimed_until=claim.until)
