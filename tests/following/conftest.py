"""An open page of a waybill, and of the list."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ShippingAccount, User
from shipments import booking, sending
from shipments.models import Waybill
from tests.courier import ScriptedBex
from tests.following.pages import Make, Open, OpenPage
from tests.making import make_option, make_quote, make_waybill


@pytest.fixture
def draft(account: ShippingAccount, booker: User) -> Waybill:
    return make_waybill(account, booker)


@pytest.fixture
def asked(draft: Waybill, booker: User) -> Waybill:
    return booking.ask(draft.pk, booker, draft.version)


@pytest.fixture
def booked(asked: Waybill, bex: ScriptedBex) -> Waybill:
    sending.send(asked.pk)
    return Waybill.objects.get(pk=asked.pk)


@pytest.fixture
def make(account: ShippingAccount, booker: User) -> Make:
    """`make("ACP1")` is booked, `make()` a draft. What was made last is the newest."""
    option = make_option(make_quote(account, booker))
    made = 0

    def one(number: str = "", **more: object) -> Waybill:
        nonlocal made
        made += 1
        values: dict[str, object] = {"created_at": timezone.now() - timedelta(hours=1) + timedelta(seconds=made)}
        if number:
            values |= {"waybill_number": number, "booking_state": "booked", "booked_at": timezone.now(),
                       "number_confirmed": True, "search": number.casefold()}  # fmt: skip
        return make_waybill(account, booker, option=option, copy_number=made, **{**values, **more})

    return one


@pytest.fixture
def open_page(as_booker: Client) -> Open:
    return lambda address, client=as_booker: OpenPage(client, address)
