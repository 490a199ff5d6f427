"""What the courier offers on a lane and a day: each service, and its add-on variants, with all of their times."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sandbox.places import MAJOR, REMOTE
from sandbox.rates import SERVICES, Lane, Service
from sandbox.workdays import (
    DAY,
    SATURDAY,
    add_workdays,
    holidays_between,
    is_holiday,
    is_workday_or_holiday,
    is_workday_or_saturday,
    on_or_after,
)

COLLECTED_BY = time(18, 0)
DRIVER_COMES_AFTER = timedelta(minutes=30)  # the cut-off


@dataclass(frozen=True)
class Option:
    """Times are South African, without a zone, as the courier writes them."""

    service: Service
    add_on: str
    schedule_by: datetime
    deliver: datetime
    deliver_latest: datetime
    transit_days: int
    holidays: int
    guaranteed: bool

    @property
    def collect_from(self) -> datetime:
        return self.schedule_by + DRIVER_COMES_AFTER

    @property
    def collect(self) -> datetime:
        return datetime.combine(self.schedule_by.date(), COLLECTED_BY)


def options(lane: Lane, dispatch: date, now: datetime) -> list[Option]:
    """All options, cheapest kind last; ``now`` is South African time without a zone and decides about cut-offs."""
    found = []
    for service in SERVICES.values():
        if lane.offers(service):
            plain = _plain(lane, service, dispatch, now)
            found += [plain, *_variants(lane, plain)]
    return found


def _plain(lane: Lane, service: Service, dispatch: date, now: datetime) -> Option:
    day = on_or_after(max(dispatch, now.date()))
    if datetime.combine(day, service.cut_off) <= now:
        day = on_or_after(day + DAY)
    days = lane.days(service)
    return _delivered_on(add_workdays(day, days), lane, service, datetime.combine(day, service.cut_off), days)


def _delivered_on(day: date, lane: Lane, service: Service, schedule_by: datetime, days: int) -> Option:
    early, late = service.deliver, service.deliver_latest
    if service.code == "ONC" and lane.destination.category != MAJOR:
        early, late = time(14, 0), time(16, 0)
    return Option(
        service=service,
        add_on="",
        schedule_by=schedule_by,
        deliver=datetime.combine(day, early),
        deliver_latest=datetime.combine(day, late),
        transit_days=days,
        holidays=holidays_between(schedule_by.date(), day),
        guaranteed=lane.guaranteed(service),
    )


def _variants(lane: Lane, plain: Option) -> list[Option]:
    """Saturday and public holiday where they bring the delivery forward, after hours overnight to a major centre."""
    service, found = plain.service, []
    if service.code in ("DBD", "ONC") and lane.destination.category != REMOTE:
        saturday = _earlier(lane, plain, is_workday_or_saturday)
        if saturday.deliver.weekday() == SATURDAY:
            found.append(replace(saturday, add_on="SURSAT"))
        holiday = _earlier(lane, plain, is_workday_or_holiday)
        if is_holiday(holiday.deliver.date()):
            found.append(replace(holiday, add_on="SURPUB"))
    if service.code == "ONC" and lane.destination.category == MAJOR:
        day = plain.deliver.date()
        evening, latest = datetime.combine(day, time(18, 30)), datetime.combine(day, time(20, 0))
        found.append(replace(plain, add_on="SURAHS", deliver=evening, deliver_latest=latest))
    return found


def _earlier(lane: Lane, plain: Option, works: Callable[[date], bool]) -> Option:
    start = plain.schedule_by.date()
    day = add_workdays(start, plain.transit_days, works)
    return _delivered_on(day, lane, plain.service, plain.schedule_by, plain.transit_days)
