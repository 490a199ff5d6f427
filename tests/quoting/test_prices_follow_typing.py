"""Once a shipment is priced, its prices follow what is typed; what does not fit the form is never chosen."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import ShippingAccount
from shipments.models import Quote, Waybill
from tests.courier import Courier, ScriptedBex
from tests.quoting.typing_keys import fill_without_the_list

HEAVIER = {"parcels-0-weight_kg": "9"}


@pytest.fixture
def priced(quote_page: Page) -> Page:
    fill_without_the_list(quote_page)
    expect(quote_page.get_by_role("heading", name="ways to send it")).to_be_visible()
    return quote_page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
class TestInABrowser:
    def test_another_weight_is_priced_by_itself_and_then_chosen(self, priced: Page, told: list[str]) -> None:
        first = priced.url
        weight = priced.locator("[name=parcels-0-weight_kg]")
        weight.fill("25")
        expect(priced.get_by_role("button", name="Choose").first).to_be_disabled()
        expect(priced.locator("#options")).to_contain_text("25.00\u00a0kg")
        expect(weight).to_be_focused()
        expect(priced).not_to_have_url(first)
        expect(priced.get_by_role("button", name="Choose").first).to_be_enabled()
        priced.locator("h1").click()
        priced.keyboard.press("1")
        priced.wait_for_url("**/book/")
        assert Waybill.objects.get().parcels.get().weight_kg == 25
        assert told == []

    def test_an_unfinished_form_is_told_and_nothing_is_asked_or_chosen(self, priced: Page) -> None:
        priced.locator("[name=parcels-0-weight_kg]").fill("")
        note = priced.get_by_role("status").filter(has_text="Not priced yet")
        expect(note).to_contain_text("Weight in kg.")
        priced.locator("h1").click()
        priced.keyboard.press("1")
        priced.wait_for_timeout(300)
        assert Waybill.objects.count() == 0
        assert Quote.objects.count() == 1
        priced.locator("[name=parcels-0-weight_kg]").fill("18")
        expect(note).to_be_hidden()
        expect(priced.get_by_role("button", name="Choose").first).to_be_enabled()
        assert Quote.objects.count() == 1

    def test_while_bex_is_asked_the_old_prices_fade_and_seconds_are_counted(
        self, priced: Page, courier: Courier
    ) -> None:
        courier.fault("quote", "slow", seconds=3)
        priced.locator("[name=parcels-0-weight_kg]").fill("25")
        expect(priced.get_by_role("status").filter(has_text="Asking BEX")).to_contain_text(re.compile(r"[12] s"))
        assert priced.locator("#options .wrap").evaluate("one => getComputedStyle(one).opacity") == "0.55"

    def test_price_again_prices_what_is_typed(self, priced: Page) -> None:
        priced.route("**/quotes/new/", lambda route: route.abort())
        priced.locator("[name=parcels-0-weight_kg]").fill("25")
        priced.get_by_role("button", name="Price again").click()
        expect(priced.locator("#options")).to_contain_text("25.00\u00a0kg")
        assert priced.locator("[name=parcels-0-weight_kg]").input_value() == "25"


@pytest.mark.django_db
class TestWithoutScript:
    @pytest.fixture
    def quote(self, as_booker: Client, typed: dict[str, Any], bex: ScriptedBex) -> Quote:
        as_booker.post("/quotes/new/", typed)
        return Quote.objects.get()

    def test_choosing_with_another_form_prices_it_first(
        self, as_booker: Client, typed: dict[str, Any], quote: Quote
    ) -> None:
        choice = {"line": "1", "variant-1": str(quote.options.all()[0].pk)}
        page = as_booker.post(reverse("quote-choose", args=[quote.pk]), {**typed, **HEAVIER, **choice}, follow=True)
        assert "What you typed had changed since it was priced." in page.content.decode()
        assert Waybill.objects.count() == 0
        assert Quote.objects.all()[0].total_weight_kg == 9

    def test_choosing_with_the_same_form_goes_on(self, as_booker: Client, typed: dict[str, Any], quote: Quote) -> None:
        choice = {"line": "1", "variant-1": str(quote.options.all()[0].pk)}
        reply = as_booker.post(reverse("quote-choose", args=[quote.pk]), {**typed, **choice})
        assert reply["Location"] == reverse("waybill-book", args=[Waybill.objects.get().pk])

    def test_price_again_keeps_what_was_typed(self, as_booker: Client, typed: dict[str, Any], quote: Quote) -> None:
        again = reverse("quote-reprice", args=[quote.pk])
        as_booker.post(again, {**typed, **HEAVIER})
        assert Quote.objects.all()[0].total_weight_kg == 9
        as_booker.post(again, typed)
        assert Quote.objects.all()[0].repeats == quote

    def test_what_is_wrong_is_said_before_anything_is_chosen(
        self, as_booker: Client, typed: dict[str, Any], quote: Quote, account: ShippingAccount
    ) -> None:
        choice = {"line": "1", "variant-1": str(quote.options.all()[0].pk), "parcels-0-weight_kg": "heavy"}
        page = as_booker.post(reverse("quote-choose", args=[quote.pk]), {**typed, **choice})
        assert page.status_code == 422
        assert "Weight in kg, for instance 4.50." in page.content.decode()
        assert Waybill.objects.count() == 0
