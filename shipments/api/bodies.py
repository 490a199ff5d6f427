"""What other systems send. Unknown names are refused: a misspelt `max_total` must not book without its guard."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

# Nothing that cannot be seen: control characters, and marks that turn a text's direction round.
_UNSEEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069"
Text = Annotated[str, Field(max_length=250, pattern=rf"^[^{_UNSEEN}]*$")]
Line = Annotated[str, Field(max_length=100, pattern=rf"^[^{_UNSEEN}\t\r\n]*$")]
Number = Annotated[Decimal, Field(allow_inf_nan=False)]
Amount = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, allow_inf_nan=False)]


def _written_day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("a day is written as 2026-11-27")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]
QUOTE_EXAMPLE: dict[str, Any] = {
    "account": "316085",
    "dispatch_date": "2026-11-27",
    "origin": {"suburb": "Sandton", "post_code": "2196"},
    "destination": {"suburb": "Stellenbosch", "post_code": "7600"},
    "parcels": [{"length_cm": 40, "breadth_cm": 30, "height_cm": 30, "weight_kg": "4.50"}],
}
WAYBILL_EXAMPLE: dict[str, Any] = {
    "account": "316085",
    "service_code": "ONC",
    "collection_date": "2026-11-27",
    "senders_ref": "SO-1001",
    "max_total": "450.00",
    "sender": {
        "company": "Rooibok Trading", "floor_building": "Unit 4", "street": "18 Electron Road", "suburb": "Sandton",
        "city": "Johannesburg", "post_code": "2196", "contact_name": "Naledi Mokoena", "mobile": "0821234567",
    },
    "receiver": {
        "company": "Helderberg Dental", "street": "18 Dorp Street", "suburb": "Stellenbosch", "city": "Stellenbosch",
        "post_code": "7600", "mobile": "0825550117",
    },
    "parcels": [{"length_cm": 40, "breadth_cm": 30, "height_cm": 30, "weight_kg": "4.50", "reference": "Carton 1"}],
}  # fmt: skip


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
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [QUOTE_EXAMPLE]})

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

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [WAYBILL_EXAMPLE]})

    account: Line = Field(description="The number of a shipping account.")
    service_code: Line = ""
    quote_option: str | None = Field(None, max_length=36, description="The id of an option of a quote.")
    add_on: Line = ""
    collection_date: Day
    senders_ref: Line = ""
    instructions: Text = ""
    insurance_value: Number | None = None
    sender: AddressIn | None = None
    receiver: AddressIn
    parcels: list[ParcelIn] = Field(min_length=1, max_length=100)
    references: list[Line] = Field(default_factory=list, max_length=10)
    max_total: Amount | None = Field(
        None, description="The highest price incl. VAT that is agreed to; above it the waybill is held."
    )
    allow_duplicate: StrictBool = Field(
        False, description="Book although the sender's reference or the option has a waybill already."
    )


class ResolutionIn(Body):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"waybill_number": "ACP00000145", "spoke_to": "Naledi at BEX"}]}
    )

    waybill_number: str = Field(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$")
    spoke_to: Line = ""
    note: Text = ""
