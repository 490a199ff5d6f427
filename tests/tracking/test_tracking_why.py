"""When BEX was asked and why it will next be, in words on the waybill's page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bexapi import NotSent
from shipments.models import Waybill
from tests.courier import ScriptedBex, refusal, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tests.tracking.test_tracking_pace import at, parcel
from tracking import schedule
from tracking.looking import why_next
from tracking.models import LookRule
from tracking.observing import Said, take_in
from tracking.sync import sync

TABLE = schedule.DEFAULTS
LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")
FRIDAY, NIGHT = "2026-11-27 10:00", "2026-11-27 19:50"


@pytest.mark.parametrize(
    ("state", "moment", "quiet", "more", "words"),
    [
        ("out_for_delivery", FRIDAY, 1, {}, "“Out for delivery” is looked at every 10\xa0min"),
        ("at_depot", FRIDAY, 30, {}, "there was nothing new for 1\xa0d\xa06\xa0h, so it is looked at every 3\xa0h"),
        ("in_transit", FRIDAY, 1, {"promised_by": at("2026-11-27 15:00")}, "its promise is near, so it is looked at"),
        ("at_depot", NIGHT, 1, {}, "the working day begins then"),
        ("out_for_delivery", NIGHT, 1, {}, "little moves at night, on Sundays and on holidays"),
        ("", FRIDAY, 1, {"collection_date": at("2026-12-04 08:00").date()}, "nothing hurries before its collection"),
        ("returned", FRIDAY, 24 * 20, {}, "there was nothing new for 20\xa0d, so it is not looked at any more"),
        ("delivered", FRIDAY, 1, {}, "nothing more is to be learnt"),
    ],
)  # fmt: skip
def test_the_reason_is_the_one_that_decided(
    state: str, moment: str, quiet: int, more: dict[str, object], words: str
) -> None:
    now = at(moment)
    one = parcel(state, now, timedelta(hours=quiet), **more)
    one.tracking_checked_at, one.tracking_due_at = now, schedule.due_at(one, now, TABLE)
    assert words in why_next(one, TABLE)


def test_what_bex_told_by_itself_needs_no_hurry(book: Book) -> None:
    waybill = book("ACP1")
    take_in(waybill.pk, [Said("tracking_event", NOON, description=LOADED[1], type_id=7)], now=NOON)
    assert why_next(fresh(waybill), TABLE) == "BEX tells its news by itself meanwhile"


def test_what_was_put_off_is_said_to_be(bex: ScriptedBex, book: Book) -> None:
    waybill, other = book("ACP1"), book("ACP2")
    bex.on("track", tracked(("7", "ACP1", [LOADED]), ("8", "ACP2", [LOADED])))
    sync(now=NOON)
    later = NOON + timedelta(minutes=10)
    bex.on("track", refusal("no"), refusal("no"), tracked(("8", "ACP2", [LOADED])))
    sync(now=later)
    said = {why_next(fresh(one), TABLE) for one in (waybill, other)}
    assert any(words.startswith("later than its pace") for words in said)


def test_a_pace_that_an_admin_changes_is_no_reason_before_it_holds(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [LOADED])))
    sync(now=NOON)
    LookRule.objects.filter(state="out_for_delivery").update(wait_minutes=25)
    assert "the pace was changed" in why_next(fresh(waybill), schedule.table())


def page(client: Client, waybill: Waybill) -> str:
    return " ".join(client.get(reverse("waybill", args=[waybill.pk])).content.decode().split())


def test_the_page_says_it(bex: ScriptedBex, as_booker: Client, book: Book) -> None:
    waybill = book("ACP1", booked_at=timezone.now(), tracking_due_at=timezone.now())
    assert "BEX was not asked yet. It is asked again as soon as it can be" in page(as_booker, waybill)
    bex.on("track", NotSent("refused"), tracked(("7", "ACP1", [("24-11-2026 07:06", "Arrived into BFN depot")])))
    sync()
    sync(now=timezone.now() + timedelta(minutes=3))
    text = page(as_booker, waybill)
    assert "BEX was asked <time" in text
    assert "Next <time" in text
