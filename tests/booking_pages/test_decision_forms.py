"""Forms beside a decision: what is missing is said at its field, what was typed stays, nothing is decided."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import MaybeSent
from shipments import drafting, sending
from shipments.models import Submission, Waybill
from tests.courier import ScriptedBex
from tests.making import make_option, make_quote

pytestmark = pytest.mark.django_db


@pytest.fixture
def unknown(asked: Waybill, bex: ScriptedBex) -> Waybill:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    sending.send(asked.pk)
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=0)
    return Waybill.objects.get(pk=asked.pk)


def decide(client: Client, waybill: Waybill, name: str, **more: Any) -> str:
    url = reverse(f"waybill-{name}", args=[waybill.pk])
    response = client.post(url, {"version": waybill.version, **more})
    assert response.status_code == 422
    return str(response.content.decode())


def at(page: str, field: str) -> str:
    """What is said at a field, and that the field is marked."""
    control = re.search(rf'<input[^>]*id="{field}"[^>]*>', page)
    assert control, field
    assert 'aria-invalid="true"' in control[0]
    said = re.search(rf'<div class="error" id="{field}_error">(.*?)</div>', page, re.DOTALL)
    assert said, field
    return re.sub(r"<[^>]+>", "", said[1]).strip()


@pytest.mark.parametrize("name", ["number", "book-again", "abandon"])
def test_before_the_look_ups_the_call_is_asked_for_at_its_field(as_booker: Client, unknown: Waybill, name: str) -> None:
    typed = {"number": "ACP00000145", "accept": "on", "note": "Nothing was said"}
    page = decide(as_booker, unknown, name, **typed)
    if name == "number":
        assert 'value="ACP00000145"' in page
    assert "a call to BEX opens it at once" in at(page, f"{name}_spoke_to")
    assert page.count('value="Nothing was said"') == 1
    assert Waybill.objects.get(pk=unknown.pk).version == unknown.version


def test_whom_but_not_what_asks_for_what_was_said(as_booker: Client, unknown: Waybill) -> None:
    page = decide(as_booker, unknown, "abandon", spoke_to="Naledi at BEX")
    assert "a call to BEX" in at(page, "abandon_note")
    assert page.count('value="Naledi at BEX"') == 1


@pytest.mark.parametrize("number", ["", "ACP 1, ACP 2", "A" * 41])
def test_a_number_that_is_none_is_said_at_the_number(as_booker: Client, unknown: Waybill, number: str) -> None:
    assert at(decide(as_booker, unknown, "number", number=number), "number_number")


def test_booking_again_without_the_tick_is_said_at_the_tick(as_booker: Client, unknown: Waybill) -> None:
    assert "booked twice" in at(decide(as_booker, unknown, "book-again"), "book-again_accept")


def test_a_cancellation_needs_somebody_who_was_called(as_booker: Client, booked: Waybill) -> None:
    page = decide(as_booker, booked, "cancel", note="They will stop it")
    assert "a telephone call" in at(page, "cancel_spoke_to")
    assert 'value="They will stop it"' in page
    assert re.search(r"<details[^>]*open[^>]*>\s*<summary>.*?Record a cancellation", page)


def test_a_discarded_draft_is_a_draft_again_when_its_option_is_chosen_again(
    as_booker: Client, account: ShippingAccount, booker: User
) -> None:
    option = make_option(make_quote(account, booker))
    draft = drafting.draft_from_option(option, booker)
    as_booker.post(reverse("waybill-abandon", args=[draft.pk]), {"version": draft.version})
    assert Waybill.objects.get(pk=draft.pk).booking_state == "abandoned"
    again = drafting.draft_from_option(option, booker)
    assert (again.pk, again.booking_state) == (draft.pk, "draft")


def test_who_may_only_look_is_offered_no_new_shipment(client: Client, viewer: User, booked: Waybill) -> None:
    client.force_login(viewer, backend="accounts.backends.NameOrEmailBackend")
    page = client.get(reverse("waybill", args=[booked.pk])).content.decode()
    assert booked.waybill_number in page
    for words in ("New shipment", "Ship again", "Return", "Record a cancellation"):
        assert words not in page, words
