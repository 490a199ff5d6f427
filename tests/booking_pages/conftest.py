"""A draft on the page of somebody who may book it."""

import pytest

from accounts.models import ShippingAccount, User
from shipments import booking, sending
from shipments.models import Waybill
from tests.courier import ScriptedBex
from tests.making import make_waybill


@pytest.fixture
def draft(account: ShippingAccount, booker: User) -> Waybill:
    return make_waybill(account, booker)


@pytest.fixture
def asked(draft: Waybill, booker: User) -> Waybill:
    return booking.ask(draft.pk, booker, draft.version)


@pytest.fixture
def booked(asked: Waybill, bex: ScriptedBex) -> Waybill:
    sending.send(asked.pk)
    return Waybill.objects.get(pk=asked.pk)
