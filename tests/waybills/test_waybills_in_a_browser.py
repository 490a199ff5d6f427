"""List, home and search box in a real browser: keys, swaps, no script, no overflow."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from shipments.models.waybills import BookingState, HoldReason
from tests.browser import sign_in
from tests.waybills.papers import Make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST, HOME = reverse("waybills"), reverse("home")


@pytest.fixture
def desk(live_server: Any, context: BrowserContext, booker: User) -> str:
    """The address where somebody is signed in."""
    sign_in(context, booker, live_server.url)
    return str(live_server.url)


@pytest.fixture
def many(make: Make) -> None:
    """Some sixty waybills of every kind, with names longer than one would wish."""
    now = timezone.now()
    long = {
        "company": "Tsitsikamma and Plettenberg Bay Veterinary Clinic and Animal Hospital",
        "suburb": "Plettenberg Bay",
    }
    for place in range(52):
        make(
            f"ACP{place:08}",
            senders_ref=f"SO-{place}",
            transit_state=["", "at_depot", "awaiting_signee"][place % 3],
            to=long,
        )
    make(
        "LATE1",
        transit_state="at_depot",
        promised_by=now - timedelta(hours=30),
        last_event_at=now,
        last_event_text="x " * 80,
    )
    make("FAIL1", transit_state="attempt_failed", last_event_text="Receiver closed", promised_by=None)
    make("ODD1", transit_state="exception", last_event_text="Somethingwithoutanyblankorbreak that BEX said")
    for state in (BookingState.UNKNOWN, BookingState.REJECTED, BookingState.DRAFT, BookingState.CANCELLED):
        make(booking_state=state, senders_ref="A-REFERENCE-OF-FIFTY-LETTERS-WITHOUT-ANY-BREAK-0123", to=long)
    make(booking_state=BookingState.HELD, hold_reason=HoldReason.LOOK_UP_FAILED)
    make(booking_state=BookingState.QUEUED)


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(120)  # scanners type faster: a key acts only when no other follows


def test_rows_are_walked_and_ticked_and_printed_by_keys_alone(page: Page, desk: str, make: Make) -> None:
    make("ACP1"), make("ACP2"), make("ACP3")
    open_page(page, desk + LIST)
    expect(page.locator("[data-selection]")).to_be_hidden()
    press(page, "j", "j", "k", "x", "j", "x")
    expect(page.get_by_label("Select ACP3")).to_be_checked()
    expect(page.get_by_label("Select ACP2")).to_be_checked()
    expect(page.locator("[data-selection]")).to_contain_text("2 selected")
    expect(page.locator("[data-selection]")).to_contain_text("2 parcels, 9.00 kg")
    with page.context.expect_page() as opened:
        press(page, "p")
    opened.value.wait_for_load_state()
    # Nothing answers for BEX here: the labels that are missing are named.
    expect(opened.value.locator("h1")).to_have_text("No labels to print")
    expect(opened.value.locator("tbody")).to_contain_text("ACP2")
    expect(page.get_by_label("Select ACP3")).to_be_checked()


def test_a_slash_finds_and_n_begins_the_next(page: Page, desk: str, make: Make) -> None:
    waybill = make("ACP1")
    open_page(page, desk + LIST)
    press(page, "/")
    page.keyboard.type("acp1")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('waybill', args=[waybill.pk])}")
    press(page, "n")
    page.wait_for_url(f"**{reverse('quote-new')}")


def test_a_scanner_needs_no_field(page: Page, desk: str, make: Make) -> None:
    waybill = make("ACP00000123")
    open_page(page, desk + HOME)
    # As one burst: keys that are sent one by one come as slowly as a busy machine sends them.
    page.evaluate(
        """for (const key of [..."ACP00000123-01", "Enter"])
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}))"""
    )
    page.wait_for_url(f"**{reverse('waybill', args=[waybill.pk])}")


@pytest.mark.usefixtures("many")
def test_a_filter_swaps_the_table_and_the_address_tells_it(page: Page, desk: str) -> None:
    open_page(page, desk + LIST)
    press(page, "f")
    expect(page.get_by_label("Number, reference or receiver")).to_be_focused()
    state = page.get_by_label("State", exact=True)
    state.focus()
    state.select_option("rejected")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/waybills/\?state=rejected$"))
    expect(state).to_be_focused()
    expect(page.locator("form#filter")).to_be_visible()
    page.get_by_label("Remove filter State: Refused by BEX").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page).to_have_url(re.compile(r"/waybills/$"))
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.usefixtures("many")
def test_older_moves_the_focus_to_the_table_it_brought(page: Page, desk: str) -> None:
    open_page(page, desk + LIST)
    page.get_by_role("link", name="Older").click()
    expect(page.locator("tbody tr")).to_have_count(11)
    expect(page.locator("#list-head")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?after="))
    # What was swapped in is alive: rows can be ticked and summed.
    press(page, "j", "x")
    expect(page.locator("[data-selection]")).to_contain_text("1 selected")


@pytest.mark.usefixtures("many")
def test_all_of_it_works_without_script(browser: Browser, live_server: Any, booker: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, booker, live_server.url)
    page = context.new_page()
    page.goto(live_server.url + LIST)
    page.get_by_text("Filter", exact=False).first.click()
    page.get_by_label("State", exact=True).select_option("draft")
    page.get_by_role("button", name="Show these").click()
    assert page.locator("tbody tr").count() == 1
    page.goto(live_server.url + LIST)
    page.get_by_role("link", name="Older").click()
    assert page.locator("tbody tr").count() == 11
    page.locator("tbody input[type=checkbox]").first.check()
    with context.expect_page() as opened:
        page.get_by_role("button", name="Print labels").click()
    opened.value.wait_for_load_state()
    assert opened.value.locator("h1").inner_text() in ("No labels to print", "Some labels are missing")
    context.close()


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1920])
def test_nothing_is_wider_than_the_window(page: Page, desk: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in (HOME, LIST, f"{LIST}?q=nowhere", f"{LIST}?state=held&since=2026-01-01&until=x"):
        open_page(page, desk + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


@pytest.mark.usefixtures("many")
def test_the_policy_stops_nothing(page: Page, desk: str) -> None:
    complaints: list[str] = []
    listen: Callable[[Any], None] = lambda message: complaints.append(message.text)  # noqa: E731
    page.on("console", lambda message: listen(message) if message.type in ("error", "warning") else None)
    for path in (HOME, LIST, f"{LIST}?state=draft"):
        open_page(page, desk + path)
    assert complaints == []
