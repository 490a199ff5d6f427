"""A page with every part, served to a real browser with somebody signed in."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext

# Playwright's own loop runs in this thread; the database is used between its calls, never within one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The computer's own Chromium where there is one; else the one that Playwright brought."""
    found = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if found is None or "executable_path" in browser_type_launch_args:
        return browser_type_launch_args
    return {**browser_type_launch_args, "executable_path": found}


@pytest.fixture
def parts(live_server: Any, settings: Any, django_user_model: Any, context: BrowserContext) -> str:
    """The address of a server whose `/parts/` shows everything."""
    settings.ROOT_URLCONF = "parts_page"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], TEMPLATES]}]
    thandi = django_user_model.objects.create_superuser(
        username="thandi", email="thandi@rooibok.example", password=None, first_name="Thandi", last_name="Mokoena"
    )
    client = Client()
    client.force_login(thandi)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return str(live_server.url)
