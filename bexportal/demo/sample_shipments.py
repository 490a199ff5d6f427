"""What Rooibok Trading ships: quoted, booked and moved along by the portal's own verbs and the sandbox's controls."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Address, ShippingAccount, User
from shipments import booking, drafting, quoting, sending
from shipments.models import Quote, QuoteOption, Waybill
from shipments.models.waybills import BookingState
from tracking.sync import sync

Control = tuple[str, dict[str, object]]
STEP: Control = ("step", {})


@dataclass(frozen=True)
class Shipment:
    """`controls`: what happens to the parcel at the sandbox. `fault`: what goes wrong when it is booked."""

    reference: str
    receiver: dict[str, str]
    parcels: tuple[tuple[int, int, int, int, str], ...]  # pieces, sides in cm, kg of each
    service: str
    controls: list[Control] = field(default_factory=list)
    booked: bool = True
    fault: str = ""
    account: str = "316085"


def _to(company: str, street: str, suburb: str, city: str, code: str, contact: str, mobile: str) -> dict[str, str]:
    return {
        "company": company, "street": street, "suburb": suburb, "city": city, "post_code": code,
        "contact_name": contact, "mobile": mobile,
    }  # fmt: skip


FYNBOS = _to("Fynbos Interiors", "7 Loop Street", "Cape Town", "Cape Town", "8001", "Pieter Adams", "0820000011")
MOTORS = _to("Dlamini Motors", "52 Florida Road", "Morningside", "Durban", "4001", "Zanele Dlamini", "0820000012")
BOOKS = _to("Karoo Books", "3 Church Street", "Graaff-Reinet", "Graaff-Reinet", "6280", "J du Toit", "0820000013")
CLINIC = _to("Mbombela Clinic", "11 Brown Street", "Mbombela", "Mbombela", "1200", "Sister Nkosi", "0820000014")
ANNA = _to("", "88 Nelson Mandela Drive", "Bloemfontein", "Bloemfontein", "9301", "Anna Venter", "0820000015")
WINES = _to("O'Brien & Söhne #5 + 3%", "12 Dorp Street", "Stellenbosch", "Stellenbosch", "7600", "Anneke", "0820000016")
SMALL, BOX, CRATE = (1, 35, 25, 10, "2.4"), (2, 40, 30, 30, "6"), (1, 120, 80, 60, "85")

SHIPMENTS = (
    Shipment("PO-1041", FYNBOS, (BOX,), "ONC", [("deliver", {"signee": "P. Adams"})]),
    Shipment("PO-1042", MOTORS, (CRATE,), "NCA", [STEP, STEP, STEP, STEP]),
    Shipment("PO-1043", BOOKS, (SMALL,), "ONC", [STEP, STEP, STEP, ("fail", {"reason": "premises closed"})]),
    Shipment("PO-1044", CLINIC, (SMALL, BOX), "DBD", [STEP]),
    Shipment("PO-1045", WINES, (BOX,), "DBD"),
    Shipment("", ANNA, (SMALL,), "BUD", [STEP, STEP], account="316092"),
    Shipment("PO-1046", FYNBOS, (SMALL,), "ONC", fault="cut_before"),
    Shipment("PO-1047", CLINIC, (CRATE,), "NCA", booked=False),
)


def ship(by: User) -> Iterator[str]:
    """Books them one after another, going on where it was stopped before; says what came of it."""
    _ask("DELETE", "faults")
    for shipment in SHIPMENTS:
        waybill = _book(shipment, by)
        if waybill.booking_state == BookingState.BOOKED:
            _move(waybill.waybill_number, shipment.controls)
    sync(force=True)
    states = Waybill.objects.values_list("booking_state", flat=True)
    yield f"{len(states)} waybills, {sum(state == BookingState.BOOKED for state in states)} of them booked"


def _book(shipment: Shipment, by: User) -> Waybill:
    waybill = _drafted_before(shipment) or _draft(shipment, by)
    if shipment.booked and waybill.booking_state == BookingState.DRAFT:
        waybill = booking.ask(waybill.pk, by, waybill.version)
    if waybill.booking_state == BookingState.QUEUED:
        if shipment.fault:
            _control("faults", {"call": "submit", "kind": shipment.fault})
        sending.send(waybill.pk)
    return Waybill.objects.get(pk=waybill.pk)


def _drafted_before(shipment: Shipment) -> Waybill | None:
    same = {"account__number": shipment.account, "senders_ref": shipment.reference}
    return Waybill.objects.filter(**same, receiver__contact_name=shipment.receiver["contact_name"]).first()


def _draft(shipment: Shipment, by: User) -> Waybill:
    account = ShippingAccount.objects.get(number=shipment.account)
    option = _option(shipment, account, by)
    with transaction.atomic():  # a draft without its reference would be nobody's
        waybill = drafting.draft_from_option(option, by)
        assert waybill.sender is not None  # noqa: S101 - the account has a usual one, in the quote's suburb
        content = drafting.Content(
            collection_date=waybill.collection_date,
            sender=waybill.sender.values(),
            receiver=shipment.receiver,
            senders_ref=shipment.reference,
        )
        return drafting.save_content(waybill.pk, waybill.version, content)


def _move(number: str, controls: list[Control]) -> None:
    """What is still to happen to the parcel: each control makes at least one event after the first."""
    events = _ask("GET", f"waybills/{number}")["events"]
    moved = sum(event["happened"] for event in events) - 1
    for verb, wish in controls[moved:]:
        _control(f"waybills/{number}/{verb}", wish)


def _option(shipment: Shipment, account: ShippingAccount, by: User) -> QuoteOption:
    """The wanted service, else the first that the sandbox offers on this lane."""
    sender, to = account.default_sender, shipment.receiver
    assert sender is not None  # noqa: S101 - made with the account
    quote = quoting.quote(
        account=account,
        by=by,
        dispatch_date=_working_day(),
        origin=quoting.End(sender.suburb, sender.city, sender.post_code),
        destination=quoting.End(to["suburb"], to["city"], to["post_code"]),
        lines=[
            quoting.Line(pieces, Decimal(length), Decimal(breadth), Decimal(height), Decimal(weight))
            for pieces, length, breadth, height, weight in shipment.parcels
        ],
        receiver=Address.objects.create(**to),
    )
    if quote.state != Quote.State.ANSWERED:
        raise RuntimeError(f"the sandbox did not quote {to['suburb']}: {quote.refusal or quote.failure}")
    options = list(quote.options.all())
    return next((each for each in options if each.service_code == shipment.service and not each.add_on), options[0])


def _working_day() -> date:
    """The next one: today's cut-offs may have passed."""
    day = timezone.localdate() + timedelta(days=1)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def _control(path: str, wish: dict[str, object]) -> None:
    _ask("POST", path, json.dumps(wish))


def _ask(method: str, path: str, body: str | None = None) -> Any:
    connection = http.client.HTTPConnection(urlsplit(settings.BEX_API_URL).netloc, timeout=10)
    try:
        connection.request(method, f"/_sandbox/{path}", body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        if reply.status != http.client.OK:
            raise RuntimeError(f"the sandbox refused {path}: {reply.read(500)!r}")
        return json.load(reply)
    finally:
        connection.close()
