"""The journey on a waybill's page, and the button that asks BEX now."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bexapi import NotSent
from shipments.models import Waybill
from tests.courier import ScriptedBex, refusal, tracked
from tests.tracking.parcels import Book, fresh

LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")
DRIVER = ("27-11-2026 10:42", "Driver confirmed successful delivery")
DELIVERED = ("27-11-2026 13:05", "Delivered to O'BRIEN <B> at 10:42 on 27 Nov 2026")


@pytest.fixture
def waybill(book: Book) -> Waybill:
    now = timezone.now()
    return book("ACP1", booked_at=now - timedelta(hours=1), tracking_due_at=now + timedelta(minutes=5))


def press(client: Client, waybill: Waybill, **more: str) -> str:
    reply = client.post(reverse("waybill-refresh", args=[waybill.pk]), headers={"HX-Request": "true", **more})
    assert reply.status_code == 200
    return reply.content.decode()


def look(client: Client, waybill: Waybill) -> str:
    return client.get(reverse("waybill", args=[waybill.pk])).content.decode()


def test_pressing_refresh_shows_what_bex_says_now(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    assert "No event yet" in look(as_booker, waybill)
    bex.on("track", tracked(("7", "ACP1", [LOADED])))
    shown = press(as_booker, waybill)
    assert "Loaded onto vehicle for delivery" in shown
    assert "Out for delivery" in shown
    assert "No event yet" not in shown


def test_events_stand_newest_first_and_end_with_the_booking(
    bex: ScriptedBex, as_booker: Client, waybill: Waybill
) -> None:
    bex.on("track", tracked(("7", "ACP1", [DRIVER, LOADED])))
    shown = press(as_booker, waybill)
    assert shown.index(DRIVER[1]) < shown.index(LOADED[1]) < shown.index("Booked")
    assert "signee awaited" in shown


def test_who_signed_and_when_are_said_and_that_nothing_more_is_asked(
    bex: ScriptedBex, as_booker: Client, waybill: Waybill
) -> None:
    bex.on("track", tracked(("7", "ACP1", [DELIVERED])))
    shown = press(as_booker, waybill)
    assert "signed by <strong>O&#x27;BRIEN &lt;B&gt;</strong>" in shown
    assert 'datetime="2026-11-27T10:42:00+02:00"' in shown
    assert "BEX wrote this row" in shown
    assert "That is final: nothing more is to be learnt." in shown


def test_bex_is_asked_at_most_every_ten_seconds(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    press(as_booker, waybill)
    press(as_booker, waybill)
    assert len(bex.sent("track")) == 1
    Waybill.objects.update(tracking_checked_at=timezone.now() - timedelta(seconds=11))
    press(as_booker, waybill)
    assert len(bex.sent("track")) == 2


def test_when_bex_cannot_be_reached_the_page_says_so_and_keeps_what_is_known(
    bex: ScriptedBex, as_booker: Client, waybill: Waybill
) -> None:
    bex.on("track", tracked(("7", "ACP1", [LOADED])), NotSent("refused"))
    press(as_booker, waybill)
    due = fresh(waybill).tracking_due_at
    Waybill.objects.update(tracking_checked_at=timezone.now() - timedelta(minutes=1))
    shown = press(as_booker, waybill)
    assert "BEX could not be reached." in shown
    assert LOADED[1] in shown
    assert fresh(waybill).tracking_due_at == due
    again = press(as_booker, waybill)
    assert "BEX was asked a moment ago and gave no answer." in again
    assert len(bex.sent("track")) == 2, "a failure is not repeated at once either"


def test_what_was_asked_in_vain_is_not_called_never_asked(
    bex: ScriptedBex, as_booker: Client, waybill: Waybill
) -> None:
    bex.on("track", NotSent("refused"))
    assert "was not asked yet" in look(as_booker, waybill)
    assert "was not asked yet" not in press(as_booker, waybill)
    assert "was not asked yet" not in press(as_booker, waybill)


def test_a_refusal_is_shown_in_bexs_own_words(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    bex.on("track", refusal("Tracking is <closed>"))
    assert "Tracking is &lt;closed&gt;" in press(as_booker, waybill)


def test_a_look_that_is_long_overdue_is_said(as_booker: Client, waybill: Waybill) -> None:
    Waybill.objects.update(tracking_due_at=timezone.now() - timedelta(hours=2))
    assert "This may be old." in look(as_booker, waybill)


def test_a_second_shipment_under_the_number_is_named(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    bex.on("track", tracked(("7", "ACP1", [LOADED])), tracked(("7", "ACP1", [LOADED]), ("8", "ACP1", [DRIVER])))
    assert "another shipment" not in press(as_booker, waybill)
    Waybill.objects.update(tracking_checked_at=None)
    shown = press(as_booker, waybill)
    assert "BEX has another shipment under this number." in shown
    assert shown.index("another shipment") < shown.index(DRIVER[1])


def test_without_a_number_there_is_no_button_and_bex_is_not_asked(
    bex: ScriptedBex, as_booker: Client, book: Book
) -> None:
    draft = book("", booking_state="draft", tracking_due_at=None, booked_at=None)
    assert "nothing to follow" in press(as_booker, draft)
    assert "Ask BEX now" not in look(as_booker, draft)
    assert bex.requests == []


def test_anothers_parcel_is_not_there(bex: ScriptedBex, as_stranger: Client, waybill: Waybill) -> None:
    assert as_stranger.get(reverse("waybill-live", args=[waybill.pk])).status_code == 404
    assert as_stranger.post(reverse("waybill-refresh", args=[waybill.pk])).status_code == 404
    assert bex.requests == []


def test_nobody_is_shown_anything_before_signing_in(waybill: Waybill) -> None:
    for reply in (
        Client().get(reverse("waybill-live", args=[waybill.pk])),
        Client().post(reverse("waybill-refresh", args=[waybill.pk])),
    ):
        assert reply.status_code == 302
        assert reply["Location"].startswith(reverse("login"))


def test_asking_changes_something_so_a_link_cannot_do_it(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    reply = as_booker.get(reverse("waybill-refresh", args=[waybill.pk]))
    assert (reply.status_code, reply["Location"]) == (302, reverse("waybill", args=[waybill.pk]))
    assert bex.requests == []


def test_without_script_one_comes_back_to_the_waybill(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    reply = as_booker.post(reverse("waybill-refresh", args=[waybill.pk]))
    assert (reply.status_code, reply["Location"]) == (302, reverse("waybill", args=[waybill.pk]))


def test_the_notice_says_whether_there_was_news(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    bex.on("track", tracked(("7", "ACP1", [LOADED])))
    said = []
    for _ in range(2):
        Waybill.objects.update(tracking_checked_at=None)
        reply = as_booker.post(reverse("waybill-refresh", args=[waybill.pk]), headers={"HX-Request": "true"})
        said.append(json.loads(reply["HX-Trigger"])["toast"])
    assert said == ["BEX has news of this parcel.", "BEX has nothing new."]


def test_more_events_cost_no_more_queries(bex: ScriptedBex, as_booker: Client, waybill: Waybill) -> None:
    counts = []
    for events in (1, 20):
        rows = [(f"27-11-2026 {number:02}:00", "Arrived into BFN depot") for number in reversed(range(events))]
        bex.on("track", tracked(("7", "ACP1", rows)))
        Waybill.objects.update(tracking_checked_at=None)
        press(as_booker, waybill)
        with CaptureQueriesContext(connection) as queries:
            look(as_booker, waybill)
        counts.append(len(queries))
    assert counts[0] == counts[1]
