"""Corrections of what BEX refused or holds, settling too soon, and who is woken to send."""

from typing import Any

import pytest

from accounts.models import User
from bexapi import MaybeSent
from shipments import booking
from shipments.models import Submission, Waybill
from tests.api.conftest import Api
from tests.courier import ScriptedBex, answer, booked, option, refusal

pytestmark = pytest.mark.django_db


def test_a_service_that_bex_does_not_offer_is_422_at_its_field(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("quote", answer({"items": [option("NCA", "Normal cargo", "110.00")]}))
    refused = api.book(body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/service_code"), refused.json()
    assert bex.sent("submit") == []
    path = refused.json()["waybill"].removeprefix("/api/v1")
    done = api.call("PUT", path, {**body, "service_code": "NCA"}, If_Match=refused["ETag"])
    assert (done.status_code, done.json()["service_name"]) == (201, "Normal cargo"), done.json()


def test_a_dearer_price_is_agreed_to_by_a_correction(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    held = api.book({**body, "max_total": "229.99"})
    assert (held.status_code, held.json()["hold"]["reason"]) == (202, "price_rose")
    path = held.json()["links"]["self"].removeprefix("/api/v1")
    again = api.call("PUT", path, {**body, "max_total": 229.99}, If_Match=held["ETag"])
    assert again.json()["type"].endswith("#unchanged")
    assert api.call("PUT", path, {**body, "max_total": "230"}, If_Match=held["ETag"]).status_code == 201


def test_a_draft_and_what_somebody_took_back_are_not_corrected(
    api: Api, body: dict[str, Any], booker: User, bex: ScriptedBex
) -> None:
    held = api.book({**body, "max_total": "1"}).json()
    booking.take_back(Waybill.objects.get().pk, booker, held["version"])
    path = held["links"]["self"].removeprefix("/api/v1")
    response = api.call("PUT", path, body, If_Match=str(Waybill.objects.get().version))
    assert (response.status_code, response.json()["type"]) == (409, "/api/v1/docs#not-now")
    assert bex.sent("submit") == []


@pytest.mark.parametrize("reason", ["evidence", "restored"])
def test_what_may_be_booked_already_is_for_people_to_release(
    api: Api, body: dict[str, Any], bex: ScriptedBex, reason: str
) -> None:
    held = api.book({**body, "max_total": "1"})
    path = held.json()["links"]["self"].removeprefix("/api/v1")
    Waybill.objects.update(hold_reason=reason)
    response = api.call("PUT", path, body, If_Match=str(held.json()["version"]))
    assert (response.status_code, response.json()["type"]) == (409, "/api/v1/docs#not-now")
    assert bex.sent("submit") == []


def test_a_refused_token_is_no_refused_shipment_and_the_same_may_be_sent_again(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("submit", answer("", status=401), booked())
    response = api.book(body)
    assert response.status_code == 422
    assert response.json()["bex_message"] == "HTTP 401"
    path = response.json()["waybill"].removeprefix("/api/v1")
    again = api.call("PUT", path, body, If_Match=response["ETag"])
    assert (again.status_code, again.json()["waybill_number"]) == (201, "ACP00000001"), again.json()


@pytest.mark.parametrize("written", ["mobile", "weight", "order"])
def test_the_same_shipment_in_other_words_is_no_correction(
    api: Api, body: dict[str, Any], bex: ScriptedBex, written: str
) -> None:
    bex.on("submit", refusal("Receiver street is invalid."))
    refused = api.book(body)
    same = dict(reversed(body.items()))
    if written == "mobile":
        same["receiver"] = {**body["receiver"], "mobile": "+27 82 555 0117"}
    if written == "weight":
        same["parcels"] = [{**body["parcels"][0], "weight_kg": 4.5}]
    response = api.call("PUT", refused.json()["waybill"].removeprefix("/api/v1"), same, If_Match=refused["ETag"])
    assert (response.status_code, response.json()["type"]) == (422, "/api/v1/docs#unchanged")


def test_a_correction_to_an_option_in_use_is_409(
    api: Api, body: dict[str, Any], quote_body: dict[str, Any], bex: ScriptedBex
) -> None:
    chosen = api.call("POST", "/quotes", quote_body).json()["options"][0]["id"]
    plain = {name: value for name, value in body.items() if name not in {"service_code", "max_total"}}
    first = api.book({**plain, "quote_option": chosen}).json()
    bex.on("submit", refusal("Receiver street is invalid."))
    refused = api.book({**body, "senders_ref": "SO-2"}, key="order-2")
    path = refused.json()["waybill"].removeprefix("/api/v1")
    taken = api.call("PUT", path, {**plain, "senders_ref": "SO-2", "quote_option": chosen}, If_Match=refused["ETag"])
    assert (taken.status_code, taken.json()["waybill"]) == (409, first["links"]["self"]), taken.json()


def test_an_option_that_a_correction_took_is_in_use(
    api: Api, body: dict[str, Any], quote_body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("Receiver street is invalid."), booked())
    refused = api.book(body)
    chosen = api.call("POST", "/quotes", quote_body).json()["options"][0]["id"]
    plain = {name: value for name, value in body.items() if name not in {"service_code", "max_total"}}
    path = refused.json()["waybill"].removeprefix("/api/v1")
    done = api.call("PUT", path, {**plain, "quote_option": chosen}, If_Match=refused["ETag"])
    assert done.status_code == 201, done.json()
    taken = api.book({**plain, "senders_ref": "SO-2", "quote_option": chosen}, key="order-2")
    assert (taken.status_code, taken.json()["waybill"]) == (409, done.json()["links"]["self"])


def test_a_booking_that_is_sent_at_once_wakes_no_worker(
    api: Api, body: dict[str, Any], bex: ScriptedBex, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as rung:
        assert api.book(body).status_code == 201
    assert rung == []
    with django_capture_on_commit_callbacks() as rung:
        api.book({**body, "senders_ref": "SO-2"}, key="order-2", Prefer="respond-async")
    assert len(rung) == 1


def test_a_resolution_that_comes_too_soon_says_when(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    unknown = api.book(body).json()
    path = f"/waybills/{unknown['id']}/resolution"
    early = api.call("POST", path, {"waybill_number": "ACP-00000145"})
    assert (early.status_code, early.json()["type"]) == (409, "/api/v1/docs#not-now")
    assert int(early["Retry-After"]) > 0


def test_a_resolution_while_tracking_is_down_is_424(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    unknown = api.book(body).json()
    Submission.objects.update(lease_until="2020-01-01T00:00Z", lease_until_tick=0, look_ups_done=5)
    bex.on("track", answer("", status=503))
    response = api.call("POST", f"/waybills/{unknown['id']}/resolution", {"waybill_number": "ACP00000145"})
    assert (response.status_code, response.json()["type"]) == (424, "/api/v1/docs#courier-unreachable")
    assert int(response["Retry-After"]) > 0
