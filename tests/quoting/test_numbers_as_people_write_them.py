"""A comma or a point, spaces between thousands: what is meant is taken, what is not clear is asked about."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import ShippingAccount
from shipments.forms.booking import BookForm
from shipments.forms.numbers import NumberField
from shipments.forms.quote import LineForm
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


@pytest.mark.parametrize(
    "typed", ["4O", "1,2,3", "1.2.3", "1,200", "--1", "0x10", "1e9", "1e3", "1E2", "2e-1", "NaN", "Infinity", "٤٠٫٥"]
)
def test_what_is_not_clear_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        NumberField(max_digits=8, decimal_places=2).clean(typed)


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("length_cm", "999999", "Length is at most 1000 cm: is this in millimetres?"),
        ("length_cm", "1e3", "Length in cm, for instance 40."),
        ("length_cm", "999.1234567", "That is too large, or has too many places."),
        ("length_cm", "0.0000001", "Length is at least 1 cm."),
        ("weight_kg", "999999999", "At most 5000 kg: is this in grams?"),
        ("weight_kg", "4.501", "At most two places after the point."),
    ],
)
def test_one_mistake_in_a_line_is_said_once_in_our_words(name: str, typed: str, words: str) -> None:
    good = {"pieces": "1", "length_cm": "40", "breadth_cm": "30", "height_cm": "30", "weight_kg": "4.50"}
    assert LineForm({**good, name: typed}).errors == {name: [words]}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1e2", "An amount in rand, for instance 84000.00."),
        ("99999999999", "Below 10 000 000 000 rand."),
        ("0.001", "At most two places after the point."),
    ],
)
def test_one_mistake_in_an_insured_value_is_said_in_our_words(typed: str, words: str) -> None:
    said = BookForm({"insurance_value": typed}).errors["insurance_value"]
    assert words in said
    assert not any("Ensure" in one for one in said)


@pytest.mark.django_db
def test_the_quote_page_takes_them(as_booker: Client, account: ShippingAccount, bex: ScriptedBex) -> None:
    more: dict[str, Any] = {"parcels-0-length_cm": "40,5", "parcels-0-weight_kg": "1 200,50"}
    assert ask(as_booker, account, **more).status_code == 302
    line = Quote.objects.get().lines.all()[0]
    assert (line.length_cm, line.weight_kg) == (Decimal("40.5"), Decimal("1200.50"))
