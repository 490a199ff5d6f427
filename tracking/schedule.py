"""When a parcel is looked at again: one table by its state and by how long nothing has happened to it.

The table is rows that admins change (`LookRule`); what follows here are the rows that an installation begins with.
By day means 06:00 to 20:00 from Monday to Saturday, public holidays excepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import holidays
from django.utils import timezone

from bexapi import SAST
from shipments.models import Waybill
from shipments.models.waybills import BookingState
from tracking import states
from tracking.models import LookRule

DAY_BEGINS, DAY_ENDS = time(6), time(20)
SOON, LATER, LONG = timedelta(minutes=2), timedelta(minutes=15), timedelta(minutes=30)
MORNING_PARTS = 3
PROMISE_NEAR, PROMISE_WAIT = timedelta(hours=6), timedelta(hours=1)
_EPOCH = datetime(2020, 1, 1, tzinfo=SAST)
SELDOM = 24 * 60 * 60.0
_SUNDAY = 6
_holidays = holidays.country_holidays("ZA")


@dataclass(frozen=True)
class Pace:
    """A row of the table, in minutes, hours and days as admins see it; None where it does not hold."""

    wait: int | None
    rest: int | None = None
    told: int | None = None
    quiet_hours: int | None = None
    quiet: int | None = None
    lost_days: int | None = None
    end_days: int | None = None


Table = Mapping[str, Pace]
State = LookRule.State
DEFAULTS: Table = {
    State.NO_EVENT: Pace(180, 720, 480, quiet_hours=24, quiet=240, lost_days=5),
    State.ANNOUNCED: Pace(240, 720, 720, quiet_hours=48, quiet=360, lost_days=5),
    State.WITH_BEX: Pace(240, 720, 720, quiet_hours=24, quiet=360, lost_days=4),
    State.IN_TRANSIT: Pace(480, 720, 720, quiet_hours=48, quiet=480, lost_days=4),
    State.AT_DEPOT: Pace(60, 720, 240, quiet_hours=24, quiet=180, lost_days=4),
    State.OUT_FOR_DELIVERY: Pace(10, 60, 60, quiet_hours=14, quiet=60, lost_days=3),
    State.ATTEMPT_FAILED: Pace(60, 720, 240, quiet_hours=24, quiet=180, lost_days=4),
    # The name of who signed is written hours or days after the driver's confirmation.
    State.AWAITING_SIGNEE: Pace(720, 720, 1440, quiet_hours=96, quiet=720, end_days=60),
    State.DELIVERED: Pace(None),
    State.RETURNED: Pace(1440, end_days=14),
    State.EXCEPTION: Pace(120, 360, 720, quiet_hours=24, quiet=240, lost_days=4),
    State.LOST_SIGHT: Pace(720, 1440, 1440, quiet_hours=30 * 24, quiet=1440, end_days=180),
    # It should not move; whether it does is still looked at for a while.
    State.CANCELLED: Pace(1440, end_days=14),
}
_BEFORE_COLLECTION = frozenset({states.NO_EVENT, states.ANNOUNCED})
_NEVER_LOST = frozenset({State.CANCELLED, State.DELIVERED, State.RETURNED, State.AWAITING_SIGNEE})


def table() -> Table:
    """As admins have it: one query."""
    rows = LookRule.objects.values_list(
        "state", "wait_minutes", "rest_minutes", "told_minutes", "quiet_hours", "quiet_minutes", "lost_days", "end_days"
    )
    return {**DEFAULTS, **{state: Pace(*row) for state, *row in rows}}


def fill_table() -> None:
    """Rows that are missing, as an installation begins with."""
    LookRule.objects.bulk_create(
        (
            LookRule(
                state=state, wait_minutes=pace.wait, rest_minutes=pace.rest, told_minutes=pace.told,
                quiet_hours=pace.quiet_hours, quiet_minutes=pace.quiet, lost_days=pace.lost_days,
                end_days=pace.end_days,
            )
            for state, pace in DEFAULTS.items()
        ),
        ignore_conflicts=True,
    )  # fmt: skip


def due_at(waybill: Waybill, now: datetime, table: Table) -> datetime | None:
    """When it is looked at again; None when there is nothing more to learn."""
    return next_look(waybill, now, table).at


class Why(StrEnum):
    """What decided about the next look."""

    USUAL = "its state's wait"
    QUIET = "nothing new for long"
    PROMISE = "its promise nears"
    EARLY = "before its collection day"
    REST = "at night, on a Sunday or a holiday"
    MORNING = "the working day begins"
    TOLD = "BEX told news by itself"
    OVER = "nothing new for so long that looks end"
    FINAL = "nothing more to learn"


class Look(NamedTuple):
    """The next look: None where there is none. `wait`: the one that held."""

    at: datetime | None
    why: Why
    wait: timedelta | None = None


def next_look(waybill: Waybill, now: datetime, table: Table) -> Look:
    """As of a look, or of news that BEX told, at `now`. Hourly at least while its promise nears."""
    pace, quiet_for = table[row_of(waybill)], now - last_news(waybill)
    if pace.wait is None:
        return Look(None, Why.FINAL)
    if pace.end_days is not None and quiet_for >= timedelta(days=pace.end_days):
        return Look(None, Why.OVER)
    wait, why = timedelta(minutes=pace.wait), Why.USUAL
    if pace.quiet_hours is not None and quiet_for >= timedelta(hours=pace.quiet_hours):
        wait, why = max((wait, why), (timedelta(minutes=pace.quiet or 0), Why.QUIET))
    ahead = waybill.promised_by - now if waybill.promised_by else timedelta(-1)
    if timedelta(0) <= ahead <= PROMISE_NEAR and row_of(waybill) not in _NEVER_LOST and wait > PROMISE_WAIT:
        wait, why = PROMISE_WAIT, Why.PROMISE  # whether it is kept is decided in these hours
    due, rested = _rested(now, wait, pace, waybill)
    if pace.told is not None and waybill.tracking_told_at is not None:
        told = waybill.tracking_told_at + timedelta(minutes=pace.told)
        if told > due:
            return Look(told, Why.TOLD, wait)
    return Look(due, rested or why, wait)


def is_lost(waybill: Waybill, now: datetime, table: Table) -> bool:
    """Whether nothing was heard of it for so long that nobody can say where it is."""
    row = row_of(waybill)
    days = table[row].lost_days
    return row not in _NEVER_LOST and days is not None and now - last_news(waybill) >= timedelta(days=days)


def last_news(waybill: Waybill) -> datetime:
    """Since when nothing has happened. A parcel that waits for its collection day is not silent."""
    if waybill.booking_state == BookingState.CANCELLED and waybill.cancelled_at:
        return waybill.cancelled_at
    since = waybill.last_event_at or waybill.booked_at or waybill.created_at
    if waybill.transit_state in _BEFORE_COLLECTION:
        return max(since, _begin_of(waybill.collection_date))
    return since


def is_rest(moment: datetime) -> bool:
    """At night, on a Sunday or on a public holiday: little moves then."""
    local = moment.astimezone(SAST)
    return not DAY_BEGINS <= local.time() < DAY_ENDS or is_free(local.date())


@lru_cache(maxsize=4096)
def is_free(day: date) -> bool:
    """A Sunday or a public holiday of South Africa."""
    return day.weekday() == _SUNDAY or day in _holidays


def urgencies(table: Table) -> dict[str, float]:
    """Of each transit state: how many seconds late is once its wait. Being as late, the shorter wait comes first."""
    waits = {state: table[state or State.NO_EVENT].wait for state in states.ALL}
    return {state: SELDOM if wait is None else 60.0 * wait for state, wait in waits.items()}


def row_of(waybill: Waybill) -> str:
    if waybill.booking_state == BookingState.CANCELLED and waybill.transit_state != states.DELIVERED:
        return State.CANCELLED
    return waybill.transit_state or State.NO_EVENT


def _rested(now: datetime, wait: timedelta, pace: Pace, waybill: Waybill) -> tuple[datetime, Why | None]:
    """A look that would fall into a rest waits longer. No rest is slept past: by the first half hour of the working day
    after it, over which such looks are spread, each was looked at.
    """
    due = _together(now, wait)
    if pace.rest is None:
        return due, None
    slow = max(wait, timedelta(minutes=pace.rest))
    if waybill.transit_state in _BEFORE_COLLECTION and now.astimezone(SAST).date() < waybill.collection_date:
        return _together(now, slow), Why.EARLY if slow > wait else None
    rests = is_rest(due)
    if not rests and not is_rest(now):
        return due, None
    begins = next_day_begins(now) + LATER * (waybill.pk.int % MORNING_PARTS)
    morning = max(begins, now + min(wait, SOON))
    later = _together(now, slow) if rests else due
    return (morning, Why.MORNING) if morning < later else (later, Why.REST if rests else None)


def _together(now: datetime, wait: timedelta) -> datetime:
    """At the end of the wait or a little sooner, where others are due as well: so calls are full."""
    due = now + wait
    step = SOON if wait < LONG else LATER
    return max(due - (due - _EPOCH) % step, now + wait / 2)


def next_day_begins(now: datetime) -> datetime:
    """The first begin of a working day after this moment."""
    day = now.astimezone(SAST).date()
    while True:
        begins = datetime.combine(day, DAY_BEGINS, tzinfo=SAST)
        if begins > now and not is_free(day):
            return begins
        day += timedelta(days=1)


def _begin_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), SAST)
