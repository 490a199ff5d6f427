"""A comma or a point, spaces between thousands: what is meant is taken, what is not clear is asked about."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import ShippingAccount
from shipments.forms.numbers import NumberField
from shipments.models import Quote
from tests.courier import ScriptedBex
from tests.quoting.test_quote_page import ask


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("40", "40"),
        ("40,5", "40.5"),
        (" 40.5 ", "40.5"),
        ("1 200,50", "1200.50"),
        ("1\u00a0200.50", "1200.50"),
        ("1,200.50", "1200.50"),
        ("1.200,50", "1200.50"),
        (",5", "0.5"),
    ],
)
def test_what_is_meant_is_taken(typed: str, meant: str) -> None:
    assert NumberField(max_digits=8, decimal_places=2).clean(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["4O", "1,2,3", "1.2.3", "1,200", "--1", "0x10", "1e9", "NaN", "٤٠٫٥"])
def test_what_is_not_clear_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        NumberField(max_digits=8, decimal_places=2).clean(typed)


@pytest.mark.django_db
def test_the_quote_page_takes_them(as_booker: Client, account: ShippingAccount, bex: ScriptedBex) -> None:
    more: dict[str, Any] = {"parcels-0-length_cm": "40,5", "parcels-0-weight_kg": "1 200,50"}
    assert ask(as_booker, account, **more).status_code == 302
    line = Quote.objects.get().lines.all()[0]
    assert (line.length_cm, line.weight_kg) == (Decimal("40.5"), Decimal("1200.50"))
