"""The journey in a real browser, with the sandbox behind it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from shipments.models import Waybill
from tests.browser import sign_in
from tests.courier import Courier
from tests.tracking.parcels import Book, fresh
from tracking.sync import refresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def parcel(courier: Courier, book: Book) -> Waybill:
    """Booked at the sandbox, not looked at yet."""
    [number] = courier.control("plant", {"account": "316085"})["numbers"]
    now = timezone.now()
    waybill = book(number, booked_at=now - timedelta(hours=1), tracking_due_at=now + timedelta(minutes=5))
    Waybill.objects.filter(pk=waybill.pk).update(endpoint=courier.url)
    return fresh(waybill)


@pytest.fixture
def shown(parcel: Waybill, booker: User, live_server: Any, context: BrowserContext, page: Page) -> Page:
    sign_in(context, booker, live_server.url)
    page.clock.install()
    page.goto(live_server.url + reverse("waybill", args=[parcel.pk]))
    page.wait_for_load_state("networkidle")
    return page


def press_r(page: Page) -> None:
    page.keyboard.press("r")
    page.clock.run_for(100)  # scanners type faster: a key acts only when no other follows


def test_one_key_asks_bex_and_the_focus_stays_on_the_button(shown: Page, parcel: Waybill) -> None:
    expect(shown.locator("#journey")).to_contain_text("No event yet")
    press_r(shown)
    expect(shown.locator("#journey strong")).to_have_text("Shipment integrated to courier system")
    expect(shown.locator("#cell-state")).to_have_text(re.compile("Announced"))
    expect(shown.locator("#journey-refresh")).to_be_focused()
    expect(shown.locator(".toast")).to_contain_text("BEX has news of this parcel.")
    assert fresh(parcel).transit_state == "announced"


def test_what_goes_wrong_is_said_where_one_looks_and_gets_the_focus(shown: Page, courier: Courier) -> None:
    courier.fault("track", "ex", text="Tracking is closed today")
    press_r(shown)
    note = shown.locator("#journey .note")
    expect(note).to_contain_text("BEX refused to answer about this number.")
    expect(note).to_contain_text("Tracking is closed today")
    expect(note).to_be_focused()


def test_what_a_sweep_has_found_shows_without_a_reload(shown: Page, courier: Courier, parcel: Waybill) -> None:
    courier.control(f"waybills/{parcel.waybill_number}/deliver", {"signee": "Khumalo"})
    refresh(parcel)
    shown.clock.run_for(15_000)
    expect(shown.locator("#journey")).to_contain_text("signed by KHUMALO")
    expect(shown.locator("#journey")).to_contain_text("That is final")
    expect(shown.get_by_role("link", name="Proof of delivery")).to_be_visible()
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
