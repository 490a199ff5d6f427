"""Quotes: the documented shape, honest arithmetic, the calendar, and refusals."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.harness import Box

# Names and JSON types of the documented sample reply, in its order.
SAMPLE: dict[str, type] = {
    "id": int, "customerName": str, "serviceId": int, "serviceCodeStr": str, "serviceNameStr": str,
    "originSuburb": str, "originCity": str, "originRateCategory": str, "originBranchStr": str, "originHub": str,
    "originLocationCode": str, "destinationSuburb": str, "destinationCity": str, "destinationRateCategory": str,
    "destinationBranchStr": str, "destinationHub": str, "destinationLocationCode": str, "estimatedTransitDays": int,
    "scheduledTransitDays": int, "estimatedHolidays": int, "scheduledHolidays": int, "scheduleBy": str,
    "estimatedCollectionDateAndTime": str, "latestCollectionDateAndTime": str, "estimatedDeliveryDateAndTime": str,
    "scheduledDeliveryDateAndTime": str, "isDeliveryGuaranteed": str, "surchargeAddons": str,
    "customerChargeableWeight": int, "baseRateTotal": float, "fuel": float, "insuranceRequired": float,
    "otherSurcharges": float, "surchargeTotal": float, "subTotal": float, "vat": float, "totalCharges": float,
}  # fmt: skip


def at(box: Box, now: str, **changes: object) -> list[dict[str, Any]]:
    """The options quoted at a moment, for a dispatch on that day unless said otherwise."""
    box.control("settings", {"quote_now": now})
    items: list[dict[str, Any]] = box.quote(**{"dispatchDate": now[:10], **changes})["items"]
    return items


def option(items: list[dict[str, Any]], service: str, add_on: str = "") -> dict[str, Any]:
    return next(item for item in items if (item["serviceCodeStr"], item["surchargeAddons"]) == (service, add_on))


def test_each_item_has_the_names_and_types_of_the_documented_sample(box: Box) -> None:
    reply = box.quote()
    assert list(reply) == ["id", "items"]
    for item in reply["items"]:
        assert {name: type(value) for name, value in item.items()} == SAMPLE


def test_money_is_written_with_two_decimals(box: Box) -> None:
    body = {"totalWeight": 1, "dimMass": 1000, "originLatCoord": -26.2, "originLonCoord": 28.04}
    ends = {"destinationLatCoord": "-33.92", "destinationLongCoord": "18.42"}
    answer = box.post("/api/service/getquoteservicedeliverypricingv2", body | ends, token=box.login())
    assert '"baseRateTotal":165.00,"fuel":51.98,"insuranceRequired":0.00' in answer.text


def test_the_sums_agree_to_the_cent(box: Box) -> None:
    for item in box.quote()["items"]:
        money = {name: Decimal(str(item[name])) for name, kind in SAMPLE.items() if kind is float}
        surcharges = money["fuel"] + money["insuranceRequired"] + money["otherSurcharges"]
        assert money["surchargeTotal"] == surcharges
        assert money["subTotal"] == money["baseRateTotal"] + surcharges
        assert abs(money["vat"] - money["subTotal"] * Decimal("0.15")) <= Decimal("0.005")
        assert money["totalCharges"] == money["subTotal"] + money["vat"]


def test_the_rate_of_an_overnight_parcel_is_worked_out_by_hand(box: Box) -> None:
    item = option(box.quote()["items"], "ONC")
    # 43 kg against 224000 / 5000 = 44.8 -> 45 kg; 165.00 for 2 kg and 43 x 17.80 more; 31.5 % fuel; 15 % VAT.
    assert item["customerChargeableWeight"] == 45
    assert (item["baseRateTotal"], item["fuel"], item["otherSurcharges"]) == (930.40, 293.08, 0.00)
    assert (item["subTotal"], item["vat"], item["totalCharges"]) == (1223.48, 183.52, 1407.00)


def test_cargo_has_a_volumetric_ratio_of_its_own(box: Box) -> None:
    items = box.quote()["items"]
    weights = {item["serviceCodeStr"]: item["customerChargeableWeight"] for item in items}
    assert weights == {"DBD": 45, "ONC": 45, "NCA": 56, "BUD": 56}


@pytest.mark.parametrize(
    ("weight", "volume", "charged"), [("44.01", 1000, 45), (1, 221000, 45), (45, 225000, 45), ("0.1", 1, 1)]
)
def test_chargeable_weight_is_rounded_up_to_whole_kilograms(
    box: Box, weight: object, volume: object, charged: int
) -> None:
    item = option(box.quote(totalWeight=weight, dimMass=volume)["items"], "ONC")
    assert item["customerChargeableWeight"] == charged


@pytest.mark.parametrize(("name", "most"), [("totalWeight", 100_000), ("dimMass", 1_000_000_000)])
def test_more_than_a_lorry_carries_is_refused(box: Box, name: str, most: int) -> None:
    assert box.quote(**{name: most})["items"]
    assert box.quote(**{name: 1e30})["ex"] == f"{name} may not exceed {most}."


def test_the_same_question_gets_the_same_answer(box: Box) -> None:
    assert box.quote() == box.quote()


def test_each_account_has_its_own_rates(box: Box) -> None:
    prices = [
        option(box.quote(accountNumber=number)["items"], "ONC")["baseRateTotal"] for number in ("316092", "316101")
    ]
    assert prices == [874.58, 1004.83]


def test_services_depend_on_the_lane(box: Box) -> None:
    def services(suburb: str, post_code: str) -> set[str]:
        items = box.quote(destinationSuburb=suburb, destinationPostCode=post_code)["items"]
        return {item["serviceCodeStr"] for item in items}

    assert services("Sandton", "2196") == {"SDX", "DBD", "ONC", "NCA", "BUD"}
    assert services("Cape Town", "8001") == {"DBD", "ONC", "NCA", "BUD"}
    assert services("Aggeneys", "8893") == {"ONC", "NCA", "BUD"}


def test_a_remote_end_costs_more_takes_longer_and_is_not_guaranteed(box: Box) -> None:
    near = option(box.quote()["items"], "ONC")
    far = option(box.quote(destinationSuburb="Aggeneys", destinationPostCode="8893")["items"], "ONC")
    assert (near["destinationRateCategory"], far["destinationRateCategory"]) == ("MAJOR", "REMOTE")
    assert (near["isDeliveryGuaranteed"], far["isDeliveryGuaranteed"]) == ("True", "False")
    assert far["otherSurcharges"] == 120.00
    assert far["scheduledTransitDays"] == near["scheduledTransitDays"] + 2


def test_a_cut_off_that_has_passed_moves_to_the_next_working_day(box: Box) -> None:
    before = option(at(box, "2026-11-26 15:59:59"), "ONC")
    assert (before["scheduleBy"], before["scheduledDeliveryDateAndTime"]) == (
        "2026-11-26 16:00:00",
        "2026-11-27 11:00:00",
    )
    after = option(at(box, "2026-11-27 16:00:00"), "ONC")
    assert (after["scheduleBy"], after["scheduledDeliveryDateAndTime"]) == (
        "2026-11-30 16:00:00",
        "2026-12-01 11:00:00",
    )


def test_friday_offers_saturday_as_a_variant_of_its_service(box: Box) -> None:
    items = at(box, "2026-11-27 08:00:00")
    plain, saturday = option(items, "ONC"), option(items, "ONC", "SURSAT")
    assert plain["scheduledDeliveryDateAndTime"] == "2026-11-30 11:00:00"
    assert saturday["scheduledDeliveryDateAndTime"] == "2026-11-28 11:00:00"
    assert saturday["otherSurcharges"] - plain["otherSurcharges"] == 285.00
    assert not [item for item in at(box, "2026-11-24 08:00:00") if item["surchargeAddons"] == "SURSAT"]


def test_a_public_holiday_is_skipped_or_paid_for(box: Box) -> None:
    items = at(box, "2026-12-15 08:00:00")
    plain, holiday = option(items, "DBD"), option(items, "DBD", "SURPUB")
    assert (plain["scheduledDeliveryDateAndTime"], plain["scheduledHolidays"]) == ("2026-12-17 09:00:00", 1)
    assert holiday["scheduledDeliveryDateAndTime"] == "2026-12-16 09:00:00"
    assert holiday["otherSurcharges"] == 350.00


def test_after_hours_delivery_is_a_variant_to_major_centres(box: Box) -> None:
    items = at(box, "2026-11-24 08:00:00")
    assert option(items, "ONC", "SURAHS")["scheduledDeliveryDateAndTime"] == "2026-11-25 20:00:00"


def test_coordinates_win_over_a_written_place(box: Box) -> None:
    item = box.quote(destinationLatCoord="-29.86", destinationLonCoord=31.02)["items"][0]
    assert (item["destinationHub"], item["destinationRateCategory"]) == ("DUR", "MAJOR")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"originSuburb": "Nowhere"}, "Origin suburb 'NOWHERE' with post code '2197' was not found."),
        ({"destinationPostCode": "9999"}, "Destination suburb 'CAPE TOWN' with post code '9999' was not found."),
        ({"destinationPostCode": "801"}, "A post code has four digits."),
        ({"destinationPostCode": 8001, "destinationSuburb": ""}, "Destination suburb is required."),
        ({"destinationPostCode": "4001"}, "Destination suburb 'CAPE TOWN' does not match post code '4001'."),
        ({"destinationPostCode": "9050"}, "is not serviced by any branch."),
        ({"originLatCoord": "51.5", "originLonCoord": "0.1"}, "are outside the service area."),
        ({"totalWeight": "heavy"}, "totalWeight must be a number, 'heavy' is not."),
        ({"totalWeight": "NaN"}, "totalWeight must be a number"),
        ({"totalWeight": 0}, "totalWeight must be greater than zero."),
        ({"dimMass": None}, "dimMass is required."),
        ({"dispatchDate": "24-11-2026"}, "The format is YYYY-MM-DD."),
        ({"dispatchDate": "2020-01-02"}, "Dispatch date 2020-01-02 is in the past."),
        ({"accountNumber": "318840"}, "Account number is not registered for transactions with this token."),
    ],
)
def test_what_is_wrong_is_refused_with_status_200(box: Box, changes: dict[str, object], words: str) -> None:
    reply = box.quote(**changes)
    assert list(reply) == ["id", "ex"]
    assert words in reply["ex"]


def test_no_token_is_a_refused_token(box: Box) -> None:
    assert box.call("getquoteservicedeliverypricingv2", {})["ex"] == "Invalid token. Please log in again."
