"""A waybill that somebody has asked to book, and a journal of its own for each test."""

from typing import Any

import pytest

from accounts.identities import log_in
from accounts.models import ShippingAccount, User
from shipments import booking
from shipments.models import Waybill
from tests.booking.processes import start
from tests.courier import Courier
from tests.making import make_waybill


@pytest.fixture
def draft(account: ShippingAccount, booker: User) -> Waybill:
    return make_waybill(account, booker)


@pytest.fixture
def asked(draft: Waybill, booker: User) -> Waybill:
    return booking.ask(draft.pk, booker, draft.version)


@pytest.fixture
def waiting(courier: Courier, settings: Any) -> Waybill:
    """A waybill that waits to be sent to the sandbox, by an account that really logged in."""
    settings.BEX_API_URL = courier.url
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    account = ShippingAccount.objects.create(number="316085", name="Head office", identity=identity)
    waybill = make_waybill(account, admin)
    return booking.ask(waybill.pk, admin, waybill.version)


__all__ = ["start"]
