"""A real browser at a real server; the sandbox is the courier, and a thread does the worker's part."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from accounts.identities import log_in
from accounts.models import Address, ShippingAccount, User
from shipments import places, sending
from tests.browser import sign_in
from tests.courier import Courier
from tests.making import SENDER

PASSWORD = "a-long-password-1"


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create_superuser(
        "thandi", "thandi@rooibok.example", PASSWORD, first_name="Thandi", last_name="Mokoena"
    )


@pytest.fixture
def account(clerk: User, courier: Courier, settings: Any) -> ShippingAccount:
    settings.BEX_API_URL = courier.url
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=clerk)
    return ShippingAccount.objects.create(
        number="316085", name="Head office", identity=identity, default_sender=Address.objects.create(**SENDER)
    )


@pytest.fixture
def portal(live_server: Any, account: ShippingAccount) -> str:
    """The server's address, with places known and an account that can book."""
    places.import_file(places.POST_OFFICE)
    return str(live_server.url)


@pytest.fixture
def worker(portal: str) -> Iterator[None]:
    """Sends what waits, as the worker does."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            for waiting in sending.waiting_to_be_sent(timezone.now()):
                sending.send(waiting)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    """What the pages' policy stopped and what their scripts threw; to be empty at the end."""
    found: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: found.append(str(error)))
        page.on("console", lambda said: found.append(said.text) if "Content Security Policy" in said.text else None)

    context.on("page", listen)
    return found


@pytest.fixture
def signed_in(portal: str, clerk: User, context: BrowserContext, complaints: list[str], settings: Any) -> Page:
    sign_in(context, clerk, portal)
    return context.new_page()
