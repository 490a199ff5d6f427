"""Quote, book, print, track, as a person does it: once by keyboard only, then with impatient clicks."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from shipments.models import Quote, Waybill
from tests.courier import Courier
from tests.e2e.conftest import PASSWORD
from tracking.sync import sync

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUOTE = re.compile(r"/quotes/[0-9a-f-]{36}/")
BOOK = re.compile(r"/waybills/[0-9a-f-]{36}/book/")
WAYBILL = re.compile(r"/waybills/[0-9a-f-]{36}/(#waybill-h)?$")


def tab_to(page: Page, name: str) -> None:
    """Tab until the field of that id has the focus; nothing is clicked."""
    for _ in range(60):
        if page.evaluate("document.activeElement?.id") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached with the Tab key")


def describe(page: Page) -> None:
    """The shipment's destination and its parcel, by keyboard."""
    tab_to(page, "id_destination_suburb")
    page.keyboard.type("stellenbosch 7600", delay=10)
    expect(page.locator('[role="option"]').first).to_contain_text("7600")
    page.keyboard.press("Enter")
    expect(page.locator("#id_destination_post_code")).to_have_value("7600")
    for name, value in (("length_cm", "40"), ("breadth_cm", "30"), ("height_cm", "30"), ("weight_kg", "4.5")):
        tab_to(page, f"id_parcels-0-{name}")
        page.keyboard.type(value)


def receiver(page: Page) -> None:
    for name, value in (("company", "Helderberg Dental"), ("mobile", "0825550117"), ("street", "18 Dorp Street")):
        tab_to(page, f"id_receiver_{name}")
        page.keyboard.type(value)


def to_the_book_page(page: Page, portal: str) -> None:
    page.goto(f"{portal}/quotes/new/")
    describe(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(QUOTE)
    page.locator('button[data-key="1"]').click()
    page.wait_for_url(BOOK)
    receiver(page)


def test_the_whole_job_by_keyboard_only(
    portal: str, clerk: User, courier: Courier, worker: None, context: BrowserContext, complaints: list[str]
) -> None:
    page = context.new_page()
    page.goto(portal)
    page.keyboard.type("thandi")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{portal}/")
    page.keyboard.press("n")
    page.wait_for_url("**/quotes/new/")
    describe(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(QUOTE)
    expect(page.get_by_role("heading", name=re.compile("ways to send it"))).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.wait_for_url(BOOK)
    receiver(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(WAYBILL)
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("#waybill-number")).to_be_visible(timeout=20_000)
    expect(page.locator("h1")).to_be_focused()
    (at_bex,) = courier.waybills
    expect(page.locator("#waybill-number")).to_have_text(at_bex["number"])

    with context.expect_page() as opened:
        page.keyboard.press("p")
    labels = context.request.get(opened.value.url or page.url)
    assert labels.headers["content-type"] == "application/pdf"
    opened.value.close()

    courier.control(f"waybills/{at_bex['number']}/deliver", {})
    page.keyboard.press("r")
    expect(page.locator("#journey")).to_contain_text("Delivered", timeout=10_000)
    sync(force=True)
    assert Waybill.objects.get().signee
    page.keyboard.press("n")
    page.wait_for_url("**/quotes/new/")
    assert complaints == []


def test_a_double_click_books_once(signed_in: Page, portal: str, courier: Courier, worker: None) -> None:
    to_the_book_page(signed_in, portal)
    signed_in.get_by_role("button", name=re.compile("Book with BEX")).dblclick()
    expect(signed_in.locator("#waybill-number")).to_be_visible(timeout=20_000)
    assert len(courier.waybills) == 1
    assert Waybill.objects.count() == 1


def test_two_tabs_book_once(
    signed_in: Page, portal: str, courier: Courier, worker: None, context: BrowserContext
) -> None:
    to_the_book_page(signed_in, portal)
    other = context.new_page()
    other.goto(signed_in.url)
    receiver(other)
    signed_in.keyboard.press("Control+Enter")
    expect(signed_in.locator("#waybill-number")).to_be_visible(timeout=20_000)
    other.keyboard.press("Control+Enter")
    expect(other.locator("#waybill-number")).to_be_visible(timeout=20_000)
    assert len(courier.waybills) == 1


def test_the_back_button_finds_the_same_draft_and_a_reload_books_nothing_more(
    signed_in: Page, portal: str, courier: Courier, worker: None
) -> None:
    to_the_book_page(signed_in, portal)
    first = signed_in.url
    signed_in.goto(portal)
    signed_in.go_back()
    signed_in.go_back()
    signed_in.wait_for_url(QUOTE)
    signed_in.locator('button[data-key="1"]').click()
    signed_in.wait_for_url(BOOK)
    assert signed_in.url == first
    receiver(signed_in)
    signed_in.keyboard.press("Control+Enter")
    expect(signed_in.locator("#waybill-number")).to_be_visible(timeout=20_000)
    signed_in.reload()
    signed_in.go_back()
    signed_in.go_forward()
    expect(signed_in.locator("#waybill-number")).to_be_visible()
    assert len(courier.waybills) == 1


def test_another_service_of_what_is_booked_is_warned_of(
    signed_in: Page, portal: str, courier: Courier, worker: None
) -> None:
    to_the_book_page(signed_in, portal)
    signed_in.keyboard.press("Control+Enter")
    expect(signed_in.locator("#waybill-number")).to_be_visible(timeout=20_000)
    number = signed_in.locator("#waybill-number").inner_text()
    signed_in.goto(f"{portal}/quotes/{Quote.objects.get().pk}/")
    expect(signed_in.get_by_role("link", name=f"booked as {number}")).to_be_visible()
    signed_in.locator('button[data-key="2"]').click()
    alert = signed_in.get_by_role("alert").filter(has_text="This shipment is booked already")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text(number)
    assert Waybill.objects.count() == 1
    signed_in.get_by_role("button", name=re.compile("all the same")).click()
    signed_in.wait_for_url(BOOK)
    assert Waybill.objects.count() == 2


def test_errors_keep_what_was_typed_and_lead_to_the_field(signed_in: Page, portal: str, courier: Courier) -> None:
    to_the_book_page(signed_in, portal)
    signed_in.locator("#id_receiver_mobile").fill("0825")
    signed_in.locator("#id_instructions").fill("Loading bay in Andringa Street")
    signed_in.keyboard.press("Control+Enter")
    summary = signed_in.locator('[role="alert"]').first
    expect(summary).to_contain_text("4 digits; a South African mobile has 10")
    expect(signed_in.locator("#id_instructions")).to_have_value("Loading bay in Andringa Street")
    summary.get_by_role("link").first.click()
    assert signed_in.evaluate("document.activeElement.id") == "id_receiver_mobile"
    assert courier.waybills == []


def test_an_unknown_outcome_is_said_and_becomes_booked_by_evidence(
    signed_in: Page, portal: str, courier: Courier, worker: None
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from shipments import evidence

    to_the_book_page(signed_in, portal)
    courier.fault("submit", "cut_after")
    signed_in.keyboard.press("Control+Enter")
    expect(signed_in.get_by_role("heading", name="We don’t know whether BEX booked it")).to_be_visible(timeout=20_000)
    evidence.look_up_due(timezone.now() + timedelta(minutes=2))
    signed_in.reload()
    expect(signed_in.locator("#waybill-number")).to_have_text(courier.waybills[0]["number"])
    assert len(courier.waybills) == 1
