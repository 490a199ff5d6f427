"""What a screen reader hears when a part of an open waybill's page changes: the news, in one short sentence each."""

from bexportal.templatetags._states import shipment_context
from shipments.models import Waybill
from shipments.models.waybills import BookingState


def of(found: Waybill) -> dict[str, str]:
    """Needs notes and reweighings loaded."""
    notes, weighed = len(found.notes.all()), len(found.reweighings.all())
    return {
        "said_of_state": _state(found),
        "said_of_transit": of_transit(found),
        "said_of_notes": f"BEX has written a note, {notes} in all" if notes else "",
        "said_of_reweighing": f"BEX has weighed it again, {weighed} in all" if weighed else "",
    }


def _state(found: Waybill) -> str:
    if found.booking_state == BookingState.BOOKED:
        return f"Booked as {found.waybill_number}" if found.waybill_number else "Booked"
    words = found.get_booking_state_display()
    return f"{words}: {found.get_hold_reason_display()}" if found.hold_reason else words


def in_short(found: Waybill, *, late: str) -> str:
    """Its state in a list. How late it is changes by itself and is no news."""
    return str(shipment_context(found.booking_state, found.transit_state, late=late)["words"])


def of_transit(found: Waybill) -> str:
    """Where it is, and BEX's words for the last event."""
    state = shipment_context(found.booking_state, found.transit_state)["words"]
    parts = [state, found.last_event_text, f"signed by {found.signee}" if found.signee else ""]
    return ". ".join(part.rstrip(".") for part in parts if part)
