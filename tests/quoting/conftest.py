"""People who ask for prices, and what they type."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from accounts.identities import log_in
from accounts.models import Address, ShippingAccount, User
from shipments import places
from shipments.models import ParcelPreset, Place
from tests.browser import sign_in
from tests.courier import Courier
from tests.making import SENDER


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmailBackend")
    return client


def working_day(ahead: int = 7) -> date:
    """A Monday, never today."""
    day = timezone.localdate() + timedelta(days=ahead)
    return day + timedelta(days=-day.weekday() % 7)


def lines(*rows: dict[str, Any]) -> dict[str, Any]:
    """What the parcel lines post."""
    posted: dict[str, Any] = {"parcels-TOTAL_FORMS": len(rows), "parcels-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        posted |= {f"parcels-{index}-{name}": value for name, value in row.items()}
    return posted


BOX = {"pieces": "1", "length_cm": "40", "breadth_cm": "30", "height_cm": "30", "weight_kg": "4.50", "reference": ""}


@pytest.fixture
def typed(account: ShippingAccount) -> dict[str, Any]:
    """A shipment that can be priced."""
    return {
        "account": account.pk, "dispatch_date": working_day().isoformat(),
        "origin_name": "", "origin_address": "", "origin_suburb": "Sandton", "origin_area": "Johannesburg",
        "origin_post_code": "2196", "destination_name": "", "destination_address": "",
        "destination_suburb": "Stellenbosch", "destination_area": "Stellenbosch", "destination_post_code": "7600",
        **lines(BOX),
    }  # fmt: skip


@pytest.fixture
def as_priceless(priceless_booker: User) -> Client:
    return signed_in(priceless_booker)


@pytest.fixture
def as_viewer(viewer: User) -> Client:
    return signed_in(viewer)


@pytest.fixture
def usual_sender(account: ShippingAccount) -> Address:
    account.default_sender = Address.objects.create(**SENDER)
    account.save()
    return account.default_sender


@pytest.fixture
def in_browser(booker: User, live_server: Any, settings: Any, context: BrowserContext) -> str:
    """The address of a server where the booker is signed in."""
    sign_in(context, booker, live_server.url)
    return str(live_server.url)


@pytest.fixture
def at_the_sandbox(account: ShippingAccount, courier: Courier, admin: User, settings: Any) -> ShippingAccount:
    """The account, under an identity that really logged in at the sandbox."""
    settings.BEX_API_URL = courier.url
    account.identity = log_in(label="Sandbox", username="demo@rooibok.example", password="demo-password", by=admin)
    account.save()
    return account


@pytest.fixture
def told(page: Page) -> list[str]:
    """What the browser complained about: the policy, scripts, anything but a refused form."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def quote_page(
    in_browser: str, at_the_sandbox: ShippingAccount, usual_sender: Address, page: Page, told: list[str]
) -> Page:
    for suburb, area, code in (
        ("Sandton", "Johannesburg", "2196"),
        ("Stellenbosch", "Stellenbosch", "7600"),
        ("Stellenbosch Central", "Stellenbosch", "7601"),
    ):
        place = Place(suburb=suburb, area=area, post_code=code)
        place.search = places.search_text(place)
        place.save()
    ParcelPreset.objects.create(name="Bench unit", length_cm=80, breadth_cm=80, height_cm=30)
    page.goto(in_browser + "/quotes/new/")
    page.wait_for_load_state("networkidle")
    return page
