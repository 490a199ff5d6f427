"""The page of API keys in a browser: whoever looks at it on a telephone can revoke a key."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from accounts import api_keys
from accounts.models import Scope, ShippingAccount, User
from tests.browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def keys(admin: User, account: ShippingAccount, coast: ShippingAccount) -> None:
    every = [scope.value for scope in Scope]
    year = timezone.now() + timedelta(days=365)
    api_keys.create(admin, name="Warehouse management system", scopes=every, accounts=[account, coast], by=admin)
    api_keys.create(admin, name="ERP", scopes=every[:4], expires_at=year, by=admin)
    revoked, _ = api_keys.create(admin, name="Before", scopes=["read"], by=admin)
    api_keys.revoke(revoked, admin)


def opened(browser: Browser, live_server: Any, user: User, width: int, scheme: Any) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    sign_in(context, user, live_server.url)
    page = context.new_page()
    page.goto(f"{live_server.url}/api-keys/")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 640, 768, 1280])
def test_every_key_can_be_read_and_revoked_at_any_width(
    browser: Browser, live_server: Any, admin: User, keys: None, width: int, scheme: str
) -> None:
    page = opened(browser, live_server, admin, width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    table = page.get_by_role("table", name="API keys").bounding_box()
    assert table is not None
    assert table["x"] + table["width"] <= width
    buttons = page.get_by_role("button", name="Revoke")
    assert buttons.count() == 2
    for button in buttons.all():
        box = button.bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= width) == (True, True)
    for prefix in page.get_by_role("cell").filter(has_text="bexp_").all():
        assert prefix.evaluate("cell => [...cell.childNodes].length") == 1
        assert prefix.evaluate("cell => { const r = document.createRange(); r.selectNodeContents(cell);"
                               " return r.getClientRects().length }") == 1  # fmt: skip
    page.context.close()
