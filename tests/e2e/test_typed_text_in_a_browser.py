"""What somebody types survives: a session that ended, a list that closes; and a new form begins where it is empty."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from shipments.models import Waybill
from tests.e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in_again(page: Page) -> None:
    page.wait_for_url(re.compile("/sign-in/"))
    page.fill("[name=username]", "thandi")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def describe(page: Page) -> None:
    page.fill("#id_destination_suburb", "Stellenbosch")
    page.fill("#id_destination_post_code", "7600")
    page.locator("[data-add-line]").click()
    for line, kg in ((0, "4.5"), (1, "7,25")):
        for name, value in (("length_cm", "40"), ("breadth_cm", "30"), ("height_cm", "30"), ("weight_kg", kg)):
            page.fill(f"#id_parcels-{line}-{name}", value)


def test_a_quote_typed_into_an_ended_session_is_there_after_the_sign_in(signed_in: Page, portal: str) -> None:
    signed_in.goto(f"{portal}/quotes/new/")
    describe(signed_in)
    Session.objects.all().delete()
    signed_in.keyboard.press("Control+Enter")
    sign_in_again(signed_in)
    expect(signed_in.get_by_text("What you typed is back")).to_be_visible()
    expect(signed_in.locator("#id_destination_suburb")).to_have_value("Stellenbosch")
    expect(signed_in.locator("#id_parcels-1-weight_kg")).to_have_value("7,25")
    signed_in.keyboard.press("Control+Enter")
    signed_in.wait_for_url(re.compile(r"/quotes/[0-9a-f-]{36}/"))
    # Put back once: a new form is empty.
    signed_in.goto(f"{portal}/quotes/new/")
    expect(signed_in.locator("#id_destination_suburb")).to_have_value("")


def test_an_address_typed_into_an_ended_session_is_there_and_nothing_was_booked(signed_in: Page, portal: str) -> None:
    signed_in.goto(f"{portal}/quotes/new/")
    describe(signed_in)
    signed_in.keyboard.press("Control+Enter")
    signed_in.locator('button[data-key="1"]').click()
    signed_in.wait_for_url(re.compile("/book/"))
    signed_in.fill("#id_receiver_company", "Helderberg Dental")
    signed_in.fill("#id_receiver_street", "18 Dorp Street")
    Session.objects.all().delete()
    signed_in.keyboard.press("Control+Enter")
    sign_in_again(signed_in)
    expect(signed_in.locator("#id_receiver_company")).to_have_value("Helderberg Dental")
    expect(signed_in.locator("#id_receiver_street")).to_have_value("18 Dorp Street")
    expect(signed_in.get_by_text("nothing was sent")).to_be_visible()
    assert Waybill.objects.get().booking_state == "draft"


def test_a_new_shipment_begins_at_the_end_that_is_empty(signed_in: Page, portal: str) -> None:
    signed_in.goto(portal)
    signed_in.keyboard.press("n")
    signed_in.wait_for_url(re.compile("/quotes/new/"))
    expect(signed_in.locator("#id_destination_name")).to_be_focused()


def test_tab_leaves_a_long_list_for_the_next_field(signed_in: Page, portal: str) -> None:
    signed_in.goto(f"{portal}/quotes/new/")
    signed_in.locator("#id_destination_suburb").press_sequentially("st")
    expect(signed_in.locator('[role="option"]').nth(5)).to_be_visible()
    signed_in.keyboard.press("Tab")
    expect(signed_in.locator("#id_destination_area")).to_be_focused()
