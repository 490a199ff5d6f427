"""A parcel's journey as a page shows it: its events newest first, and what will be asked next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bexportal.formats import local_date
from shipments.following.one_waybill import OVERDUE_AFTER
from shipments.models import Waybill
from tracking import schedule, states
from tracking.looking import why_next
from tracking.models import Event, Observation
from tracking.wordings import Kind

_DRAWN: dict[str, tuple[str, str]] = {
    Kind.INTEGRATED: ("announced", ""),
    Kind.HANDED_OVER: ("parcel", ""),
    Kind.DEPARTED: ("moving", ""),
    Kind.ARRIVED: ("depot", ""),
    Kind.LOADED: ("van", ""),
    Kind.ATTEMPT_FAILED: ("failed", "warn"),
    Kind.DRIVER_CONFIRMED: ("booked", ""),
    Kind.DELIVERED: ("delivered", "good"),
    Kind.RETURNED: ("return", "warn"),
    Kind.EXCEPTION: ("alert", "warn"),
    Kind.NOTED: ("note", ""),
    Kind.UNCLASSIFIED: ("note", ""),
}


@dataclass(frozen=True)
class Line:
    """`written_at`: where BEX wrote the row later than it happened. `shows_day`: another day than the line above."""

    text: str
    icon: str
    tone: str
    at: datetime
    written_at: datetime | None = None
    shows_day: bool = True


@dataclass(frozen=True)
class Journey:
    """`lines` end with the booking; `has_events`: BEX said something. `why_next`: why it is looked at when it is."""

    lines: Sequence[Line]
    has_events: bool
    others: Sequence[Observation]
    is_final: bool
    is_overdue: bool
    why_next: str


def journey(waybill: Waybill, events: Iterable[Event], now: datetime) -> Journey:
    """`events`: the waybill's, newest first. Two queries at most."""
    due, told = waybill.tracking_due_at, [_line(event) for event in events]
    return Journey(
        lines=_with_days([*told, *_booking(waybill)]),
        has_events=bool(told),
        others=_other_shipments(waybill),
        is_final=due is None and (waybill.tracking_checked_at or waybill.tracking_told_at) is not None,
        is_overdue=due is not None and due < now - OVERDUE_AFTER,
        why_next=why_next(waybill, schedule.table()),
    )


def _booking(waybill: Waybill) -> list[Line]:
    return [Line("Booked", "booked", "", waybill.booked_at)] if waybill.booked_at else []


def _with_days(lines: Sequence[Line]) -> list[Line]:
    above = [None, *(local_date(line.at) for line in lines)]
    return [replace(line, shows_day=local_date(line.at) != day) for line, day in zip(lines, above, strict=False)]


def _line(event: Event) -> Line:
    icon, tone = _DRAWN[event.kind]
    late = event.recorded_at - event.occurred_at >= timedelta(minutes=1)
    return Line(event.description, icon, tone, event.occurred_at, event.recorded_at if late else None)


def _other_shipments(waybill: Waybill) -> list[Observation]:
    """The last row of every other shipment under the same number; while the number is a person's word, of any."""
    if not waybill.shipment_id and waybill.number_confirmed:
        return []
    rows = Observation.objects.filter(waybill=waybill).exclude(shipment_id__in=(waybill.shipment_id, ""))
    last: dict[str, Observation] = {}
    for row in rows.order_by("first_seen_at", "position"):
        last[row.shipment_id] = row
    return list(last.values())


def news_in_words(before: Waybill, after: Waybill) -> str:
    """What a look has brought, in one sentence."""
    if (before.last_event_text, before.transit_state) == (after.last_event_text, after.transit_state):
        return "BEX has nothing new." if after.transit_state != states.NO_EVENT else "BEX has no event yet."
    return "BEX has news of this parcel."
