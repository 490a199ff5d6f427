"""What a request says is taken as it stands or refused: no guesses, no ignored names, no 5xx for odd values."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from bexapi import WireResponse
from shipments.models import Waybill
from tests.api.conftest import Api
from tests.courier import ScriptedBex

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(("change", "pointer"), [
    ({"max_total": "1e30"}, "/max_total"),
    ({"max_total": "10000000000"}, "/max_total"),
    ({"max_total": "450.001"}, "/max_total"),
    ({"max_total": "1e999999999"}, "/max_total"),
    ({"max_total": True}, "/max_total"),
    ({"insurance_value": "1e30"}, "/insurance_value"),
    ({"insurance_value": 1e300}, "/insurance_value"),
    ({"collection_date": 1796083200}, "/collection_date"),
    ({"collection_date": "1796083200"}, "/collection_date"),
    ({"collection_date": "2026-11-27T00:00:00"}, "/collection_date"),
    ({"allow_duplicate": "yes"}, "/allow_duplicate"),
    ({"allow_duplicate": 1}, "/allow_duplicate"),
    ({"senders_ref": "SO\u202e1001"}, "/senders_ref"),
    ({"senders_ref": "SO\x1b[1m"}, "/senders_ref"),
    ({"instructions": "Ring\x07"}, "/instructions"),
    ({"references": ["a\u2028b"]}, "/references/0"),
])  # fmt: skip
def test_a_booking_with_such_a_value_is_422_at_it(
    api: Api, body: dict[str, Any], bex: ScriptedBex, change: dict[str, Any], pointer: str
) -> None:
    for call in (api.book, lambda said: api.call("PUT", PUT_PATH, said, If_Match="1")):
        response = call({**body, **change})
        assert response.status_code in {404, 422}, response.content
        if response.status_code == 422:
            assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert (Waybill.objects.count(), bex.requests) == (0, [])


PUT_PATH = "/waybills/00000000-0000-4000-8000-000000000007"


def test_a_post_code_in_other_digits_is_refused(api: Api, body: dict[str, Any]) -> None:
    response = api.book({**body, "receiver": {**body["receiver"], "post_code": "٧٦٠٠"}})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/receiver/post_code")


@pytest.mark.parametrize("text", ['{"account": "316085", "account": "318840"}', '{"max_total": NaN}', "[" * 100_000])
def test_json_that_two_readers_would_read_differently_is_malformed(api: Api, text: str) -> None:
    response = api.client.post(
        "/api/v1/waybills", text, "application/json",
        headers={"Authorization": f"Bearer {api.key}", "Idempotency-Key": "k"},
    )  # fmt: skip
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)


# --- queries ---------------------------------------------------------------------------------------------------------
def cursor(moment: str) -> str:
    return base64.urlsafe_b64encode(f"{moment}|00000000-0000-4000-8000-000000000007".encode()).decode().rstrip("=")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1796083200"])
def test_moments_that_no_clock_shows_are_422(api: Api, moment: str) -> None:
    for name, value in (("updated_since", moment), ("cursor", cursor(moment))):
        response = api.client.get("/api/v1/waybills", {name: value}, headers={"Authorization": f"Bearer {api.key}"})
        assert response.status_code == 422, (name, response.content)
        assert response.json()["errors"][0]["pointer"] == f"/{name}"


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/waybills?stat=booked"), ("GET", "/accounts?x="), ("GET", "/places?q=a&limt=1"),
    ("POST", "/waybills?dry_run=true"), ("GET", "/waybills?since=1796083200"),
])  # fmt: skip
def test_a_name_or_day_that_the_query_does_not_have_is_422(
    api: Api, body: dict[str, Any], method: str, path: str
) -> None:
    response = api.call(method, path, body if method == "POST" else None, Idempotency_Key="order-1")
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM), response.content
    assert not Waybill.objects.exists()


def test_an_unknown_name_tells_nothing_without_a_key() -> None:
    assert Api("").get("/waybills?stat=booked").status_code == 401


# --- methods ---------------------------------------------------------------------------------------------------------
def test_head_is_get_without_its_body(api: Api, body: dict[str, Any]) -> None:
    path = api.book(body).json()["links"]["self"].removeprefix("/api/v1")
    for address in (path, "/waybills", "/accounts", "/openapi.json"):
        got, head = api.get(address), api.call("HEAD", address)
        assert (head.status_code, head.content) == (200, b"")
        assert (head["ETag"], head["Content-Type"]) == (got["ETag"], got["Content-Type"])
        assert int(head["Content-Length"]) == len(got.content)
    assert api.call("HEAD", PUT_PATH).status_code == 404


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("PUT", "/accounts", "GET, HEAD"), ("POST", "/waybills/00000000-0000-4000-8000-000000000007", "GET, HEAD, PUT"),
    ("POST", "/openapi.json", "GET, HEAD"), ("POST", "/docs", "GET, HEAD"), ("HEAD", "/quotes", "POST"),
])  # fmt: skip
@pytest.mark.parametrize("media_type", ["application/json", "text/plain"])
def test_a_method_that_an_address_has_not_is_405(
    booker: User, api_for: Callable[..., Api], method: str, path: str, allowed: str, media_type: str
) -> None:
    strict = Client(enforce_csrf_checks=True)
    key = api_for(booker).key
    response = strict.generic(
        method, f"/api/v1{path}", "x", media_type, headers={"Authorization": f"Bearer {key}"}
    )  # fmt: skip
    assert (response.status_code, response["Allow"], response["Content-Type"]) == (405, allowed, PROBLEM)


# --- what is told back -----------------------------------------------------------------------------------------------
def test_bex_says_itself_after_how_long_it_wants_to_be_asked_again(
    api: Api, quote_body: dict[str, Any], bex: ScriptedBex
) -> None:
    bex.on("quote", WireResponse(status=429, headers={"Retry-After": "77"}, body=b""))
    response = api.call("POST", "/quotes", quote_body)
    assert (response.status_code, response["Retry-After"]) == (424, "77"), response.content
