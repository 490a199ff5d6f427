"""Waybills in whatever state a test needs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Address, ShippingAccount, User
from shipments.models import Waybill
from shipments.models.waybills import BookingState, NumberSource
from shipments.searching import search_text
from tests.making import RECEIVER, make_option, make_quote, make_waybill
from tests.waybills.papers import Make


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "documents")


@pytest.fixture
def make(account: ShippingAccount, booker: User) -> Make:
    """`make("ACP1")` is booked, `make()` a draft. The newest was made last. `to`: fields of the receiver."""
    option = make_option(make_quote(account, booker))
    began = timezone.now() - timedelta(hours=3)
    made = 0

    def one(number: str = "", *, to: dict[str, str] | None = None, **more: Any) -> Waybill:
        nonlocal made
        made += 1
        values: dict[str, Any] = {"account": account, "created_at": began + timedelta(seconds=made)}
        if number:
            values |= {
                "waybill_number": number, "booking_state": BookingState.BOOKED, "booked_at": timezone.now(),
                "number_source": NumberSource.ANSWER, "number_confirmed": True,
            }  # fmt: skip
        values |= more
        waybill = make_waybill(values.pop("account"), booker, option=option, copy_number=made)
        for name, value in values.items():
            setattr(waybill, name, value)
        if to is not None:
            waybill.receiver = Address.objects.create(**{**RECEIVER, **to})
        waybill.search = search_text(waybill)
        waybill.save()
        return waybill

    return one
