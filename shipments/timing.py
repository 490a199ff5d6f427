"""Whether a parcel keeps what BEX promised."""

from datetime import datetime, timedelta

from shipments.models import Waybill
from shipments.models.waybills import BookingState


def timing(found: Waybill, now: datetime) -> str:
    """Early or late against the promise, in words; '' where nothing can be said."""
    if found.promised_by is None or found.booking_state != BookingState.BOOKED:
        return ""
    if found.delivered_at is None:
        return f"late by {_span(now - found.promised_by)}" if now > found.promised_by else ""
    if found.delivered_at > found.promised_by:
        return f"{_span(found.delivered_at - found.promised_by)} late"
    return f"{_span(found.promised_by - found.delivered_at)} early"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
