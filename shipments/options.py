"""A quote's options as a page compares them: one line for each service, its add-ons as variants of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from shipments.models import QuoteOption, Waybill

ADD_ONS = {"SURSAT": "Saturday", "SURPUB": "Public holiday", "SURAHS": "After hours"}
MOST_VARIANTS = 4
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class Variant:
    """One option: the service alone or with one add-on. `extra`: what the add-on costs more, None where unknown.

    `was`: the total when it was asked before, where that was another.
    """

    option: QuoteOption
    index: int
    name: str
    extra: Decimal | None = None
    was: Decimal | None = None


@dataclass
class Service:
    """`number` is the key that chooses it, 1 for the first. `continues`: the line before has more of this service.

    `waybills`: as what this shipment is booked, or being booked, by this service already.
    """

    variants: list[Variant]
    number: int = 0
    remarks: list[str] = field(default_factory=list)
    past_cut_off: bool = False
    continues: bool = False
    waybills: list[Waybill] = field(default_factory=list)

    @property
    def option(self) -> QuoteOption:
        return self.variants[0].option

    @property
    def name(self) -> str:
        return self.option.service_name or self.option.service_code


def services(options: list[QuoteOption], now: datetime, *, by_price: bool, with_prices: bool) -> list[Service]:
    """Soonest first, or cheapest first; who may not see prices gets no order and no word that tells them."""
    by_code: dict[str, list[QuoteOption]] = {}
    for option in options:
        by_code.setdefault(option.service_code, []).append(option)
    groups = [_services(group, now) for group in by_code.values()]
    if by_price and with_prices:
        groups.sort(key=lambda lines: (_total(lines[0].option), _delivered(lines[0].option)))
    elif with_prices:
        groups.sort(key=lambda lines: (_delivered(lines[0].option), _total(lines[0].option)))
    else:
        groups.sort(key=lambda lines: (_delivered(lines[0].option), lines[0].option.service_code))
    found = [service for lines in groups for service in lines]
    for number, service in enumerate(found, 1):
        service.number = number
    _remark(found, with_prices=with_prices)
    return found


def compare(found: list[Service], before: list[QuoteOption]) -> None:
    """Says beside each total what it was in an earlier answer, where it moved."""
    totals = {(option.service_code, option.add_on): option.total for option in before}
    for variant in (variant for service in found for variant in service.variants):
        was = totals.get((variant.option.service_code, variant.option.add_on))
        variant.was = was if was != variant.option.total else None


def mark_booked(found: list[Service], waybills: list[Waybill]) -> None:
    for service in found:
        told = {(variant.option.service_code, variant.option.add_on) for variant in service.variants}
        service.waybills = [waybill for waybill in waybills if (waybill.service_code, waybill.add_on) in told]


def _services(group: list[QuoteOption], now: datetime) -> list[Service]:
    """One line, or several where a line would have more variants than can be told apart in it."""
    group = sorted(group, key=lambda option: (bool(option.add_on), option.position))
    plain = group[0]
    lines = [group[start : start + MOST_VARIANTS] for start in range(0, len(group), MOST_VARIANTS)]
    return [_service(line, plain, now) for line in lines]


def _service(line: list[QuoteOption], plain: QuoteOption, now: datetime) -> Service:
    variants = [
        Variant(
            option,
            index,
            ADD_ONS.get(option.add_on, option.add_on) or "Standard",
            None if option.total is None or plain.total is None or option is plain else option.total - plain.total,
        )
        for index, option in enumerate(line)
    ]
    first = line[0]
    past = first.cut_off is not None and first.cut_off <= now
    return Service(variants, past_cut_off=past, continues=first is not plain)


def _remark(found: list[Service], *, with_prices: bool) -> None:
    """Cheapest and fastest, said in words."""
    first_lines = [service for service in found if not service.continues]
    plain = [service for service in first_lines if service.option.promised_by]
    if plain:
        soonest = min(_delivered(service.option) for service in plain)
        for service in plain:
            if _delivered(service.option) == soonest:
                service.remarks.append("Fastest without an add-on" if _some_add_on_is_sooner(found) else "Fastest")
    priced = [service for service in first_lines if service.option.total is not None]
    if with_prices and priced:
        least = min(_total(service.option) for service in priced)
        for service in priced:
            if _total(service.option) == least:
                service.remarks.append("Cheapest")


def _some_add_on_is_sooner(found: list[Service]) -> bool:
    everything = [variant.option for service in found for variant in service.variants if variant.option.promised_by]
    plain = [option for option in everything if not option.add_on]
    return bool(plain) and min(map(_delivered, everything)) < min(map(_delivered, plain))


def _delivered(option: QuoteOption) -> datetime:
    return option.promised_by or _FAR


def _total(option: QuoteOption) -> Decimal:
    return option.total if option.total is not None else Decimal("Infinity")
