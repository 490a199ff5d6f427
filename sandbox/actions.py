"""What people and tests do to the courier by hand, beside the documented calls."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import journey
from sandbox.booking import FIRST_INTERNAL_ID
from sandbox.identities import end_tokens
from sandbox.parcels import Parcel, parcels
from sandbox.places import HUBS, Place
from sandbox.rates import SERVICES, Lane, chargeable_kg, price
from sandbox.wire import CENT, Params, dumps

if TYPE_CHECKING:
    from sandbox.courier import Courier


def waybill_id(courier: "Courier", number: str) -> int:
    """Raises LookupError."""
    row = courier.store.row("SELECT id FROM waybills WHERE number = ?", number)
    if row is None:
        raise LookupError(f"there is no waybill {number}")
    return int(row["id"])


def reweigh(courier: "Courier", number: str, wish: Mapping[str, object]) -> dict[str, object]:
    """The depot's scale: every parcel a quarter heavier, or the ``dimensions`` given; priced anew, told by webhook.

    Raises LookupError, and Refused for dimensions that are none.
    """
    row = courier.store.row(
        "SELECT w.*, a.rate_factor FROM waybills w LEFT JOIN accounts a ON a.number = w.account WHERE w.number = ?",
        number,
    )
    if row is None:
        raise LookupError(f"there is no waybill {number}")
    facts = journey.facts_of(courier.store, row["id"])
    weighed = parcels(Params(wish)) if wish.get("dimensions") else _heavier(facts)
    service, lane = SERVICES[str(facts["service"])], _lane(facts)
    weight_kg = sum((parcel.weight_kg for parcel in weighed), Decimal(0))
    volume_cm3 = Decimal(sum(parcel.volume_cm3 for parcel in weighed))
    insured, kg = facts["insured_value"], chargeable_kg(weight_kg, volume_cm3, service)
    cost = price(
        service,
        lane,
        kg=kg,
        rate_factor=Decimal(row["rate_factor"] or 1),
        fuel_percent=courier.settings.number("fuel_percent"),
        add_ons=tuple(_texts(facts["add_ons"])),
        insured_value=None if insured is None else Decimal(str(insured)),
    )
    notification: dict[str, object] = {
        "WaybillNumber": row["number"],
        "Service": service.code,
        "InsuranceRequired": insured is not None,
        "InsuranceValue": insured if insured is not None else 0,
        "ActualWeight": weight_kg,
        "VolumetricWeight": (volume_cm3 / service.volumetric_ratio).quantize(CENT),
        "ChargeableWeight": Decimal(kg).quantize(Decimal("0.1")),
        "BaseRateTotal": cost.base,
        "SurchargesTotal": cost.surcharges,
        "SubTotal": cost.subtotal,
        "Vat": cost.vat,
        "TotalCharges": cost.total,
        "Parcels": [_told(row["number"], piece, parcel) for piece, parcel in enumerate(weighed, start=1)],
    }
    with courier.store.writing():
        reweighed = {"reweighed": notification}
        courier.store.run("UPDATE waybills SET facts = ? WHERE id = ?", dumps({**facts, **reweighed}), row["id"])
    journey.tell(courier, row["id"], "update", notification)
    return notification


def _heavier(facts: Mapping[str, object]) -> list[Parcel]:
    found = []
    rows = facts["parcels"]
    for row in rows if isinstance(rows, list) else []:
        weight_kg = (Decimal(str(row["weight"])) * Decimal("1.25")).quantize(CENT)
        sides = [int(row[f"dimension{index}"]) for index in (1, 2, 3)]
        found.append(Parcel(sides[0], sides[1], sides[2], weight_kg, str(row["reference"])))
    return found


def _told(number: str, piece: int, parcel: Parcel) -> dict[str, object]:
    return {
        "ParcelBarcodeNumber": f"{number}-{piece:02d}",
        "Dimension1": parcel.length_cm,
        "Dimension2": parcel.breadth_cm,
        "Dimension3": parcel.height_cm,
        "Weight": parcel.weight_kg,
        "ParcelDescription": parcel.reference,
    }


def _lane(facts: Mapping[str, object]) -> Lane:
    def place(end: str) -> Place:
        suburb, city, category = _texts(facts[f"{end}_place"])
        return Place(suburb, city, category, HUBS[str(facts[f"{end}_hub"])])

    return Lane(place("origin"), place("destination"))


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def plant(
    courier: "Courier",
    *,
    count: int = 1,
    number: str = "",
    senders_ref: str = "",
    references: Sequence[str] = (),
    account: str = "",
) -> list[str]:
    """Shipments that nobody submitted: with an ``account`` its own, without one another customer's. Their numbers.

    Raises ValueError for an unknown account or a number that exists.
    """
    store, now = courier.store, courier.clock.now()
    owner = store.row("SELECT username FROM accounts WHERE number = ?", account)
    if account and (owner is None or not owner["username"]):
        raise ValueError(f"there is no account {account}")
    payload = _planted_payload(senders_ref)
    numbers = []
    with store.writing(durable=True):
        for _ in range(count):
            own_number = number if count == 1 and number else f"FRN{store.next_number('next_planted', 1000001)}"
            if store.row("SELECT 1 FROM waybills WHERE number = ?", own_number):
                raise ValueError(f"waybill {own_number} exists already")
            internal_id = store.next_number("next_internal_id", FIRST_INTERNAL_ID)
            store.run(
                "INSERT INTO waybills (id, number, account, username, senders_ref, is_foreign, booked_at,"
                " booked_at_real, payload, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                internal_id, own_number, account or "999999", owner["username"] if owner else "", senders_ref,
                not account, now, time.time(), dumps(payload), dumps(_planted_facts(courier)),
            )  # fmt: skip
            store.run_many(
                "INSERT INTO extra_references (waybill_id, value) VALUES (?, ?)",
                [(internal_id, reference) for reference in references],
            )
            journey.plan(store, internal_id, now)
            numbers.append(own_number)
    courier.something_due.set()
    return numbers


def _planted_payload(senders_ref: str) -> dict[str, object]:
    address = {"Street": "1 Market Street", "Suburb": "Johannesburg", "City": "Johannesburg", "PostCode": "2001"}
    ends = {f"{end}{name}": value for end in ("sender", "receiver") for name, value in address.items()}
    return {"serviceCode": "ONC", "sendersRef": senders_ref, "receiverCompany": "Somebody Else", **ends}


def _planted_facts(courier: "Courier") -> dict[str, object]:
    day = courier.counter_now().date()
    return {
        "service": "ONC",
        "service_name": "OVERNIGHT COURIER",
        "volumetric_ratio": 5000,
        "add_ons": [],
        "origin_hub": "JNB",
        "destination_hub": "PRY",
        "destination_branch": "PRETORIA",
        "origin_place": ["JOHANNESBURG", "JOHANNESBURG", "MAJOR"],
        "destination_place": ["PRETORIA", "PRETORIA", "MAJOR"],
        "collection_day": day.isoformat(),
        "deliver_at": f"{day} 10:30:00",
        "receiver": "S ELSE",
        "insured_value": None,
        "chargeable_kg": 1,
        "parcels": [{"dimension1": 20, "dimension2": 20, "dimension3": 10, "weight": 1, "reference": ""}],
        "price": dict.fromkeys(("base", "surcharges", "subtotal", "vat", "total"), Decimal("0.00")),
    }


def change_identity(courier: "Courier", username: str, wish: Mapping[str, object]) -> None:
    """``password``, ``strong_password``, ``email_verified`` of an identity. Raises LookupError, ValueError."""
    columns = ("password", "strong_password", "email_verified")
    unknown = set(wish) - set(columns) - {"username"}
    if unknown:
        raise ValueError(f"an identity has no {', '.join(sorted(unknown))}")
    with courier.store.writing():
        if courier.store.row("SELECT 1 FROM identities WHERE username = ?", username) is None:
            raise LookupError(f"there is no identity {username}")
        for name in set(columns) & set(wish):
            value = str(wish[name]) if name == "password" else _truth(wish[name])
            courier.store.run(f"UPDATE identities SET {name} = ? WHERE username = ?", value, username)


def assign_account(courier: "Courier", number: str, username: str, name: str = "") -> None:
    """Makes an account or gives it to another identity; without a user name nobody has it. Raises LookupError."""
    store = courier.store
    with store.writing():
        if username and store.row("SELECT 1 FROM identities WHERE username = ?", username) is None:
            raise LookupError(f"there is no identity {username}")
        known = store.run("UPDATE accounts SET username = ? WHERE number = ?", username or None, number)
        if not known:
            store.run("INSERT INTO accounts VALUES (?, ?, ?, '1.00')", number, username or None, name or number)
        elif name:
            store.run("UPDATE accounts SET name = ? WHERE number = ?", name, number)


def end_identity_tokens(courier: "Courier", username: str, kind: str = "") -> int:
    """Returns how many ended. Raises LookupError, ValueError."""
    if kind not in ("", "main", "alternate"):
        raise ValueError("kind is main or alternate, or left out for both")
    with courier.store.writing():
        if courier.store.row("SELECT 1 FROM identities WHERE username = ?", username) is None:
            raise LookupError(f"there is no identity {username}")
        return end_tokens(courier.store, username, kind)


def _truth(value: object) -> bool:
    return str(value).lower() in ("true", "1", "on")
