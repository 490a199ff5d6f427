"""How far a price may rise before somebody is asked: by the account's tolerance, or to the total that was named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import NotSent
from shipments import booking, sending
from shipments.models import Quote, Waybill
from tests.courier import ScriptedBex, answer, option

pytestmark = pytest.mark.django_db


def send_at(waybill: Waybill, bex: ScriptedBex, total: str) -> Waybill:
    """The quote has grown old, and BEX now asks `total`."""
    Quote.objects.update(quoted_at=timezone.now() - timedelta(hours=1))
    bex.on("quote", answer({"items": [option(total=total, scheduledDeliveryDateAndTime="2025-01-01 12:00:00")]}))
    sending.send(waybill.pk)
    return Waybill.objects.get(pk=waybill.pk)


@pytest.mark.parametrize(("total", "state"), [("234.60", "booked"), ("234.61", "held"), ("229.00", "booked")])
def test_a_rise_within_the_accounts_tolerance_is_booked(
    asked: Waybill, account: ShippingAccount, bex: ScriptedBex, total: str, state: str
) -> None:
    ShippingAccount.objects.update(price_tolerance_percent=Decimal(2))
    waybill = send_at(asked, bex, total)
    assert waybill.booking_state == state
    assert waybill.consented_total == 230  # what was agreed to first: small rises do not add up


def test_small_rises_do_not_add_up(asked: Waybill, booker: User, bex: ScriptedBex) -> None:
    ShippingAccount.objects.update(price_tolerance_percent=Decimal(2))
    bex.on("submit", NotSent("connection refused"))
    waybill = send_at(asked, bex, "234.00")
    assert waybill.booking_state == "queued"
    Waybill.objects.update(send_after=None)
    assert send_at(waybill, bex, "238.00").hold_reason == "price_rose"
    assert len(bex.sent("submit")) == 1


def test_a_named_total_is_a_limit_whatever_the_account_tolerates(
    draft: Waybill, booker: User, bex: ScriptedBex
) -> None:
    ShippingAccount.objects.update(price_tolerance_percent=Decimal(50))
    asked = booking.ask(draft.pk, booker, draft.version, at_most=Decimal(240))
    assert send_at(asked, bex, "240.01").hold_reason == "price_rose"


def test_who_agrees_to_the_new_price_lifts_the_limit_to_it(draft: Waybill, booker: User, bex: ScriptedBex) -> None:
    asked = booking.ask(draft.pk, booker, draft.version, at_most=Decimal(240))
    held = send_at(asked, bex, "250.00")
    booking.consent(held.pk, booker, held.version, Decimal("250.00"))
    sending.send(held.pk)
    assert Waybill.objects.get().booking_state == "booked"


def test_asked_anew_without_a_limit_there_is_none(draft: Waybill, booker: User, bex: ScriptedBex) -> None:
    asked = booking.ask(draft.pk, booker, draft.version, at_most=Decimal(10))
    back = booking.take_back(asked.pk, booker, asked.version)
    asked = booking.ask(back.pk, booker, back.version)
    sending.send(asked.pk)
    assert Waybill.objects.get().booking_state == "booked"
