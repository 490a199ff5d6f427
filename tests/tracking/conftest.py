"""Parcels under way."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import ShippingAccount, User
from shipments.models import Waybill
from shipments.models.waybills import BookingState, NumberSource
from tests.making import make_option, make_quote, make_waybill
from tests.tracking.parcels import NOON, Book


@pytest.fixture
def book(account: ShippingAccount, booker: User) -> Book:
    """A booked waybill that is due: `book("ACP1")`."""
    option = make_option(make_quote(account, booker))
    made = 0

    def a_booked_one(number: str, **more: Any) -> Waybill:
        nonlocal made
        made += 1
        values: dict[str, Any] = {
            "waybill_number": number,
            "booking_state": BookingState.BOOKED,
            "booked_at": NOON - timedelta(hours=1),
            "number_source": NumberSource.ANSWER,
            "number_confirmed": True,
            "tracking_due_at": NOON,
        }
        return make_waybill(account, booker, option=option, copy_number=made, **{**values, **more})

    return a_booked_one
