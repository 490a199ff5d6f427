"""What is refused, what a correction may say, and how a call is written."""

import base64
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Grant, ShippingAccount, User
from shipments.models import Waybill
from tests.api.conftest import Api
from tests.courier import ScriptedBex, answer, booked, option, refusal

pytestmark = pytest.mark.django_db


def test_a_repeated_call_finds_no_more_than_any_other(
    api: Api, api_for: Callable[..., Api], booker: User, coast: ShippingAccount, body: dict[str, Any], bex: ScriptedBex
) -> None:
    api.book(body)
    elsewhere = api_for(booker, accounts=[coast])
    assert elsewhere.book(body).status_code == 404
    Grant.objects.filter(user=booker).delete()
    again = api.book(body)
    assert again.status_code == 404
    assert "Dorp" not in again.content.decode()
    assert len(bex.sent("submit")) == 1


def refuse_once(api: Api, bex: ScriptedBex, body: dict[str, Any], key: str) -> dict[str, Any]:
    bex.on("submit", refusal("Receiver street is invalid."), booked("ACP00000077"))
    refused = api.book(body, key=key)
    assert refused.status_code == 422
    shown: dict[str, Any] = api.get(refused.json()["waybill"].removeprefix("/api/v1")).json()
    return shown


def put(api: Api, shown: dict[str, Any], body: dict[str, Any], **more: Any) -> Any:
    return api.call("PUT", f"/waybills/{shown['id']}", {**body, **more}, If_Match=str(shown["version"]))


def test_a_correction_takes_no_reference_that_another_waybill_has(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    api.book({**body, "senders_ref": "SO-9"}, key="first")
    shown = refuse_once(api, bex, body, "second")
    taken = put(api, shown, body, senders_ref="so-9")
    assert (taken.status_code, taken.json()["type"].rpartition("#")[2]) == (409, "reference-in-use")
    assert put(api, shown, body, senders_ref="so-9", allow_duplicate=True).status_code == 201


def test_a_correction_that_means_the_same_is_none(api: Api, body: dict[str, Any], bex: ScriptedBex) -> None:
    shown = refuse_once(api, bex, body, "one")
    same = put(api, shown, body, add_on="", references=[])
    assert (same.status_code, same.json()["type"].rpartition("#")[2]) == (422, "unchanged")
    assert put(api, shown, body, instructions="At the gate").status_code == 201


def test_what_bex_refuses_to_price_is_told_in_its_words_and_corrected(
    api: Api, body: dict[str, Any], bex: ScriptedBex
) -> None:
    good = answer({"items": [option()]})
    bex.on("quote", refusal("No rates for this suburb."), good)
    response = api.book(body)
    told = response.json()
    assert (response.status_code, told["bex_message"], told["state"]) == (422, "No rates for this suburb.", "held")
    assert api.book(body).status_code == 422
    shown = api.get(told["waybill"].removeprefix("/api/v1")).json()
    corrected = put(api, shown, body, instructions="At the gate")
    assert (corrected.status_code, corrected.json()["id"]) == (201, shown["id"])
    assert corrected.json()["service_name"] == "Overnight courier"


@pytest.mark.parametrize("amount", ["1e30", "1e999999", "0.001", "99999999999", "-1", "0", "NaN"])
def test_an_amount_that_no_account_could_hold_is_refused_at_its_place(
    api: Api, body: dict[str, Any], amount: str
) -> None:
    response = api.book({**body, "max_total": amount})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/max_total")
    assert not Waybill.objects.exists()


@pytest.mark.parametrize(
    "more",
    [
        {"collection_date": 1764201600}, {"allow_duplicate": "yes"}, {"senders_ref": "SO\u202e1"},
        {"senders_ref": "SO\x1b1"}, {"receiver": {"street": "1", "suburb": "x", "city": "x", "post_code": "٧٦٠٠"}},
    ],
)  # fmt: skip
def test_what_is_not_written_as_it_should_be_is_refused(api: Api, body: dict[str, Any], more: dict[str, Any]) -> None:
    assert api.book({**body, **more}).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "updated_since=0001-01-01T00:00:00%2B14:00", "updated_since=9999-12-31T23:59:59-14:00",
        "updated_since=1764201600", "nonsense=1",
        "cursor=" + base64.urlsafe_b64encode(f"0001-01-01T00:00:00+14:00|{uuid.UUID(int=7)}".encode()).decode(),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_of_the_list_is_said(api: Api, query: str) -> None:
    assert api.get(f"/waybills?{query}").status_code == 422


def test_waybills_are_found_by_the_senders_reference(api: Api, body: dict[str, Any]) -> None:
    api.book(body)
    assert len(api.get(f"/waybills?senders_ref={body['senders_ref'].lower()}").json()["items"]) == 1
    assert api.get("/waybills?senders_ref=other").json()["items"] == []


def test_a_head_is_a_read_without_its_body(api: Api, body: dict[str, Any]) -> None:
    shown = api.book(body).json()
    read = api.get(f"/waybills/{shown['id']}")
    head = api.call("HEAD", f"/waybills/{shown['id']}")
    assert (head.status_code, head["ETag"], head.content) == (200, read["ETag"], b"")


def test_a_body_in_chunks_is_read_within_the_bound(api: Api, quote_body: dict[str, Any], bex: ScriptedBex) -> None:
    bex.on("quote", answer({"items": [option()]}))

    def send(data: bytes, **more: Any) -> Any:
        environ = {
            "wsgi.input": io.BytesIO(data), "wsgi.input_terminated": True, "CONTENT_LENGTH": "",
            "CONTENT_TYPE": "application/json",
            "HTTP_TRANSFER_ENCODING": "chunked", "HTTP_AUTHORIZATION": f"Bearer {api.key}", **more,
        }  # fmt: skip
        return api.client.generic("POST", "/api/v1/quotes", b"", "application/json", **environ)

    data = json.dumps(quote_body).encode()
    assert send(data).status_code == 201
    assert send(b" " * 300_000).status_code == 413
    assert send(data, **{"wsgi.input_terminated": False}).status_code == 411


def test_a_quote_says_what_was_asked(api: Api, quote_body: dict[str, Any], bex: ScriptedBex) -> None:
    bex.on("quote", answer({"items": [option()]}))
    made = api.call("POST", "/quotes", quote_body).json()
    shown = api.get(f"/quotes/{made['id']}").json()
    assert (shown["origin"]["suburb"], shown["destination"]["post_code"]) == ("Sandton", "7600")
    assert shown["parcels"][0]["weight_kg"] == "4.50"
