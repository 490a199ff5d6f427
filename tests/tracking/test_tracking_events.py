"""What BEX says about a parcel becomes its events, its state, who signed and when."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bexapi import SAST
from shipments.models import Waybill
from tests.courier import ScriptedBex, answer, tracked
from tests.tracking.parcels import NOON, Book, fresh, told
from tracking.models import Event, Observation
from tracking.observing import derive_anew
from tracking.sync import refresh, sync

SAMPLE = json.loads((Path(__file__).parent / "samples" / "tracking_reply.json").read_text())
HANDED = ("26-11-2026 17:49", "Shipment handed to courier")
DEPARTED = ("26-11-2026 21:35", "Departed JNB depot for BFN branch")
LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")
DRIVER = ("27-11-2026 10:42", "Driver confirmed successful delivery")
DELIVERED = ("27-11-2026 13:05", "Delivered to KHUMALO S at 10:42 on 27 Nov 2026")
Row = tuple[str, str]


@pytest.fixture
def hears(bex: ScriptedBex) -> Callable[..., Waybill]:
    """BEX says these rows of the waybill, newest first; ten minutes pass before it is asked again."""
    clock = [NOON]

    def listen(waybill: Waybill, *rows: Row, shipment_id: str = "7") -> Waybill:
        clock[0] += timedelta(minutes=10)
        bex.on("track", tracked((shipment_id, waybill.waybill_number, list(rows))))
        sync(force=True, now=clock[0])
        return fresh(waybill)

    return listen


def test_the_documented_sample_is_a_delivered_parcel(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1055352", senders_ref="740493")
    bex.on("track", answer(SAMPLE))
    assert sync(now=NOON).changed == 1
    waybill = fresh(waybill)
    assert (waybill.transit_state, waybill.signee) == ("delivered", "PRTER ME.A")
    assert waybill.delivered_at == datetime(2021, 9, 3, 8, 26, tzinfo=SAST), "the text's moment, not the row's"
    assert waybill.last_event_text == "Delivered to PRTER ME.A at 08:26 on 03 Sep 2021"
    assert (waybill.shipment_id, waybill.tracking_due_at) == ("13751791", None)
    newest = waybill.events.first()
    assert newest is not None
    assert newest.recorded_at == datetime(2021, 9, 6, 8, 3, tzinfo=SAST)
    assert list(waybill.events.values_list("kind", flat=True)) == [
        "delivered", "driver_confirmed", "loaded", "arrived", "departed", "integrated",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_columns_may_stand_in_any_order(bex: ScriptedBex, book: Book, seed: int) -> None:
    waybill = book("ACP1055352")
    columns = [f"col{number}" for number in range(1, 6)]
    elsewhere = dict(zip(columns, random.Random(seed).sample(columns, 5), strict=True))
    items = [{elsewhere.get(name, name): value for name, value in item.items()} for item in SAMPLE["items"]]
    bex.on("track", answer({"items": items}))
    sync(now=NOON)
    assert fresh(waybill).signee == "PRTER ME.A"
    assert len(told(waybill)) == 6


def test_the_same_answer_twice_stores_nothing_twice(hears: Callable[..., Waybill], book: Book) -> None:
    waybill = book("ACP1")
    hears(waybill, LOADED, DEPARTED)
    before = set(Event.objects.values_list("pk", flat=True))
    hears(waybill, LOADED, DEPARTED)
    assert set(Event.objects.values_list("pk", flat=True)) == before
    assert Observation.objects.count() == 2


def test_two_rows_of_one_answer_that_say_the_same_are_two_events(hears: Callable[..., Waybill], book: Book) -> None:
    waybill = book("ACP1")
    hears(waybill, LOADED)
    hears(waybill, LOADED, LOADED)
    hears(waybill, DRIVER, LOADED, LOADED)
    assert told(waybill) == [DRIVER[1], LOADED[1], LOADED[1]]


def test_a_delivery_is_not_undone_by_an_older_event_that_comes_late(
    bex: ScriptedBex, hears: Callable[..., Waybill], book: Book
) -> None:
    waybill = hears(book("ACP1"), DELIVERED, HANDED)
    assert waybill.transit_state == "delivered"
    bex.on("track", tracked(("7", "ACP1", [DELIVERED, LOADED, HANDED])))
    refresh(waybill, now=NOON + timedelta(hours=1))
    assert fresh(waybill).transit_state == "delivered"
    assert told(waybill) == [DELIVERED[1], LOADED[1], HANDED[1]]


def test_events_are_newest_first_whatever_order_they_were_sent_in(hears: Callable[..., Waybill], book: Book) -> None:
    waybill = book("ACP1")
    waybill = hears(waybill, HANDED, LOADED, DEPARTED)
    assert told(waybill) == [LOADED[1], DEPARTED[1], HANDED[1]]
    assert waybill.transit_state == "out_for_delivery"


def test_the_drivers_confirmation_keeps_looking_until_somebody_signed(
    hears: Callable[..., Waybill], book: Book
) -> None:
    waybill = book("ACP1")
    confirmed = hears(waybill, DRIVER, LOADED)
    assert (confirmed.transit_state, confirmed.signee) == ("awaiting_signee", "")
    assert confirmed.tracking_due_at is not None
    assert confirmed.delivered_at == datetime(2026, 11, 27, 10, 42, tzinfo=SAST)
    nameless = hears(waybill, ("27-11-2026 12:00", "Delivered to - at 10:42 on 27 Nov 2026"), DRIVER, LOADED)
    assert nameless.transit_state == "awaiting_signee"
    assert nameless.tracking_due_at is not None
    signed = hears(waybill, DELIVERED, DRIVER, LOADED)
    assert (signed.transit_state, signed.signee, signed.tracking_due_at) == ("delivered", "KHUMALO S", None)
    assert sync(force=True, now=NOON + timedelta(days=1)).parcels == 0


def test_unknown_words_are_kept_and_shown_as_bex_said_them(hears: Callable[..., Waybill], book: Book) -> None:
    waybill = hears(book("ACP1"), ("27-11-2026 08:00", "Parcel x-rayed at customs"), LOADED)
    assert (waybill.transit_state, waybill.last_event_text) == ("exception", "Parcel x-rayed at customs")
    assert list(waybill.events.values_list("kind", flat=True)) == ["unclassified", "loaded"]


def test_a_moment_that_cannot_be_read_is_kept_as_text_and_the_event_is_when_it_was_first_seen(
    hears: Callable[..., Waybill], book: Book
) -> None:
    waybill = book("ACP1")
    hears(waybill, ("yesterday", "Arrived into BFN depot"), HANDED)
    hears(waybill, ("yesterday", "Arrived into BFN depot"), HANDED)
    [odd] = Observation.objects.filter(at=None)
    assert odd.at_text == "yesterday"
    assert waybill.events.get(kind="arrived").recorded_at == NOON + timedelta(minutes=10)


@pytest.mark.parametrize("at", ["01-01-0001 00:00", "31-12-9999 23:59", "31-02-2026 10:00", ""])
def test_an_absurd_moment_breaks_nothing(hears: Callable[..., Waybill], book: Book, at: str) -> None:
    assert hears(book("ACP1"), (at, "Arrived into BFN depot")).transit_state == "at_depot"


def test_texts_of_any_length_and_letters_are_kept_as_far_as_they_fit(hears: Callable[..., Waybill], book: Book) -> None:
    waybill = hears(book("ACP1"), ("27-11-2026 08:00", "é\0\ud800" * 400), shipment_id="9" * 200)
    assert waybill.transit_state == "exception"
    assert len(waybill.last_event_text) == 300


def test_anothers_shipment_that_carries_our_number_is_left_out(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1")
    bex.on("track", tracked(("99", "XYZ777", [DELIVERED])))
    assert sync(now=NOON).changed == 0
    assert (fresh(waybill).transit_state, Observation.objects.count()) == ("", 0)


def test_of_two_shipments_under_one_number_the_first_found_stays_ours(
    bex: ScriptedBex, hears: Callable[..., Waybill], book: Book
) -> None:
    waybill = book("ACP1")
    hears(waybill, HANDED, shipment_id="7")
    bex.on("track", tracked(("8", "ACP1", [DELIVERED]), ("7", "ACP1", [LOADED, HANDED])))
    sync(force=True, now=NOON + timedelta(hours=1))
    waybill = fresh(waybill)
    assert (waybill.shipment_id, waybill.transit_state) == ("7", "out_for_delivery")
    assert told(waybill) == [LOADED[1], HANDED[1]]
    assert Observation.objects.get(shipment_id="8").description == DELIVERED[1]


def test_of_two_found_at_once_the_one_with_our_reference_is_ours(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1", senders_ref="SO-88214")
    reply: Any = json.loads(tracked(("8", "ACP1", [LOADED]), ("7", "ACP1", [HANDED])).body)
    reply["items"][2]["col3"] = "so-88214"
    bex.on("track", answer(reply))
    sync(now=NOON)
    assert fresh(waybill).shipment_id == "7"


def test_a_number_taken_on_somebodys_word_is_confirmed_once_it_is_seen(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1", number_confirmed=False, senders_ref="PO-7")
    sync(now=NOON)
    assert not fresh(waybill).number_confirmed
    bex.on("track", tracked(("7", "ACP1", [HANDED]), senders_ref="PO-7"))
    sync(force=True, now=NOON + timedelta(hours=1))
    assert fresh(waybill).number_confirmed


def test_events_can_be_derived_anew_from_what_was_observed(hears: Callable[..., Waybill], book: Book) -> None:
    waybill = hears(book("ACP1"), LOADED, HANDED)
    Event.objects.all().delete()
    Waybill.objects.update(transit_state="")
    derive_anew(waybill.pk, now=NOON)
    assert told(waybill) == [LOADED[1], HANDED[1]]
    assert fresh(waybill).transit_state == "out_for_delivery"


def test_the_same_fact_from_two_sources_is_one_event(hears: Callable[..., Waybill], book: Book) -> None:
    waybill = hears(book("ACP1"), DEPARTED, HANDED)
    Observation.objects.create(
        waybill=waybill, source=Observation.Source.WEBHOOK, fingerprint="w", at_text="2026-11-26 21:35:25",
        at=datetime(2026, 11, 26, 19, 35, 25, tzinfo=UTC), description="Shipment departed JNB depot for BFN branch",
    )  # fmt: skip
    derive_anew(waybill.pk, now=NOON)
    assert [event.sources for event in waybill.events.all()] == [["poll", "webhook"], ["poll"]]
