"""The admins' pages in a real browser: their scripts run, and the strict policy stops nothing."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Grant, Identity, ShippingAccount, TrailEntry, User
from tests.browser import sign_in
from tests.courier import Courier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    found: list[str] = []
    context.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: found.append(str(error.error)))
    return found


@pytest.fixture
def signed_in(live_server: Any, admin: User, context: BrowserContext, settings: Any) -> str:
    sign_in(context, admin, live_server.url)
    return str(live_server.url)


@pytest.fixture
def addresses(account: ShippingAccount, booker: User) -> list[str]:
    return [
        "",
        "accounts/user/",
        "accounts/user/add/",
        f"accounts/user/{booker.pk}/change/",
        f"accounts/user/{booker.pk}/password/",
        "auth/group/add/",
        "accounts/identity/",
        "accounts/identity/add/",
        f"accounts/identity/{account.identity_id}/change/",
        f"accounts/identity/{account.identity_id}/log-in/",
        "accounts/shippingaccount/",
        f"accounts/shippingaccount/{account.pk}/change/",
        "accounts/grant/add/",
        "accounts/trailentry/",
        "shipments/place/",
        "shipments/parcelpreset/add/",
        "tracking/lookrule/",
        "tracking/lookrule/out_for_delivery/change/",
        "tracking/wording/",
        "tracking/wording/?meaning=documented",
        "tracking/wording/add/",
    ]


def test_no_page_of_the_admins_is_stopped_by_the_policy(
    page: Page, signed_in: str, addresses: list[str], complaints: list[str]
) -> None:
    for address in addresses:
        reply = page.goto(f"{signed_in}/admin/{address}")
        assert reply is not None
        assert reply.status == 200, address
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_admins_is_accessible_and_fits(
    page: Page, signed_in: str, addresses: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{signed_in}/admin/{address}")
        assert [one["id"] for one in Axe().run(page).response["violations"]] == [], address
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


def test_a_row_for_a_grant_is_added_by_its_script(
    page: Page, signed_in: str, account: ShippingAccount, booker: User, complaints: list[str]
) -> None:
    Grant.objects.all().delete()
    page.goto(f"{signed_in}/admin/accounts/shippingaccount/{account.pk}/change/")
    page.get_by_role("button", name="Add another Grant").click()
    page.locator("#id_grants-0-user").select_option(label="thandi")
    page.locator("#id_grants-0-role").select_option("booker")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert Grant.objects.get().user == booker
    assert complaints == []


def test_every_link_of_the_first_page_and_every_history_and_deletion_too(
    page: Page, signed_in: str, account: ShippingAccount, booker: User, complaints: list[str]
) -> None:
    page.goto(f"{signed_in}/admin/")
    listed = page.locator("#content-main a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(set(listed)) > 12
    for row in (booker, account.identity, account, Grant.objects.get()):
        at = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}"
        listed += [f"{at}/history/", *([f"{at}/delete/"] if isinstance(row, (User, Grant)) else [])]
    for address in dict.fromkeys(listed):
        reply = page.goto(signed_in + address)
        assert reply is not None
        assert reply.status == 200, address
        assert "unsafe" not in reply.headers["content-security-policy"]
    assert complaints == []


def test_an_identity_logs_in_at_the_courier_and_what_it_said_stands_there(
    page: Page, signed_in: str, courier: Courier, complaints: list[str], settings: Any
) -> None:
    settings.BEX_API_URL = courier.url
    page.goto(f"{signed_in}/admin/accounts/identity/add/")
    page.get_by_label("Label").fill("Head office")
    page.get_by_label("User name at BEX").fill("demo@rooibok.example")
    page.get_by_label("Password at BEX").fill("wrong-password")
    page.get_by_role("button", name="Log in at BEX").click()
    expect(page.get_by_text("In BEX's own words: Incorrect username or password.")).to_be_visible()
    assert "wrong-password" not in page.content()
    expect(page.get_by_label("Label")).to_have_value("Head office")
    # The browser says of the answer that it is an error, as it should be.
    assert [said for said in complaints if "422" not in said] == []

    page.get_by_label("Password at BEX").fill("demo-password")
    page.get_by_role("button", name="Log in at BEX").click()
    expect(page.locator(".messagelist .success")).to_contain_text("both tokens are kept. Password: strong.")
    identity = Identity.objects.get()
    assert identity.token() not in page.content()
    assert identity.alternate_token() not in page.content()
    assert TrailEntry.objects.get().action == "identity.added"
