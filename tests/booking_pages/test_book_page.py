"""The book page: nothing is sent before it is right, nothing typed is lost, nothing is booked twice."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Address, ShippingAccount, User
from bexportal import formats
from shipments import drafting, sending
from shipments.forms.booking import initial_of
from shipments.models import Place, Quote, Waybill
from tests.courier import ScriptedBex, answer, option, refusal
from tests.making import SENDER, make_option, make_quote, make_waybill

pytestmark = pytest.mark.django_db


def url(waybill: Waybill) -> str:
    return reverse("waybill-book", args=[waybill.pk])


def filled(waybill: Waybill, **more: Any) -> dict[str, Any]:
    known = {name: value for name, value in initial_of(waybill).items() if value is not None}
    return {**known, "book": "1", **more}


def now(waybill: Waybill) -> Waybill:
    return Waybill.objects.get(pk=waybill.pk)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_what_is_known_is_not_asked_again(as_booker: Client, draft: Waybill) -> None:
    page = text(as_booker.get(url(draft)))
    assert 'value="7 Dorp Street"' in page
    assert "Book with BEX at R\xa0230.00" in page


def test_one_click_asks_once_and_leads_to_the_waybill(as_booker: Client, draft: Waybill) -> None:
    response = as_booker.post(url(draft), filled(draft, senders_ref="SO-1"))
    assert response.headers["Location"] == reverse("waybill", args=[draft.pk]) + "#waybill-h"
    assert (now(draft).booking_state, now(draft).senders_ref) == ("queued", "SO-1")


def test_the_second_click_and_the_second_tab_change_nothing(as_booker: Client, draft: Waybill) -> None:
    data = filled(draft)
    for _ in range(3):
        as_booker.post(url(draft), data)
    assert now(draft).decisions.filter(kind="asked").count() == 1


def test_a_stale_tab_changes_nothing_and_keeps_what_was_typed(as_booker: Client, draft: Waybill) -> None:
    stale = filled(draft)
    as_booker.post(url(draft), {**filled(draft, senders_ref="FIRST"), "keep": "1"})
    response = as_booker.post(url(draft), {**stale, "senders_ref": "SECOND"})
    assert response.status_code == 409
    assert "Changed meanwhile" in text(response)
    assert 'value="SECOND"' in text(response)
    assert (now(draft).senders_ref, now(draft).booking_state) == ("FIRST", "draft")
    again = {**stale, "senders_ref": "SECOND", "version": now(draft).version}
    as_booker.post(url(draft), again)
    assert (now(draft).senders_ref, now(draft).booking_state) == ("SECOND", "queued")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("receiver_street", "", "Street and number, where the parcel is delivered."),
        ("sender_floor_building", "", "BEX needs it; write - where there is none."),
        ("receiver_mobile", "08376543", "8 digits; a South African mobile has 10"),
        ("receiver_mobile", "0115550140", "This is a landline"),
        ("receiver_post_code", "760", "4 digits, for instance 7600."),
        ("receiver_email", "anneke@", "An e-mail address"),
        ("insurance_value", "-5", "An amount above zero"),
        ("insurance_value", "much", "An amount in rand"),
        ("instructions", "x" * 201, "At most 200 characters"),
        ("references", "\n".join("abcdefghijkl"), "12 references; at most 10."),
        ("collection_date", "2020-01-01", "This day has passed"),
        ("collection_date", "soon", "A day, for instance"),
        ("senders_ref", "x" * 51, "At most 50 characters."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    as_booker: Client, draft: Waybill, bex: ScriptedBex, field: str, value: str, words: str
) -> None:
    response = as_booker.post(url(draft), filled(draft, **{field: value, "receiver_contact_name": "Kept as typed"}))
    page = text(response)
    assert response.status_code == 422
    assert words in page
    assert f'id="id_{field}_error"' in page
    assert "Kept as typed" in page
    assert now(draft).booking_state == "draft"
    assert bex.requests == []


def test_a_dash_is_taken_for_a_sender_without_a_building(as_booker: Client, draft: Waybill) -> None:
    as_booker.post(url(draft), filled(draft, sender_floor_building="-"))
    assert now(draft).booking_state == "queued"


def test_numbers_are_kept_in_one_form(as_booker: Client, draft: Waybill) -> None:
    as_booker.post(url(draft), filled(draft, receiver_mobile="+27 83 765 4321"))
    receiver = now(draft).receiver
    assert receiver is not None
    assert receiver.mobile == "0837654321"


def test_addresses_are_never_edited_in_place(as_booker: Client, draft: Waybill) -> None:
    before = draft.receiver
    assert before is not None
    as_booker.post(url(draft), {**filled(draft, receiver_street="9 Dorp Street"), "keep": "1"})
    before.refresh_from_db()
    assert before.street == "7 Dorp Street"
    after = now(draft).receiver
    assert after is not None
    assert after.street == "9 Dorp Street"


def test_a_reference_in_use_is_warned_of_with_that_waybill_before_anything_is_sent(
    as_booker: Client, draft: Waybill, account: ShippingAccount, booker: User
) -> None:
    other = make_waybill(account, booker, senders_ref="SO-9")
    Waybill.objects.filter(pk=other.pk).update(booking_state="booked", waybill_number="ACP00000077")
    response = as_booker.post(url(draft), filled(draft, senders_ref="so-9"))
    assert response.status_code == 422
    assert "ACP00000077" in text(response)
    assert now(draft).booking_state == "draft"
    as_booker.post(url(draft), filled(now(draft), senders_ref="so-9", book_anyway="1"))
    assert now(draft).booking_state == "queued"


def test_one_without_a_number_is_named_by_its_receiver_and_its_time(
    as_booker: Client, draft: Waybill, account: ShippingAccount, booker: User
) -> None:
    other = make_waybill(account, booker, senders_ref="SO-9")
    at = timezone.now() - timedelta(days=2)
    Waybill.objects.filter(pk=other.pk).update(booking_state="unknown", created_at=at)
    page = text(as_booker.post(url(draft), filled(draft, senders_ref="SO-9")))
    warning = page.partition('id="twice"')[2].partition("</ul>")[0]
    assert f"To O&#x27;Brien &amp; Söhne #5 + 3%, made {formats.moment(at, now=timezone.now())}</a>" in warning
    assert warning.count("Outcome unknown") == 1


def test_a_reference_in_use_elsewhere_is_warned_of_without_saying_whose(
    as_booker: Client, draft: Waybill, coast: ShippingAccount, admin: User
) -> None:
    other = make_waybill(coast, admin, senders_ref="SO-9")
    Waybill.objects.filter(pk=other.pk).update(booking_state="booked", waybill_number="ACP00000077")
    page = text(as_booker.post(url(draft), filled(draft, senders_ref="SO-9")))
    assert "an account that you do not see" in page
    assert "ACP00000077" not in page
    assert str(other.pk) not in page


def test_an_old_price_is_asked_again_and_a_dearer_one_asks_for_consent(
    as_booker: Client, draft: Waybill, bex: ScriptedBex
) -> None:
    Quote.objects.update(quoted_at=timezone.now() - timedelta(hours=1))
    bex.on("quote", answer({"items": [option(total="260.00")]}))
    response = as_booker.post(url(draft), filled(draft))
    page = text(response)
    assert response.status_code == 422
    assert "The price moved since you chose" in page
    assert "Book with BEX at R\xa0260.00" in page
    assert now(draft).booking_state == "draft"
    as_booker.post(url(draft), filled(now(draft)))
    assert now(draft).booking_state == "queued"
    assert now(draft).consented_total == 260


def test_a_refusal_of_the_price_is_shown_in_bexs_words(as_booker: Client, draft: Waybill, bex: ScriptedBex) -> None:
    Quote.objects.update(quoted_at=timezone.now() - timedelta(hours=1))
    bex.on("quote", refusal("No rates for <this> suburb."))
    page = text(as_booker.post(url(draft), filled(draft, senders_ref="KEPT")))
    assert "No rates for &lt;this&gt; suburb." in page
    assert 'value="KEPT"' in page
    assert now(draft).booking_state == "draft"


def test_another_suburb_is_priced_before_it_is_booked(as_booker: Client, draft: Waybill, bex: ScriptedBex) -> None:
    as_booker.post(url(draft), filled(draft, receiver_suburb="Paarl", receiver_post_code="7646"))
    assert bex.sent("quote")[0]["destinationSuburb"] == "Paarl"


def test_who_may_not_see_prices_sees_none(client: Client, draft: Waybill, priceless_booker: User) -> None:
    client.force_login(priceless_booker, backend="accounts.backends.NameOrEmailBackend")
    page = text(client.get(url(draft)))
    assert "230.00" not in page
    assert "Book with BEX" in page


def test_viewers_and_strangers_find_nothing(client: Client, draft: Waybill, viewer: User, as_stranger: Client) -> None:
    client.force_login(viewer, backend="accounts.backends.NameOrEmailBackend")
    assert client.get(url(draft)).status_code == 404
    assert client.post(url(draft), filled(draft)).status_code == 404
    assert as_stranger.get(url(draft)).status_code == 404


def test_a_booked_waybill_has_no_book_page(as_booker: Client, booked: Waybill) -> None:
    assert as_booker.get(url(booked)).headers["Location"] == reverse("waybill", args=[booked.pk])


def test_who_sees_no_prices_agrees_to_no_dearer_one(
    client: Client, draft: Waybill, priceless_booker: User, bex: ScriptedBex
) -> None:
    client.force_login(priceless_booker, backend="accounts.backends.NameOrEmailBackend")
    Quote.objects.update(quoted_at=timezone.now() - timedelta(hours=1))
    bex.on("quote", answer({"items": [option(total="260.00")]}))
    for _ in range(2):
        client.post(url(draft), filled(now(draft)))
        sending.send(draft.pk)
        assert (now(draft).booking_state, now(draft).hold_reason) == ("held", "price_rose")
    assert bex.sent("submit") == []


def test_the_town_of_a_typed_place_is_known(as_booker: Client, account: ShippingAccount, booker: User) -> None:
    Place.objects.create(suburb="Kayamandi", area="Stellenbosch", post_code="7600", search="kayamandi\n7600\n")
    quote = make_quote(account, booker)
    quote.destination_suburb, quote.destination_area, quote.destination_post_code = "KAYAMANDI", "", "7600"
    quote.save()
    draft = drafting.draft_from_option(make_option(quote), booker)
    page = text(as_booker.get(url(draft)))
    assert re.search(r'name="receiver_city" value="Stellenbosch"', page)


@pytest.mark.parametrize("missing", ["floor_building", "street", "city", "post_code", "company"])
def test_a_sender_that_lacks_what_bex_requires_is_open_from_the_start(
    as_booker: Client, draft: Waybill, missing: str
) -> None:
    """As on the way back, where the receiver of before had said no floor."""
    assert '<details class="breakdown" >' in text(as_booker.get(url(draft)))
    draft.sender = Address.objects.create(**{**SENDER, "contact_name": "", missing: ""})
    draft.save()
    assert '<details class="breakdown" open>' in text(as_booker.get(url(draft)))
