"""The courier's calendar: weekends, public holidays, and those that move."""

from datetime import date

import pytest

from sandbox.workdays import add_workdays, easter_sunday, holidays, holidays_between, is_workday


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2021, 4, 4), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28)]
)
def test_easter_falls_where_the_church_says(year: int, month: int, day: int) -> None:
    assert easter_sunday(year) == date(year, month, day)


def test_the_public_holidays_of_2026_are_those_that_were_proclaimed() -> None:
    days = ["01-01", "03-21", "04-03", "04-06", "04-27", "05-01", "06-16", "08-09", "08-10", "09-24", "12-16", "12-25"]
    assert sorted(f"{day:%m-%d}" for day in holidays(2026)) == [*days, "12-26"]


def test_work_begins_again_after_weekends_and_holidays() -> None:
    assert not is_workday(date(2026, 11, 28))
    assert add_workdays(date(2026, 11, 27), 1) == date(2026, 11, 30)
    assert add_workdays(date(2026, 12, 15), 1) == date(2026, 12, 17)
    assert add_workdays(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert holidays_between(date(2026, 12, 24), date(2026, 12, 28)) == 2
