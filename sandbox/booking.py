"""The waybill submission: checked, priced, numbered, committed to disk, and only then answered."""

import random
import re
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.identities import Account, transacting_account
from sandbox.journey import plan
from sandbox.options import Option, options
from sandbox.parcels import Parcel, parcels
from sandbox.places import Place, by_coordinates, by_post_code, by_town
from sandbox.quoting import day_of
from sandbox.rates import ADD_ONS, INSURANCE_MOST, SERVICES, Lane, Price, chargeable_kg, price
from sandbox.wire import Params, Refused, dumps

if TYPE_CHECKING:
    from sandbox.courier import Courier

REQUIRED = (
    "accountNumber", "serviceCode", "senderFloorBuilding", "senderStreet", "senderSuburb", "senderCity",
    "senderPostCode", "receiverStreet", "receiverSuburb", "receiverCity",
)  # fmt: skip
OWN_NUMBER = re.compile(r"[A-Za-z0-9-]{3,30}")
FIRST_INTERNAL_ID = 13_751_791


@dataclass(frozen=True)
class Booking:
    """A submission that passed every check."""

    account: Account
    lane: Lane
    option: Option
    add_ons: tuple[str, ...]
    parcels: list[Parcel]
    day: date
    insured_value: Decimal | None
    price: Price
    kg: int


def submit(courier: "Courier", params: Params, token: str, payload: str) -> dict[str, object]:
    """The documented submission; ``payload`` is kept as it came. Raises Refused, and then nothing was booked."""
    booking = _checked(courier, params, token)
    references = [row.text("value") for row in params.rows("additionalReferences") if row.text("value")]
    with courier.store.writing(durable=True):
        number = _number(courier, params, booking.account)
        keep(courier, number, booking, params, references, payload)
    courier.something_due.set()
    cost = booking.price
    item = {
        "waybillNumber": number,
        "baseRateTotal": cost.base,
        "surchargesTotal": cost.surcharges,
        "subTotal": cost.subtotal,
        "vat": cost.vat,
        "totalCharges": cost.total,
        "volRatio": booking.option.service.volumetric_ratio,
    }
    return {"id": 0, "items": [item]}


def _checked(courier: "Courier", params: Params, token: str) -> Booking:
    account = transacting_account(courier.store, token, params.text("accountNumber"))
    for name in REQUIRED:
        if not params.text(name):
            raise Refused(f"{name} is required.")
    code = params.text("serviceCode").upper()
    if code not in SERVICES:
        raise Refused(f"Service code '{code[:20]}' is not valid.")
    lane = Lane(_place(params, "sender"), _place(params, "receiver"))
    pieces = parcels(params)
    insured_value = _insured_value(params)
    day = day_of(courier, params.text("waybillDate"), name="Waybill date")
    option, add_ons = _option(courier, params, lane, code, day)
    weight_kg = sum((piece.weight_kg for piece in pieces), Decimal(0))
    volume_cm3 = Decimal(sum(piece.volume_cm3 for piece in pieces))
    kg = chargeable_kg(weight_kg, volume_cm3, option.service)
    cost = price(
        option.service,
        lane,
        kg=kg,
        rate_factor=account.rate_factor,
        fuel_percent=courier.settings.number("fuel_percent"),
        add_ons=add_ons,
        insured_value=insured_value,
        drift_percent=courier.settings.number("price_drift_percent"),
    )
    return Booking(account, lane, option, add_ons, pieces, day, insured_value, cost, kg)


def _place(params: Params, end: str) -> Place:
    """The written address rules; coordinates help where the receiver's post code is missing. Raises Refused."""
    side, post_code = end.capitalize(), params.text(f"{end}PostCode")
    suburb, city = params.text(f"{end}Suburb"), params.text(f"{end}City")
    if post_code:
        return by_post_code(suburb, post_code, side=side)
    latitude, longitude = params.decimal(f"{end}Lat"), params.decimal(f"{end}Lon")
    if latitude is not None and longitude is not None:
        return by_coordinates(latitude, longitude, side=side)
    return by_town(suburb, city, side=side)


def _insured_value(params: Params) -> Decimal | None:
    if not params.flag("insuranceRequired"):
        return None
    value = params.decimal("insuranceValue")
    if value is None or value <= 0:
        raise Refused("insuranceValue is required when insuranceRequired is true.")
    if value > INSURANCE_MOST:
        raise Refused(f"insuranceValue may not exceed R {INSURANCE_MOST}.")
    return value


def _option(courier: "Courier", params: Params, lane: Lane, code: str, day: date) -> tuple[Option, tuple[str, ...]]:
    """The option that was bought, and which of the add-ons asked for it really carries. Raises Refused."""
    found = [option for option in options(lane, day, courier.counter_now()) if option.service.code == code]
    if not found:
        places = f"{lane.origin.suburb} and {lane.destination.suburb}"
        raise Refused(f"Service {code} is not available between {places}.")
    asked = [row.text("surchargeCode").upper() for row in params.rows("additionalSurcharges")]
    for add_on in asked:
        if add_on not in ADD_ONS:
            raise Refused(f"Surcharge code '{add_on[:20]}' is not valid.")
    if not courier.settings.flag("honour_add_ons"):
        return found[0], ()
    carried = [option for option in found if option.add_on in asked]
    option = carried[0] if carried else found[0]
    return option, tuple(sorted({option.add_on for option in carried}))


def _number(courier: "Courier", params: Params, account: Account) -> str:
    """Raises Refused. The setting says whether an identity may overwrite an own number of its own."""
    store = courier.store
    if params.flag("autoGenerateWaybillNumber"):
        while True:
            serial = store.next_number("next_number", random.randint(10_000_000, 89_999_999))
            number = f"ACP{serial:08d}"
            if store.row("SELECT 1 FROM waybills WHERE number = ?", number) is None:
                return number
    number = params.text("waybillNumber")
    if not number:
        raise Refused("waybillNumber is required when autoGenerateWaybillNumber is false.")
    if not OWN_NUMBER.fullmatch(number):
        raise Refused(f"Waybill number '{number[:40]}' is not valid.")
    row = store.row("SELECT username FROM waybills WHERE number = ?", number)
    overwrite = courier.settings.text("duplicate_numbers") == "overwrite"
    if row is not None and not (overwrite and row["username"] == account.username):
        raise Refused(f"Waybill number {number} already exists.")
    return number


def keep(courier: "Courier", number: str, booking: Booking, params: Params, references: list[str], payload: str) -> int:
    """Writes the shipment, its references and its journey; returns its internal id. Call it inside ``writing``."""
    store, now = courier.store, courier.clock.now()
    senders_ref, facts = params.text("sendersRef"), dumps(_facts(booking, params))
    earlier = store.row("SELECT id FROM waybills WHERE number = ?", number)
    if earlier is not None:
        waybill_id = int(earlier["id"])
        store.run(
            "UPDATE waybills SET account = ?, senders_ref = ?, payload = ?, facts = ?, times_booked = times_booked + 1"
            " WHERE id = ?",
            booking.account.number, senders_ref, payload, facts, waybill_id,
        )  # fmt: skip
        store.run("DELETE FROM extra_references WHERE waybill_id = ?", waybill_id)
        store.run("DELETE FROM events WHERE waybill_id = ?", waybill_id)
    else:
        waybill_id = store.next_number("next_internal_id", FIRST_INTERNAL_ID)
        store.run(
            "INSERT INTO waybills (id, number, account, username, senders_ref, booked_at, booked_at_real, payload,"
            " facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            waybill_id, number, booking.account.number, booking.account.username, senders_ref, now, time.time(),
            payload, facts,
        )  # fmt: skip
    store.run_many(
        "INSERT INTO extra_references (waybill_id, value) VALUES (?, ?)", [(waybill_id, text) for text in references]
    )
    plan(store, waybill_id, now)
    return waybill_id


def _facts(booking: Booking, params: Params) -> dict[str, object]:
    """What later pages, documents and events need to know about the shipment."""
    cost, lane = booking.price, booking.lane
    receiver = params.text("receiverContactName") or params.text("receiverCompany") or "RECEIVER"
    return {
        "service": booking.option.service.code,
        "service_name": booking.option.service.name,
        "volumetric_ratio": booking.option.service.volumetric_ratio,
        "add_ons": list(booking.add_ons),
        "origin_hub": lane.origin.hub.code,
        "destination_hub": lane.destination.hub.code,
        "destination_branch": lane.destination.hub.branch,
        "origin_place": [lane.origin.suburb, lane.origin.city, lane.origin.category],
        "destination_place": [lane.destination.suburb, lane.destination.city, lane.destination.category],
        "collection_day": booking.option.schedule_by.date().isoformat(),
        "deliver_at": str(booking.option.deliver),
        "receiver": receiver,
        "insured_value": booking.insured_value,
        "chargeable_kg": booking.kg,
        "parcels": [parcel.facts() for parcel in booking.parcels],
        "price": {
            "base": cost.base,
            "surcharges": cost.surcharges,
            "subtotal": cost.subtotal,
            "vat": cost.vat,
            "total": cost.total,
        },
    }
