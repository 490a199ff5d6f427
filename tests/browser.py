"""A real browser: which one, how long it may take, and how somebody is signed in without the page for it."""

import os
import shutil
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, expect

from accounts.models import User

# Playwright's own loop runs in this thread; the database is used between its calls, never within one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# Long enough for a machine that is busy with everything else; what is right comes at once.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The computer's own Chromium where there is one; else the one that Playwright brought."""
    found = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if found is None or "executable_path" in browser_type_launch_args:
        return browser_type_launch_args
    return {**browser_type_launch_args, "executable_path": found}


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmailBackend")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
