"""What other systems send. Unknown names are refused: a misspelt `max_total` must not book without its guard.

So are values of another type that would have to be guessed at: a day is `2026-11-27` and no number of seconds.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema

from shipments.validation import IN_LINES, IN_ONE_LINE, WAYBILL_NUMBER

A_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?", re.ASCII)
LARGEST_NUMBER = 10**12
AMOUNT: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 9999999999.99},
        {"type": "string", "pattern": r"^\d{1,10}(\.\d{1,2})?$"},
    ],
    "description": "In rand, with at most two places.",
}
NUMBER: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{A_NUMBER.pattern}$"}]}


def _written_day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("a day is written as 2026-11-27")
    return value


def _written_number(value: Any) -> Any:
    """Bounded before anything reckons with it: `1e999999999` is short to send and long to write out."""
    plain = isinstance(value, str) and A_NUMBER.fullmatch(value) is not None
    if plain or (isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER):
        return value
    raise ValueError("a number is wanted, for instance 4.5, or the same as text")


Text = Annotated[str, Field(max_length=250, pattern=IN_LINES)]
Line = Annotated[str, Field(max_length=100, pattern=IN_ONE_LINE)]
Day = Annotated[date, BeforeValidator(_written_day)]
Number = Annotated[Decimal, BeforeValidator(_written_number), WithJsonSchema(NUMBER)]
Amount = Annotated[
    Decimal, BeforeValidator(_written_number), Field(gt=0, max_digits=12, decimal_places=2), WithJsonSchema(AMOUNT)
]


class Body(Schema):
    model_config = ConfigDict(extra="forbid")


class PlaceIn(Body):
    """Suburb and post code, or coordinates, which win."""

    suburb: Line = ""
    post_code: Line = ""
    latitude: Number | None = Field(None, ge=-90, le=90, description="Decimal degrees, south negative.")
    longitude: Number | None = Field(None, ge=-180, le=180)


class ParcelIn(Body):
    """One piece. Sides in cm as measured (BEX gets them rounded up), the weight in kg."""

    length_cm: Number
    breadth_cm: Number
    height_cm: Number
    weight_kg: Number
    reference: Line = ""


class QuoteIn(Body):
    account: Line = Field(description="The number of a shipping account.")
    dispatch_date: Day
    origin: PlaceIn
    destination: PlaceIn
    parcels: list[ParcelIn] = Field(min_length=1, max_length=100)


class AddressIn(Body):
    """`company` or `contact_name` is needed; a sender needs `floor_building` as well, `-` where it has none."""

    company: Line = ""
    floor_building: Line = ""
    street: Line
    suburb: Line
    city: Line
    post_code: Line = ""
    province: Line = ""
    contact_name: Line = ""
    mobile: Line = Field("", description="BEX sends its notices to it.")
    telephone: Line = ""
    email: Line = ""


class WaybillIn(Body):
    """Either `service_code` or `quote_option` says what is booked. `sender`: without it, the account's own."""

    account: Line = Field(description="The number of a shipping account.")
    service_code: Line = ""
    quote_option: str | None = Field(None, max_length=36, description="The id of an option of a quote.")
    add_on: Line = ""
    collection_date: Day
    senders_ref: Line = ""
    instructions: Text = ""
    insurance_value: Amount | None = None
    sender: AddressIn | None = None
    receiver: AddressIn
    parcels: list[ParcelIn] = Field(min_length=1, max_length=100)
    references: list[Line] = Field(default_factory=list, max_length=10)
    max_total: Amount | None = Field(
        None,
        description="The highest price incl. VAT that is agreed to; above it the waybill is held. For who sees prices.",
    )
    allow_duplicate: StrictBool = Field(
        False, description="Book although the sender's reference or the option has a waybill already."
    )


class ResolutionIn(Body):
    waybill_number: str = Field(min_length=1, max_length=40, pattern=WAYBILL_NUMBER)
    spoke_to: Line = ""
    note: Text = ""
