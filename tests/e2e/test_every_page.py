"""Every page in light and dark: axe finds nothing, the policy stops nothing, nothing is wider than the window."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from accounts.models import ShippingAccount, User
from shipments import address_book
from shipments.models import Price, Quote, Submission, Waybill
from tests.making import make_option, make_quote, make_waybill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (320, 768, 1280)


def attempt(waybill: Waybill, outcome: str, **more: Any) -> None:
    past = timezone.now() - timedelta(hours=1)
    Submission.objects.create(
        waybill=waybill, number=1, outcome=outcome, reference=f"R{waybill.pk.hex[:19].upper()}", waybill_version=1,
        account=waybill.account, identity=waybill.account.identity, endpoint=waybill.endpoint, payload={},
        lease_until=past, lease_boot_id="", lease_until_tick=0, claimed_at=past, answered_at=past,
        next_look_up_at=timezone.now(), reason="no answer within 30 s", **more,
    )  # fmt: skip


@pytest.fixture
def addresses(clerk: User, account: ShippingAccount) -> dict[str, str]:
    """Each page in the states that look different."""

    def waybill(state: str, **more: Any) -> Waybill:
        made = make_waybill(account, clerk)
        Waybill.objects.filter(pk=made.pk).update(booking_state=state, **more)
        return made

    stale, refused, unanswered = (make_quote(account, clerk) for _ in range(3))
    make_option(stale)
    hour = timezone.now() - timedelta(hours=1)
    Quote.objects.filter(pk=stale.pk).update(quoted_at=hour)
    Quote.objects.filter(pk=refused.pk).update(state="refused", refusal="No rates for this suburb.", quoted_at=None)
    Quote.objects.filter(pk=unanswered.pk).update(state="unanswered", failure="no answer in time", quoted_at=None)
    fresh = make_quote(account, clerk)
    make_option(fresh)
    make_option(fresh, add_on="SURSAT", total="330.00", position=2)
    make_option(fresh, code="BUD", total="110.00", position=3)
    draft, queued, booked = waybill("draft"), waybill("queued", asked_at=timezone.now()), waybill("booked")
    Waybill.objects.filter(pk=booked.pk).update(
        waybill_number="ACP00000001", transit_state="delivered", signee="KHUMALO S", delivered_at=hour, booked_at=hour
    )
    attempt(booked, "booked", waybill_number="ACP00000001")
    money = {"base_rate": "1250.00", "surcharges_total": "340.00", "vat": "238.50", "total": "1828.50"}
    for kind in ("quoted", "booked"):
        Price.objects.create(waybill=booked, kind=kind, source="test", at=hour, **money)
    unknown, rejected = waybill("unknown"), waybill("rejected")
    attempt(unknown, "lost")
    attempt(rejected, "refused", refusal="Receiver street is invalid.")
    held = waybill("held", asked_at=timezone.now(), hold_reason="account_paused")
    assert booked.receiver is not None
    address_book.remember(account, "receiver", booked.receiver)
    pages = {
        name: reverse(name)
        for name in (
            "home",
            "quote-new",
            "quotes",
            "address-book",
            "waybills",
            "waybills-held",
            "attention",
            "help",
            "status",
            "api-keys",
            "api-docs",
        )
    }
    pages |= {
        "no match": reverse("waybills") + "?q=nothing",
        "password": reverse("password_change"),
        "404": "/nowhere/",
    }
    quotes = {"options": fresh, "stale": stale, "refused quote": refused, "unanswered quote": unanswered}
    pages |= {name: reverse("quote", args=[quote.pk]) for name, quote in quotes.items()}
    pages["book"] = reverse("waybill-book", args=[draft.pk])
    waybills = {
        "draft": draft, "queued": queued, "booked": booked, "unknown": unknown, "rejected": rejected, "held": held,
    }  # fmt: skip
    return pages | {name: reverse("waybill", args=[one.pk]) for name, one in waybills.items()}


def too_wide(page: Page) -> list[int]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(
    signed_in: Page, portal: str, addresses: dict[str, str], complaints: list[str], scheme: Any
) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    found: dict[str, Any] = {}
    for name, address in addresses.items():
        signed_in.set_viewport_size({"width": 1280, "height": 900})
        signed_in.goto(portal + address)
        violations = Axe().run(signed_in).response["violations"]
        if violations:
            found[name] = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in violations]
        if signed_in.locator("fieldset .wrap").count():
            found[f"{name} has a size container in a fieldset"] = "docs/ui.md says why not"
        if wide := too_wide(signed_in):
            found[f"{name} is too wide"] = wide
    assert found == {}
    assert complaints == []


def test_the_door_is_accessible_and_fits(portal: str, context: BrowserContext, complaints: list[str]) -> None:
    page = context.new_page()
    page.goto(portal)
    assert Axe().run(page).response["violations"] == []
    assert too_wide(page) == []
    assert complaints == []
