"""What needs a person because of tracking: parcels that nobody has heard of, words that nobody knows, a sweep that
stands still.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from bexportal.models import Heartbeat
from shipments.attention.kinds import Kind, Matter
from shipments.models.waybills import BookingState
from tracking import states, vocabulary
from tracking.sweeps import SWEEP

STANDS_STILL_AFTER = timedelta(minutes=15)


def _lost(now: datetime) -> Q:
    return Q(booking_state=BookingState.BOOKED, transit_state=states.LOST_SIGHT)


def _unknown_words(now: datetime) -> Iterable[Matter]:
    for wording in vocabulary.unknown()[:50]:
        yield Matter(
            subject=str(wording.pk),
            title=str(wording),
            words=f"Seen {wording.seen} {'time' if wording.seen == 1 else 'times'}, shown in BEX’s own words until "
            "somebody says what it means.",
            since=wording.first_seen_at,
            link=reverse("admin:tracking_wording_change", args=[wording.pk]),
        )


def _sweep_stands_still(now: datetime) -> Iterable[Matter]:
    last = Heartbeat.objects.filter(name=SWEEP).first()
    if last is not None and now - last.at > STANDS_STILL_AFTER:
        yield Matter(
            subject=SWEEP,
            title="No parcel is looked at",
            words="No sweep has come to its end since then: see whether beat and the worker run.",
            since=last.at,
            link=reverse("status"),
        )


KINDS = (
    Kind("sweep_stands_still", "Tracking stands still", "alert", "bad", 24, right=None, matters=_sweep_stands_still),
    Kind("lost_sight", "No news for long", "search", rank=42, since="last_event_at", condition=_lost),
    Kind("unknown_words", "Words of BEX that nobody knows", "note", rank=60, right=None, matters=_unknown_words),
)
