"""Whatever workers, people, kills and late answers do in whatever order: booked once, or honestly unknown, never lost.

Longer: `pytest --hypothesis-profile=long tests/booking/test_any_interleaving.py`.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from accounts.models import ShippingAccount, User
from tests.booking.machine import OneWaybill

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(3600)]


def test_any_interleaving_keeps_the_promise(account: ShippingAccount, booker: User) -> None:
    run_state_machine_as_test(OneWaybill, settings=settings(settings(), stateful_step_count=40, deadline=None))
