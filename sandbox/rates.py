"""The rate table: services, zones, add-ons, weights and money. The figures are invented; the arithmetic is not."""

from dataclasses import dataclass
from datetime import time
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from sandbox.places import MAJOR, REGIONAL, REMOTE, Place, kilometres
from sandbox.wire import CENT

LOCAL, SHORT, LONG = 0, 1, 2
VAT_PERCENT = Decimal(15)
OUTLYING = {MAJOR: Decimal("0.00"), REGIONAL: Decimal("45.00"), REMOTE: Decimal("120.00")}
OUTLYING_DAYS = {MAJOR: 0, REGIONAL: 1, REMOTE: 2}
ADD_ONS = {"SURSAT": Decimal("285.00"), "SURPUB": Decimal("350.00"), "SURAHS": Decimal("220.00")}
INSURANCE_PERCENT, INSURANCE_LEAST, INSURANCE_MOST = Decimal("1.5"), Decimal("25.00"), Decimal(500_000)


@dataclass(frozen=True)
class Service:
    """Triples are by zone (local, short, long); ``base`` pays for the first ``included_kg``."""

    id: int
    code: str
    name: str
    volumetric_ratio: int
    included_kg: int
    base: tuple[Decimal, Decimal, Decimal]
    per_kg: tuple[Decimal, Decimal, Decimal]
    days: tuple[int, int, int]
    cut_off: time
    deliver: time
    deliver_latest: time
    guaranteed: bool


def _rands(*amounts: str) -> tuple[Decimal, Decimal, Decimal]:
    one, two, three = map(Decimal, amounts)
    return one, two, three


SERVICES = {
    service.code: service
    for service in (
        Service(447, "SDX", "SAME DAY EXPRESS", 5000, 5, _rands("380", "380", "380"), _rands("12", "12", "12"),
                (0, 0, 0), time(10, 30), time(16, 0), time(17, 0), True),
        Service(448, "DBD", "DAYBREAK", 5000, 2, _rands("210", "265", "325"), _rands("14", "19", "27"),
                (1, 1, 1), time(15, 0), time(8, 30), time(9, 0), True),
        Service(449, "ONC", "OVERNIGHT COURIER", 5000, 2, _rands("105", "135", "165"),
                _rands("6.20", "11.50", "17.80"), (1, 1, 1), time(16, 0), time(10, 30), time(11, 0), True),
        Service(450, "NCA", "NORMAL CARGO", 4000, 10, _rands("95", "128", "158"), _rands("2.40", "3.90", "5.80"),
                (1, 2, 3), time(14, 0), time(12, 0), time(16, 30), False),
        Service(451, "BUD", "BUDGET CARGO", 4000, 10, _rands("82", "104", "126"), _rands("1.90", "2.90", "4.10"),
                (2, 3, 5), time(14, 0), time(12, 0), time(17, 0), False),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Lane:
    origin: Place
    destination: Place

    @property
    def zone(self) -> int:
        one, other = self.origin.hub, self.destination.hub
        away = kilometres((one.latitude, one.longitude), (other.latitude, other.longitude))
        return LOCAL if away < 100 else SHORT if away < 650 else LONG

    def days(self, service: Service) -> int:
        """Working days from collection to delivery; outlying ends add theirs."""
        outlying = OUTLYING_DAYS[self.origin.category] + OUTLYING_DAYS[self.destination.category]
        return service.days[self.zone] + min(outlying, 3)

    def offers(self, service: Service) -> bool:
        """Same-day within one city's hub, daybreak between major centres, the rest everywhere."""
        major = self.origin.category == self.destination.category == MAJOR
        if service.code == "SDX":
            return major and self.origin.hub == self.destination.hub
        return major if service.code == "DBD" else True

    def guaranteed(self, service: Service) -> bool:
        return service.guaranteed and REMOTE not in (self.origin.category, self.destination.category)


@dataclass(frozen=True)
class Price:
    """ZAR. base + fuel + insurance + other = subtotal; subtotal + VAT = total."""

    base: Decimal
    fuel: Decimal
    insurance: Decimal
    other: Decimal
    surcharges: Decimal
    subtotal: Decimal
    vat: Decimal
    total: Decimal


def chargeable_kg(weight_kg: Decimal, volume_cm3: Decimal, service: Service) -> int:
    """The greater of the scale weight and volume ÷ ratio, rounded up to whole kilograms, at least one."""
    heavier = max(weight_kg, volume_cm3 / service.volumetric_ratio)
    return max(1, int(heavier.to_integral_value(ROUND_CEILING)))


def price(
    service: Service,
    lane: Lane,
    *,
    kg: int,
    rate_factor: Decimal,
    fuel_percent: Decimal,
    add_ons: tuple[str, ...] = (),
    insured_value: Decimal | None = None,
    drift_percent: Decimal = Decimal(0),
) -> Price:
    """``rate_factor`` is the account's own; ``drift_percent`` moves the base rate."""
    full = service.base[lane.zone] + max(0, kg - service.included_kg) * service.per_kg[lane.zone]
    base = cents(full * rate_factor * (100 + drift_percent) / 100)
    fuel = cents(base * fuel_percent / 100)
    other = OUTLYING[lane.origin.category] + OUTLYING[lane.destination.category]
    other = cents(other + sum((ADD_ONS[code] for code in add_ons), Decimal(0)))
    insurance = Decimal("0.00")
    if insured_value is not None:
        insurance = max(INSURANCE_LEAST, cents(insured_value * INSURANCE_PERCENT / 100))
    surcharges = fuel + other + insurance
    subtotal = base + surcharges
    vat = cents(subtotal * VAT_PERCENT / 100)
    return Price(base, fuel, insurance, other, surcharges, subtotal, vat, subtotal + vat)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
