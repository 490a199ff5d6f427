"""The admins' pages in a real browser: their scripts run, and the strict policy stops nothing."""

import os
import shutil
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Grant, Identity, ShippingAccount, TrailEntry, User
from tests.courier import Courier

# Playwright's own loop runs in this thread; the database is used between its calls, never within one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The computer's own Chromium where there is one; else the one that Playwright brought."""
    found = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if found is None or "executable_path" in browser_type_launch_args:
        return browser_type_launch_args
    return {**browser_type_launch_args, "executable_path": found}


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    found: list[str] = []
    context.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: found.append(str(error.error)))
    return found


@pytest.fixture
def signed_in(live_server: Any, admin: User, context: BrowserContext, settings: Any) -> str:
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return str(live_server.url)


def test_no_page_of_the_admins_is_stopped_by_the_policy(
    page: Page, signed_in: str, account: ShippingAccount, booker: User, complaints: list[str]
) -> None:
    for address in (
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
    ):
        reply = page.goto(f"{signed_in}/admin/{address}")
        assert reply is not None
        assert reply.status == 200, address
    assert complaints == []


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
