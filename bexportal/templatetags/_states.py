"""The states of a shipment in words, silhouettes and tones. Colour never speaks alone: each has a shape and words."""

from typing import NamedTuple, TypedDict


class State(NamedTuple):
    words: str
    icon: str
    tone: str = ""


class Shown(TypedDict):
    words: str
    icon: str
    tone: str
    detail: str


BOOKING = {
    "draft": State("Draft", "draft"),
    "queued": State("Waiting to send", "queued"),
    "held": State("Held", "held", "warn"),
    "submitting": State("Sending to BEX", "submitting", "on"),
    "booked": State("Booked", "booked"),
    "rejected": State("Refused by BEX", "rejected", "bad"),
    "unknown": State("Outcome unknown", "unknown", "unsure"),
    "abandoned": State("Abandoned", "abandoned"),
    "cancelled": State("Cancelled", "cancelled"),
}
TRANSIT = {
    "": State("No event yet", "queued"),
    "announced": State("Announced", "announced"),
    "with_bex": State("With BEX", "parcel"),
    "in_transit": State("On the way", "moving"),
    "at_depot": State("At depot", "depot"),
    "out_for_delivery": State("Out for delivery", "van", "on"),
    "attempt_failed": State("Attempt failed", "failed", "warn"),
    "awaiting_signee": State("Delivered, signee awaited", "delivered", "good"),
    "delivered": State("Delivered", "delivered", "good"),
    "returned": State("Returned", "return", "warn"),
    "exception": State("Other event", "note"),
    "lost_sight": State("No news for long", "search", "warn"),
}
LATE = State("Late", "clock", "warn")
ARRIVED = frozenset({"awaiting_signee", "delivered", "returned"})


def _shown(state: State, *, words: str = "", detail: str = "") -> Shown:
    return {"words": words or state.words, "icon": state.icon, "tone": state.tone, "detail": detail}


def booking_context(state: str, reason: str = "") -> Shown:
    """A held shipment says why: `Held: approval`. An unknown code raises KeyError: it has no words yet."""
    known = BOOKING[state]
    return _shown(known, words=f"Held: {reason}" if state == "held" and reason else "")


def transit_context(state: str, words: str = "") -> Shown:
    """`words` are BEX's own; they are shown for what this project has no name for."""
    return _shown(TRANSIT[state], words=words if state == "exception" else "")


def shipment_context(booking: str, transit: str, *, reason: str = "", words: str = "", late: str = "") -> Shown:
    if booking != "booked":
        return booking_context(booking, reason)
    if late and transit not in ARRIVED:
        return _shown(LATE, detail=late)
    return transit_context(transit, words)
