"""Administration of webhooks: what is sent, what counts as an answer, and that key and secret are seen nowhere."""

import json
from typing import Any

import pytest

from bexapi import BexBusy, BexError, BexOutcomeUnknown, BexRejected, BexUnreachable, WebhookClient
from bexapi.seam import MaybeSent, NotSent, WireRequest, WireResponse
from tests.bexapi.cast import Answering
from tests.bexapi.leaks import everything_logged, texts_of

URL = "https://webhook.bex.example"
KEY = "planted-webhook-key-5Tg78"
SECRET = "planted-webhook-secret-" + "k" * 41
URI = "https://portal.example/hooks/abc"


def client(transport: Any) -> WebhookClient:
    return WebhookClient(URL, key=KEY, transport=transport)


OPERATIONS: dict[str, Any] = {
    "register_webhook": lambda bex: bex.register_webhook(
        URI, secret=SECRET, description="Söhne #5", filters=["pod", "waybill_note"]
    ),
    "activate_webhook": lambda bex: bex.activate_webhook(),
    "unsubscribe_webhook": lambda bex: bex.unsubscribe_webhook(),
}
every_operation = pytest.mark.parametrize("operation", OPERATIONS)


def outcome(operation: str, transport: Any) -> object:
    try:
        return OPERATIONS[operation](client(transport))
    except BexError as error:
        return error


def test_the_calls_as_the_documentation_has_them() -> None:
    transport = Answering({"Id": "7", "Secret": SECRET})
    bex = client(transport)
    for operation in OPERATIONS.values():
        operation(bex)
    paths = ("/api/webhooks/registrations", "/api/ActivateWebHook", "/api/UnsubscribeWebHook")
    assert [(sent.method, sent.url) for sent in transport.requests] == [("POST", URL + path) for path in paths]
    assert {sent.headers["X-InsightWebHooks-Auth"] for sent in transport.requests} == {KEY}
    registered, activated, unsubscribed = (json.loads(sent.body) for sent in transport.requests)
    assert registered == {
        "WebHookUri": URI, "Secret": SECRET, "Description": "Söhne #5", "Filters": ["pod", "waybill_note"],
    }  # fmt: skip
    assert activated == unsubscribed == {"webHookKey": KEY}


def test_a_registration_goes_out_on_a_connection_of_its_own() -> None:
    transport = Answering({})
    for operation in OPERATIONS:
        outcome(operation, transport)
    assert [sent.fresh_connection for sent in transport.requests] == [True, False, False]


@every_operation
@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b"OK", b"{}", b'{"Id": "7", "ex": ""}', b'{"Message": "Done."}', b'"done"'])
def test_any_2xx_is_success(operation: str, status: int, body: bytes) -> None:
    assert not isinstance(outcome(operation, Answering(body, status)), BexError)


def test_the_id_that_bex_gave_is_known() -> None:
    assert client(Answering({"id": "7"})).register_webhook(URI, secret=SECRET).webhook_id == "7"


@every_operation
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"ex": "The key is not valid."}, BexRejected),
        (400, {"Message": "The key is not valid."}, BexRejected),
        (401, {"Message": "The key is not valid."}, BexRejected),
        (409, {"Message": "The key is not valid."}, BexRejected),
        (429, {}, BexBusy),
        (500, {"Message": "The key is not valid."}, BexOutcomeUnknown),
        (302, b"", BexOutcomeUnknown),
        (408, b"", BexOutcomeUnknown),
        (200, b"<!doctype html><title>Maintenance</title>", BexOutcomeUnknown),
    ],
)
def test_everything_else_is_told_apart(operation: str, status: int, body: Any, kind: type[BexError]) -> None:
    error = outcome(operation, Answering(body, status))
    assert type(error) is kind
    if isinstance(error, BexRejected):
        assert error.message == "The key is not valid."


def lost(request: WireRequest) -> WireResponse:
    raise MaybeSent("timed out")


def away(request: WireRequest) -> WireResponse:
    raise NotSent("connection refused")


@every_operation
def test_no_answer_and_nobody_there_are_told_apart(operation: str) -> None:
    assert type(outcome(operation, lost)) is BexOutcomeUnknown
    assert type(outcome(operation, away)) is BexUnreachable


def echoing(status: int) -> Any:
    def answer(request: WireRequest) -> WireResponse:
        said = f"{dict(request.headers)} {request.body.decode()}"
        return Answering({"ex": said, "Message": said, "Secret": SECRET, "said": said}, status)(request)

    return answer


@every_operation
@pytest.mark.parametrize("status", [200, 201, 400, 401, 500, 429])
def test_key_and_secret_are_in_no_text_though_bex_repeats_them(operation: str, status: int) -> None:
    with everything_logged() as logged:
        said = outcome(operation, echoing(status))
    for text in (*texts_of(said), logged(), repr(client(lost)), getattr(said, "raw", "")):
        assert KEY not in text
        assert SECRET not in text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: WebhookClient(URL, key=""),
        lambda: WebhookClient(URL, key=f"{KEY}\r\nX: y"),
        lambda: WebhookClient("http://webhook.bex.example", key=KEY),
        lambda: client(lost).register_webhook(URI, secret="short"),
        lambda: client(lost).register_webhook(URI, secret="x" * 65),
        lambda: client(lost).register_webhook(f"{URI}?subscription=1", secret=SECRET),
        lambda: client(lost).register_webhook(URI, secret=SECRET, filters=["everything"]),
        lambda: client(lost).register_webhook(URI, secret=SECRET, filters="pod"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(wrong: Any) -> None:
    with pytest.raises(ValueError) as refused:
        wrong()
    assert KEY not in str(refused.value)
    assert SECRET not in str(refused.value)
