"""From a booking at the sandbox, over real HTTP, to who signed."""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from bexapi import Address, BexClient, Parcel, WaybillRequest
from tests.courier import Courier
from tests.making import RECEIVER, SENDER, coming_monday
from tests.tracking.parcels import Book, fresh, told
from tracking.sync import refresh, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booked_there(courier: Courier) -> str:
    """A waybill that the courier knows, by its number."""
    identity = next(one for one in courier.control("state?secrets=true")["identities"] if one["accounts"])
    login = BexClient(courier.url).login(identity["username"], identity["password"])
    request = WaybillRequest(**_shipment(identity["accounts"][0]))
    return BexClient(courier.url, token=login.token).submit_waybill(request).waybill_number


def _end(said: dict[str, Any]) -> Address:
    return Address(**said)


def _shipment(account: str) -> dict[str, Any]:
    return {
        "account_number": account, "service_code": "ONC", "senders_ref": "PO-7", "collection_date": coming_monday(),
        "sender": _end(SENDER), "receiver": _end(RECEIVER),
        "parcels": [Parcel(length_cm=Decimal(40), breadth_cm=Decimal(30), height_cm=Decimal(30), weight_kg=Decimal(4))],
    }  # fmt: skip


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_parcel_is_followed_until_somebody_signed(
    courier: Courier, booked_there: str, book: Book, shuffled: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    courier.control("settings", {"shuffle_columns": shuffled})
    now = timezone.now()
    waybill = book(booked_there, tracking_due_at=now, number_confirmed=False, senders_ref="PO-7")
    type(waybill).objects.filter(pk=waybill.pk).update(endpoint=courier.url)
    states, looks = [], 0
    while fresh(waybill).tracking_due_at is not None:
        assert sync(now=now).failed == 0
        states.append(fresh(waybill).transit_state)
        due = fresh(waybill).tracking_due_at
        if due is not None:
            now = due
            courier.control(f"waybills/{booked_there}/step", {})
        looks += 1
        assert looks < 20
    expected = ["announced", "with_bex", "in_transit", "at_depot", "out_for_delivery", "awaiting_signee", "delivered"]
    assert states == expected
    waybill = fresh(waybill)
    assert waybill.number_confirmed
    assert waybill.signee
    assert told(waybill)[0].startswith(f"Delivered to {waybill.signee} at ")
    assert waybill.signee not in caplog.text
    assert sync(force=True, now=now + timedelta(days=1)).calls == 0


def test_a_failed_attempt_and_words_of_the_couriers_own(courier: Courier, booked_there: str, book: Book) -> None:
    waybill = book(booked_there)
    type(waybill).objects.filter(pk=waybill.pk).update(endpoint=courier.url)
    waybill = fresh(waybill)
    now = timezone.now()
    courier.control(f"waybills/{booked_there}/fail", {"reason": "wrong route"})
    assert refresh(waybill, now=now).asked
    assert fresh(waybill).transit_state == "attempt_failed"
    courier.control(f"waybills/{booked_there}/event", {"description": "Held for customs"})
    assert refresh(waybill, now=now + timedelta(minutes=1)).asked
    assert (fresh(waybill).transit_state, fresh(waybill).last_event_text) == ("exception", "Held for customs")


def test_a_courier_that_breaks_down_leaves_everything_due(courier: Courier, booked_there: str, book: Book) -> None:
    now = timezone.now()
    waybill = book(booked_there, tracking_due_at=now)
    type(waybill).objects.filter(pk=waybill.pk).update(endpoint=courier.url)
    courier.fault("track", "status", status=500)
    assert sync(now=now).failed == 1
    assert fresh(waybill).tracking_due_at == now
    assert sync(now=now + timedelta(minutes=2)).changed == 1
