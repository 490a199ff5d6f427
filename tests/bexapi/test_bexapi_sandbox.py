"""Whole flows against a courier that shares no line with bexapi: the sandbox as a process of its own."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bexapi import BexBusy, BexClient, BexError, BexOutcomeUnknown, BexRejected, BexUnreachable, Place, Timeouts
from tests.bexapi.cast import HARD_TEXT, OPERATIONS, QUOTE, RECEIVER, WAYBILL
from tests.courier import Courier

USER, PASSWORD = "demo@rooibok.example", "demo-password"
REFERENCE = "KTQ4XN7M2PVB6RZC"
CALLS = {"login": "login", "quote": "quote", "submit_waybill": "submit", "track": "track",
         "find_by_reference": "track", "download_ewaybill": "ewaybill", "download_labels": "labels"}  # fmt: skip


def client_of(courier: Courier, timeouts: Timeouts = Timeouts(10, 10, 20)) -> BexClient:  # noqa: B008 - frozen
    anonymous = BexClient(courier.url)
    main = anonymous.login(USER, PASSWORD)
    alternate = anonymous.login(USER, PASSWORD, prefer_alternate_token=True)
    return BexClient(courier.url, token=main.token, alternate_token=alternate.token, timeouts=timeouts)


def monday() -> date:
    day = date.today() + timedelta(days=14)
    return day - timedelta(days=day.weekday())


QUOTED = replace(QUOTE, dispatch_date=monday(), destination=Place("Cape Town", "8001"))
WANTED = replace(
    WAYBILL,
    collection_date=monday(),
    receiver=replace(RECEIVER, suburb="Cape Town", city="Cape Town", post_code="8001"),
    references=(REFERENCE,),
    senders_ref=HARD_TEXT,
)


def test_from_log_in_to_signee(courier: Courier) -> None:
    login = BexClient(courier.url).login(USER, PASSWORD)
    assert (login.identity_number, login.is_strong_password, login.is_email_verified) == (19696, True, True)
    bex = client_of(courier)
    option = next(option for option in bex.quote(QUOTED).options if (option.service_code, option.add_on) == ("ONC", ""))
    assert option.total is not None
    assert option.vat is not None
    assert option.subtotal == option.total - option.vat
    booking = bex.submit_waybill(WANTED)
    assert (booking.total, booking.volumetric_ratio, booking.warning) == (option.total, Decimal(5000), "")
    assert bex.download_ewaybill(booking.waybill_number).startswith(b"%PDF-")
    assert bex.download_labels([booking.waybill_number]).startswith(b"%PDF-")
    courier.control(f"waybills/{booking.waybill_number}/deliver", {"signee": "P ADAMS"})
    (shipment,) = bex.track([booking.waybill_number]).by_number(booking.waybill_number)
    assert shipment.senders_ref == HARD_TEXT
    assert any("P ADAMS" in event.description for event in shipment.events)
    assert all(event.at is not None for event in shipment.events)
    assert {event.waybill_number for event in shipment.events} == {booking.waybill_number}


def test_insurance_add_ons_and_shuffled_columns(courier: Courier) -> None:
    courier.control("settings", {"shuffle_columns": True})
    bex = client_of(courier)
    plain = bex.submit_waybill(WANTED)
    insured = bex.submit_waybill(replace(WANTED, insurance_value=Decimal("12500.50"), waybill_number="ROO0001"))
    assert insured.waybill_number == "ROO0001"
    assert insured.total is not None
    assert plain.total is not None
    assert insured.total > plain.total
    found = bex.track([plain.waybill_number, "ROO0001", "NOT-THERE"])
    assert {shipment.waybill_number for shipment in found.shipments} == {plain.waybill_number, "ROO0001"}
    assert {shipment.senders_ref for shipment in bex.find_by_reference(REFERENCE).shipments} == {HARD_TEXT}


UNKNOWN = BexOutcomeUnknown
FAULTS: list[tuple[dict[str, Any], type[BexError] | None, bool]] = [
    ({"kind": "cut_before"}, UNKNOWN, False),
    ({"kind": "cut_after"}, UNKNOWN, True),
    ({"kind": "cut_body"}, UNKNOWN, True),
    ({"kind": "hang_before"}, UNKNOWN, False),
    ({"kind": "hang_after"}, UNKNOWN, True),
    ({"kind": "drip"}, UNKNOWN, True),
    ({"kind": "status", "status": 500}, UNKNOWN, False),
    ({"kind": "status", "status": 500, "commit": True}, UNKNOWN, True),
    ({"kind": "status", "status": 302, "commit": True}, UNKNOWN, True),
    ({"kind": "status", "status": 429, "retry_after": 3}, BexBusy, False),
    ({"kind": "status", "status": 404}, BexRejected, False),
    ({"kind": "html"}, UNKNOWN, False),
    ({"kind": "truncated"}, UNKNOWN, True),
    ({"kind": "empty"}, UNKNOWN, True),
    ({"kind": "nothing"}, UNKNOWN, True),
    ({"kind": "ex", "text": "Suburb unknown."}, BexRejected, False),
    ({"kind": "ex_after_commit"}, BexRejected, True),
]


@pytest.mark.parametrize(("fault", "error", "commits"), FAULTS, ids=str)
def test_each_fault_on_a_submission_and_what_a_look_up_finds_after_it(
    courier: Courier, fault: dict[str, Any], error: type[BexError], commits: bool
) -> None:
    bex = client_of(courier, Timeouts(10, 10, 0.5))
    courier.control("faults", {"call": "submit", **fault})
    with pytest.raises(BexError) as caught:
        bex.submit_waybill(WANTED)
    assert type(caught.value) is error
    assert not (caught.value.may_retry and error is UNKNOWN)
    assert len(courier.waybills) == (1 if commits else 0)
    patient = BexClient(courier.url)
    assert len(patient.find_by_reference(REFERENCE).shipments) == (1 if commits else 0)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("kind", ["cut_after", "html", "truncated", "empty", "nothing"])
def test_a_fault_on_any_call_leaves_its_outcome_unknown(courier: Courier, operation: str, kind: str) -> None:
    bex = client_of(courier)
    courier.control("faults", {"call": CALLS[operation], "kind": kind})
    with pytest.raises(BexOutcomeUnknown):
        OPERATIONS[operation](bex)


def test_a_warning_beside_a_number_is_a_booking(courier: Courier) -> None:
    bex = client_of(courier)
    courier.control("faults", {"call": "submit", "kind": "ex_beside", "text": "Printer is offline."})
    booking = bex.submit_waybill(WANTED)
    assert (booking.warning, len(courier.waybills)) == ("Printer is offline.", 1)


def test_an_ended_token_and_a_wrong_password_are_refusals_in_bexs_words(courier: Courier) -> None:
    bex = client_of(courier)
    courier.control("faults", {"call": "quote", "kind": "ended_token"})
    for _ in range(2):
        with pytest.raises(BexRejected) as caught:
            bex.quote(QUOTED)
        assert caught.value.message
    with pytest.raises(BexRejected, match="refused by BEX"):
        bex.login(USER, "wrong-password")
    with pytest.raises(BexRejected):
        bex.download_ewaybill("ACP1")


def test_a_courier_that_is_not_there_is_unreachable(courier: Courier) -> None:
    with pytest.raises(BexUnreachable):
        BexClient("http://127.0.0.1:9").track(["ACP1"])
