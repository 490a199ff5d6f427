"""What BEX's notifications say of a parcel, beside what its polls say."""

from datetime import datetime, timedelta

import pytest

from bexapi import SAST, TrackingReply
from bexapi.answer import Raw
from shipments.models import Waybill
from tests.courier import ScriptedBex
from tests.tracking.parcels import NOON, Book, fresh, told
from tracking import claims
from tracking.models import Observation
from tracking.observing import Said, record, take_in
from tracking.sync import sync

LOADED = Said(
    "tracking_event", datetime(2026, 11, 27, 7, 6, 12, tzinfo=SAST), "2026-11-27 07:06:12",
    "Shipment loaded onto vehicle for delivery", type_id=7,
)  # fmt: skip
FAILED = Said("attempted_delivery", datetime(2026, 11, 27, 9, 30, tzinfo=SAST), description="receiver not available")
POD = Said("pod", datetime(2026, 11, 27, 10, 42, 31, tzinfo=SAST), signee="KHUMALO S", pieces=2)


def notified(waybill: Waybill, *said: Said, at: datetime = NOON) -> Waybill:
    take_in(waybill.pk, said, now=at)
    return fresh(waybill)


def test_notifications_alone_make_a_journey(book: Book) -> None:
    waybill = notified(book("ACP1"), POD, LOADED, FAILED)
    assert told(waybill) == [
        "Delivered to KHUMALO S at 10:42 on 27 Nov 2026",
        "Delivery attempt failed because receiver not available",
        "Shipment loaded onto vehicle for delivery",
    ]
    assert (waybill.transit_state, waybill.signee) == ("delivered", "KHUMALO S")
    assert waybill.delivered_at == datetime(2026, 11, 27, 10, 42, tzinfo=SAST)
    assert waybill.events.get(kind="delivered").pieces == 2
    assert waybill.tracking_due_at is None


def test_the_same_notification_twice_is_one(book: Book) -> None:
    waybill = book("ACP1")
    assert take_in(waybill.pk, [LOADED, LOADED], now=NOON) == 1
    assert take_in(waybill.pk, [LOADED, FAILED], now=NOON) == 1
    assert take_in(waybill.pk, [FAILED], now=NOON) == 0
    assert Observation.objects.count() == 2


def test_a_notification_that_comes_during_a_poll_says_when_to_look_next(book: Book) -> None:
    waybill = book("ACP1")
    claim = claims.take([fresh(waybill)], claims.due(NOON), NOON)
    notified(waybill, LOADED)
    record(claim.waybills, TrackingReply((), (), "", Raw("", ())), now=NOON, claim=claim.until)
    waybill = fresh(waybill)
    assert waybill.transit_state == "out_for_delivery"
    assert waybill.tracking_due_at == NOON + timedelta(hours=1), "BEX tells by itself: there is no hurry"


def test_when_bex_falls_silent_polls_come_as_often_as_ever(bex: ScriptedBex, book: Book) -> None:
    waybill = notified(book("ACP1"), LOADED)
    later = NOON + timedelta(hours=1)
    sync(now=later)
    assert fresh(waybill).tracking_due_at == later + timedelta(minutes=10)


def test_a_waybill_that_is_not_there_is_said(book: Book) -> None:
    book("ACP1")
    with pytest.raises(Waybill.DoesNotExist):
        take_in(Waybill().pk, [LOADED], now=NOON)


def test_letters_that_no_database_takes_break_nothing(book: Book) -> None:
    odd = Said("tracking_event", NOON, description="é\0\ud800" * 400, signee="\0" * 200, comment="x" * 900)
    assert notified(book("ACP1"), odd, Said("pod", None, signee="-")).transit_state == "awaiting_signee"
