"""The booked price beside the quoted one.

A quote cannot know about insurance (bex-api 9), and what is booked holds it among the surcharges without saying how
much: so it is kept out of the comparison on both sides.
"""

from decimal import ROUND_HALF_UP, Decimal

from shipments.models.money import Money

CENT = Decimal("0.01")


def difference(quoted: Money | None, booked: Money, *, insured: bool) -> Decimal | None:
    """Booked less quoted, VAT included. None where one of the two said too little.

    Without insurance the totals are compared, less what the quote held for it; with insurance the base rates, for the
    booked surcharges cannot be told apart.
    """
    if quoted is None:
        return None
    if insured:
        if quoted.base_rate is None or booked.base_rate is None:
            return None
        return _cents((booked.base_rate - quoted.base_rate) * _with_vat(booked))
    if quoted.total is None or booked.total is None:
        return None
    return _cents(booked.total - (quoted.total - (quoted.insurance or 0) * _with_vat(quoted)))


def _with_vat(money: Money) -> Decimal:
    """By how much its VAT makes an amount greater; 1 where that is not known."""
    if not money.subtotal or money.vat is None:
        return Decimal(1)
    return 1 + money.vat / money.subtotal


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
