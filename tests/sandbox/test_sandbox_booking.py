"""Submissions: what is accepted, what is refused, and what is kept."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.harness import Box, waybill, working_day


def parcel(**changes: object) -> list[dict[str, object]]:
    return [{"dimension1": 40, "dimension2": 30, "dimension3": 1, "weight": 6, "reference": "", **changes}]


def test_a_booking_answers_with_the_number_and_the_money(box: Box) -> None:
    reply = box.submit()
    (item,) = reply["items"]
    number = item.pop("waybillNumber")
    assert re.fullmatch(r"ACP[0-9]{8}", number)
    assert item == {
        "baseRateTotal": 930.40,
        "surchargesTotal": 293.08,
        "subTotal": 1223.48,
        "vat": 183.52,
        "totalCharges": 1407.00,
        "volRatio": 5000,
    }


def test_what_was_received_is_kept_whole(box: Box) -> None:
    number = box.book()
    (kept,) = box.waybills()
    assert kept["payload"] == waybill()
    assert (kept["number"], kept["account"], kept["senders_ref"]) == (number, "316085", "PO-77")
    assert kept["references"] == ["attempt-1", "attempt-2"]
    assert (kept["username"], kept["times_booked"], kept["foreign"]) == ("demo@rooibok.example", 1, False)


@pytest.mark.parametrize(
    "name",
    [
        "accountNumber", "serviceCode", "senderFloorBuilding", "senderStreet", "senderSuburb", "senderCity",
        "senderPostCode", "receiverStreet", "receiverSuburb", "receiverCity",
    ],
)  # fmt: skip
def test_a_required_field_is_missed(box: Box, name: str) -> None:
    reply = box.submit(**dict.fromkeys([name], ""))
    assert "is required." in reply["ex"]
    assert box.waybills() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dimensions": []}, "At least one parcel is required in dimensions."),
        ({"dimensions": parcel(dimension2="30.5")}, "dimension2 must be a whole number of centimetres, '30.5' is not."),
        ({"dimensions": parcel(dimension3=0)}, "Parcel 1: dimension3 must be between 1 and 600 cm."),
        ({"dimensions": parcel(weight="1.005")}, "Parcel 1: weight 1.005 has more than two decimals."),
        ({"dimensions": parcel(weight=0)}, "The total weight of the parcels must be greater than zero."),
        ({"dimensions": parcel(weight="")}, "Parcel 1: weight is required."),
        ({"serviceCode": "XYZ"}, "Service code 'XYZ' is not valid."),
        ({"serviceCode": "SDX"}, "Service SDX is not available between STEELEDALE and CAPE TOWN."),
        ({"insuranceRequired": True}, "insuranceValue is required when insuranceRequired is true."),
        ({"insuranceRequired": "True", "insuranceValue": 500001}, "insuranceValue may not exceed R 500000."),
        ({"autoGenerateWaybillNumber": False}, "waybillNumber is required"),
        ({"autoGenerateWaybillNumber": False, "waybillNumber": "a b"}, "Waybill number 'a b' is not valid."),
        ({"waybillDate": "2020-01-02"}, "Waybill date 2020-01-02 is in the past."),
        ({"receiverSuburb": "Nowhere"}, "Receiver suburb 'NOWHERE' with post code '8001' was not found."),
        (
            {"receiverPostCode": "", "receiverSuburb": "X", "receiverCity": "Y"},
            "could not be found without a post code.",
        ),
        ({"additionalSurcharges": [{"surchargeCode": "SURXXX"}]}, "Surcharge code 'SURXXX' is not valid."),
        ({"accountNumber": "318840"}, "Account number is not registered for transactions with this token."),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_booked(box: Box, changes: dict[str, Any], words: str) -> None:
    reply = box.submit(**changes)
    assert words in reply["ex"]
    assert "items" not in reply
    assert box.waybills() == []


@pytest.mark.parametrize("call", ["submitwaybillv4", "getquoteservicedeliverypricingv2"])
@pytest.mark.parametrize(
    "body", [b'{"half": ', b"[1]", b'{"weight": NaN}', b'{"ref": "\\ud800"}', b"[" * 100_000, b"\xff{}"]
)
def test_a_body_that_is_no_json_is_refused(box: Box, call: str, body: bytes) -> None:
    answer = box.http.post(f"{box.url}/api/service/{call}", data=body, timeout=5)
    assert answer.json()["ex"].startswith("The request could not be read.")


def test_a_number_beyond_measure_is_kept_as_it_came(box: Box) -> None:
    box.book(somethingElse=1e300)
    assert box.waybills()[0]["payload"]["somethingElse"] == 1e300


def test_a_receiver_without_post_code_is_found_by_its_town(box: Box) -> None:
    assert "ex" not in box.submit(receiverPostCode=None, receiverSuburb="Gardens")


def test_an_own_number_is_taken_once(box: Box) -> None:
    own: dict[str, Any] = {"autoGenerateWaybillNumber": False, "waybillNumber": "OWN-0001"}
    assert box.book(**own) == "OWN-0001"
    assert box.submit(**own, sendersRef="second")["ex"] == "Waybill number OWN-0001 already exists."
    assert [kept["senders_ref"] for kept in box.waybills()] == ["PO-77"]


def test_an_own_number_may_be_overwritten_where_the_setting_says_so(box: Box) -> None:
    box.control("settings", {"duplicate_numbers": "overwrite"})
    own: dict[str, Any] = {"autoGenerateWaybillNumber": False, "waybillNumber": "OWN-0001"}
    box.book(**own)
    box.book(**own, sendersRef="second", additionalReferences=[])
    (kept,) = box.waybills()
    assert (kept["senders_ref"], kept["references"], kept["times_booked"]) == ("second", [], 2)
    stranger: dict[str, Any] = {"token": box.login(coast=True), "accountNumber": "318840"}
    assert "already exists" in box.submit(**own, **stranger)["ex"]


def test_many_at_once_get_numbers_of_their_own(box: Box) -> None:
    token = box.login()
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: box.submit(token=token), range(24)))
    numbers = {reply["items"][0]["waybillNumber"] for reply in replies}
    assert len(numbers) == 24
    assert numbers == {kept["number"] for kept in box.waybills()}
    assert box.control("state")["counters"]["submit"] == 24


def test_insurance_is_billed(box: Box) -> None:
    (item,) = box.submit(insuranceRequired=True, insuranceValue="10000.00")["items"]
    assert item["surchargesTotal"] == 443.08


def test_an_add_on_comes_back_as_a_surcharge_where_it_can_be_done(box: Box) -> None:
    box.control("settings", {"quote_now": "2026-11-27 08:00:00"})
    friday: dict[str, Any] = {"waybillDate": "2026-11-27", "additionalSurcharges": [{"surchargeCode": "SURSAT"}]}
    (item,) = box.submit(**friday)["items"]
    assert item["surchargesTotal"] == 578.08
    (item,) = box.submit(**{**friday, "waybillDate": "2026-12-01"})["items"]
    assert item["surchargesTotal"] == 293.08
    box.control("settings", {"honour_add_ons": False})
    (item,) = box.submit(**friday)["items"]
    assert item["surchargesTotal"] == 293.08
    assert [kept["add_ons"] for kept in box.waybills()] == [["SURSAT"], [], []]


def test_the_price_can_drift_from_the_quote(box: Box) -> None:
    box.control("settings", {"price_drift_percent": "10"})
    quoted = next(item for item in box.quote()["items"] if item["serviceCodeStr"] == "ONC")
    (item,) = box.submit()["items"]
    assert (quoted["baseRateTotal"], item["baseRateTotal"]) == (930.40, 1023.44)


def test_the_first_parcel_may_carry_the_whole_weight(box: Box) -> None:
    pieces = parcel(weight=43) + parcel(weight=0)
    assert "ex" not in box.submit(dimensions=pieces, waybillDate=working_day(20))
