"""Where the keyboard is on the book page when it comes."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Address, User
from shipments import sending
from shipments.models import Waybill
from tests.browser import sign_in
from tests.courier import ScriptedBex, refusal
from tests.making import RECEIVER, SENDER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def book_page(booker: User, live_server: Any, context: BrowserContext, page: Page, draft: Waybill) -> Page:
    sign_in(context, booker, live_server.url)
    page.set_default_timeout(20_000)
    return page


def come_to(page: Page, live_server: Any, draft: Waybill) -> None:
    page.goto(live_server.url + reverse("waybill-book", args=[draft.pk]))
    page.wait_for_load_state("networkidle")


def lacking(draft: Waybill, end: str, *names: str) -> None:
    values = {**(RECEIVER if end == "receiver" else SENDER), **dict.fromkeys(names, "")}
    setattr(draft, end, Address.objects.create(**values))
    draft.save()


@pytest.mark.parametrize(
    ("end", "empty", "focused"),
    [
        ("receiver", ["street"], "receiver_street"),
        ("receiver", ["company", "contact_name", "street"], "receiver_company"),
        ("sender", ["floor_building"], "sender_floor_building"),
    ],
)
def test_it_begins_at_the_first_thing_that_is_missing(
    book_page: Page, live_server: Any, draft: Waybill, end: str, empty: list[str], focused: str
) -> None:
    lacking(draft, end, *empty)
    come_to(book_page, live_server, draft)
    expect(book_page.locator(f"[name={focused}]")).to_be_focused()


def test_where_nothing_is_missing_it_begins_at_the_button_that_books(
    book_page: Page, live_server: Any, draft: Waybill
) -> None:
    come_to(book_page, live_server, draft)
    expect(book_page.locator("[name=book]")).to_be_focused()


def test_the_key_that_led_to_the_page_books_nothing_while_it_is_held(
    book_page: Page, live_server: Any, draft: Waybill
) -> None:
    come_to(book_page, live_server, draft)
    button = book_page.locator("[name=book]")
    expect(button).to_be_focused()
    prevented = button.evaluate(
        """button => !button.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", repeat: true, bubbles: true, cancelable: true }))"""
    )
    assert prevented
    draft.refresh_from_db()
    assert draft.booking_state == "draft"


def test_a_refused_one_begins_at_what_bex_said(
    book_page: Page, live_server: Any, asked: Waybill, bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("Receiver street is invalid."))
    sending.send(asked.pk)
    come_to(book_page, live_server, asked)
    expect(book_page.locator("section[aria-labelledby=refused]")).to_be_focused()
