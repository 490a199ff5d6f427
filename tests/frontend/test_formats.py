"""How money, weights, sizes and moments are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bexportal import formats

SAST = ZoneInfo("Africa/Johannesburg")
NOW = datetime(2026, 11, 27, 14, 12, tzinfo=SAST)
TODAY = NOW.date()


def plain(text: str) -> str:
    """With ordinary spaces, so that the expectations can be read."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("1052.08"), "R 1 052.08"),
        (Decimal("1234567.891"), "R 1 234 567.89"),
        (Decimal("0.005"), "R 0.01"),
        (Decimal(-12), "−R 12.00"),
        (Decimal("-0.001"), "R 0.00"),
        (0, "R 0.00"),
        (None, "–"),
    ],
)
def test_money_has_two_decimals_and_groups_of_three(value: Decimal | None, words: str) -> None:
    assert plain(formats.money(value)) == words


def test_money_never_breaks_across_lines() -> None:
    assert " " not in formats.money(Decimal("1052.08"))


def test_a_column_of_rand_drops_the_r() -> None:
    assert plain(formats.rand(Decimal("43315.78"))) == "43 315.78"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("169.69"), "+R 169.69"),
        (Decimal(-12), "−R 12.00"),
        (Decimal("0.001"), "R 0.00"),
        (Decimal(0), "R 0.00"),
        (None, "–"),
    ],
)
def test_a_difference_carries_its_sign(value: Decimal | None, words: str) -> None:
    assert plain(formats.signed_money(value)) == words


def test_weights_are_shown_as_typed_or_as_charged() -> None:
    assert plain(formats.kg(Decimal(18))) == "18.00 kg"
    assert plain(formats.charged_kg(Decimal("45.00"))) == "45 kg"
    assert plain(formats.charged_kg(Decimal(100))) == "100 kg"
    assert plain(formats.charged_kg(Decimal("45.50"))) == "45.5 kg"
    assert formats.kg(None) == formats.charged_kg(None) == "–"


def test_sizes_and_volumes_name_their_units() -> None:
    assert plain(formats.cm_size(40, 30, 30)) == "40 × 30 × 30 cm"
    assert formats.cm_size(40, None, 30) == "–"
    assert plain(formats.volume_m3(224_000)) == "0.224 m³"
    assert plain(formats.volume_m3(Decimal(1_870_400))) == "1.870 m³"


def test_the_year_follows_only_when_it_is_another() -> None:
    assert plain(formats.day(date(2026, 11, 27), today=TODAY)) == "Fri 27 Nov"
    assert plain(formats.day(date(2027, 1, 4), today=TODAY)) == "Mon 4 Jan 2027"
    assert formats.day(None, today=TODAY) == "–"


def test_moments_are_shown_in_south_african_time() -> None:
    late_utc = datetime(2026, 11, 26, 22, 30, 9, tzinfo=UTC)
    assert plain(formats.day(late_utc, today=TODAY)) == "Fri 27 Nov"
    assert formats.clock(late_utc) == "00:30"
    assert formats.clock_s(late_utc) == "00:30:09"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        formats.clock(datetime(2026, 11, 27, 14, 12))


def test_a_moment_of_today_needs_no_date() -> None:
    assert formats.moment(NOW - timedelta(hours=1), now=NOW) == "13:12"
    assert plain(formats.moment(NOW - timedelta(days=1), now=NOW)) == "Thu 26 Nov 14:12"


def test_a_promise_says_today_or_the_day() -> None:
    assert plain(formats.promise(datetime(2026, 11, 30, 12, tzinfo=SAST), now=NOW)) == "Mon 30 Nov by 12:00"
    assert plain(formats.promise(datetime(2026, 11, 27, 17, tzinfo=SAST), now=NOW)) == "Today by 17:00"
    assert formats.promise(None, now=NOW) == "–"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(minutes=48), "48 min"),
        (timedelta(hours=1, minutes=48, seconds=59), "1 h 48 min"),
        (timedelta(hours=21), "21 h"),
        (timedelta(days=2, hours=20, minutes=30), "2 d 20 h"),
        (timedelta(seconds=20), "1 min"),
        (timedelta(0), ""),
        (-timedelta(minutes=1), ""),
    ],
)
def test_a_countdown_shows_no_seconds_and_ends_empty(left: timedelta, words: str) -> None:
    assert plain(formats.countdown(NOW + left, now=NOW)) == words


def test_ago_counts_from_the_first_minute() -> None:
    assert formats.ago(NOW - timedelta(seconds=59), now=NOW) == "just now"
    assert plain(formats.ago(NOW - timedelta(minutes=3), now=NOW)) == "3 min ago"
    assert plain(formats.ago(NOW - timedelta(hours=2, minutes=34), now=NOW)) == "2 h 34 min ago"
