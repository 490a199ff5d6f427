"""Tracking: BEX's table becomes shipments, ours apart from others'."""

from typing import Any

import pytest

from bexapi import BexOutcomeUnknown, BexRejected, TrackingReply
from tests.bexapi.cast import Answering, answered, client, payload, sample

DEFINITION = {
    "id": 0, "groupingIndex": -1, "col1": "Date", "col2": "Waybill", "col3": "Senders Ref",
    "col4": "Tracking Description", "col5": "User",
}  # fmt: skip


def row(
    number: str = "", text: str = "Arrived into PRY depot", ref: str = "R1", shipment: object = 7
) -> dict[str, Any]:
    row = {"id": shipment, "groupingIndex": 0, "col1": "26-11-2026 08:26", "col2": number, "col3": ref}
    return row | {"col4": text, "col5": "A DRIVER"}


def tracked(*rows: object, numbers: tuple[str, ...] = ("ACP1",)) -> TrackingReply:
    return answered({"id": 0, "items": list(rows)}).track(numbers)


def test_the_sample_reply_becomes_one_shipment_with_its_events_newest_first() -> None:
    reply = answered(payload("tracking_reply")).track(["ACP60001942"])
    (shipment,) = reply.shipments
    assert (shipment.shipment_id, shipment.waybill_number, shipment.senders_ref) == (
        "13751791",
        "ACP60001942",
        "740493",
    )
    assert [event.description for event in shipment.events] == [
        "Delivered to N MOKOENA at 08:26 on 26 Nov 2026",
        "Driver confirmed successful delivery",
        "Shipment integrated to courier system",
    ]
    newest = shipment.events[0]
    assert newest.at is not None
    assert newest.at.isoformat() == "2026-11-27T08:03:00+02:00"
    assert (newest.at_text, newest.user) == ("27-11-2026 08:03", "S GROBLER")
    assert {event.waybill_number for event in shipment.events} == {"ACP60001942"}
    assert reply.foreign == ()


def test_columns_are_where_the_definition_says_even_when_it_comes_last() -> None:
    swap = {"col1": "col4", "col2": "col5", "col3": "col1", "col4": "col2", "col5": "col3"}
    turned = [{swap.get(name, name): value for name, value in row.items()} for row in sample("tracking_reply")["items"]]
    straight = answered(payload("tracking_reply")).track(["ACP60001942"])
    assert tracked(*turned, numbers=("ACP60001942",)).shipments == straight.shipments
    assert tracked(*turned[1:], turned[0], numbers=("ACP60001942",)).shipments == straight.shipments


def test_without_a_definition_the_documented_columns_count() -> None:
    rows = sample("tracking_reply")["items"][1:]
    straight = answered(payload("tracking_reply")).track(["ACP60001942"])
    assert tracked(*rows, numbers=("ACP60001942",)).shipments == straight.shipments


def test_a_definition_is_known_by_its_words_too_and_may_be_incomplete() -> None:
    definition = {"col1": "WAYBILL", "col2": "date", "col9": "User"}
    event = {"id": "7", "col1": "ACP1", "col2": "26-11-2026 08:26", "col3": "R1", "col4": "Arrived", "col5": "U"}
    (shipment,) = tracked(definition, event).shipments
    assert (shipment.waybill_number, shipment.events[0].description) == ("ACP1", "Arrived")


def test_another_customers_shipment_that_carries_our_number_as_its_reference_is_foreign() -> None:
    reply = tracked(DEFINITION, row("OTHER9", ref="ACP1", shipment=8), row("ACP1"), row(""))
    assert [shipment.shipment_id for shipment in reply.shipments] == ["7"]
    assert [(shipment.shipment_id, shipment.senders_ref) for shipment in reply.foreign] == [("8", "ACP1")]


def test_two_shipments_under_one_number_are_both_given() -> None:
    reply = tracked(DEFINITION, row("ACP1", shipment=7), row("", shipment=7), row("ACP1", shipment=9))
    assert [shipment.shipment_id for shipment in reply.by_number("ACP1")] == ["7", "9"]
    assert [len(shipment.events) for shipment in reply.by_number("acp1 ")] == [2, 1]
    assert reply.by_number("ACP2") == ()


def test_events_of_two_shipments_may_be_mixed() -> None:
    reply = tracked(row("ACP1", shipment=7), row("ACP2", shipment=8), row("", "older", shipment=7), row(shipment=8),
                    numbers=("ACP1", "ACP2"))  # fmt: skip
    assert [(one.waybill_number, len(one.events)) for one in reply.shipments] == [("ACP1", 2), ("ACP2", 2)]


@pytest.mark.parametrize("no_id", [None, "", 0])
def test_events_without_an_id_belong_to_the_number_above_them(no_id: object) -> None:
    rows = [row("ACP1", shipment=no_id), row(shipment=no_id), row("ACP2", shipment=no_id), row(shipment=no_id)]
    reply = tracked(DEFINITION, *rows, numbers=("ACP1", "ACP2"))
    assert [(one.shipment_id, one.waybill_number, len(one.events)) for one in reply.shipments] == [
        ("", "ACP1", 2), ("", "ACP2", 2),
    ]  # fmt: skip


def test_the_internal_reference_stands_in_for_an_id() -> None:
    (shipment,) = tracked(row("ACP1", shipment=None) | {"internalRef": "55"}).shipments
    assert shipment.shipment_id == "55"


def test_an_unreadable_date_is_kept_as_text() -> None:
    (shipment,) = tracked(DEFINITION, row("ACP1") | {"col1": "31-02-2026 08:00"}).shipments
    assert (shipment.events[0].at, shipment.events[0].at_text) == (None, "31-02-2026 08:00")


def test_a_look_up_by_reference_is_alone_and_does_not_filter_by_number() -> None:
    transport = Answering(sample("tracking_reply"))
    reply = client(transport).find_by_reference("KTQ4XN7M2PVB6RZC")
    assert [shipment.waybill_number for shipment in reply.shipments] == ["ACP60001942"]
    assert reply.foreign == ()
    assert transport.sent == {"searchItems": "KTQ4XN7M2PVB6RZC"}


def test_ten_numbers_go_in_one_call_without_a_token() -> None:
    transport = Answering({"items": []})
    numbers = [f"ACP{n}" for n in range(10)]
    client(transport).track(numbers)
    assert transport.sent == {"searchItems": ",".join(numbers)}
    assert not any(name.lower() == "token" for name in transport.requests[0].headers)
    assert transport.requests[0].url == "https://bex.example/api/service/waybillquicktrackingv3customtreeview"


@pytest.mark.parametrize(
    "items", [[], [f"A{n}" for n in range(11)], ["A", " "], ["A,B"], "ACP1", None, [None], [1], ["A", b"B"]]
)
def test_what_cannot_be_asked_is_not_sent(items: list[str]) -> None:
    transport = Answering({"items": []})
    with pytest.raises((ValueError, TypeError)):
        client(transport).track(items)
    assert transport.requests == []


@pytest.mark.parametrize("reply", [{"items": []}, {"ITEMS": [DEFINITION]}, {"id": 0, "items": DEFINITION}])
def test_an_empty_table_means_that_nothing_was_found(reply: object) -> None:
    found = answered(reply).find_by_reference("R1")
    assert (found.shipments, found.foreign) == ((), ())


NO_TABLES = [
    {}, {"id": 0}, {"items": None}, {"items": ""}, {"items": "none"}, {"items": ["text"]}, {"items": 0}, {"items": {}},
    {"items": [{}]}, {"items": [{"foo": 1}]}, {"items": [DEFINITION, {"foo": 1}]},
    {"items": [{"groupingIndex": 0, "col6": "x"}]}, {"items": [DEFINITION, None]}, [], [row("A")],
]  # fmt: skip


@pytest.mark.parametrize("reply", NO_TABLES)
def test_what_is_no_table_does_not_mean_that_nothing_was_found(reply: object) -> None:
    with pytest.raises(BexOutcomeUnknown):
        answered(reply).find_by_reference("R1")


def test_ex_without_rows_is_a_refusal_and_beside_rows_a_warning() -> None:
    tables: list[object] = [[], None, "", [DEFINITION], [{"foo": 1}], {}]
    for rows in tables:
        with pytest.raises(BexRejected) as caught:
            answered({"items": rows, "ex": "Too many items."}).track(["ACP1"])
        assert caught.value.message == "Too many items."
    reply = answered({"items": [row("ACP1")], "ex": "Partly."}).track(["ACP1"])
    assert (len(reply.shipments), reply.warning) == (1, "Partly.")


def test_nobodys_name_is_shown_by_repr() -> None:
    shown = repr(answered(payload("tracking_reply")).track(["ACP60001942"]))
    assert "MOKOENA" not in shown
    assert "GROBLER" not in shown
