"""Subscriptions and booked parcels; deliveries are signed by OpenSSL, or were signed once and written down."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from accounts.models import ShippingAccount, User
from shipments.models import Waybill
from shipments.models.waybills import BookingState, NumberSource
from tests.making import make_option, make_quote, make_waybill
from tests.webhooks.courier import SECRET
from tests.webhooks.making import Book, Subscribe
from tracking.models import Subscription
from tracking.webhooks import receiving


@pytest.fixture(autouse=True)
def _limits_begin_anew() -> None:
    receiving.limiter.forget()
    receiving.refused.forget()


@pytest.fixture
def subscribe(db: None) -> Subscribe:
    """A subscription as registering leaves it: `subscribe(state="active")`."""

    def make(secret: str = SECRET, **more: Any) -> Subscription:
        values: dict[str, Any] = {
            "description": "All of it", "endpoint": settings.BEX_WEBHOOK_URL, "courier": settings.BEX_API_URL,
            "state": "active", "registrations": 1,
        }  # fmt: skip
        made = Subscription.prepared(**{**values, **more})
        made.keep_key(f"a-key-{made.pk}")
        made.keep_secret(secret)
        made.uri = f"{settings.PUBLIC_URL}{made.path}"
        made.save()
        return made

    return make


@pytest.fixture
def subscription(subscribe: Subscribe) -> Subscription:
    return subscribe()


@pytest.fixture
def book(account: ShippingAccount, booker: User) -> Book:
    """A booked waybill: `book("ACP00000001")`."""
    option = make_option(make_quote(account, booker))
    made = 0

    def a_booked_one(number: str, **more: Any) -> Waybill:
        nonlocal made
        made += 1
        values: dict[str, Any] = {
            "waybill_number": number, "booking_state": BookingState.BOOKED, "number_source": NumberSource.ANSWER,
            "number_confirmed": True,
        }  # fmt: skip
        waybill = make_waybill(account, booker, option=option, copy_number=made, **{**values, **more})
        booked_at = waybill.created_at - timedelta(hours=1)
        Waybill.objects.filter(pk=waybill.pk).update(booked_at=booked_at)
        waybill.refresh_from_db()
        return waybill

    return a_booked_one
