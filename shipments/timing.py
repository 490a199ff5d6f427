"""Whether a parcel keeps what BEX promised."""

from datetime import datetime

from bexportal.formats import span
from shipments.models import Waybill
from shipments.models.waybills import BookingState


def timing(found: Waybill, now: datetime) -> str:
    """Early or late against the promise, in words; '' where nothing can be said."""
    if found.promised_by is None or found.booking_state != BookingState.BOOKED:
        return ""
    if found.delivered_at is None:
        return f"late by {span(now - found.promised_by)}" if now > found.promised_by else ""
    if found.delivered_at > found.promised_by:
        return f"{span(found.delivered_at - found.promised_by)} late"
    return f"{span(found.promised_by - found.delivered_at)} early"
