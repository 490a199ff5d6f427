"""Booking: version 4 of BEX's contract (``submitwaybillv4``). Another version is another module."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bexapi.answer import Answer
from bexapi.parcels import Parcel
from bexapi.quoting import DEGREE_PLACES, WEIGHT_PLACES
from bexapi.wire import day, number, text

PATH = "/api/service/submitwaybillv4"
MONEY_PLACES = 2

_ADD_ONS = {
    "SURSAT": "Saturday service",
    "SURPUB": "public holiday service",
    "SURAHS": "after-hours service",
}


@dataclass(frozen=True)
class Address:
    """An end of a waybill. Only where it lies is shown by repr, not whose it is. BEX notifies a given mobile or e-mail.

    Required by BEX: street, suburb and city of both; of the sender floor_building and post_code as well.
    """

    company: str = field(default="", repr=False)
    floor_building: str = field(default="", repr=False)
    street: str = field(default="", repr=False)
    suburb: str = ""
    city: str = ""
    post_code: str = ""
    province: str = ""
    latitude: Decimal | None = field(default=None, repr=False)
    longitude: Decimal | None = field(default=None, repr=False)
    contact_name: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    telephone: str = field(default="", repr=False)
    telephone_home: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True)
class WaybillRequest:
    """A waybill to book. ``waybill_number`` empty: BEX makes one. ``insurance_value`` in ZAR, None for no insurance.

    ``references`` go into ``additionalReferences``. ``add_ons`` are codes as a quote gives them. The printing
    fields are for accounts with which BEX has agreed on it.
    """

    account_number: str
    service_code: str
    collection_date: date | None
    sender: Address
    receiver: Address
    parcels: tuple[Parcel, ...]
    waybill_number: str = ""
    senders_ref: str = ""
    instructions: str = field(default="", repr=False)
    insurance_value: Decimal | None = None
    references: tuple[str, ...] = ()
    add_ons: tuple[str, ...] = ()
    return_parcel_printing_text: bool = False
    print_parcels: bool = False
    print_url: str = field(default="", repr=False)
    print_parcels_print_node: bool = False

    def to_wire(self) -> dict[str, object]:
        """The JSON object that is sent, exactly. It can be stored as JSON by any encoder.

        Sides are whole centimetres, rounded up; weights and amounts have 2 places, rounded up. Fractions are
        ``bexapi.wire.ExactNumber``. Raises TypeError or ValueError for what is not of its type, for numbers that
        are none, for no parcels, and for an insured value that is not above zero.
        """
        if not self.parcels:
            raise ValueError("a waybill has at least one parcel")
        wire: dict[str, object] = {
            "waybillNumber": text(self.waybill_number),
            "autoGenerateWaybillNumber": not self.waybill_number,
            "accountNumber": text(self.account_number),
            "serviceCode": text(self.service_code),
            "sendersRef": text(self.senders_ref),
            "instructions": self._instructions(),
            "returnParcelPrintingText": self.return_parcel_printing_text,
            "printParcels": self.print_parcels,
            "printUrl": text(self.print_url),
            "printParcelsPrintNode": self.print_parcels_print_node,
            "dimensions": [_dimensions(parcel) for parcel in self.parcels],
            "additionalReferences": [{"value": text(each)} for each in _several(self.references)],
        }
        if self.collection_date is not None:
            wire["waybillDate"] = day(self.collection_date)
        if self.add_ons:
            # The present documentation has no parameter for add-ons; the 2022 one had this.
            wire["additionalSurcharges"] = [{"surchargeCode": text(code)} for code in self.add_ons]
        return wire | self._insurance() | _end("sender", self.sender) | _end("receiver", self.receiver)

    def _instructions(self) -> str:
        if not _several(self.add_ons):
            return text(self.instructions)
        wishes = ", ".join(f"{_ADD_ONS[code]} ({code})" if code in _ADD_ONS else code for code in self.add_ons)
        said = text(self.instructions).strip()
        pause = "" if not said else " " if said.endswith((".", "!", "?")) else ". "
        return f"{said}{pause}Please provide: {wishes}."

    def _insurance(self) -> dict[str, object]:
        if self.insurance_value is None:
            return {"insuranceRequired": False}
        value = number(self.insurance_value, MONEY_PLACES)
        if value <= 0:
            raise ValueError("an insured value is above zero")
        return {"insuranceRequired": True, "insuranceValue": value}


def _several(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a single text, which would pass for several of one letter."""
    if not isinstance(texts, tuple | list):
        raise TypeError("references and add-ons are several texts")
    return texts


def _dimensions(parcel: Parcel) -> dict[str, object]:
    if not isinstance(parcel, Parcel):
        raise TypeError("a waybill's parcels are Parcel")
    length, breadth, height = parcel.whole_cm
    return {
        "dimension1": length,
        "dimension2": breadth,
        "dimension3": height,
        "weight": number(parcel.weight_kg, WEIGHT_PLACES),
        "reference": text(parcel.reference),
    }


def _end(end: str, address: Address) -> dict[str, object]:
    if not isinstance(address, Address):
        raise TypeError("an end of a waybill is an Address")
    texts = {
        f"{end}Company": address.company,
        f"{end}FloorBuilding": address.floor_building,
        f"{end}Street": address.street,
        f"{end}Suburb": address.suburb,
        f"{end}City": address.city,
        f"{end}PostCode": address.post_code,
        f"{end}Province": address.province,
        f"{end}ContactName": address.contact_name,
        f"{end}Mobile": address.mobile,
        f"{end}Tel": address.telephone,
        f"{end}TelHome": address.telephone_home,
        f"{end}Email": address.email,
    }
    wire: dict[str, object] = {name: text(value) for name, value in texts.items()}
    if address.latitude is not None and address.longitude is not None:
        wire[f"{end}Lat"] = number(address.latitude, DEGREE_PLACES)
        wire[f"{end}Lon"] = number(address.longitude, DEGREE_PLACES)
    return wire


@dataclass(frozen=True)
class WaybillReply:
    """A booking. Money in ZAR. ``volumetric_ratio``: cm³ per kg that it was billed with. ``warning``: the text of
    ``ex`` beside the number. ``printing_text``: thermal label text (EPL), where the account asks for it.
    """

    waybill_number: str
    base_rate: Decimal | None
    surcharges_total: Decimal | None
    subtotal: Decimal | None
    vat: Decimal | None
    total: Decimal | None
    volumetric_ratio: Decimal | None
    warning: str = field(repr=False)
    printing_text: str = field(repr=False)
    raw: str = field(repr=False)


_NO_NUMBER = frozenset({"", "0"})  # 0 is what a number that is not there looks like


def read(answer: Answer) -> WaybillReply | None:
    """None when the answer holds no waybill number."""
    base = answer.base
    rows = [*base.rows("items"), base] if base else []
    row = next((row for row in rows if row.text("waybillNumber") not in _NO_NUMBER), None)
    if row is None:
        return None
    return WaybillReply(
        waybill_number=row.text("waybillNumber"),
        base_rate=row.decimal("baseRateTotal"),
        surcharges_total=row.decimal("surchargesTotal", "surchargeTotal"),
        subtotal=row.decimal("subTotal"),
        vat=row.decimal("vat"),
        total=row.decimal("totalCharges"),
        volumetric_ratio=row.decimal("volRatio"),
        warning=answer.ex,
        # The documentation promises the text and does not name its attribute.
        printing_text=row.text_named_like("printing") or answer.base_text_named_like("printing"),
        raw=answer.raw.text,
    )
