"""South African working days: no weekends, no public holidays (Public Holidays Act 36 of 1994)."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

FIXED = ((1, 1), (3, 21), (4, 27), (5, 1), (6, 16), (8, 9), (9, 24), (12, 16), (12, 25), (12, 26))
DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6


@lru_cache
def holidays(year: int) -> frozenset[date]:
    """A holiday that falls on a Sunday moves the rest to the Monday after it."""
    easter = easter_sunday(year)
    days = {date(year, month, day) for month, day in FIXED}
    days |= {day + DAY for day in days if day.weekday() == SUNDAY}
    return frozenset(days | {easter - 2 * DAY, easter + DAY})


def easter_sunday(year: int) -> date:
    """The anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def is_holiday(day: date) -> bool:
    return day in holidays(day.year)


def is_workday(day: date) -> bool:
    return day.weekday() < SATURDAY and not is_holiday(day)


def is_workday_or_saturday(day: date) -> bool:
    return day.weekday() != SUNDAY and not is_holiday(day)


def is_workday_or_holiday(day: date) -> bool:
    return day.weekday() < SATURDAY


def on_or_after(day: date, works: Callable[[date], bool] = is_workday) -> date:
    while not works(day):
        day += DAY
    return day


def add_workdays(day: date, count: int, works: Callable[[date], bool] = is_workday) -> date:
    for _ in range(count):
        day = on_or_after(day + DAY, works)
    return day


def holidays_between(first: date, last: date) -> int:
    """Public holidays after ``first`` up to and with ``last``."""
    return sum(is_holiday(first + DAY * step) for step in range(1, (last - first).days + 1))
