"""Sample data is whole in the end, wherever somebody pressed Ctrl-C."""

from contextlib import suppress
from typing import Any

import pytest

from accounts import gateway
from accounts.models import Grant, Identity, ShippingAccount
from bexapi import WireRequest, WireResponse
from bexapi.transport import DEFAULT_TRANSPORT
from bexportal.demo import sample
from shipments.models import Place, Waybill
from tests.courier import Courier

pytestmark = pytest.mark.django_db(transaction=True)
WHOLE = {
    "PO-1041": "booked", "PO-1042": "booked", "PO-1043": "booked", "PO-1044": "booked", "PO-1045": "booked",
    "": "booked", "PO-1046": "unknown", "PO-1047": "draft",
}  # fmt: skip


class Interrupted:
    """Ctrl-C instead of the n-th call to the courier, or just after it was answered."""

    def __init__(self, call: int, *, after: bool) -> None:
        self.left, self.after = call, after

    def __call__(self, request: WireRequest) -> WireResponse:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise KeyboardInterrupt
        answer = DEFAULT_TRANSPORT(request)
        if self.left == 0:
            raise KeyboardInterrupt
        return answer


@pytest.fixture
def portal(courier: Courier, settings: Any) -> None:
    settings.BEX_API_URL = courier.url
    Place.objects.create(suburb="Sandton", area="Johannesburg", post_code="2196")  # the whole list takes long


def fill() -> None:
    for _ in sample.fill("naledi-and-pieter"):
        pass


# The first two calls are the log-in, the last one tracking; every shipment is a quote and mostly a submission.
@pytest.mark.parametrize(("call", "after"), [(2, False), (3, True), (5, False), (11, True), (18, False)])
def test_it_goes_on_where_it_was_stopped(portal: None, courier: Courier, call: int, *, after: bool) -> None:
    with gateway.transport_in_use(Interrupted(call, after=after)), suppress(KeyboardInterrupt):
        fill()
    fill()
    assert dict(Waybill.objects.values_list("senders_ref", "booking_state")) == WHOLE
    assert Waybill.objects.count() == len(WHOLE)
    assert (Identity.objects.count(), ShippingAccount.objects.count(), Grant.objects.count()) == (1, 3, 5)
    assert {shipment["senders_ref"]: happened(shipment) for shipment in courier.waybills} == {
        "PO-1041": "delivered", "PO-1042": "loaded", "PO-1043": "failed", "PO-1044": "handed", "PO-1045": "integrated",
        "": "departed",
    }  # fmt: skip


def happened(shipment: dict[str, Any]) -> str:
    return str([event["step"] for event in shipment["events"] if event["happened"]][-1])


def test_a_submission_that_was_cut_short_is_left_to_the_sweep(portal: None, courier: Courier) -> None:
    with gateway.transport_in_use(Interrupted(4, after=True)), suppress(KeyboardInterrupt):
        fill()
    fill()
    assert Waybill.objects.count() == len(WHOLE)
    assert len(courier.waybills) == 6
