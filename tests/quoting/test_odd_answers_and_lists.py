"""Whatever BEX names its services, a question is kept with what came of it; lists find people, and stay quick."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ShippingAccount, User
from shipments import address_book
from shipments.models import Quote
from tests.courier import ScriptedBex, answer, option
from tests.making import make_option, make_quote, make_waybill

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
CARGO = option("NCA", "Normal cargo", "110.00")


def page_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(
    "odd",
    [
        {"serviceNameStr": "n" * 300},
        {"serviceId": "9" * 80},
        {"serviceNameStr": "a\x00b"},
        {"totalCharges": "9" * 20},
        {"totalCharges": "99999999999"},
        {"customerChargeableWeight": "99999999.999"},
    ],
    ids=["long name", "long id", "null character", "more money than there is", "more than a column holds", "weight"],
)
def test_an_odd_option_is_kept_and_can_be_chosen(
    as_booker: Client, typed: dict[str, Any], bex: ScriptedBex, odd: dict[str, str]
) -> None:
    bex.on("quote", answer({"items": [option(**odd), CARGO]}))
    assert as_booker.post("/quotes/new/", typed, follow=True).status_code == 200

    quote = Quote.objects.get()
    assert [kept.service_code for kept in quote.options.all()] == ["ONC", "NCA"]


def test_a_sum_of_doubles_is_rounded_to_the_cent(as_booker: Client, typed: dict[str, Any], bex: ScriptedBex) -> None:
    sums: dict[str, Any] = {"totalCharges": "1234.5650000000001", "vat": 0.125, "fuel": "86.399999999999991"}
    bex.on("quote", answer({"items": [option(**sums, customerChargeableWeight="4.4849999999999994")]}))
    as_booker.post("/quotes/new/", typed)

    (kept,) = Quote.objects.get().options.all()
    assert [str(amount) for amount in (kept.total, kept.vat, kept.fuel)] == ["1234.57", "0.13", "86.40"]
    assert str(kept.chargeable_weight_kg) == "4.48"


@pytest.mark.parametrize("odd", [{"serviceCodeStr": "C" * 21}, {"surchargeAddons": "SURSAT,SURPUB,SURAHS,SUROUT"}])
def test_a_code_too_long_to_book_with_is_left_out_and_the_others_stay(
    as_booker: Client, typed: dict[str, Any], bex: ScriptedBex, odd: dict[str, str]
) -> None:
    bex.on("quote", answer({"items": [option(**odd), CARGO]}))
    as_booker.post("/quotes/new/", typed)

    quote = Quote.objects.get()
    assert [kept.service_code for kept in quote.options.all()] == ["NCA"]
    assert quote.state == Quote.State.ANSWERED


def test_an_answer_without_a_service_that_can_be_booked_is_said(
    as_booker: Client, typed: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("quote", answer({"items": [option("C" * 21)]}))
    assert "no service that can be booked" in page_of(as_booker.post("/quotes/new/", typed, follow=True))
    assert Quote.objects.get().raw


@pytest.mark.parametrize("name", ["quotes", "places", "address-book"])
def test_a_null_character_finds_nothing_and_breaks_nothing(as_booker: Client, name: str) -> None:
    assert as_booker.get(reverse(name), {"q": "\x00"}).status_code == 200


@pytest.mark.parametrize("text", ["thandi", "mokoena sandton", "karoo", "johannesburg", "316085", "7600"])
def test_a_quote_is_found_by_place_by_account_and_by_people(
    as_booker: Client, typed: dict[str, Any], bex: ScriptedBex, text: str
) -> None:
    as_booker.post("/quotes/new/", {**typed, "destination_name": "Karoo Kitchens"})

    assert "data-row>" in page_of(as_booker.get(reverse("quotes"), {"q": text}))


def test_who_may_only_look_is_offered_no_next_shipment(
    as_viewer: Client, as_booker: Client, account: ShippingAccount, booker: User
) -> None:
    waybill = make_waybill(account, booker)
    assert waybill.receiver is not None
    address_book.remember(account, "receiver", waybill.receiver)

    for name, offered in [("quotes", "?again="), ("address-book", "?to=")]:
        assert offered in page_of(as_booker.get(reverse(name)))
        assert offered not in page_of(as_viewer.get(reverse(name)))


def test_the_list_reads_the_options_of_one_page_only(as_booker: Client, account: ShippingAccount, booker: User) -> None:
    for total in ("330.00", "110.00"):
        make_option(make_quote(account, booker), total=total)
    with CaptureQueriesContext(connection) as queries:
        page = page_of(as_booker.get(reverse("quotes")))

    assert "1 way to send it" in page
    assert "110.00" in page
    reading = [query["sql"] for query in queries if "shipments_quoteoption" in query["sql"]]
    assert reading
    assert not any("JOIN" in sql and 'JOIN "shipments_quoteoption"' in sql for sql in reading)


def test_a_quote_without_options_counts_none(as_booker: Client, account: ShippingAccount, booker: User) -> None:
    make_quote(account, booker)

    assert "0 ways to send it" in page_of(as_booker.get(reverse("quotes")))
