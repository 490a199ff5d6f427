"""Promise against actual: what was promised, what is expected now, on time or late and by how much."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from bexapi import SAST
from shipments.filtering import TIMINGS, in_timing
from shipments.models import Waybill
from shipments.models.waybills import BookingState
from shipments.timing import expected, timing
from tests.courier import ScriptedBex, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tracking.expecting import expectation
from tracking.sync import sync

LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SAST)


def booked(book: Book, number: str, **more: Any) -> Waybill:
    waybill = book(number)
    Waybill.objects.filter(pk=waybill.pk).update(**more)
    return fresh(waybill)


@pytest.mark.parametrize(
    ("state", "last", "promised", "now", "by"),
    [
        ("in_transit", "2026-11-27 04:00", "2026-11-27 17:00", "2026-11-27 12:00", "2026-11-27 17:00"),
        ("out_for_delivery", "2026-11-27 07:06", "2026-11-27 12:00", "2026-11-27 11:00", "2026-11-27 12:00"),
        ("out_for_delivery", "2026-11-27 07:06", "2026-11-27 12:00", "2026-11-27 13:00", "2026-11-27 17:00"),
        ("out_for_delivery", "2026-11-27 07:06", "2026-11-27 12:00", "2026-11-27 18:00", "2026-11-28 17:00"),
        ("at_depot", "2026-11-28 05:00", "2026-11-27 17:00", "2026-11-28 09:00", "2026-11-28 17:00"),
        ("at_depot", "2026-11-28 05:00", "2026-11-27 17:00", "2026-11-28 11:00", "2026-11-30 17:00"),
        ("attempt_failed", "2026-11-28 11:00", "2026-11-28 17:00", "2026-11-28 12:00", "2026-11-30 17:00"),
        ("attempt_failed", "2026-11-27 11:00", "2026-12-01 17:00", "2026-11-27 12:00", "2026-12-01 17:00"),
        ("", "", "2026-11-27 17:00", "2026-11-26 16:00", "2026-11-27 17:00"),
        ("announced", "2026-11-25 09:00", "2026-11-27 17:00", "2026-11-27 08:00", "2026-11-28 17:00"),
        ("announced", "2026-11-25 09:00", "2026-11-27 17:00", "2026-11-27 18:00", "2026-11-30 17:00"),
        ("lost_sight", "2026-11-20 09:00", "2026-11-21 17:00", "2026-11-27 18:00", ""),
        ("delivered", "2026-11-20 09:00", "2026-11-21 17:00", "2026-11-27 18:00", ""),
        ("in_transit", "2026-11-27 04:00", "", "2026-11-27 12:00", ""),
        ("out_for_delivery", "2026-11-27 07:06", "", "2026-11-27 12:00", "2026-11-27 17:00"),
    ],
)
def test_what_is_expected_now(state: str, last: str, promised: str, now: str, by: str) -> None:
    waybill = Waybill(
        booking_state=BookingState.BOOKED, transit_state=state, last_event_at=at(last) if last else None,
        promised_by=at(promised) if promised else None, collection_date=date(2026, 11, 26),
    )  # fmt: skip
    assert expectation(waybill, at(now)).by == (at(by) if by else None)


def test_it_is_stored_and_follows_the_clock(bex: ScriptedBex, book: Book) -> None:
    waybill = booked(book, "ACP1", promised_by=NOON + timedelta(hours=1), collection_date=date(2026, 11, 27))
    bex.on("track", tracked(("7", "ACP1", [LOADED])))
    sync(now=NOON)
    waybill = fresh(waybill)
    assert (waybill.expected_by, waybill.late_by) == (waybill.promised_by, timedelta(0))
    assert timing(waybill, NOON) == "on time so far"
    later = NOON + timedelta(hours=2)
    assert sync(now=later).changed == 0
    waybill = fresh(waybill)
    assert (waybill.expected_by, waybill.late_by) == (at("2026-11-27 17:00"), timedelta(hours=4))
    assert timing(waybill, later) == "late by 1\u00a0h"
    assert expected(waybill, later).startswith("expected by")
    bex.on("track", tracked(("7", "ACP1", [("27-11-2026 16:00", "Delivered to X at 15:30 on 27 Nov 2026"), LOADED])))
    sync(now=at("2026-11-27 18:00"))
    waybill = fresh(waybill)
    assert (waybill.expected_by, waybill.late_by) == (None, timedelta(hours=2, minutes=30))
    assert timing(waybill, later) == "2\u00a0h\u00a030\u00a0min late"
    assert expected(waybill, later) == ""


@pytest.fixture
def several(book: Book) -> dict[str, Waybill]:
    hour = timedelta(hours=1)
    here = {"transit_state": "in_transit"}
    there = {"transit_state": "delivered", "signee": "X", "tracking_due_at": None}
    return {
        "late": booked(book, "L", promised_by=NOON - hour, expected_by=NOON + hour, late_by=2 * hour, **here),
        "will_be_late": booked(
            book, "W", promised_by=NOON + hour, expected_by=NOON + 3 * hour, late_by=2 * hour, **here
        ),
        "on_time": booked(book, "O", promised_by=NOON + hour, expected_by=NOON + hour, late_by=0 * hour, **here),
        "delivered_late": booked(book, "D", promised_by=NOON - hour, delivered_at=NOON, late_by=hour, **there),
        "delivered_in_time": booked(book, "I", promised_by=NOON, delivered_at=NOON - hour, late_by=-hour, **there),
        "": booked(book, "N", promised_by=None, **here),
    }


@pytest.mark.parametrize("code", TIMINGS)
def test_the_list_is_narrowed_down_by_it(several: dict[str, Waybill], code: str) -> None:
    assert list(Waybill.objects.filter(in_timing(code, NOON))) == [several[code]]


def test_the_page_the_list_and_the_file_say_it(several: dict[str, Waybill], admin: User, client: Client) -> None:
    client.force_login(admin)
    listed = client.get("/waybills/", {"timing": "delivered_late"}).content.decode()
    assert "1\u00a0h late" in listed
    assert "Promise: Delivered late" in listed
    assert "1\u00a0h late" in client.get(f"/waybills/{several['delivered_late'].pk}/").content.decode()
    wrong = client.get("/waybills/", {"timing": "nonsense"}).content.decode()
    assert "There is no such choice" in wrong
    response: Any = client.get(reverse("waybills-csv"))
    lines = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = {row["Waybill"]: row for row in csv.DictReader(io.StringIO(lines))}
    assert (rows["W"]["Minutes late"], rows["I"]["Minutes late"], rows["N"]["Minutes late"]) == ("120", "-60", "")
    assert rows["W"]["Expected by"] == "2026-11-27 15:00"
