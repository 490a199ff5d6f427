"""A quote asks with our units and comes back as typed options."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bexapi import BexOutcomeUnknown, BexRejected, Parcel, Place, Point, QuotedEnd, QuoteRequest, volume_cm3
from tests.bexapi.cast import HARD_TEXT, PARCELS, QUOTE, TOKEN, Answering, answered, client, payload, sample


def test_the_sample_reply_becomes_typed_options() -> None:
    reply = answered(payload("quote_reply")).quote(QUOTE)
    first, second = reply.options
    assert (first.service_id, first.service_code, first.service_name) == ("449", "ONC", "OVERNIGHT COURIER")
    assert (first.add_on, second.add_on) == ("SURSAT", "")
    assert first.destination == QuotedEnd("SECUNDA", "SECUNDA", "REMOTE", "NELSPRUIT", "NLP", "SEC01")
    assert (first.estimated_transit_days, first.scheduled_transit_days) == (2, 3)
    assert (first.estimated_holidays, first.scheduled_holidays) == (0, 1)
    assert (first.is_guaranteed, second.is_guaranteed) == (True, False)
    assert (first.chargeable_weight_kg, second.chargeable_weight_kg) == (Decimal("44.8"), Decimal(43))
    assert reply.warning == ""


def test_money_is_decimal_to_the_cent_and_never_was_a_float() -> None:
    first, second = answered(payload("quote_reply")).quote(QUOTE).options
    money = (first.base_rate, first.fuel, first.insurance, first.other_surcharges, first.surcharges_total)
    assert [str(amount) for amount in money] == ["1200.10", "301.20", "12.34", "0.00", "313.54"]
    assert [str(amount) for amount in (first.subtotal, first.vat, first.total)] == ["1513.64", "227.05", "1740.69"]
    assert (str(second.total), second.vat) == ("890.00", None)


def test_times_are_aware_and_south_african() -> None:
    first, second = answered(payload("quote_reply")).quote(QUOTE).options
    assert first.cut_off is not None
    assert first.cut_off.isoformat() == "2026-11-24T16:00:00+02:00"
    assert first.cut_off.utcoffset() == timedelta(hours=2)
    times = (first.collection_from, first.collection_until, first.estimated_delivery, first.scheduled_delivery)
    assert [time and time.isoformat()[:16] for time in times] == [
        "2026-11-24T17:00", "2026-11-24T18:00", "2026-11-26T10:30", "2026-11-27T11:00",
    ]  # fmt: skip
    assert second.cut_off is None


def test_the_documented_worked_check_of_weight_and_volume() -> None:
    transport = Answering(sample("quote_reply"))
    client(transport).quote(QUOTE)
    assert transport.sent == {
        "accountNumber": "316085", "dispatchDate": "2026-11-24", "totalWeight": 43, "dimMass": 224000,
        "originSuburb": "Steeledale", "originPostCode": "2197",
        "destinationSuburb": "Secunda", "destinationPostCode": "2302",
    }  # fmt: skip
    assert transport.requests[0].headers["token"] == TOKEN
    assert TOKEN not in transport.requests[0].url


def test_volume_is_reckoned_from_sides_rounded_up_to_whole_centimetres() -> None:
    assert volume_cm3(PARCELS) == 224000
    assert volume_cm3([Parcel(Decimal("39.1"), Decimal("39.9"), 20, Decimal(1))]) == 40 * 40 * 20


def test_an_end_may_be_given_by_coordinates_and_weight_keeps_its_digits() -> None:
    transport = Answering(sample("quote_reply"))
    origin, destination = Point(Decimal("-26.2462726"), Decimal("28.0969053")), Place(HARD_TEXT, "2302")
    client(transport).quote(QuoteRequest("316085", datetime(2026, 11, 24), origin, destination, Decimal("43.10"), 1))
    assert transport.sent["originLatCoord"] == Decimal("-26.2462726")
    assert transport.sent["originLonCoord"] == Decimal("28.0969053")
    assert "originSuburb" not in transport.sent
    assert transport.sent["destinationSuburb"] == HARD_TEXT
    assert b'"totalWeight": 43.10,' in transport.requests[0].body


def test_a_float_is_not_taken_for_a_weight() -> None:
    with pytest.raises(TypeError):
        QuoteRequest("1", QUOTE.dispatch_date, QUOTE.origin, QUOTE.destination, 4.3, 1).to_wire()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_weight_kg": Decimal("-0.1")}, {"volume_cm3": -1}, {"total_weight_kg": Decimal("NaN")},
        {"total_weight_kg": None}, {"account_number": None}, {"account_number": 316085}, {"dispatch_date": None},
        {"dispatch_date": "2026-11-24"}, {"origin": None}, {"origin": Place(None, "2197")},  # type: ignore[arg-type]
        {"destination": Place("Secunda", 2302)}, {"destination": Point(None, Decimal(1))},  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_what_no_quote_is_given_for_is_not_sent(wrong: dict[str, Any]) -> None:
    transport = Answering(sample("quote_reply"))
    with pytest.raises((TypeError, ValueError)):
        client(transport).quote(replace(QUOTE, **wrong))
    assert transport.requests == []


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    "digits", ["86.399999999999991", "1234.5600000000001", "0.30000000000000004", "1.4210854715202004E-14", "1E+2"]
)
def test_a_sum_of_doubles_keeps_every_digit_that_was_sent(digits: str, as_text: bool) -> None:
    written = f'"{digits}"' if as_text else digits
    reply = answered(f'{{"items": [{{"serviceCodeStr": "ONC", "totalCharges": {written}}}]}}'.encode()).quote(QUOTE)
    assert reply.options[0].total == Decimal(digits)


def test_a_warning_beside_options_is_no_refusal() -> None:
    reply = answered(sample("quote_reply") | {"ex": "Surcharges are estimates."}).quote(QUOTE)
    assert len(reply.options) == 2
    assert reply.warning == "Surcharges are estimates."


def test_ex_without_an_option_is_a_refusal() -> None:
    with pytest.raises(BexRejected) as caught:
        answered({"Ex": "Suburb not found.", "items": []}).quote(QUOTE)
    assert (caught.value.message, caught.value.status, caught.value.operation) == ("Suburb not found.", 200, "quote")


@pytest.mark.parametrize("reply", [{"items": []}, {"items": None}, {"items": [{}]}, {"id": 0}, {"items": "none"}])
def test_neither_options_nor_ex_is_an_unknown_outcome_that_may_be_repeated(reply: object) -> None:
    with pytest.raises(BexOutcomeUnknown) as caught:
        answered(reply).quote(QUOTE)
    assert caught.value.may_retry


def test_names_in_any_case_the_other_spelling_and_what_cannot_be_read() -> None:
    row = {"SERVICECODESTR": "ONC", "serviced": 449, "TotalCharges": "1,234.50", "vat": "NaN", "fuel": " 12.50 ",
           "scheduleBy": "tomorrow", "isDeliveryGuaranteed": "maybe", "novelty": {"deep": [1]}}  # fmt: skip
    reply = answered({"ITEMS": [row], "NEW": 1}).quote(QUOTE)
    option = reply.options[0]
    assert (option.service_id, option.fuel) == ("449", Decimal("12.50"))
    assert (option.total, option.vat, option.cut_off, option.is_guaranteed) == (None, None, None, None)
    assert "1,234.50" in reply.raw
