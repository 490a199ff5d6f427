"""A page with every part, served to a real browser with somebody signed in."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import sign_in

TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture
def parts(live_server: Any, settings: Any, django_user_model: Any, context: BrowserContext) -> str:
    """The address of a server whose `/parts/` shows everything."""
    settings.ROOT_URLCONF = "parts_page"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], TEMPLATES]}]
    thandi = django_user_model.objects.create_superuser(
        username="thandi", email="thandi@rooibok.example", password=None, first_name="Thandi", last_name="Mokoena"
    )
    sign_in(context, thandi, live_server.url)
    return str(live_server.url)
