"""Whether a parcel keeps what BEX promised."""

from datetime import datetime, timedelta

from bexportal.formats import moment, span
from shipments.models import Waybill
from shipments.models.waybills import BookingState

A_MINUTE = timedelta(minutes=1)
ON_TIME = "on time so far"


def timing(found: Waybill, now: datetime) -> str:
    """Early or late against the promise, in words; '' where nothing can be said."""
    if found.promised_by is None or found.booking_state != BookingState.BOOKED:
        return ""
    if found.delivered_at is not None:
        late = found.delivered_at - found.promised_by
        return f"{span(late)} late" if late >= A_MINUTE else f"{span(-late)} early" if late <= -A_MINUTE else "on time"
    if now > found.promised_by:
        return f"late by {span(now - found.promised_by)}"
    if found.expected_by is None:
        return ""
    late = found.expected_by - found.promised_by
    return f"will be late by {span(late)}" if late >= A_MINUTE else ON_TIME


def expected(found: Waybill, now: datetime) -> str:
    """When it should be there, where that is another moment than the promise and still ahead; else ''."""
    by = found.expected_by
    if by is None or found.delivered_at is not None or by <= now or by == found.promised_by:
        return ""
    return f"expected by {moment(by, now=now)}"


def late_since(found: Waybill, now: datetime) -> datetime | None:
    """The promise that has passed, where it is not there yet: how long ago that is changes while one looks."""
    late = found.booking_state == BookingState.BOOKED and found.delivered_at is None
    return found.promised_by if late and found.promised_by is not None and now > found.promised_by else None
