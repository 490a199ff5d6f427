"""What BEX answers to a booking, and when that is a booking."""

from decimal import Decimal

import pytest

from bexapi import BexOutcomeUnknown, BexRejected
from tests.bexapi.cast import WAYBILL, answered, payload, sample


def test_a_booking_is_read() -> None:
    reply = answered(payload("waybill_reply")).submit_waybill(WAYBILL)
    assert reply.waybill_number == "ACP60001942"
    money = (reply.base_rate, reply.surcharges_total, reply.subtotal, reply.vat, reply.total)
    assert [str(amount) for amount in money] == ["1200.10", "313.54", "1513.64", "227.05", "1740.69"]
    assert reply.volumetric_ratio == Decimal(5000)
    assert (reply.warning, reply.printing_text) == ("", "")
    assert '"baseRateTotal": 1200.10' in reply.raw


def test_ex_beside_a_number_is_a_booking_with_a_warning() -> None:
    reply = answered(sample("waybill_reply") | {"ex": "Label printer is offline."}).submit_waybill(WAYBILL)
    assert reply.waybill_number == "ACP60001942"
    assert reply.warning == "Label printer is offline."


def test_ex_without_a_number_is_a_refusal() -> None:
    with pytest.raises(BexRejected) as caught:
        answered({"id": 0, "items": [], "ex": "Receiver suburb is unknown."}).submit_waybill(WAYBILL)
    assert caught.value.message == "Receiver suburb is unknown."
    assert not caught.value.may_retry


@pytest.mark.parametrize("number", ["", None, 0, "0", "  ", False, {}])
def test_a_number_that_is_none_is_no_booking(number: object) -> None:
    with pytest.raises(BexOutcomeUnknown):
        answered({"items": [{"waybillNumber": number}]}).submit_waybill(WAYBILL)
    with pytest.raises(BexRejected):
        answered({"items": [{"waybillNumber": number}], "ex": "No."}).submit_waybill(WAYBILL)


@pytest.mark.parametrize("ex", [None, "", " ", False, 0, [], {}, {"code": 1}])
def test_neither_number_nor_words_of_refusal_is_an_unknown_outcome_that_is_not_repeated(ex: object) -> None:
    with pytest.raises(BexOutcomeUnknown) as caught:
        answered({"id": 0, "ex": ex}).submit_waybill(WAYBILL)
    assert not caught.value.may_retry


def test_a_number_counts_whatever_its_type_and_wherever_it_stands() -> None:
    assert answered({"Items": {"WaybillNumber": 60001942}}).submit_waybill(WAYBILL).waybill_number == "60001942"
    assert answered({"waybillnumber": " ACP1 "}).submit_waybill(WAYBILL).waybill_number == "ACP1"
    assert answered({"items": [None, {"waybillNumber": "ACP2"}]}).submit_waybill(WAYBILL).waybill_number == "ACP2"


def test_an_unreadable_price_does_not_lose_the_number() -> None:
    body = b'{"items": [{"waybillNumber": "ACP3", "vat": NaN, "subTotal": 1e999999999, "totalCharges": "R 12,50"}]}'
    reply = answered(body).submit_waybill(WAYBILL)
    assert (reply.waybill_number, reply.vat, reply.subtotal, reply.total) == ("ACP3", None, None, None)
    assert "NaN" in reply.raw
    assert "R 12,50" in reply.raw


def test_printing_text_is_kept_as_it_came() -> None:
    reply = sample("waybill_reply")
    reply["items"][0]["parcelPrintingText"] = '\nN\nA50,0,0,1,1,1,N,"ACP"\n'
    assert answered(reply).submit_waybill(WAYBILL).printing_text == '\nN\nA50,0,0,1,1,1,N,"ACP"\n'


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + payload("waybill_reply"),
        payload("waybill_reply").decode().encode("utf-16"),
        payload("waybill_reply").replace(b'"id": 0', '"id": 0, "note": "Söhne"'.encode("latin-1")),
        payload("waybill_reply").replace(b'"id": 0', b'"id": 0, "note": "a\x01b"'),
    ],
    ids=["utf-8 BOM", "utf-16", "latin-1", "control character"],
)
def test_a_booking_is_read_in_whatever_letters_it_comes(body: bytes) -> None:
    client = answered(body, headers={"Content-Type": "text/html; charset=utf-7"})
    assert client.submit_waybill(WAYBILL).waybill_number == "ACP60001942"
