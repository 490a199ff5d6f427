"""The booked price beside the quoted one.

A quote cannot know about insurance (bex-api 9), and what is booked holds it among the surcharges without saying how
much (bex-api 4.2): so what an insured shipment costs apart from it is known of the base rate alone. The lines are shown
as BEX tells them, so that they add up; what is not known is said so.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from shipments.models import Price, Waybill
from shipments.models.money import Money

Kind = Price.Kind

CENT = Decimal("0.01")


def difference(quoted: Money | None, booked: Money, *, insured: bool) -> Decimal | None:
    """Booked less quoted, insurance apart, VAT included. None where one of the two said too little.

    Without insurance the totals are compared, less what the quote held for it. With insurance what the base rates
    differ by; where they do not, None: whatever else rose cannot be told from the premium.
    """
    if quoted is None:
        return None
    if insured:
        if quoted.base_rate is None or booked.base_rate is None:
            return None
        return _cents((booked.base_rate - quoted.base_rate) * _with_vat(booked)) or None
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


@dataclass(frozen=True)
class MoneyRow:
    """One line of the waybill's money. `reweighing`: what the re-weighed amount adds to the booked one."""

    part: str
    quoted: Decimal | None
    booked: Decimal | None
    difference: Decimal | None
    reweighed: Decimal | None = None
    is_total: bool = False

    @property
    def reweighing(self) -> Decimal | None:
        return less(self.reweighed, self.booked)


def money_rows(found: Waybill) -> list[MoneyRow]:
    """Quoted beside booked, and beside that what BEX re-weighed; none before it is booked. As BEX tells them, premiums
    included.
    """
    last = _last_of_each(found)
    quoted, booked, reweighed = (last.get(kind) for kind in (Kind.QUOTED, Kind.BOOKED, Kind.REWEIGHED))
    if booked is None:
        return []

    def row(part: str, name: str) -> MoneyRow:
        was, is_now, will_be = (getattr(price, name, None) for price in (quoted, booked, reweighed))
        return MoneyRow(part, was, is_now, less(is_now, was), will_be)

    surcharges = "Surcharges" if found.insurance_value is None else "Surcharges, premium included"
    total = replace(row("Total", "total"), is_total=True)
    return [row("Base rate", "base_rate"), row(surcharges, "surcharges_total"), row("VAT", "vat"), total]


def quoted_insurance(found: Waybill) -> Decimal | None:
    """What the quote held for insurance although none was booked; None where it held nothing."""
    quoted = _last_of_each(found).get(Kind.QUOTED)
    return (quoted.insurance or None) if quoted and found.insurance_value is None else None


def add_on_confirmed(found: Waybill) -> bool:
    """Whether the surcharges that came back are no less than those quoted with the add-on. Of an insured shipment
    nobody can tell: its premium is among them.
    """
    if not found.add_on:
        return True
    last = _last_of_each(found)
    quoted, booked = last.get(Kind.QUOTED), last.get(Kind.BOOKED)
    if found.insurance_value is not None or quoted is None or booked is None:
        return False
    if quoted.surcharges_total is None or booked.surcharges_total is None:
        return False
    return booked.surcharges_total >= quoted.surcharges_total - (quoted.insurance or 0)


def less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other


def _last_of_each(found: Waybill) -> dict[str, Price]:
    return {price.kind: price for price in found.prices.all()}
