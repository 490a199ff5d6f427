"""The booked price beside the quoted one, insurance apart."""

from decimal import Decimal
from typing import Any

import pytest

from shipments.comparing import difference
from shipments.models import Price


def price(
    total: str | None, *, base: str = "100", insurance: str = "0", subtotal: str = "200", vat: str = "30"
) -> Price:
    values: dict[str, Any] = {"base_rate": base, "insurance": insurance, "subtotal": subtotal, "vat": vat}
    decimals = {name: Decimal(value) for name, value in values.items()}
    return Price(total=None if total is None else Decimal(total), **decimals)


@pytest.mark.parametrize(
    ("quoted", "booked", "insured", "comes_to"),
    [
        (price("230.00"), price("230.00"), False, "0.00"),
        (price("230.00"), price("241.50"), False, "11.50"),
        (price("230.00"), price("218.50"), False, "-11.50"),
        # The quote held R 10 of insurance before VAT, which an uninsured booking does not have.
        (price("230.00", insurance="10"), price("218.50"), False, "0.00"),
        # What an insurance costs is among the booked surcharges: the base rates tell, with VAT.
        (price("230.00"), price("345.00", base="110"), True, "11.50"),
    ],
)
def test_what_was_booked_less_what_was_quoted(quoted: Price, booked: Price, insured: bool, comes_to: str) -> None:
    assert difference(quoted, booked, insured=insured) == Decimal(comes_to)


def test_what_rose_beside_an_insurance_is_not_known_and_never_nothing() -> None:
    assert difference(price("230.00"), price("345.00"), insured=True) is None


def test_where_one_side_said_nothing_there_is_no_difference() -> None:
    assert difference(None, price("230.00"), insured=False) is None
    assert difference(price(None), price("230.00"), insured=False) is None
    assert difference(price("230.00"), price(None), insured=False) is None
