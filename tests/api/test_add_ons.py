"""An add-on is asked for; whether BEX took it shows in what it charges, and the API says which."""

from typing import Any

import pytest

from tests.api.conftest import Api
from tests.courier import ScriptedBex, answer, booked, option

pytestmark = pytest.mark.django_db
PLAIN = option()
DEARER: dict[str, Any] = {"surchargeTotal": "120.00", "subTotal": "270.00", "vat": "40.50", "totalCharges": "310.50"}
AFTER_HOURS = option(surchargeAddons="SURAHS", **DEARER)
TOOK_IT = {"surchargesTotal": "120.00", "subTotal": "270.00", "vat": "40.50", "totalCharges": "310.50"}


@pytest.fixture
def body(body: dict[str, Any], bex: ScriptedBex) -> dict[str, Any]:
    bex.on("quote", answer({"items": [PLAIN, AFTER_HOURS]}))
    return body


def took(bex: ScriptedBex) -> None:
    item = {"waybillNumber": "ACP00000002", "baseRateTotal": "150.00", **TOOK_IT, "volRatio": "5000"}
    bex.on("submit", answer({"items": [item]}))


def test_an_add_on_whose_surcharge_did_not_come_back_is_not_confirmed(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("submit", booked("ACP00000001"))
    told = api.book({**body, "add_on": "SURAHS"})
    assert (told.status_code, told.json()["add_on"], told.json()["add_on_confirmed"]) == (201, "SURAHS", False)
    listed = api.get("/waybills").json()["items"]
    assert [one["add_on_confirmed"] for one in listed] == [False]


def test_an_add_on_that_was_charged_is_confirmed(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    took(bex)
    told = api.book({**body, "add_on": "SURAHS"})
    assert (told.status_code, told.json()["add_on_confirmed"]) == (201, True)


def test_nothing_is_said_of_an_add_on_that_nobody_asked_for_or_before_it_is_booked(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    assert api.book(body).json()["add_on_confirmed"] is None
    waits = api.book({**body, "add_on": "SURAHS", "senders_ref": "SO-2"}, key="two", Prefer="respond-async")
    assert (waits.status_code, waits.json()["add_on_confirmed"]) == (202, None)
