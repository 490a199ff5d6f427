"""The carrier's own samples: what it says it sends is read, what it says it wants is what we send."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bexapi import SAST, Address, Parcel, Place, Point, QuoteRequest, WaybillRequest
from bexapi.wire import dumps
from tests.bexapi.cast import PASSWORD, PDF, Answering, answered, client

SAMPLES = Path(__file__).parent / "samples"


def documented(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def documented_json(name: str) -> Any:
    return json.loads(documented(name))


def test_the_documented_login_is_read() -> None:
    login = answered(documented("login_reply")).login("u", PASSWORD)
    assert login.token == documented_json("login_reply")["value"]
    assert (login.identity_number, login.email) == (19696, "your.email@company.com")
    assert (login.is_strong_password, login.is_email_verified) == (True, True)
    assert (login.signalr_enabled, login.allow_api_login) == (False, False)
    assert login.token not in login.raw


def test_the_documented_quote_is_read() -> None:
    saturday, plain = answered(documented("quote_reply")).quote(quote_request(BALLITO)).options
    assert (saturday.service_code, saturday.add_on, plain.add_on) == ("ONC", "SURSAT", "")
    assert (saturday.origin.suburb, saturday.origin.rate_category, saturday.origin.hub) == ("AGGENEYS", "REMOTE", "CPT")
    assert (saturday.destination.city, saturday.destination.branch) == ("KEMPTON PARK", "JOHANNESBURG")
    assert (saturday.scheduled_holidays, plain.scheduled_holidays) == (0, 1)
    assert saturday.cut_off == datetime(2021, 10, 5, 16, 0, tzinfo=SAST)
    assert plain.scheduled_delivery == datetime(2021, 10, 8, 11, 0, tzinfo=SAST)
    assert saturday.is_guaranteed is True
    assert (saturday.chargeable_weight_kg, str(saturday.total)) == (Decimal(10), "0.00")


def test_the_documented_tracking_is_read_with_the_signee_written_three_days_later() -> None:
    (shipment,) = answered(documented("tracking_reply")).track(["ACP1055352"]).shipments
    assert (shipment.shipment_id, shipment.senders_ref, len(shipment.events)) == ("13751791", "740493", 6)
    signed, confirmed = shipment.events[:2]
    assert signed.description == "Delivered to PRTER ME.A at 08:26 on 03 Sep 2021"
    assert (signed.at, confirmed.at) == (
        datetime(2021, 9, 6, 8, 3, tzinfo=SAST),
        datetime(2021, 9, 3, 8, 26, tzinfo=SAST),
    )
    assert [event.user for event in shipment.events][-1] == "JONATHAN DAVIS"


def test_the_documented_shipment_is_foreign_to_who_asks_for_its_reference_as_a_number() -> None:
    reply = answered(documented("tracking_reply")).track(["740493"])
    assert reply.shipments == ()
    assert [found.waybill_number for found in reply.foreign] == ["ACP1055352"]


STEELEDALE = Point(Decimal("-26.2462726"), Decimal("28.0969053"))
SECUNDA = Point(Decimal("-26.5372133"), Decimal("29.1284535"))
BALLITO = Place("Ballito", "4319")


def quote_request(origin: Place | Point, destination: Place | Point = SECUNDA) -> QuoteRequest:
    return QuoteRequest("316085", date(2021, 9, 3), origin, destination, Decimal(43), 224000)


@pytest.mark.parametrize(
    ("sample", "origin", "destination"),
    [
        ("quote_request_addressing_1", STEELEDALE, SECUNDA),
        ("quote_request_addressing_2", Place("Steeledale", "2197"), Place("Secunda", "2302")),
        ("quote_request_addressing_3", STEELEDALE, Place("Secunda", "2302")),
    ],
)
def test_each_documented_way_of_addressing_a_quote_is_what_is_sent(
    sample: str, origin: Place | Point, destination: Place | Point
) -> None:
    transport = Answering(documented("quote_reply"))
    client(transport).quote(quote_request(origin, destination))
    sent = {name: str(value) for name, value in transport.sent.items() if name not in ("accountNumber", "dispatchDate")}
    assert sent == documented_json(sample)  # which has its numbers as text


def test_a_quotes_names_are_documented_but_for_the_one_misspelt_in_a_sample() -> None:
    misspelt = {"originLongCoord": "originLonCoord", "destinationLongCoord": "destinationLonCoord"}
    names = {misspelt.get(name, name) for name in documented_json("quote_request")}
    assert set(quote_request(STEELEDALE).to_wire()) | set(quote_request(BALLITO).to_wire()) == names


def test_the_documented_waybill_is_what_is_sent() -> None:
    sample = documented_json("waybill_request")
    request = WaybillRequest(
        account_number=sample["accountNumber"],
        service_code="ONC",
        collection_date=date(2021, 9, 3),
        sender=end_of(sample, "sender"),
        receiver=end_of(sample, "receiver"),
        parcels=(Parcel(40, 30, 1, Decimal(6)),),
        senders_ref=sample["sendersRef"],
        instructions=sample["instructions"],
        references=("reference_1", "reference_2"),
    )
    # Left out: a value of insurance that is not wanted, and coordinates that are not known.
    left_out = {"insuranceValue", "senderLat", "senderLon", "receiverLat", "receiverLon"}
    expected = {name: value for name, value in sample.items() if name not in left_out} | {"waybillDate": "2021-09-03"}
    assert json.loads(dumps(request.to_wire())) == expected


def end_of(sample: dict[str, Any], end: str) -> Address:
    return Address(
        company=sample[f"{end}Company"], floor_building=sample[f"{end}FloorBuilding"], street=sample[f"{end}Street"],
        suburb=sample[f"{end}Suburb"], city=sample[f"{end}City"], post_code=sample[f"{end}PostCode"],
        province=sample[f"{end}Province"], contact_name=sample[f"{end}ContactName"], mobile=sample[f"{end}Mobile"],
        telephone=sample[f"{end}Tel"], telephone_home=sample[f"{end}TelHome"], email=sample[f"{end}Email"],
    )  # fmt: skip


def test_the_other_calls_send_the_documented_names() -> None:
    transport = Answering(documented("tracking_reply"))
    client(transport).track(["ACP1055352", "MDH42240", "MA210214"])
    assert transport.sent == documented_json("tracking_request")
    transport = Answering(documented("login_reply"))
    client(transport).login("your_bex_username", "your_bex_password")
    assert transport.sent == documented_json("login_request")
    transport = Answering(PDF)
    client(transport).download_ewaybill("ACP1")
    assert set(transport.sent) == set(documented_json("ewaybill_request"))
    client(transport).download_labels(["ACP1", "ACP2"])
    assert set(transport.sent) == set(documented_json("labels_request"))
