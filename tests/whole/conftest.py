"""The main job over real HTTP, each step by its own verb; the sandbox is the courier."""

from typing import Any

import pytest
from django.test import Client

from accounts.identities import log_in
from accounts.models import Address, ShippingAccount, User
from tests.courier import Courier
from tests.making import SENDER


@pytest.fixture
def clerk(courier: Courier, settings: Any) -> Client:
    """A superuser with an account that really logged in at the sandbox."""
    settings.BEX_API_URL = courier.url
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    ShippingAccount.objects.create(
        number="316085", name="Head office", identity=identity, default_sender=Address.objects.create(**SENDER)
    )
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    return client
