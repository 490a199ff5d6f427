"""When a parcel is looked at again: by its state and age, at night and on holidays, after notifications, in silence."""

from datetime import date, datetime, timedelta

import pytest

from bexapi import SAST
from shipments.models import Waybill
from tests.courier import ScriptedBex, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tracking import schedule
from tracking.models import LookRule
from tracking.sync import sync

TABLE = schedule.DEFAULTS
LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SAST)


def parcel(state: str, now: datetime, quiet: timedelta = timedelta(hours=1), **more: object) -> Waybill:
    values = {"collection_date": (now - timedelta(days=1)).date(), "booked_at": now - quiet, **more}
    return Waybill(transit_state=state, last_event_at=now - quiet, **values)


@pytest.mark.parametrize(
    ("moment", "rests"),
    [
        ("2026-11-27 12:00", False),
        ("2026-11-28 12:00", False),
        ("2026-11-29 12:00", True),
        ("2026-11-27 05:59", True),
        ("2026-11-27 06:00", False),
        ("2026-11-27 20:00", True),
        ("2026-12-16 12:00", True),
        ("2026-12-25 12:00", True),
        ("2026-04-03 12:00", True),
        ("2027-03-22 12:00", True),
        ("2026-08-10 12:00", True),
    ],
)
def test_nights_sundays_and_public_holidays_are_rests(moment: str, rests: bool) -> None:
    assert schedule.is_rest(at(moment)) is rests


def test_a_parcel_between_depots_is_looked_at_more_seldom_at_night() -> None:
    noon, evening = at("2026-11-27 12:00"), at("2026-11-27 19:00")
    assert schedule.due_at(parcel("in_transit", noon), noon, TABLE) == noon + timedelta(hours=12)
    morning = at("2026-11-27 08:00")
    assert schedule.due_at(parcel("in_transit", morning), morning, TABLE) == morning + timedelta(hours=8)
    due = schedule.due_at(parcel("in_transit", evening), evening, TABLE)
    assert due is not None
    assert at("2026-11-28 06:00") <= due <= at("2026-11-28 06:30")


def test_a_rest_ends_with_the_night_and_not_all_look_at_once() -> None:
    night = at("2026-11-27 03:00")
    due = [schedule.due_at(parcel("at_depot", night), night, TABLE) for _ in range(200)]
    assert min(filter(None, due)) >= at("2026-11-27 06:00")
    assert max(filter(None, due)) <= at("2026-11-27 06:30")
    assert len(set(due)) == 3


def test_parcels_seen_at_different_moments_are_due_together_so_that_calls_are_full() -> None:
    moments = [at("2026-11-27 10:00") + timedelta(seconds=7 * number) for number in range(60)]
    due = {schedule.due_at(parcel("in_transit", now), now, TABLE) for now in moments}
    assert due == {at("2026-11-27 18:00")}
    on_the_van = [schedule.due_at(parcel("out_for_delivery", now), now, TABLE) for now in moments]
    assert all(
        timedelta(minutes=8) <= one - now <= timedelta(minutes=10)
        for one, now in zip(on_the_van, moments, strict=True)
        if one
    )
    assert len(set(on_the_van)) <= 5


def test_on_sunday_a_vehicle_is_looked_at_hourly() -> None:
    sunday = at("2026-11-29 12:00")
    assert schedule.due_at(parcel("out_for_delivery", sunday), sunday, TABLE) == sunday + timedelta(hours=1)


def test_while_its_promise_is_near_it_is_looked_at_hourly() -> None:
    noon = at("2026-11-27 12:00")
    near = parcel("in_transit", noon, promised_by=at("2026-11-27 17:00"))
    assert schedule.due_at(near, noon, TABLE) == noon + timedelta(hours=1)


def test_what_is_silent_is_looked_at_more_seldom() -> None:
    morning = at("2026-11-27 09:00")
    silent = parcel("in_transit", morning, timedelta(hours=50))
    assert schedule.due_at(silent, morning, TABLE) == morning + timedelta(hours=8)


def test_before_its_collection_day_nothing_hurries_and_nothing_is_lost() -> None:
    noon = at("2026-11-27 12:00")
    early = parcel("", noon, timedelta(days=10), collection_date=date(2026, 12, 4))
    assert schedule.due_at(early, noon, TABLE) == noon + timedelta(hours=12)
    assert not schedule.is_lost(early, noon, TABLE)


def test_of_what_says_nothing_for_days_sight_is_lost_until_it_speaks_again(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [LOADED])))
    sync(now=NOON)
    later = NOON + timedelta(days=4)
    result = sync(now=later)
    assert (result.parcels, result.changed) == (1, 0)
    lost = fresh(waybill)
    assert (lost.transit_state, lost.expected_by, lost.late_by) == ("lost_sight", None, None)
    assert lost.last_event_text == LOADED[1]
    assert lost.tracking_due_at is not None
    assert lost.tracking_due_at >= later + timedelta(hours=12)
    bex.on("track", tracked(("7", "ACP1", [("01-12-2026 13:00", "Arrived into BFN depot"), LOADED])))
    sync(now=lost.tracking_due_at)
    assert fresh(waybill).transit_state == "at_depot"


def test_a_delivered_parcel_whose_signee_is_awaited_is_never_lost(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [("27-11-2026 10:42", "Driver confirmed successful delivery"), LOADED])))
    sync(now=NOON)
    sync(now=NOON + timedelta(days=30))
    assert fresh(waybill).transit_state == "awaiting_signee"
    assert fresh(waybill).tracking_due_at is not None


def test_an_admins_row_holds_from_the_next_look_on(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1")
    LookRule.objects.filter(state="out_for_delivery").update(wait_minutes=24)
    bex.on("track", tracked(("7", "ACP1", [LOADED])))
    sync(now=NOON)
    assert fresh(waybill).tracking_due_at == NOON + timedelta(minutes=24)


def test_an_installation_begins_with_a_row_for_every_state(db: None) -> None:
    assert schedule.table() == dict(TABLE)
    assert set(LookRule.objects.values_list("state", flat=True)) == set(LookRule.State.values)
    LookRule.objects.filter(state="returned").update(wait_minutes=77)
    schedule.fill_table()
    assert schedule.table()["returned"].wait == 77, "what an admin changed stays"
