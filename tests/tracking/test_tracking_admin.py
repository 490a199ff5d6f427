"""Admins read and change how soon parcels are looked at, and say what BEX's words mean."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import TrailEntry, User
from bexportal.models import Heartbeat
from shipments.attention.cases import groups
from tests.courier import ScriptedBex, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tracking.models import LookRule, Wording
from tracking.sync import sync
from tracking.tasks import derive_anew

PACE = "/admin/tracking/lookrule/out_for_delivery/change/"
USUAL = {
    "wait_minutes": "10", "rest_minutes": "60", "told_minutes": "60", "quiet_hours": "14", "quiet_minutes": "60",
    "lost_days": "3", "end_days": "",
}  # fmt: skip


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def test_the_table_is_read_and_changed_and_the_trail_says_from_what_to_what(as_admin: Client) -> None:
    page = as_admin.get("/admin/tracking/lookrule/").content.decode()
    assert "Out for delivery" in page
    assert as_admin.post(PACE, {**USUAL, "wait_minutes": "5"}).status_code == 302
    assert LookRule.objects.get(state="out_for_delivery").wait_minutes == 5
    [line] = TrailEntry.objects.filter(action="lookrule.changed")
    assert ["10", "5"] in next(iter(line.detail["changes"][0].values()))["values"].values()


def test_the_table_reads_in_minutes_hours_and_days_in_the_order_of_a_journey(as_admin: Client) -> None:
    page = as_admin.get("/admin/tracking/lookrule/").content.decode().replace("\xa0", " ")
    states = ("No event yet", "Announced", "On the way", "Out for delivery", "Delivered", "Returned")
    places = [page.index(f">{state}</a>") for state in states]
    assert places == sorted(places)
    for words in ("10 min", "12 h", "4 d", "Lost after", "How soon a parcel is looked at again"):
        assert words in page


def test_what_is_wrong_is_said_in_words_once(as_admin: Client) -> None:
    page = as_admin.post(PACE, {**USUAL, "wait_minutes": "0", "lost_days": "999"}).content.decode()
    assert "At least 1 minute." in page
    assert "At most 365 days." in page
    page = as_admin.post("/admin/tracking/wording/add/", {"text": "", "type_id": "", "kind": ""}).content.decode()
    assert "Either a text or a TrackingTypeId." in page
    assert "Constraint" not in page
    twice = {"text": "Loaded onto vehicle for delivery", "type_id": "", "kind": "loaded"}
    page = as_admin.post("/admin/tracking/wording/add/", twice).content.decode()
    assert "These words are in the list already" in page
    assert "Constraint" not in page


@pytest.mark.parametrize(
    "wrong",
    [{"wait_minutes": ""}, {"wait_minutes": "0"}, {"wait_minutes": "-3"}, {"quiet_minutes": ""}, {"lost_days": "999"}],
)
def test_a_row_that_makes_no_sense_is_refused(as_admin: Client, wrong: dict[str, str]) -> None:
    assert as_admin.post(PACE, {**USUAL, **wrong}).status_code == 200
    assert LookRule.objects.get(state="out_for_delivery").wait_minutes == 10


def test_rows_come_and_go_with_the_states_alone(as_admin: Client) -> None:
    assert as_admin.get("/admin/tracking/lookrule/add/").status_code == 403
    assert as_admin.get(PACE.replace("change", "delete")).status_code == 403


def test_a_wording_is_mapped_from_the_list_and_its_parcels_follow(
    as_admin: Client, admin: User, bex: ScriptedBex, book: Book
) -> None:
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [("27-11-2026 08:00", "Scanned in at BFN depot")])))
    sync(now=NOON)
    [case] = next(group for group in groups(admin, NOON) if group.kind.code == "unknown_words").cases
    assert case.matter is not None
    page = as_admin.get(case.matter.link).content.decode()
    assert "Scanned in at BFN depot" in page
    assert f"/waybills/{waybill.pk}/" in page
    assert as_admin.post(case.matter.link, {"kind": "arrived"}).status_code == 302
    derive_anew()
    assert fresh(waybill).transit_state == "at_depot"
    assert "unknown_words" not in {group.kind.code for group in groups(admin, NOON)}
    assert TrailEntry.objects.filter(action="wording.changed").count() == 1


def test_an_admin_adds_a_wording_before_bex_uses_it(as_admin: Client, bex: ScriptedBex, book: Book) -> None:
    new = {"text": "Shipment  Weighed at *", "type_id": "", "kind": "noted"}
    assert as_admin.post("/admin/tracking/wording/add/", new).status_code == 302
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [("27-11-2026 08:00", "Shipment weighed at JNB 2")])))
    sync(now=NOON)
    assert fresh(waybill).transit_state == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "*", "type_id": "", "kind": "arrived"},
        {"text": "", "type_id": "", "kind": "arrived"},
        {"text": "weighed", "type_id": "30", "kind": "arrived"},
        {"text": "loaded onto vehicle for delivery", "type_id": "", "kind": "arrived"},
        {"text": "", "type_id": "7", "kind": "arrived"},
    ],
)
def test_a_wording_that_makes_no_sense_is_refused(as_admin: Client, wrong: dict[str, str]) -> None:
    assert as_admin.post("/admin/tracking/wording/add/", wrong).status_code == 200
    assert not Wording.objects.filter(documented=False).exists()


def test_a_documented_wording_is_read_only(as_admin: Client) -> None:
    pk = Wording.objects.filter(documented=True).values_list("pk", flat=True)[0]
    assert as_admin.post(f"/admin/tracking/wording/{pk}/change/", {"kind": "noted"}).status_code == 403
    assert "driver confirmed" in as_admin.get("/admin/tracking/wording/?meaning=documented").content.decode()


def test_lost_parcels_and_a_sweep_that_stands_still_need_a_person(admin: User, book: Book) -> None:
    now = timezone.now()
    book("ACP1", transit_state="lost_sight", last_event_at=now - timedelta(days=9))
    Heartbeat.objects.create(name="sweep", at=now - timedelta(hours=1))
    codes = {group.kind.code: group.count for group in groups(admin, now)}
    assert (codes["lost_sight"], codes["sweep_stands_still"]) == (1, 1)
    Heartbeat.objects.filter(name="sweep").update(at=now)
    assert "sweep_stands_still" not in {group.kind.code for group in groups(admin, now)}
