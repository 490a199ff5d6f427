"""What "nothing under this reference" is worth: the same look-up, tried on bookings that are known to exist.

BEX does not document that a shipment is found by its `additionalReferences`, nor how soon. So a few normal bookings a
day are looked up by theirs, as a lost attempt would be, until they are found or a day has passed.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F, Max, Q
from django.db.models.aggregates import Count

from accounts.gateway import anonymous_client
from bexapi import BexError
from bexportal.formats import span
from shipments.models import Canary, Submission
from shipments.models.attempts import Outcome
from shipments.models.waybills import NumberSource
from shipments.promise import look_up_after

MOST_A_DAY = 5
GIVEN_UP_AFTER = timedelta(days=1)
REMEMBERED_FOR = timedelta(days=90)
_FRESH = timedelta(minutes=10)
_LEASE = timedelta(minutes=2)
MOST_AT_ONCE = 20


@dataclass(frozen=True)
class Worth:
    """Of an endpoint's normal bookings: found by their reference, not found within a day, still looked for."""

    found: int
    missed: int
    waiting: int
    slowest: timedelta | None

    @property
    def seen_to_work(self) -> bool:
        return self.found > 0

    def __str__(self) -> str:
        """Goes on after "this kind of look-up"."""
        tried = self.found + self.missed
        if self.found and self.slowest is not None:
            return f"found {self.found} of {tried} normal bookings, the slowest after {span(self.slowest)}"
        if tried:
            return f"has never been seen to work here: it found none of {tried} normal bookings within a day"
        if self.waiting:
            some = "1 normal booking is" if self.waiting == 1 else f"{self.waiting} normal bookings are"
            return f"has not been seen to work here yet: {some} being looked for"
        return "has never been tried here on a normal booking"


def worth(endpoint: str, now: datetime) -> Worth:
    # The two places in which a reference can travel are two kinds of look-up.
    place = {"in_senders_ref": settings.REFERENCE_IN_SENDERS_REF}
    rows = Canary.objects.filter(endpoint=endpoint, booked_at__gte=now - REMEMBERED_FOR, **place)
    took = ExpressionWrapper(F("found_at") - F("booked_at"), output_field=DurationField())
    told = rows.aggregate(
        found=Count("pk", filter=~Q(found_at=None)),
        missed=Count("pk", filter=Q(found_at=None, next_look_up_at=None)),
        waiting=Count("pk", filter=Q(found_at=None) & ~Q(next_look_up_at=None)),
        slowest=Max(took),
    )
    return Worth(**told)


def choose(now: datetime) -> int:
    """Takes the first bookings of a day at each endpoint. How many."""
    fresh = Submission.objects.filter(
        outcome=Outcome.BOOKED, number_source=NumberSource.ANSWER, answered_at__gt=now - _FRESH, canary=None
    ).order_by("answered_at")[: MOST_AT_ONCE * MOST_A_DAY]
    today = Canary.objects.filter(booked_at__gt=now - timedelta(days=1)).values_list("endpoint", flat=True)
    taken, chosen = Counter(today), []
    for attempt in fresh:
        if taken[attempt.endpoint] < MOST_A_DAY and attempt.answered_at is not None:
            taken[attempt.endpoint] += 1
            booked_at = attempt.answered_at
            chosen.append(
                Canary(
                    attempt=attempt,
                    endpoint=attempt.endpoint,
                    in_senders_ref=attempt.payload.get("sendersRef") == attempt.reference,
                    booked_at=booked_at,
                    next_look_up_at=booked_at + look_up_after(0),
                )
            )
    Canary.objects.bulk_create(chosen, ignore_conflicts=True)
    return len(chosen)


def look_up_due(now: datetime) -> int:
    """Looks for every canary whose turn it is, each alone in its call. How many there were."""
    due = Canary.objects.filter(next_look_up_at__lte=now).order_by("next_look_up_at").select_related("attempt")
    done = 0
    for canary in due[:MOST_AT_ONCE]:
        same = Canary.objects.filter(pk=canary.pk, next_look_up_at=canary.next_look_up_at)
        # Two workers never make the same look-up.
        if same.update(next_look_up_at=now + _LEASE):
            _look_up(canary, now)
            done += 1
    return done


def _look_up(canary: Canary, now: datetime) -> None:
    attempt = canary.attempt
    try:
        reply = anonymous_client(canary.endpoint).find_by_reference(attempt.reference)
    except BexError:
        return  # not counted; tried again when the lease is over
    row = Canary.objects.filter(pk=canary.pk)
    done = canary.look_ups_done + 1
    numbers = {shipment.waybill_number.casefold() for shipment in reply.shipments}
    if attempt.waybill_number.casefold() in numbers:
        row.update(look_ups_done=done, next_look_up_at=None, found_at=now)
        return
    after = look_up_after(done)
    given_up = after > GIVEN_UP_AFTER
    row.update(look_ups_done=done, next_look_up_at=None if given_up else canary.booked_at + after)
