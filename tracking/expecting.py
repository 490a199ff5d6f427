"""When a parcel should be there, as of now: the quote's promise for as long as nothing speaks against it.

BEX tells no estimate once a parcel is booked. What is said here is simple on purpose: a collection that was missed
moves the promise by as many working days; after a failed attempt, and once the promise has passed, it is the end of
the next day on which BEX delivers. Of what was lost sight of, nothing is said.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bexapi import SAST
from shipments.models import Waybill
from shipments.models.waybills import BookingState
from tracking import states
from tracking.schedule import is_free

ROUND_LEAVES, ROUND_ENDS = time(10), time(17)
"""What lies at the depot by ten goes out that day; a day's deliveries end at five."""
_NOTHING_TO_EXPECT = frozenset({states.DELIVERED, states.AWAITING_SIGNEE, states.RETURNED, states.LOST_SIGHT})
_NOT_COLLECTED = frozenset({states.NO_EVENT, states.ANNOUNCED})


@dataclass(frozen=True)
class Expectation:
    """`by`: None where nothing can be said. `why`: in words for staff."""

    by: datetime | None
    why: str = ""


def expectation(waybill: Waybill, now: datetime) -> Expectation:
    state, promised = waybill.transit_state, waybill.promised_by
    if waybill.booking_state != BookingState.BOOKED or state in _NOTHING_TO_EXPECT or waybill.delivered_at is not None:
        return Expectation(None)
    if state == states.ATTEMPT_FAILED and waybill.last_event_at is not None:
        again = _end_of_round(_next_working_day(_day(waybill.last_event_at)), now)
        return Expectation(max(again, promised) if promised else again, "BEX tries again on its next working day")
    if promised is None:
        on_the_vehicle = state == states.OUT_FOR_DELIVERY
        return Expectation(_next_round(waybill, now), "it is out for delivery") if on_the_vehicle else Expectation(None)
    if state in _NOT_COLLECTED:
        missed = _working_days_missed(waybill.collection_date, now)
        if missed:
            late = _later(promised, missed)
            return Expectation(max(late, _next_round(waybill, now)) if late < now else late, "BEX has not collected it")
    if now <= promised:
        return Expectation(promised, "as promised")
    return Expectation(_next_round(waybill, now), "it is out for delivery" if _is_out(waybill, now) else "late already")


def settle(waybill: Waybill, now: datetime) -> bool:
    """Sets what is expected and how late that is; whether it differs from before. The caller saves."""
    before = waybill.expected_by, waybill.late_by
    waybill.expected_by = expectation(waybill, now).by
    actual = waybill.delivered_at or waybill.expected_by
    waybill.late_by = actual - waybill.promised_by if actual and waybill.promised_by else None
    return (waybill.expected_by, waybill.late_by) != before


def _is_out(waybill: Waybill, now: datetime) -> bool:
    last = waybill.last_event_at
    return waybill.transit_state == states.OUT_FOR_DELIVERY and last is not None and _day(last) == _day(now)


def _next_round(waybill: Waybill, now: datetime) -> datetime:
    today = _day(now)
    goes_today = _is_out(waybill, now) or (
        waybill.transit_state == states.AT_DEPOT and now.astimezone(SAST).time() < ROUND_LEAVES and not is_free(today)
    )
    end = datetime.combine(today, ROUND_ENDS, tzinfo=SAST)
    return end if goes_today and now < end else datetime.combine(_next_working_day(today), ROUND_ENDS, tzinfo=SAST)


def _end_of_round(day: date, now: datetime) -> datetime:
    """Of that day, or of the next one where it has passed."""
    end = datetime.combine(day, ROUND_ENDS, tzinfo=SAST)
    return end if now < end else datetime.combine(_next_working_day(_day(now)), ROUND_ENDS, tzinfo=SAST)


def _working_days_missed(collection: date, now: datetime) -> int:
    """Days on which it should have been collected and was not: today counts once the round has ended."""
    last = _day(now) if now.astimezone(SAST).time() >= ROUND_ENDS else _day(now) - timedelta(days=1)
    days = min((last - collection).days + 1, 60)
    return sum(not is_free(collection + timedelta(days=number)) for number in range(days))


def _later(moment: datetime, working_days: int) -> datetime:
    local = moment.astimezone(SAST)
    day = local.date()
    for _ in range(working_days):
        day = _next_working_day(day)
    return datetime.combine(day, local.time(), tzinfo=SAST)


def _next_working_day(day: date) -> date:
    day += timedelta(days=1)
    while is_free(day):
        day += timedelta(days=1)
    return day


def _day(moment: datetime) -> date:
    return moment.astimezone(SAST).date()
