"""Booking over the API: once under its key, or honestly unknown; refused with whose words; never a 5xx for BEX."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from accounts.models import ApiKey, Grant, Role, ShippingAccount, User
from bexapi import MaybeSent, NotSent
from shipments import resuming, sending
from shipments.models import IdempotencyKey, Submission, Waybill
from tests.api.conftest import Api
from tests.cast import grant
from tests.courier import ScriptedBex, answer, booked, option, refusal
from tests.making import make_waybill
from tests.waybills.papers import pdf_answer

pytestmark = pytest.mark.django_db


def test_201_with_number_money_and_links(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    response = api.book(body)
    shown = response.json()
    assert response.status_code == 201, shown
    assert (shown["state"], shown["waybill_number"]) == ("booked", "ACP00000001")
    assert shown["booked"] == {
        "currency": "ZAR", "base_rate": "150.00", "surcharges_total": "50.00", "insurance": None,
        "subtotal": "200.00", "vat": "30.00", "total": "230.00",
    }  # fmt: skip
    assert shown["quoted"]["total"] == "230.00"
    assert response["Location"] == shown["links"]["self"] == f"/api/v1/waybills/{shown['id']}"
    assert shown["created_at"].endswith(("+00:00", "Z", "+02:00"))
    [sent] = bex.sent("submit")
    assert (sent["receiverStreet"], sent["sendersRef"]) == ("18 Dorp Street", "SO-1001")
    assert sent["dimensions"][0]["reference"] == "Carton 1"


def test_the_same_key_and_body_is_the_same_waybill_in_its_present_state(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    first = api.book(body).json()
    Waybill.objects.update(transit_state="delivered")
    again = api.book(dict(reversed(body.items())))
    assert (again.status_code, again.json()["id"]) == (201, first["id"])
    assert again.json()["transit_state"] == "delivered"
    assert len(bex.sent("submit")) == 1


def test_the_same_key_with_another_body_is_422(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    api.book(body)
    response = api.book({**body, "senders_ref": "SO-1002"})
    assert (response.status_code, response.json()["type"]) == (422, "/api/v1/docs#key-reused")
    assert len(bex.sent("submit")) == 1


def test_a_key_is_a_persons_and_outlives_the_api_key(
    api: Api, api_for: Callable[..., Api], booker: User, manager: User, body: dict[str, Any], bex: ScriptedBex
) -> None:
    first = api.book(body).json()
    ApiKey.objects.all().update(revoked_at="2026-01-01T00:00Z")
    assert api_for(booker).book(body).json()["id"] == first["id"]
    bex.on("submit", booked("ACP00000002"))
    assert api_for(manager).book({**body, "senders_ref": "OTHER"}).json()["waybill_number"] == "ACP00000002"


@pytest.mark.parametrize("key", [None, "", " ", "x" * 256])
def test_without_a_key_nothing_is_booked(api: Api, body: dict[str, Any], key: str | None) -> None:
    headers = {} if key is None else {"Idempotency_Key": key}
    response = api.call("POST", "/waybills", body, **headers)
    assert response.status_code in {400, 422}
    assert response["Content-Type"] == "application/problem+json"
    assert not Waybill.objects.exists()


def test_a_lost_answer_is_202_unknown_and_is_not_sent_again_by_repetition(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    response = api.book(body)
    assert (response.status_code, response.json()["state"]) == (202, "unknown")
    assert api.book(body).json()["state"] == "unknown"
    assert len(bex.sent("submit")) == 1


def test_a_refusal_is_422_in_bexs_words_and_a_correction_is_a_new_attempt(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("Receiver street is invalid."), booked())
    bex.on("track", answer({"items": []}))
    refused = api.book(body)
    problem = refused.json()
    assert (refused.status_code, problem["bex_message"]) == (422, "Receiver street is invalid.")
    path = problem["waybill"].removeprefix("/api/v1")
    version = api.get(path)["ETag"]
    assert api.call("PUT", path, body, If_Match=version).json()["type"].endswith("#unchanged")
    corrected = {**body, "receiver": {**body["receiver"], "street": "20 Dorp Street"}}
    assert api.call("PUT", path, corrected).status_code == 428
    assert api.call("PUT", path, corrected, If_Match='"999"').status_code == 412
    done = api.call("PUT", path, corrected, If_Match=version)
    assert (done.status_code, done.json()["state"]) == (201, "booked"), done.json()
    assert Submission.objects.count() == 2
    assert Waybill.objects.count() == 1
    # The first call's key still finds it.
    assert api.book(body).json()["waybill_number"] == "ACP00000001"
    assert api.call("PUT", path, corrected, If_Match=done["ETag"]).status_code in {409, 422}


def test_a_bex_that_cannot_be_reached_waits_and_is_no_5xx(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    bex.on("submit", NotSent("connection refused"))
    response = api.book(body)
    assert response.status_code == 202
    assert response.json()["state"] in {"queued", "held"}


def test_respond_async_answers_at_once_and_a_worker_sends(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    response = api.book(body, Prefer="respond-async")
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    assert response["Preference-Applied"] == "respond-async"
    assert bex.sent("submit") == []
    sending.send(Waybill.objects.get().pk)
    assert api.book(body).status_code == 201


def test_max_total_holds_what_is_dearer(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    response = api.book({**body, "max_total": "229.99"})
    assert response.status_code == 202
    assert response.json()["hold"] == {"reason": "price_rose", "words": "Dearer than agreed"}
    assert bex.sent("submit") == []


def test_an_option_of_a_quote_says_service_and_price(
    api: Api, body: dict[str, Any], quote_body: dict[str, Any], bex: ScriptedBex
) -> None:
    quote = api.call("POST", "/quotes", quote_body).json()
    chosen = quote["options"][0]
    plain = {name: value for name, value in body.items() if name not in {"service_code", "max_total"}}
    wanted = {**plain, "quote_option": chosen["id"]}
    shown = api.book(wanted).json()
    assert (shown["service_code"], shown["max_total"], shown["quoted"]["total"]) == ("ONC", "230.00", "230.00")
    assert len(bex.sent("quote")) == 1
    taken = api.book({**wanted, "senders_ref": "SO-2"}, key="order-2")
    assert (taken.status_code, taken.json()["waybill"]) == (409, shown["links"]["self"])
    bex.on("submit", booked("ACP00000002"))
    second = api.book({**wanted, "senders_ref": "SO-2", "allow_duplicate": True}, key="order-3")
    assert second.json()["waybill_number"] == "ACP00000002"


def test_a_senders_ref_in_use_is_409_with_its_waybill_unless_allowed(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    first = api.book(body).json()
    response = api.book(body, key="order-2")
    problem = response.json()
    assert (response.status_code, problem["waybill"], problem["state"]) == (409, first["links"]["self"], "booked")
    assert problem["errors"][0]["pointer"] == "/senders_ref"
    assert IdempotencyKey.objects.count() == Waybill.objects.count() == 1
    bex.on("submit", booked("ACP00000002"))
    assert api.book({**body, "allow_duplicate": True}, key="order-2").status_code == 201


def test_a_reference_in_use_where_one_may_not_look_is_told_without_its_waybill(
    api_for: Callable[..., Api], booker: User, stranger: User, coast: ShippingAccount, body: dict[str, Any],
    bex: ScriptedBex,
) -> None:  # fmt: skip
    other = make_waybill(coast, stranger, senders_ref="SO-1001")
    Waybill.objects.filter(pk=other.pk).update(booking_state="booked", waybill_number="HIDDEN1", senders_ref="SO-1001")
    problem = api_for(booker).book(body).json()
    assert (problem["status"], problem["state"]) == (409, "booked")
    assert "HIDDEN1" not in str(problem)
    assert "waybill" not in problem


@pytest.mark.parametrize(("change", "pointer"), [
    ({"receiver": {"company": "X", "street": "", "suburb": "Paarl", "city": "Paarl"}}, "/receiver/street"),
    ({"parcels": []}, "/parcels"),
    ({"parcels": [{"length_cm": 4000, "breadth_cm": 30, "height_cm": 30, "weight_kg": 4}]}, "/parcels/0/length_cm"),
    ({"collection_date": "2020-01-31"}, "/collection_date"),
    ({"collection_date": "soon"}, "/collection_date"),
    ({"account": "999999"}, "/account"),
    ({"account": "318840"}, "/account"),
    ({"service_code": ""}, "/service_code"),
    ({"quote_option": "no-uuid"}, "/quote_option"),
    ({"max_total": "-1"}, "/max_total"),
    ({"insurance_value": "0"}, "/insurance_value"),
    ({"max_totals": "1"}, "/max_totals"),
    ({"references": ["a\nb"]}, "/references/0"),
    ({"instructions": "x" * 251}, "/instructions"),
])  # fmt: skip
def test_what_is_wrong_is_said_at_its_pointer_and_nothing_is_stored(
    api: Api, body: dict[str, Any], coast: ShippingAccount, bex: ScriptedBex, change: dict[str, Any], pointer: str
) -> None:
    response = api.book({**body, **change})
    problem = response.json()
    assert response.status_code == 422, problem
    assert pointer in [error["pointer"] for error in problem["errors"]], problem
    assert response["Content-Type"] == "application/problem+json"
    assert (Waybill.objects.count(), bex.requests) == (0, [])
    # The key is still free for what was meant.
    assert api.book(body).status_code == 201


def test_who_may_only_look_books_nothing(api_for: Callable[..., Api], viewer: User, body: dict[str, Any]) -> None:
    assert api_for(viewer).book(body).status_code == 422
    assert not Waybill.objects.exists()


def test_who_sees_no_prices_gets_none(
    api_for: Callable[..., Api], priceless_booker: User, body: dict[str, Any], quote_body: dict[str, Any]
) -> None:
    api = api_for(priceless_booker)
    assert api.call("POST", "/quotes", quote_body).json()["options"][0]["price"] is None
    # A highest total would tell them, asked often enough.
    refused = api.book(body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/max_total")
    del body["max_total"]
    response = api.book(body)
    assert response.status_code == 201
    assert "230.00" not in response.content.decode()
    assert "230.00" not in api.get("/waybills").content.decode()


def test_the_grant_of_the_moment_counts(api: Api, booker: User, account: ShippingAccount, body: dict[str, Any]) -> None:
    first = api.book(body).json()
    Grant.objects.filter(user=booker).delete()
    assert api.get(f"/waybills/{first['id']}").status_code == 404
    grant(booker, account, Role.VIEWER)
    assert api.get(f"/waybills/{first['id']}").status_code == 200


# --- settling --------------------------------------------------------------------------------------------------------
def test_a_resolution_needs_a_number_that_bex_shows(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    unknown = api.book(body).json()
    Submission.objects.update(lease_until="2020-01-01T00:00Z", lease_until_tick=0, look_ups_done=5)
    bex.on("labels", refusal("Waybill not found."))
    said = {"waybill_number": "ACP00000145", "spoke_to": "Naledi", "note": "It was booked"}
    path = f"/waybills/{unknown['id']}/resolution"
    refused = api.call("POST", path, said)
    assert (refused.status_code, refused.json()["type"]) == (409, "/api/v1/docs#number-not-confirmed")
    bex.on("labels", pdf_answer())
    settled = api.call("POST", path, said)
    assert settled.status_code == 200, settled.json()
    assert settled.json()["waybill_number"] == "ACP00000145"
    assert api.call("POST", path, said).status_code == 200


def test_only_an_unknown_outcome_is_resolved(api: Api, body: dict[str, Any]) -> None:
    done = api.book(body).json()
    response = api.call("POST", f"/waybills/{done['id']}/resolution", {"waybill_number": "ACP00000999"})
    assert (response.status_code, response.json()["type"]) == (409, "/api/v1/docs#not-now")


@override_settings(BEX_DEADLINE=3600)
def test_while_bex_asks_to_wait_the_answer_is_202_at_once(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    bex.on("submit", answer({}, status=429))
    response = api.book(body)
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    assert api.book({**body, "senders_ref": "SO-2"}, key="order-2").json()["state"] == "queued"
    assert len(bex.sent("submit")) == 1


def test_an_ended_token_holds_what_cannot_be_priced_until_the_next_log_in(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("quote", refusal("Invalid token. Please log in again."))
    for number in (1, 2):
        response = api.book({**body, "senders_ref": f"SO-{number}"}, key=f"order-{number}")
        assert (response.status_code, response.json()["hold"]["reason"]) == (202, "account_paused")
    ShippingAccount.objects.update(state="active", paused_reason="")
    bex.on("quote", answer({"items": [option()]}))
    bex.on("submit", booked("ACP00000001"), booked("ACP00000002"))
    assert resuming.resume_what_may_go_on() == 2
    assert [api.book({**body, "senders_ref": f"SO-{n}"}, key=f"order-{n}").status_code for n in (1, 2)] == [201, 201]


def test_an_add_on_that_bex_does_not_offer_is_blamed_on_the_add_on(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    wrong = api.book({**body, "add_on": "SURSAT"}).json()
    assert wrong["errors"] == [
        {"pointer": "/add_on", "detail": f"BEX offers {body['service_code']} here, but not with SURSAT."}
    ]
    unknown = api.book({**body, "service_code": "XYZ", "senders_ref": "SO-9"}, key="order-9").json()
    assert [error["pointer"] for error in unknown["errors"]] == ["/service_code"]
    long = api.book({**body, "add_on": "S" * 26, "senders_ref": "SO-8"}, key="order-8").json()
    assert [error["pointer"] for error in long["errors"]] == ["/add_on"]


# --- what is refused before it is read -------------------------------------------------------------------------------
def test_bodies_are_bounded_and_json(api: Api) -> None:
    large = api.client.post(
        "/api/v1/waybills", data="x" * 300_000, content_type="application/json",
        headers={"Authorization": f"Bearer {api.key}", "Idempotency-Key": "k"},
    )  # fmt: skip
    assert (large.status_code, large["Content-Type"]) == (413, "application/problem+json")
    form = api.client.post("/api/v1/waybills", {"a": "b"}, headers={"Authorization": f"Bearer {api.key}"})
    assert form.status_code == 415
    torn = api.client.post(
        "/api/v1/waybills", data="{", content_type="application/json", headers={"Authorization": f"Bearer {api.key}"}
    )
    assert (torn.status_code, torn["Content-Type"]) == (400, "application/problem+json")


@override_settings(API_CALLS_PER_MINUTE=2)
def test_calls_are_limited_and_the_limit_is_said(api: Api) -> None:
    first = api.get("/accounts")
    assert first["RateLimit-Policy"] == '"key";q=2;w=60'
    assert first["RateLimit"].startswith('"key";r=1;t=')
    api.get("/accounts")
    third = api.get("/accounts")
    assert third.status_code == 429
    assert 1 <= int(third["Retry-After"]) <= 60


@override_settings(BEX_DEADLINE=0.1)
def test_a_refused_quote_and_an_unanswered_one_are_told_apart(
    api: Api, quote_body: dict[str, Any], bex: ScriptedBex
) -> None:
    good = answer({"items": [option()]})
    # The second one asks whether it was the access that was refused.
    bex.on("quote", refusal("No rates for this suburb."), good, NotSent("connection refused"), good)
    refused = api.call("POST", "/quotes", quote_body)
    assert (refused.status_code, refused.json()["bex_message"]) == (422, "No rates for this suburb.")
    assert api.call("POST", "/quotes", quote_body).status_code == 424
    assert api.call("POST", "/quotes", quote_body).status_code == 201
