"""What other systems get. Money in strings with its currency, times with their zone; null where BEX said nothing."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.urls import reverse
from ninja import Schema
from pydantic import Field

from accounts.models import Address
from accounts.models.address import BUSINESS_FIELDS
from shipments import comparing, pricing
from shipments.models import Price, Quote, QuoteOption, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState, HoldReason

CURRENCY = "ZAR"
HTTP_OK = 200
Refusals = Mapping[UUID, str]
"""BEX's words for each waybill that is held because BEX refused to price it."""
MONEY = ("base_rate", "surcharges_total", "insurance", "subtotal", "vat", "total")


class MoneyOut(Schema):
    """Amounts in `currency`; `total` includes VAT. null: not known, or not to be seen with this key."""

    currency: str = CURRENCY
    base_rate: str | None
    surcharges_total: str | None
    insurance: str | None
    subtotal: str | None
    vat: str | None
    total: str | None


class OptionOut(Schema):
    id: UUID
    service_code: str
    service_name: str
    add_on: str
    price: MoneyOut | None
    cut_off: datetime | None = Field(description="Book before this moment.")
    collection_from: datetime | None
    collection_until: datetime | None
    promised_by: datetime | None
    is_guaranteed: bool | None
    chargeable_weight_kg: str | None


class EndOut(Schema):
    suburb: str
    post_code: str
    latitude: str | None
    longitude: str | None


class QuoteOut(Schema):
    id: UUID
    account: str
    dispatch_date: date
    origin: EndOut
    destination: EndOut
    parcels: list["ParcelOut"]
    state: Literal["answered", "refused", "unanswered"]
    quoted_at: datetime | None
    expires_at: datetime | None = Field(description="From then on the price is asked again before it is relied on.")
    total_weight_kg: str
    volume_cm3: int
    options: list[OptionOut]
    links: dict[str, str]


class AddressOut(Schema):
    company: str
    floor_building: str
    street: str
    suburb: str
    city: str
    post_code: str
    province: str
    contact_name: str
    mobile: str
    telephone: str
    email: str


class ParcelOut(Schema):
    length_cm: str
    breadth_cm: str
    height_cm: str
    weight_kg: str
    reference: str


class HoldOut(Schema):
    reason: str
    words: str


class WaybillOut(Schema):
    id: UUID
    version: int = Field(description="For If-Match.")
    state: BookingState
    waybill_number: str
    number_confirmed: bool
    account: str
    service_code: str
    service_name: str
    add_on: str
    add_on_confirmed: bool | None = Field(
        description="Whether its surcharge came back with the booking; false: requested, not confirmed, ask BEX. Of an "
        "insured shipment nobody can tell, so false. null without an add-on, and before it is booked."
    )
    collection_date: date
    senders_ref: str
    references: list[str]
    instructions: str
    insurance_value: str | None
    sender: AddressOut | None
    receiver: AddressOut | None
    parcels: list[ParcelOut]
    created_at: datetime
    updated_at: datetime
    booked_at: datetime | None
    hold: HoldOut | None = Field(description="Why it waits for a person, where it is held.")
    bex_message: str | None = Field(description="BEX's own words, where it refused or remarked.")
    quoted: MoneyOut | None
    booked: MoneyOut | None
    max_total: str | None
    transit_state: str = Field(
        description="announced (integrated), with_bex (handed over), in_transit, at_depot, out_for_delivery, "
        "attempt_failed, awaiting_signee (delivered), delivered, returned, exception, lost_sight; "
        "empty before the first event."
    )
    promised_by: datetime | None = Field(description="What the quote promised.")
    expected_by: datetime | None = Field(description="What is expected now; null once delivered or unknown.")
    late_by_minutes: int | None = Field(
        description="How long after the promise it was delivered, or is expected to be; below zero: before it."
    )
    delivered_at: datetime | None = Field(description="From the text of BEX's event, not from when it was recorded.")
    signee: str
    tracking_checked_at: datetime | None = Field(description="When BEX last answered about it.")
    links: dict[str, str]


class WaybillPage(Schema):
    items: list[WaybillOut]
    next: str | None = Field(description="The address of the next page; null on the last one.")


class PlaceOut(Schema):
    suburb: str
    area: str
    post_code: str
    also: str = Field(description="Other names, for instance before a renaming.")


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def money(row: Any) -> dict[str, Any]:
    return {"currency": CURRENCY, **{name: _text(getattr(row, name)) for name in MONEY}}


def quote(found: Quote, options: Collection[QuoteOption], *, with_prices: bool) -> dict[str, Any]:
    return {
        "id": found.pk, "account": found.account.number, "dispatch_date": found.dispatch_date, "state": found.state,
        "quoted_at": found.quoted_at, "expires_at": found.stale_at, "volume_cm3": found.volume_cm3,
        "total_weight_kg": _text(found.total_weight_kg),
        "origin": _end(found, "origin"), "destination": _end(found, "destination"),
        "parcels": [_parcel(line) for line in found.lines.all() for _ in range(line.pieces)],
        "options": [_option(one, with_prices=with_prices) for one in options],
        "links": {"self": f"/api/v1/quotes/{found.pk}", "page": reverse("quote", args=[found.pk])},
    }  # fmt: skip


def _end(found: Quote, end: str) -> dict[str, str | None]:
    said = {name: getattr(found, f"{end}_{name}") for name in ("suburb", "post_code")}
    return said | {name: _text(getattr(found, f"{end}_{name}")) for name in ("latitude", "longitude")}


def _option(option: QuoteOption, *, with_prices: bool) -> dict[str, Any]:
    plain = ("id", "service_code", "service_name", "add_on", "cut_off", "collection_from", "collection_until",
             "promised_by", "is_guaranteed")  # fmt: skip
    return {
        **{name: getattr(option, name) for name in plain},
        "price": money(option) if with_prices else None,
        "chargeable_weight_kg": _text(option.chargeable_weight_kg),
    }


def waybill(found: Waybill, refused: Refusals, *, with_prices: bool) -> dict[str, Any]:
    """Needs account, sender, receiver, parcels, prices and attempts loaded, and `refusals_to_price`."""
    plain = ("version", "waybill_number", "number_confirmed", "service_code", "service_name", "add_on",
             "collection_date", "senders_ref", "instructions", "created_at", "updated_at", "booked_at", "transit_state",
             "promised_by", "expected_by", "delivered_at", "signee", "tracking_checked_at")  # fmt: skip
    prices = {price.kind: price for price in found.prices.all()} if with_prices else {}
    return {
        "id": found.pk, "state": found.booking_state, "account": found.account.number,
        **{name: getattr(found, name) for name in plain},
        "late_by_minutes": None if found.late_by is None else round(found.late_by.total_seconds() / 60),
        "add_on_confirmed": _add_on_confirmed(found), "references": list(found.references),
        "insurance_value": _text(found.insurance_value),
        "sender": _address(found.sender), "receiver": _address(found.receiver),
        "parcels": [_parcel(one) for one in found.parcels.all()],
        "hold": _hold(found), "bex_message": bex_message(found, refused) or None,
        **{kind: money(prices[kind]) if kind in prices else None for kind in (Price.Kind.QUOTED, Price.Kind.BOOKED)},
        "max_total": _text(pricing.limit(found)) if with_prices else None,
        "links": links(found),
    }  # fmt: skip


def links(found: Waybill) -> dict[str, str]:
    here = address_of(found)
    known = {"self": here, "events": f"{here}/events", "page": reverse("waybill", args=[found.pk])}
    if found.waybill_number:
        known |= {"label": f"{here}/label.pdf", "ewaybill": f"{here}/ewaybill.pdf"}
    return known


def address_of(found: Waybill) -> str:
    return f"/api/v1/waybills/{found.pk}"


def refusals_to_price(waybills: Collection[Waybill]) -> Refusals:
    """As the latest quote for each has them."""
    held = [one for one in waybills if one.hold_reason == HoldReason.PRICING_REFUSED]
    if not held:
        return {}
    receivers = [one.receiver_id for one in held]
    quotes = Quote.objects.filter(receiver__in=receivers, state=Quote.State.REFUSED).order_by("created_at")
    said = {(quote.receiver_id, quote.account_id): quote.refusal for quote in quotes}
    return {one.pk: said.get((one.receiver_id, one.account_id), "") for one in held}


def bex_message(found: Waybill, refused: Refusals) -> str:
    if found.booking_state == BookingState.REJECTED:
        attempts = [attempt for attempt in found.attempts.all() if attempt.outcome == Outcome.REFUSED]
        return _words(attempts[-1]) if attempts else ""
    if found.booking_state == BookingState.HELD:
        return refused.get(found.pk, "")
    return found.booking_warning


def _words(attempt: Submission) -> str:
    """Where it refused without a word, the status is all that it said."""
    return attempt.refusal or (f"HTTP {attempt.status}" if attempt.status not in {None, HTTP_OK} else "")


def etag(version: int, body: Mapping[str, Any]) -> str:
    content = hashlib.sha256(json.dumps(body, default=str, sort_keys=True).encode()).hexdigest()
    return f'"{version}-{content[:16]}"'


def _hold(found: Waybill) -> dict[str, str] | None:
    if found.booking_state != BookingState.HELD:
        return None
    return {"reason": found.hold_reason, "words": found.get_hold_reason_display()}


def _add_on_confirmed(found: Waybill) -> bool | None:
    """As the page has it: by the prices, also for who sees none."""
    is_booked = found.booking_state in {BookingState.BOOKED, BookingState.CANCELLED}
    return comparing.add_on_confirmed(found) if found.add_on and is_booked else None


def _address(address: Address | None) -> dict[str, str] | None:
    return {name: getattr(address, name) for name in BUSINESS_FIELDS} if address else None


def _parcel(parcel: Any) -> dict[str, str]:
    sides = {name: f"{getattr(parcel, name):f}" for name in ("length_cm", "breadth_cm", "height_cm", "weight_kg")}
    return {**sides, "reference": parcel.reference}
