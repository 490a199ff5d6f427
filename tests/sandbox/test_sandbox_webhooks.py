"""Webhooks: the published signature, the handshake, the deliveries and their attempts."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.notifications import body_of, signature
from tests.sandbox.harness import SECRET, Box, Listener, wait_until

# The vector of the library's own documentation: 239 bytes, \r\n line ends, two spaces.
VECTOR_SECRET = "123456789012345678901234567890123456789012345678"
VECTOR = (
    b'{\r\n  "Id": "1234567890",\r\n  "Attempt": 1,\r\n  "Properties": {\r\n    "p1": "pv1"\r\n  },\r\n'
    b'  "Notifications": [\r\n    {\r\n      "Action": "a1",\r\n      "d1": "dv1"\r\n    },\r\n    {\r\n'
    b'      "Action": "a1",\r\n      "d2": "http://localhost"\r\n    }\r\n  ]\r\n}'
)
VECTOR_SIGNATURE = "sha256=DCDEB62502988CDEDE464AF6A97566D61288C446CFC46F74F341E11173FF30A1"


@pytest.fixture(autouse=True)
def no_subscription_outlives_its_test(box: Box) -> Iterator[None]:
    yield
    box.control("reset", {})


def register(box: Box, uri: str, *, key: str = "demo-webhook-key", **changes: Any) -> tuple[int, Any]:
    body = {"WebHookUri": uri, "Secret": SECRET, "Description": "tests", "Filters": [], **changes}
    answer = box.post("/api/webhooks/registrations", body, **{"X-InsightWebHooks-Auth": key})
    return answer.status_code, answer.json()


def subscribe(box: Box, listener: Listener, **changes: Any) -> None:
    assert register(box, listener.url, **changes)[0] == 200
    assert box.post("/api/ActivateWebHook", {"webHookKey": "demo-webhook-key"}).status_code == 200


def wait_until_told(box: Box, number: str) -> None:
    """Until the sender has dealt with everything that has happened to the shipment."""
    wait_until(lambda: all(event["told"] for event in box.control(f"waybills/{number}")["events"] if event["happened"]))


def test_the_published_vector_is_signed_as_published() -> None:
    assert len(VECTOR) == 239
    assert signature(VECTOR_SECRET, VECTOR) == VECTOR_SIGNATURE


def test_the_body_is_laid_out_as_published() -> None:
    notifications = [{"Action": "a1", "d1": "dv1"}, {"Action": "a1", "d2": "http://localhost"}]
    expected = VECTOR.replace(b'{\r\n    "p1": "pv1"\r\n  }', b"{}")
    assert body_of("1234567890", 1, notifications) == expected


def test_registering_shakes_hands_first(box: Box, listener: Listener) -> None:
    status, answer = register(box, listener.url + "?lost=1")
    assert (status, answer["Secret"], answer["Filters"]) == (200, SECRET, [])
    assert re.fullmatch("[0-9a-f]{32}", listener.echoes[0])
    box.control("settings", {"registration_status": 201})
    assert register(box, listener.url)[0] == 201
    assert len(box.control("webhooks")["webhooks"]) == 2


def test_a_wrong_echo_is_no_registration(box: Box, listener: Listener) -> None:
    listener.echo = lambda echo: echo + "\n"
    status, answer = register(box, listener.url)
    assert (status, answer["Message"][:28]) == (400, "WebHook verification failed.")
    assert register(box, listener.url + "?noecho")[0] == 200
    assert len(listener.echoes) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": "wrong"}, 401),
        ({"Secret": "short"}, 400),
        ({"Secret": "s" * 65}, 400),
        ({"Filters": ["everything"]}, 400),
        ({"WebHookUri": "ftp://localhost/"}, 400),
        ({"WebHookUri": "http://127.0.0.1:1/"}, 400),
    ],
)
def test_a_registration_that_is_wrong(box: Box, listener: Listener, changes: dict[str, Any], expected: int) -> None:
    assert register(box, listener.url, **changes)[0] == expected
    assert box.control("webhooks")["webhooks"] == []


def test_events_are_delivered_signed_in_the_documented_shapes(box: Box, listener: Listener) -> None:
    subscribe(box, listener)
    number = box.book(receiverContactName="Zoë Müller")
    box.control(f"waybills/{number}/deliver", {})
    bodies = listener.wait_for(7)
    headers, raw = next(came for came in listener.came if b'"pod"' in came[1])
    expected = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest().upper()
    assert headers["ms-signature"] == f"sha256={expected}"
    assert headers["Expect"] == "100-continue"
    assert raw.startswith(b'{\r\n  "Id": "')
    assert '"Signee": "ZOË MÜLLER"'.encode() in raw
    told = {item["TrackingTypeId"] for body in bodies for item in body["Notifications"] if "TrackingTypeId" in item}
    assert told == {13, 1, 4, 5, 7, -1}
    (pod,) = [item for body in bodies for item in body["Notifications"] if item["Action"] == "pod"]
    assert list(pod) == ["Action", "WaybillNumber", "PODDate", "PODTime", "Signee", "PODPieces"]
    assert (pod["WaybillNumber"], pod["PODPieces"]) == (number, 2)
    event = bodies[0]["Notifications"][0]
    assert list(event) == [
        "Action", "WaybillNumber", "TrackingDate", "TrackingUser", "TrackingDescription", "TrackingReference",
        "TrackingTypeId",
    ]  # fmt: skip


def test_a_failed_attempt_a_note_and_a_new_weight_are_told(box: Box, listener: Listener) -> None:
    number = box.book()
    subscribe(box, listener, Filters=["attempted_delivery", "waybill_note", "waybill_update"])
    box.control(f"waybills/{number}/fail", {"reason": "Wrong route", "comment": "gate locked"})
    box.control(f"waybills/{number}/note", {"text": "Customer will phone", "posted_by": "John Doe"})
    box.control(f"waybills/{number}/reweigh", {})
    told = {item["Action"]: item for body in listener.wait_for(3) for item in body["Notifications"]}
    assert told["attempted_delivery"]["NonDeliveryReason"] == "Wrong route"
    assert list(told["waybill_note"]) == ["Action", "PostedBy", "NoteDate", "NoteText"]
    update = told["waybill_update"]
    assert (update["ActualWeight"], update["ChargeableWeight"], update["VolumetricWeight"]) == (53.75, 54.0, 44.8)
    assert update["BaseRateTotal"] == 1090.60
    assert update["Parcels"][1]["ParcelBarcodeNumber"] == f"{number}-02"
    assert box.control(f"waybills/{number}")["reweighed"]["TotalCharges"] == update["TotalCharges"]


def test_nothing_is_told_before_activation_or_after_the_end(box: Box, listener: Listener) -> None:
    register(box, listener.url)
    number = box.book()
    wait_until_told(box, number)
    box.post("/api/ActivateWebHook", {"webHookKey": "demo-webhook-key"})
    box.control(f"waybills/{number}/step", {})
    (body,) = listener.wait_for(1)
    assert body["Notifications"][0]["TrackingDescription"] == "Shipment handed to courier"
    assert box.post("/api/UnsubscribeWebHook", {"webHookKey": "demo-webhook-key"}).status_code == 200
    assert box.control("webhooks")["webhooks"] == []
    box.control(f"waybills/{number}/deliver", {})
    wait_until_told(box, number)
    assert len(listener.came) == 1
    assert box.post("/api/UnsubscribeWebHook", {"webHookKey": "wrong"}).status_code == 400


def test_one_customer_is_not_told_of_anothers_shipments(box: Box, listener: Listener) -> None:
    subscribe(box, listener)
    (item,) = box.submit(token=box.login(coast=True), accountNumber="318840")["items"]
    wait_until_told(box, item["waybillNumber"])
    number = box.book()
    (body,) = listener.wait_for(1)
    assert body["Notifications"][0]["WaybillNumber"] == number


def test_a_failed_delivery_is_attempted_three_times(box: Box, listener: Listener) -> None:
    listener.status = 500
    subscribe(box, listener)
    box.book()
    listener.wait_for(1)
    box.control("clock", {"speed": 3000})
    bodies = listener.wait_for(3)
    mine = [body for body in bodies if body["Id"] == bodies[0]["Id"]]
    assert [body["Attempt"] for body in mine][:2] == [1, 2]
    signatures = {headers["ms-signature"] for headers, _ in listener.came}
    assert len(signatures) == len(listener.came)


def test_any_notification_can_be_sent_twice_or_forged(box: Box, listener: Listener) -> None:
    subscribe(box, listener)
    note = {"Action": "waybill_note", "PostedBy": "J", "NoteDate": "2026-11-23 10:00:00", "NoteText": "late"}
    assert len(box.control("webhooks/send", {"notifications": [note], "copies": 2})["ids"]) == 2
    sent = {body["Id"] for body in listener.wait_for(2)}
    wait_until(lambda: len(box.control("webhooks")["deliveries"]) == 2)
    assert {made["id"] for made in box.control("webhooks")["deliveries"]} == sent
    box.control("webhooks/send", {"notifications": [note], "bad_signature": True})
    listener.wait_for(3)
    headers, raw = listener.came[2]
    assert headers["ms-signature"] != signature(SECRET, raw)


def test_the_webhook_chapters_own_wording(box: Box, listener: Listener) -> None:
    box.control("settings", {"webhook_wording": "webhook", "webhook_copies": 2})
    subscribe(box, listener)
    box.book()
    texts = {body["Notifications"][0]["TrackingDescription"] for body in listener.wait_for(2)}
    assert texts == {"Shipment integrated into our system"}
