"""Every page in light and dark: axe finds nothing, the policy stops nothing, nothing is wider than the window."""

from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.tokens import default_token_generator
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import BrowserContext, Page

from accounts.models import ShippingAccount, User
from bexapi.notifications import UpdateTold, WeighedParcel
from bexportal.middleware import maintenance_flag
from shipments import address_book, reweighing
from shipments.models import Price, Quote, Submission, Waybill
from tests.e2e import wrong_urls
from tests.making import make_option, make_quote, make_waybill
from tests.platform.test_every_address_is_behind_a_sign_in import WALKED
from tracking.models import Delivery, Notification, Subscription, WaybillNote

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
    draft.parcels.update(length_cm=120, breadth_cm=80, height_cm=100, weight_kg="1250.00")  # the longest that is usual
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
            "webhooks",
            "webhook-new",
            "webhook-notifications",
        )
    }
    pages |= {
        "no match": reverse("waybills") + "?q=nothing",
        "password": reverse("password_change"),
        "password changed": reverse("password_change_done"),
        "404": "/nowhere/",
    }
    quotes = {"options": fresh, "stale": stale, "refused quote": refused, "unanswered quote": unanswered}
    pages |= {name: reverse("quote", args=[quote.pk]) for name, quote in quotes.items()}
    pages["book"] = reverse("waybill-book", args=[draft.pk])
    waybills = {
        "draft": draft, "queued": queued, "booked": booked, "unknown": unknown, "rejected": rejected, "held": held,
    }  # fmt: skip
    weigh_again(booked)
    pages |= webhook_pages(booked)
    pages["proof"] = reverse("waybill-proof", args=[booked.pk])
    return pages | {name: reverse("waybill", args=[one.pk]) for name, one in waybills.items()}


def weigh_again(booked: Waybill) -> None:
    parcel = WeighedParcel("ACP00000001-01", Decimal(42), Decimal(30), Decimal(31), Decimal("7.5"), "")
    told = UpdateTold(
        service="ONC", insurance_required=False, insurance_value=None, actual_weight_kg=Decimal("7.5"),
        volumetric_weight_kg=Decimal("7.2"), chargeable_weight_kg=Decimal(8), base_rate=Decimal("1450.00"),
        surcharges_total=Decimal("360.00"), subtotal=Decimal("1810.00"), vat=Decimal("271.50"),
        total=Decimal("2081.50"), parcels=(parcel,),
    )  # fmt: skip
    reweighing.keep(booked.pk, told, source="x", at=timezone.now())


def webhook_pages(booked: Waybill) -> dict[str, str]:
    """Subscriptions in the states that look different, what arrived, and what waits for a person."""
    pages = {}
    states: dict[str, dict[str, Any]] = {
        "active": {"state": "active", "registrations": 2},
        "half done": {
            "state": "registering",
            "problem": "BEX gave no answer.",
            "activation_refused_at": timezone.now(),
        },
        "registered": {"state": "registered"},
        "prepared": {"state": "prepared", "problem": "BEX did not register it.", "refusal": "No."},
        "replacing": {"state": "active", "replacing": "registering", "problem": "BEX gave no answer."},
        "replaced": {"state": "active", "replacing": "registered"},
        "ended": {"state": "ended", "ended_at": timezone.now()},
    }
    for name, values in states.items():
        made = Subscription.prepared(description=f"It is {name}", endpoint=booked.endpoint, courier=booked.endpoint)
        made.keep_key(name)
        made.uri = f"https://portal.example.co.za{made.path}"
        for field, value in values.items():
            setattr(made, field, value)
        made.save()
        pages[f"webhook {name}"] = reverse("webhook", args=[made.pk])
        if name != "active":
            continue
        for verdict in ("signed", "signed_before", "forged", "malformed", "too_large"):
            body = b'{\r\n  "Id": "1",\r\n  "Notifications": [{"Action": "pod"}]\r\n}'
            came = Delivery.objects.create(
                subscription=made,
                verdict=verdict,
                size=len(body),
                body=body,
                headers={"ms-signature": "sha256=" + "0" * 64},
            )
            pages[f"delivery {verdict}"] = reverse("webhook-delivery", args=[came.pk])
    told: dict[str, dict[str, Any]] = {
        "waiting": {"kind": "waybill_note", "why": "BEX names no waybill in it."},
        "poisoned": {"kind": "pod", "waybill_number": "ACP00000001", "why": "A proof of delivery without a name."},
        "taken": {"kind": "waybill_note", "waybill": booked},
    }
    signed = Delivery.objects.get(verdict="signed")
    for state, values in told.items():
        content = '{"Action": "waybill_note", "NoteText": "Customer asks for delivery after noon"}'
        one = Notification.objects.create(
            courier=booked.endpoint, fingerprint=state, state=state, content=content, delivery=signed, **values
        )
    WaybillNote.objects.create(
        waybill=booked, notification=one, posted_by="NomsaD", at=timezone.now(), text="After noon"
    )
    return pages


def too_wide(page: Page) -> list[int]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


def wrong_with(page: Page, name: str) -> dict[str, Any]:
    """What axe finds on the page as it is shown, and at which widths it does not fit."""
    found: dict[str, Any] = {}
    page.set_viewport_size({"width": 1280, "height": 900})
    if violations := Axe().run(page).response["violations"]:
        found[name] = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in violations]
    if page.locator("fieldset .wrap").count():
        found[f"{name} has a size container in a fieldset"] = "docs/ui.md says why not"
    if wide := too_wide(page):
        found[f"{name} is too wide"] = wide
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(
    signed_in: Page, portal: str, addresses: dict[str, str], complaints: list[str], scheme: Any
) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    found: dict[str, Any] = {}
    for name, address in addresses.items():
        signed_in.goto(portal + address)
        found |= wrong_with(signed_in, name)
    assert found == {}
    assert complaints == []


def doors(clerk: User) -> dict[str, str]:
    """What somebody sees who is not signed in; a link by mail that works and one that does not any more."""
    link = {"uidb64": urlsafe_base64_encode(force_bytes(clerk.pk)), "token": default_token_generator.make_token(clerk)}
    pages = {name: reverse(name) for name in ("login", "password_reset", "password_reset_done")}
    return pages | {
        "password_reset_complete": reverse("password_reset_complete"),
        "a good link": reverse("password_reset_confirm", kwargs=link),
        "an old link": reverse("password_reset_confirm", kwargs={**link, "token": "old-token"}),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_doors_are_accessible_and_fit(
    portal: str, clerk: User, context: BrowserContext, complaints: list[str], scheme: Any
) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    found: dict[str, Any] = {}
    for name, address in doors(clerk).items():
        page.goto(portal + address)
        found |= wrong_with(page, name)
    assert found == {}
    assert complaints == []


@pytest.fixture
def maintenance(settings: Any, tmp_path: Path) -> Path:
    """The flag, where no other process of the tests sees it."""
    settings.VAR_DIR = tmp_path
    return maintenance_flag()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_went_wrong_is_said_on_an_accessible_page_that_fits(
    signed_in: Page, portal: str, complaints: list[str], settings: Any, maintenance: Path, scheme: Any
) -> None:
    settings.ROOT_URLCONF = "tests.e2e.wrong_urls"
    signed_in.emulate_media(color_scheme=scheme)
    found: dict[str, Any] = {}
    for status in (*wrong_urls.STATUSES, 503):
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            maintenance.touch()
        reply = signed_in.goto(f"{portal}/wrong/{status}/")
        assert reply is not None
        assert reply.status == status
        found |= wrong_with(signed_in, str(status))
    assert found == {}
    assert complaints == []


# What a browser does not show as a page of its own, by the name of its address.
NO_PAGES = {
    "answers for programs": {"healthz", "readyz", "metrics", "csp-report", "webhook-receiver"},
    "files": {"labels", "waybill-ewaybill", "waybill-labels", "waybill-proof-pdf", "waybills-csv"},
    "parts of a page": {"address-book-search", "places", "home-live", "waybill-live", "waybills-live"},
    "what only a form posts to": {
        "api-key-revoke", "attention-act", "attention-mail", "logout", "quote-choose", "quote-reprice",
        "waybill-abandon", "waybill-again", "waybill-book-again", "waybill-cancel", "waybill-consent",
        "waybill-number", "waybill-refresh", "waybill-release", "waybill-reprice", "waybill-take-back",
        "webhook-delivery-again", "webhook-notification-again", "webhook-notification-attach", "webhook-step",
        "webhook-try",
    },
    "ways to another page": {"find"},
}  # fmt: skip


def test_every_page_that_has_an_address_is_looked_at(addresses: dict[str, str], clerk: User) -> None:
    shown = {*addresses.values(), *doors(clerk).values()} - {addresses["404"]}
    looked_at = {resolve(address.partition("?")[0]).url_name for address in shown}
    named = {name for name, address in WALKED if not address.startswith(("/admin/", "/api/")) or name == "api-docs"}
    no_pages = set().union(*NO_PAGES.values())
    assert named - looked_at == no_pages
    assert looked_at & no_pages == set()
