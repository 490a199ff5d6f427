"""A booking on the wire: BEX's names, whole centimetres, exact numbers, and the text as it was written."""

import copy
import json
import pickle
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bexapi import Address, Parcel, WaybillRequest
from bexapi.wire import dumps
from tests.bexapi.cast import HARD_TEXT, RECEIVER, SENDER, TOKEN, WAYBILL, Answering, client, sample

# The names of the documented sample request.
SAMPLE_NAMES = {
    "waybillNumber", "autoGenerateWaybillNumber", "waybillDate", "accountNumber", "serviceCode", "sendersRef",
    "instructions", "insuranceRequired", "insuranceValue", "senderCompany", "senderFloorBuilding", "senderStreet",
    "senderSuburb", "senderCity", "senderPostCode", "senderProvince", "senderContactName", "senderMobile",
    "senderEmail", "senderTel", "senderTelHome", "senderLat", "senderLon", "receiverCompany",
    "receiverFloorBuilding", "receiverStreet", "receiverSuburb", "receiverCity", "receiverPostCode",
    "receiverProvince", "receiverContactName", "receiverMobile", "receiverEmail", "receiverTel", "receiverTelHome",
    "receiverLat", "receiverLon", "returnParcelPrintingText", "printParcels", "printUrl", "printParcelsPrintNode",
    "dimensions", "additionalReferences",
}  # fmt: skip


def test_the_names_are_those_of_the_documented_sample() -> None:
    receiver = replace(RECEIVER, latitude=Decimal("-26.5"), longitude=Decimal("29.1"))
    wire = replace(WAYBILL, receiver=receiver, insurance_value=Decimal(10)).to_wire()
    assert set(wire) == SAMPLE_NAMES


def test_a_whole_waybill_says_what_was_asked() -> None:
    wire = WAYBILL.to_wire()
    assert (wire["waybillNumber"], wire["autoGenerateWaybillNumber"]) == ("", True)
    assert (wire["accountNumber"], wire["serviceCode"], wire["waybillDate"]) == ("316085", "ONC", "2026-11-24")
    assert wire["additionalReferences"] == [{"value": "KTQ4XN7M2PVB6RZC"}]
    assert wire["senderTelHome"] == SENDER.telephone_home
    assert wire["senderMobile"] == SENDER.mobile
    assert (wire["senderLat"], wire["senderLon"]) == (-26.2462726, 28.0969053)
    assert "receiverLat" not in wire
    assert wire["dimensions"][1] == {  # type: ignore[index]
        "dimension1": 80, "dimension2": 80, "dimension3": 30, "weight": 25, "reference": "P2",
    }  # fmt: skip


def test_an_own_number_is_not_auto_generated() -> None:
    wire = replace(WAYBILL, waybill_number="ROO0001").to_wire()
    assert (wire["waybillNumber"], wire["autoGenerateWaybillNumber"]) == ("ROO0001", False)


def test_no_collection_date_is_left_out() -> None:
    assert "waybillDate" not in replace(WAYBILL, collection_date=None).to_wire()


def test_sides_are_rounded_up_to_whole_centimetres_and_weights_to_two_places() -> None:
    parcel = Parcel(Decimal("30.01"), Decimal("29.99"), 1, Decimal("6.001"))
    wire = replace(WAYBILL, parcels=(parcel,)).to_wire()
    assert dumps(wire["dimensions"]) == (
        '[{"dimension1": 31, "dimension2": 30, "dimension3": 1, "weight": 6.01, "reference": ""}]'
    )


def test_insurance_is_left_out_or_stated_with_its_value() -> None:
    assert WAYBILL.to_wire()["insuranceRequired"] is False
    assert "insuranceValue" not in WAYBILL.to_wire()
    wire = replace(WAYBILL, insurance_value=Decimal("12500.50")).to_wire()
    assert wire["insuranceRequired"] is True
    assert '"insuranceValue": 12500.50' in dumps(wire)


@pytest.mark.parametrize("value", [Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+40")])
def test_an_insured_value_that_is_none_is_not_sent(value: Decimal) -> None:
    with pytest.raises(ValueError):
        replace(WAYBILL, insurance_value=value).to_wire()


@pytest.mark.parametrize("bad", [Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_sides_and_weights_are_finite_and_not_negative(bad: Decimal) -> None:
    with pytest.raises(ValueError):
        Parcel(bad, 1, 1, Decimal(1))
    with pytest.raises(ValueError):
        Parcel(1, 1, 1, bad)


def test_a_waybill_without_parcels_is_not_sent() -> None:
    with pytest.raises(ValueError):
        replace(WAYBILL, parcels=()).to_wire()


@pytest.mark.parametrize(
    ("instructions", "sentence"),
    [
        ("", "Please provide: Saturday service (SURSAT), NEWONE."),
        ("Ring the bell", "Ring the bell. Please provide: Saturday service (SURSAT), NEWONE."),
        ("Ring!", "Ring! Please provide: Saturday service (SURSAT), NEWONE."),
    ],
)
def test_add_ons_go_as_codes_and_as_a_plain_sentence(instructions: str, sentence: str) -> None:
    wire = replace(WAYBILL, instructions=instructions, add_ons=("SURSAT", "NEWONE")).to_wire()
    assert wire["additionalSurcharges"] == [{"surchargeCode": "SURSAT"}, {"surchargeCode": "NEWONE"}]
    assert wire["instructions"] == sentence
    assert "additionalSurcharges" not in WAYBILL.to_wire()


def heavy() -> WaybillRequest:
    return replace(
        WAYBILL, parcels=(Parcel(1, 1, 1, Decimal("18.70")),), insurance_value=Decimal("99999999999.99")
    )  # fmt: skip


def test_fractions_reach_the_wire_with_their_own_digits() -> None:
    transport = Answering(sample("waybill_reply"))
    client(transport).submit_waybill(heavy())
    body = transport.requests[0].body.decode()
    assert '"weight": 18.70,' in body
    assert '"insuranceValue": 99999999999.99' in body


def test_what_is_sent_is_to_wire_and_any_encoder_stores_the_same_numbers() -> None:
    transport = Answering(sample("waybill_reply"))
    client(transport).submit_waybill(heavy())
    wire = heavy().to_wire()
    assert transport.requests[0].body == dumps(wire).encode()
    assert json.loads(json.dumps(wire), parse_float=Decimal) == transport.sent


def test_the_payload_can_be_copied_and_pickled_without_losing_digits() -> None:
    wire = heavy().to_wire()
    assert dumps(copy.deepcopy(wire)) == dumps(wire)
    assert dumps(pickle.loads(pickle.dumps(wire))) == dumps(wire)


def test_text_is_sent_as_it_is_in_utf_8() -> None:
    transport = Answering(sample("waybill_reply"))
    waybill = replace(WAYBILL, senders_ref=HARD_TEXT, instructions='A "quote"\nand \\ a line')
    client(transport).submit_waybill(waybill)
    assert HARD_TEXT.encode() in transport.requests[0].body
    assert transport.sent["receiverCompany"] == HARD_TEXT
    assert transport.sent["instructions"] == 'A "quote"\nand \\ a line'


def test_a_submission_asks_for_a_connection_of_its_own_and_carries_the_token_in_a_header() -> None:
    transport = Answering(sample("waybill_reply"))
    client(transport).submit_waybill(WAYBILL)
    request = transport.requests[0]
    assert (request.method, request.url) == ("POST", "https://bex.example/api/service/submitwaybillv4")
    assert request.fresh_connection
    assert request.headers["token"] == TOKEN
    assert TOKEN.encode() not in request.body
    assert request.headers["User-Agent"] == "bexportal"


WRONG: list[dict[str, Any]] = [
    {"account_number": None}, {"service_code": 1}, {"senders_ref": None}, {"waybill_number": None},
    {"instructions": None}, {"instructions": None, "add_ons": ("SURSAT",)}, {"collection_date": "2026-11-24"},
    {"references": "KTQ4XN7M2PVB6RZC"}, {"references": (None,)}, {"add_ons": "SURSAT"}, {"add_ons": (None,)},
    {"sender": None}, {"receiver": Address(street=None)}, {"parcels": (None,)}, {"print_url": None},  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_of_its_type_is_not_sent(wrong: dict[str, Any]) -> None:
    transport = Answering(sample("waybill_reply"))
    with pytest.raises(TypeError):
        client(transport).submit_waybill(replace(WAYBILL, **wrong))
    assert transport.requests == []


def test_nothing_personal_is_shown_by_repr() -> None:
    shown = repr(replace(WAYBILL, instructions="Ask for Thabo"))
    for personal in ("Naledi", "0820000001", "18 Electron Road", "Rooibok", "Brien", "Loop", "-26.2", "Thabo"):
        assert personal not in shown
