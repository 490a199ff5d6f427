"""When a parcel is looked at again: one table by its state and by how long nothing has happened to it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from shipments.models import Waybill
from shipments.models.waybills import BookingState
from tracking import states

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVER = timedelta.max


class Pace(NamedTuple):
    """Until nothing has happened for `quiet_for`, the next look comes after `wait`; None: no more looks."""

    quiet_for: timedelta
    wait: timedelta | None


_MOVING = (Pace(DAY, HOUR), Pace(7 * DAY, 2 * HOUR), Pace(30 * DAY, 12 * HOUR), Pace(EVER, DAY))
TABLE: dict[str, tuple[Pace, ...]] = {
    states.NO_EVENT: (Pace(DAY, 15 * MINUTE), Pace(7 * DAY, 2 * HOUR), Pace(30 * DAY, 12 * HOUR), Pace(EVER, DAY)),
    states.ANNOUNCED: _MOVING,
    states.WITH_BEX: _MOVING,
    states.IN_TRANSIT: _MOVING,
    states.AT_DEPOT: _MOVING,
    states.EXCEPTION: _MOVING,
    states.OUT_FOR_DELIVERY: (Pace(DAY, 10 * MINUTE), *_MOVING[1:]),
    states.ATTEMPT_FAILED: (Pace(DAY, 30 * MINUTE), *_MOVING[1:]),
    # The name of who signed is written hours or days after the driver's confirmation.
    states.AWAITING_SIGNEE: (Pace(DAY, HOUR), Pace(7 * DAY, 3 * HOUR), Pace(30 * DAY, 12 * HOUR), Pace(EVER, DAY)),
    states.RETURNED: (Pace(14 * DAY, DAY), Pace(EVER, None)),
    states.DELIVERED: (Pace(EVER, None),),
}
CANCELLED = (Pace(14 * DAY, DAY), Pace(EVER, None))
"""A cancelled one should not move; whether it does is still looked at for a while."""


def wait_for(waybill: Waybill, now: datetime) -> timedelta | None:
    """How long until the next look; None when there is nothing more to learn."""
    cancelled = waybill.booking_state == BookingState.CANCELLED
    rows = CANCELLED if cancelled and waybill.transit_state != states.DELIVERED else TABLE[waybill.transit_state]
    since = (waybill.cancelled_at if cancelled else None) or waybill.last_event_at
    quiet = now - (since or waybill.booked_at or waybill.created_at)
    return next(pace.wait for pace in rows if quiet < pace.quiet_for)


def due_at(waybill: Waybill, now: datetime) -> datetime | None:
    wait = wait_for(waybill, now)
    return None if wait is None else now + wait
