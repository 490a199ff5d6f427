"""Tracking: columns by definition, the documented wordings, the search, the clock and the hand."""

import re
from datetime import datetime

from tests.sandbox.harness import Box

DEFINITION = {
    "id": 0, "dataTypeId": 4, "groupingIndex": -1, "headerName": "Tracking", "col1": "Date", "col2": "Waybill",
    "col3": "Senders Ref", "col4": "Tracking Description", "col5": "User", "internalRef": "Internal Ref",
}  # fmt: skip
WORDINGS = [
    r"Shipment integrated to courier system",
    r"Shipment handed to courier",
    r"Departed JNB depot for CPT branch",
    r"Arrived into CPT depot",
    r"Loaded onto vehicle for delivery",
    r"Driver confirmed successful delivery",
    r"Delivered to PIETER ADAMS at \d\d:\d\d on \d\d [A-Z][a-z]{2} \d{4}",
]


def words(box: Box, *items: str) -> list[str]:
    return [item["col4"] for item in box.track(*items)[1:]]


def test_the_first_item_defines_the_columns(box: Box) -> None:
    assert box.track("no-such-thing") == [DEFINITION]


def test_an_event_has_the_names_and_types_of_the_documented_sample(box: Box) -> None:
    number = box.book()
    event = box.track(number)[1]
    assert re.fullmatch(r"\d\d-\d\d-\d{4} \d\d:\d\d", event.pop("col1"))
    assert isinstance(event.pop("col5"), str)
    internal = event.pop("id")
    assert isinstance(internal, int)
    assert event == {
        "dataTypeId": 2,
        "headerName": "Tracking",
        "col2": number,
        "col3": "PO-77",
        "col4": "Shipment integrated to courier system",
        "internalRef": str(internal),
        "groupingIndex": 0,
    }


def test_the_script_runs_in_the_documented_wordings_newest_first(box: Box) -> None:
    number = box.book()
    for _ in range(6):
        box.control(f"waybills/{number}/step", {})
    events = box.track(number)[1:]
    assert len(events) == 7
    for event, wording in zip(reversed(events), WORDINGS, strict=True):
        assert re.fullmatch(wording, event["col4"])
    assert [event["col2"] for event in events] == [number] + [""] * 6
    assert box.control(f"waybills/{number}/step", {}, status=409)["error"] == "nothing is left to happen"


def test_the_clock_brings_the_parcel_to_its_receiver(box: Box) -> None:
    number = box.book()
    assert len(words(box, number)) == 1
    box.control("clock", {"advance_seconds": 40 * 86400})
    events = box.track(number)[1:]
    dates = [datetime.strptime(event["col1"], "%d-%m-%Y %H:%M") for event in events]
    assert len(events) == 7
    assert dates == sorted(dates, reverse=True)
    assert f"at {dates[1]:%H:%M} on {dates[1]:%d %b %Y}" in events[0]["col4"]
    assert (dates[0] - dates[1]).total_seconds() == 3 * 3600


def test_at_speed_1_the_clock_is_real_time(box: Box) -> None:
    assert box.control("clock")["ahead_seconds"] == 0
    assert box.control("clock", {"speed": -1}, status=400)["error"] == "the clock never runs backwards"


def test_numbers_and_references_are_found_exactly(box: Box) -> None:
    number = box.book()
    for item in (number, "PO-77", "attempt-1", "attempt-2"):
        assert len(box.track(item)) == 2
    assert len(box.track(number[:-1], "PO-7", "attempt", "%", "")) == 1
    assert len(box.track(number, "PO-77", "attempt-1")) == 2


def test_additional_references_are_found_only_where_the_setting_says_so(box: Box) -> None:
    box.book()
    box.control("settings", {"search_additional_references": False})
    assert len(box.track("attempt-1")) == 1
    assert len(box.track("PO-77")) == 2


def test_two_shipments_may_share_a_reference(box: Box) -> None:
    numbers = {box.book(), box.book()}
    events = box.track("PO-77")[1:]
    assert {event["col2"] for event in events} == numbers
    assert len({event["id"] for event in events}) == 2


def test_a_strangers_shipment_may_carry_our_number_as_its_reference(box: Box) -> None:
    number = box.book()
    (planted,) = box.control("foreign", {"senders_ref": number, "references": ["attempt-1"]})["numbers"]
    assert {event["col2"] for event in box.track(number)[1:]} == {number, planted}
    assert len({event["id"] for event in box.track("attempt-1")[1:]}) == 2
    assert [kept["foreign"] for kept in box.waybills()] == [False, True]


def test_shipments_are_planted_in_bulk_for_an_account(box: Box) -> None:
    numbers = box.control("plant", {"account": "316101", "count": 25})["numbers"]
    assert len(set(numbers)) == 25
    assert len(box.track(*numbers[:10])) == 11


def test_more_than_ten_items_are_refused(box: Box) -> None:
    many = {"searchItems": ",".join(map(str, range(11)))}
    reply = box.call("waybillquicktrackingv3customtreeview", many)
    assert reply["ex"] == "A maximum of 10 search items is allowed, 11 were sent."


def test_get_with_a_query_string_is_the_same(box: Box) -> None:
    number = box.book()
    url = f"{box.url}/api/service/waybillquicktrackingv3customtreeview"
    assert box.http.get(url, params={"SEARCHITEMS": number}, timeout=5).json()["items"] == box.track(number)


def test_columns_can_be_shuffled(box: Box) -> None:
    number = box.book()
    box.control("settings", {"shuffle_columns": True})
    orders = set()
    for _ in range(30):
        definition, event = box.track(number)
        names = [definition[f"col{index}"] for index in range(1, 6)]
        assert event[f"col{names.index('Waybill') + 1}"] == number
        assert event[f"col{names.index('Tracking Description') + 1}"] == "Shipment integrated to courier system"
        orders.add(tuple(names))
    assert len(orders) > 1


def test_tracking_can_lag_behind(box: Box) -> None:
    box.control("settings", {"tracking_delay_seconds": 600})
    number = box.book()
    assert box.track(number, "attempt-1") == [DEFINITION]
    box.control("clock", {"advance_seconds": 601})
    assert len(box.track(number)) == 2


def test_delivery_by_hand_has_the_signee_who_was_named(box: Box) -> None:
    number = box.book()
    box.control(f"waybills/{number}/deliver", {"signed": False})
    assert words(box, number)[0] == "Driver confirmed successful delivery"
    box.control(f"waybills/{number}/deliver", {"signee": "L. Naidoo"})
    assert words(box, number)[0].startswith("Delivered to L. NAIDOO at ")
    assert box.control(f"waybills/{number}/deliver", {}, status=409)


def test_a_failed_delivery_is_tried_again(box: Box) -> None:
    number = box.book()
    box.control(f"waybills/{number}/fail", {"reason": "premises closed"})
    assert words(box, number)[:2] == [
        "Delivery attempt failed because premises closed",
        "Loaded onto vehicle for delivery",
    ]
    box.control("clock", {"advance_seconds": 8 * 86400})
    assert words(box, number)[0].startswith("Delivered to PIETER ADAMS")
    assert words(box, number).count("Loaded onto vehicle for delivery") == 2


def test_an_event_in_words_of_ones_own(box: Box) -> None:
    number = box.book()
    box.control(f"waybills/{number}/event", {"description": "Held for customs"})
    assert words(box, number)[0] == "Held for customs"


def test_an_unknown_number_cannot_be_pushed(box: Box) -> None:
    assert box.control("waybills/ACP0/step", {}, status=404)["error"] == "there is no waybill ACP0"
