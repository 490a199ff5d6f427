"""Quoted beside booked: the column adds up, and what cannot be told from a premium is said not to be known."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount, User
from shipments import booking, drafting, sending
from shipments.attention import cases
from shipments.models import Waybill
from tests.courier import ScriptedBex, answer
from tests.making import RECEIVER, SENDER, make_option, make_quote

pytestmark = pytest.mark.django_db
DEARER = {"baseRateTotal": "150.00", "surchargesTotal": "234.00", "subTotal": "384.00", "vat": "57.60"}


def draft_of(account: ShippingAccount, user: User, insured: str = "", **quoted: Any) -> Waybill:
    """Quoted at 150 + 50 + 30 = 230, unless said otherwise."""
    draft = drafting.draft_from_option(make_option(make_quote(account, user), **quoted), user)
    content = drafting.Content(
        collection_date=draft.collection_date, sender=SENDER, receiver=RECEIVER,
        insurance_value=Decimal(insured) if insured else None,
    )  # fmt: skip
    return drafting.save_content(draft.pk, draft.version, content)


def book(draft: Waybill, by: User, bex: ScriptedBex, total: str = "441.60", **more: str) -> Waybill:
    said = {"waybillNumber": "ACP1", "volRatio": "5000", "totalCharges": total, **DEARER, **more}
    bex.on("submit", answer({"items": [said]}))
    booking.ask(draft.pk, by, draft.version)
    sending.send(draft.pk)
    return Waybill.objects.get(pk=draft.pk)


def page(client: Client, waybill: Waybill) -> str:
    return client.get(reverse("waybill", args=[waybill.pk])).content.decode().replace("\xa0", " ")


def differences(text: str) -> list[Decimal]:
    table = text.partition('id="money"')[2].partition("</table>")[0]
    last = [row[-1] for row in (re.findall(r"<td[^>]*>([^<]*)</td>", one) for one in table.split("<tr")) if row]
    return [Decimal(one.replace(" ", "").replace("−", "-")) for one in last]


def test_the_column_of_an_insured_one_adds_up_and_its_note_says_what_is_not_known(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    draft = draft_of(account, booker, "1000.00")
    text = page(as_booker, book(draft, booker, bex))
    *parts, total = differences(text)
    assert (parts, total) == ([Decimal("0.00"), Decimal("184.00"), Decimal("27.60")], Decimal("211.60"))
    assert "Surcharges, premium included" in text
    assert (
        "BEX does not say how much it is. Whether it was booked dearer than quoted, insurance apart, is not known."
        in text
    )
    assert "+R 211.60</span> against the quote, with the premium" in text


def test_what_its_base_rate_rose_by_is_known_and_needs_a_person(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex, admin: User
) -> None:
    draft = draft_of(account, booker, "1000.00")
    done = book(draft, booker, bex, "453.10", baseRateTotal="160.00", subTotal="394.00", vat="59.10")
    assert "the base rate differs by +R 11.50 with VAT" in page(as_booker, done)
    assert [group.kind.code for group in cases.groups(admin, timezone.now())] == ["booked_dearer"]


def test_a_quote_that_held_insurance_which_was_not_booked_is_said(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    held: dict[str, Any] = {
        "insurance": Decimal(10), "surcharges_total": Decimal(60), "subtotal": Decimal(210), "vat": Decimal("31.5"),
    }  # fmt: skip
    draft = draft_of(account, booker, total="241.50", **held)
    said = {"surchargesTotal": "50.00", "subTotal": "200.00", "vat": "30.00"}
    text = page(as_booker, book(draft, booker, bex, "230.00", **said))
    *parts, total = differences(text)
    assert sum(parts) == total == Decimal("-11.50")
    assert (
        "held R 10.00 for insurance, which was not booked. Insurance apart, the difference is R 0.00 with VAT." in text
    )


def test_a_total_that_bex_did_not_tell_is_not_known(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    text = page(as_booker, book(draft_of(account, booker), booker, bex, ""))
    assert "not known</td>" in text
