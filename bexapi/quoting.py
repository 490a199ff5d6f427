"""Prices: what is asked, and the service options that come back (``getquoteservicedeliverypricingv2``)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from bexapi.answer import Answer
from bexapi.parcels import Place, Point
from bexapi.wire import Fields, day, number, text

PATH = "/api/service/getquoteservicedeliverypricingv2"
WEIGHT_PLACES = 2
DEGREE_PLACES = 7  # about a centimetre


@dataclass(frozen=True)
class QuoteRequest:
    """``total_weight_kg``: the sum of the scale weights. ``volume_cm3``: see ``bexapi.volume_cm3``."""

    account_number: str
    dispatch_date: date
    origin: Place | Point
    destination: Place | Point
    total_weight_kg: Decimal
    volume_cm3: int

    def to_wire(self) -> dict[str, object]:
        """The JSON object that is sent. Raises TypeError and ValueError for what is not of its type, and for numbers
        that are none or below zero.
        """
        weight, volume = number(self.total_weight_kg, WEIGHT_PLACES), number(self.volume_cm3, 0)
        if weight < 0 or volume < 0:
            raise ValueError("weight and volume are not negative")
        return {
            "accountNumber": text(self.account_number),
            "dispatchDate": day(self.dispatch_date),
            "totalWeight": weight,
            "dimMass": volume,  # a volume, despite its name
            **_end("origin", self.origin),
            **_end("destination", self.destination),
        }


def _end(name: str, where: Place | Point) -> dict[str, object]:
    if isinstance(where, Place):
        return {f"{name}Suburb": text(where.suburb), f"{name}PostCode": text(where.post_code)}
    if not isinstance(where, Point):
        raise TypeError("an end of a shipment is a Place or a Point")
    return {
        f"{name}LatCoord": number(where.latitude, DEGREE_PLACES),
        f"{name}LonCoord": number(where.longitude, DEGREE_PLACES),  # one sample spells LongCoord
    }


@dataclass(frozen=True)
class QuotedEnd:
    """What BEX made of an end. ``rate_category``: for instance MAJOR, REMOTE. ``hub``: three letters."""

    suburb: str
    city: str
    rate_category: str
    branch: str
    hub: str
    location_code: str


@dataclass(frozen=True)
class QuoteOption:
    """One service at one price. Money in ZAR, times aware; None and '' where BEX says nothing.

    ``add_on``: '' or a code such as SURSAT; the same service comes once for each. ``cut_off``: until when to
    capture. ``insurance`` is an amount. ``subtotal`` is before ``vat``, ``total`` after.
    """

    service_id: str
    service_code: str
    service_name: str
    add_on: str
    customer_name: str
    origin: QuotedEnd
    destination: QuotedEnd
    estimated_transit_days: int | None
    scheduled_transit_days: int | None
    estimated_holidays: int | None
    scheduled_holidays: int | None
    cut_off: datetime | None
    collection_from: datetime | None
    collection_until: datetime | None
    estimated_delivery: datetime | None
    scheduled_delivery: datetime | None
    is_guaranteed: bool | None
    chargeable_weight_kg: Decimal | None
    base_rate: Decimal | None
    fuel: Decimal | None
    insurance: Decimal | None
    other_surcharges: Decimal | None
    surcharges_total: Decimal | None
    subtotal: Decimal | None
    vat: Decimal | None
    total: Decimal | None


@dataclass(frozen=True)
class QuoteReply:
    """At least one option. ``warning``: the text of ``ex`` beside them. BEX stores no quote: a price holds for now."""

    options: tuple[QuoteOption, ...]
    warning: str = field(repr=False)
    raw: str = field(repr=False)


def read(answer: Answer) -> QuoteReply | None:
    """None when the answer holds no option."""
    rows = answer.base.rows("items") if answer.base else []
    options = tuple(_option(row) for row in rows if row.text("serviceCodeStr"))
    return QuoteReply(options, answer.ex, answer.raw.text) if options else None


def _option(row: Fields) -> QuoteOption:
    return QuoteOption(
        service_id=row.text("serviceId", "serviced"),  # the documentation has both spellings
        service_code=row.text("serviceCodeStr"),
        service_name=row.text("serviceNameStr"),
        add_on=row.text("surchargeAddons"),
        customer_name=row.text("customerName"),
        origin=_quoted_end(row, "origin"),
        destination=_quoted_end(row, "destination"),
        estimated_transit_days=row.integer("estimatedTransitDays"),
        scheduled_transit_days=row.integer("scheduledTransitDays"),
        estimated_holidays=row.integer("estimatedHolidays"),
        scheduled_holidays=row.integer("scheduledHolidays"),
        cut_off=row.moment("scheduleBy"),
        collection_from=row.moment("estimatedCollectionDateAndTime"),
        collection_until=row.moment("latestCollectionDateAndTime"),
        estimated_delivery=row.moment("estimatedDeliveryDateAndTime"),
        scheduled_delivery=row.moment("scheduledDeliveryDateAndTime"),
        is_guaranteed=row.flag("isDeliveryGuaranteed"),
        chargeable_weight_kg=row.decimal("customerChargeableWeight"),
        base_rate=row.decimal("baseRateTotal"),
        fuel=row.decimal("fuel"),
        insurance=row.decimal("insuranceRequired"),
        other_surcharges=row.decimal("otherSurcharges"),
        surcharges_total=row.decimal("surchargeTotal", "surchargesTotal"),
        subtotal=row.decimal("subTotal"),
        vat=row.decimal("vat"),
        total=row.decimal("totalCharges"),
    )


def _quoted_end(row: Fields, end: str) -> QuotedEnd:
    return QuotedEnd(
        suburb=row.text(f"{end}Suburb"),
        city=row.text(f"{end}City"),
        rate_category=row.text(f"{end}RateCategory"),
        branch=row.text(f"{end}BranchStr"),
        hub=row.text(f"{end}Hub"),
        location_code=row.text(f"{end}LocationCode"),
    )
