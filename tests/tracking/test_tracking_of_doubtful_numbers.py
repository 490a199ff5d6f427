"""A number on a person's word: what tracking shows under it confirms it only where it can be this shipment."""

import pytest
from django.test import Client
from django.urls import reverse

from bexapi import WireRequest, WireResponse
from shipments.models import Waybill
from tests.courier import ScriptedBex, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tracking.sync import sync

pytestmark = pytest.mark.django_db(transaction=True)
DELIVERED = [("26-11-2026 10:00", "Delivered to MR OTHER at 09:58 on 26 Nov 2026")]
BOOKED = [("27-11-2026 10:00", "Shipment integrated to courier system")]


@pytest.fixture
def doubtful(book: Book) -> Waybill:
    waybill = book("ACP1")
    Waybill.objects.filter(pk=waybill.pk).update(number_confirmed=False, senders_ref="INV-1", tracking_due_at=NOON)
    return fresh(waybill)


def test_anothers_shipment_is_shown_and_confirms_nothing(
    doubtful: Waybill, bex: ScriptedBex, as_booker: Client
) -> None:
    bex.on("track", tracked(("900", "ACP1", DELIVERED), senders_ref="OTHER-9"))
    sync(now=NOON, force=True)
    waybill = fresh(doubtful)
    assert (waybill.number_confirmed, waybill.transit_state, waybill.signee) == (False, "", "")
    assert waybill.version == doubtful.version
    assert "900" in as_booker.get(reverse("waybill", args=[waybill.pk])).content.decode()


def test_ours_confirms_it_and_raises_the_version(doubtful: Waybill, bex: ScriptedBex) -> None:
    bex.on("track", tracked(("900", "ACP1", BOOKED), senders_ref="inv-1"))
    sync(now=NOON, force=True)
    waybill = fresh(doubtful)
    assert (waybill.number_confirmed, waybill.transit_state) == (True, "announced")
    assert waybill.version > doubtful.version


def test_an_answer_about_a_number_that_was_put_right_meanwhile_is_nobodys(doubtful: Waybill, bex: ScriptedBex) -> None:
    def put_right_meanwhile(request: WireRequest) -> WireResponse:
        Waybill.objects.filter(pk=doubtful.pk).update(waybill_number="ACP2")
        return tracked(("900", "ACP1", DELIVERED), senders_ref="INV-1")

    bex.on("track", put_right_meanwhile)
    sync(now=NOON, force=True)
    waybill = fresh(doubtful)
    assert (waybill.number_confirmed, waybill.shipment_id, waybill.transit_state) == (False, "", "")
