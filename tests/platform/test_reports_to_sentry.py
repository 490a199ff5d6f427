"""What Sentry is told, where it is: what failed and where in the code, and nothing about whom."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from accounts.models import User
from bexapi import BexUnreachable
from bexportal import reporting
from bexportal.celery import app
from tests.bexapi.server import Visit, answering, serving
from tests.cast import ENDPOINT
from tests.platform.failing_urls import MOBILE, NAME, TOKEN

pytestmark = pytest.mark.django_db(transaction=True)
PLANTED = (NAME, "Plantbotha", MOBILE, TOKEN, "planted", "198.51.100.7", "thandi", "Mokoena")
Json = dict[str, Any]


class Kept(Transport):
    """Keeps what would be sent, as its bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    @property
    def raw(self) -> str:
        return "\n".join(envelope.serialize().decode() for envelope in self.envelopes)

    def items(self, kind: str) -> list[Json]:
        return [
            json.loads(item.get_bytes())
            for envelope in self.envelopes
            for item in envelope.items
            if item.headers["type"] == kind
        ]


@pytest.fixture
def begin(settings: Any) -> Iterator[Callable[..., None]]:
    """Begins to report; afterwards nobody does any more."""
    settings.ROOT_URLCONF = "tests.platform.failing_urls"

    def report(transport: Transport | None = None, dsn: str = "https://key@127.0.0.1/1", rate: float = 0) -> None:
        settings.SENTRY_DSN, settings.SENTRY_TRACES_SAMPLE_RATE = dsn, rate
        reporting.begin(transport)

    yield report
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def sentry(begin: Callable[..., None]) -> Kept:
    kept = Kept()
    begin(kept, rate=1.0)
    return kept


def fail(live_server: Any, booker: User) -> "requests.Response":
    """As somebody who is signed in, with secrets in every part of the request."""
    from django.test import Client

    client = Client()
    client.force_login(booker, backend="accounts.backends.NameOrEmailBackend")
    return requests.post(
        f"{live_server.url}/fails/{TOKEN}/?q={NAME}",
        json={"receiver": NAME, "mobile": MOBILE, "password": "planted-password"},
        headers={"token": TOKEN, "X-Forwarded-For": "198.51.100.7", "Authorization": f"Bearer {TOKEN}",
                 "Referer": f"https://portal.example/?q={NAME}", "User-Agent": "planted-agent"},
        cookies={"sessionid": client.cookies["sessionid"].value, "other": TOKEN},
        timeout=20,
    )  # fmt: skip


def errors(sentry: Kept) -> list[Json]:
    """Those of exceptions."""
    return [event for event in sentry.items("event") if "exception" in event]


def test_without_the_setting_nothing_is_told(settings: Any) -> None:
    settings.SENTRY_DSN = ""
    reporting.begin(Kept())
    assert not sentry_sdk.get_client().is_active()


def test_an_error_arrives_with_where_it_happened(sentry: Kept, live_server: Any, booker: User) -> None:
    answer = fail(live_server, booker)
    assert answer.status_code == 500
    [event] = errors(sentry)
    cause, error = event["exception"]["values"]
    assert (cause["type"], error["type"]) == ("IntegrityError", "LookupError")
    assert error["stacktrace"]["frames"][-1]["function"] == "fails"
    assert error["stacktrace"]["frames"][-1]["lineno"] > 0
    assert event["transaction"] == "/fails/{key}/"
    assert event["environment"] == "production"
    assert event["tags"] == {"request_id": answer.headers["X-Request-ID"]}


def test_neither_errors_nor_traces_hold_a_secret_or_a_name(sentry: Kept, live_server: Any, booker: User) -> None:
    session = fail(live_server, booker).request.headers["Cookie"].partition("sessionid=")[2].partition(";")[0]
    assert errors(sentry)
    assert sentry.items("transaction")
    for planted in (*PLANTED, session):
        assert planted not in sentry.raw


def test_a_log_line_is_told_by_its_template(sentry: Kept, live_server: Any, booker: User) -> None:
    fail(live_server, booker)
    lines = {event["logger"]: event["logentry"] for event in sentry.items("event") if "logentry" in event}
    assert lines["shipments.test"] == {"message": "the parcel of %s is lost"}
    assert lines["somebody.elses"] == {"message": "a message of somebody.elses"}


def test_a_trace_shows_queries_with_their_placeholders(sentry: Kept, live_server: Any, booker: User) -> None:
    fail(live_server, booker)
    [trace] = [one for one in sentry.items("transaction") if one["transaction"] == "/fails/{key}/"]
    queries = [span["description"] for span in trace["spans"] if span["op"] == "db"]
    assert any("first_name" in query and "%s" in query for query in queries)


def test_an_address_that_nobody_has_is_not_told_as_it_was_typed(sentry: Kept, live_server: Any) -> None:
    requests.get(f"{live_server.url}/planted-name/", timeout=20)
    assert "planted" not in sentry.raw


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_what_is_asked_all_day_is_not_traced(sentry: Kept, live_server: Any, address: str) -> None:
    requests.get(f"{live_server.url}{address}", timeout=20)
    assert sentry.items("transaction") == []


def test_a_strangers_headers_make_no_trace(begin: Callable[..., None], live_server: Any) -> None:
    kept = Kept()
    begin(kept)
    headers = {"sentry-trace": f"{'a' * 32}-{'b' * 16}-1"}
    requests.get(f"{live_server.url}/sign-in/", headers=headers, timeout=20)
    assert kept.items("transaction") == []


def test_a_task_that_fails_is_told_without_its_arguments(sentry: Kept) -> None:
    @app.task(name="tests.tasks.loses", shared=False)
    def loses(name: str, *, mobile: str) -> None:
        raise LookupError(f"{name} {mobile}")

    try:
        loses.apply(args=(NAME,), kwargs={"mobile": MOBILE})
    finally:
        app.tasks.unregister("tests.tasks.loses")
    [event] = errors(sentry)
    assert event["transaction"] == "tests.tasks.loses"
    assert event["exception"]["values"][0]["type"] == "LookupError"
    assert event["tags"]["request_id"]
    for planted in PLANTED:
        assert planted not in sentry.raw


def test_what_bexapi_says_of_its_errors_is_told(sentry: Kept) -> None:
    sentry_sdk.capture_exception(BexUnreachable("connection refused", operation="track", host="api.bex.co.za"))
    assert "connection refused" in errors(sentry)[0]["exception"]["values"][0]["value"]


def test_what_is_not_known_to_be_harmless_stays_here() -> None:
    event = {
        "event_id": "1", "level": "error", "request": {"url": "planted"}, "user": {"username": "planted"},
        "extra": {"sys.argv": ["planted"]}, "breadcrumbs": {"values": [{"message": "planted"}]},
        "contexts": {"trace": {"trace_id": "2", "data": {"q": "planted"}}, "state": {"planted": 1}},
        "tags": {"request_id": "3", "name": "planted"}, "transaction": "planted", "threads": {"values": ["planted"]},
        "modules": {"planted": "1"}, "invented": "planted", "_meta": {"planted": 1},
        "exception": {"values": [{"type": "E", "value": "planted", "mechanism": {"data": {"x": "planted"}},
                                  "stacktrace": {"frames": [{"function": "f", "vars": {"x": "planted"}}]}}]},
        "spans": [{"op": "http.client", "description": "GET https://x/?planted", "data": {"x": "planted"}}],
    }  # fmt: skip
    for told in (reporting.error(event), reporting.trace(event)):
        assert "planted" not in json.dumps(told)
        assert (told["event_id"], told["tags"]) == ("1", {"request_id": "3"})
        assert told["contexts"] == {"trace": {"trace_id": "2"}}


def test_calls_to_bex_know_nothing_of_it(sentry: Kept, live_server: Any, as_booker: Any) -> None:
    with serving(answering(b'{"items": []}', "200 OK", "Content-Type: application/json")) as bex:
        asked = requests.get(
            f"{live_server.url}/asks/", params={"at": f"http://127.0.0.1:{bex.port}"},
            cookies={"sessionid": as_booker.cookies["sessionid"].value}, timeout=20,
        )  # fmt: skip
        assert asked.text == "asked"
    assert b"POST /api/service/" in bex.received
    assert b"sentry" not in bex.received.lower()
    assert b"baggage" not in bex.received.lower()
    assert ENDPOINT not in sentry.raw


def test_nobody_waits_for_a_sentry_that_does_not_answer(
    begin: Callable[..., None], live_server: Any, booker: User
) -> None:
    """It takes the report and says nothing for as long as this test lasts."""

    def silent(visit: Visit) -> None:
        visit.read_request()
        visit.server.closing.wait()

    with serving(silent) as server:
        begin(dsn=f"http://key@127.0.0.1:{server.port}/1")
        answers = [fail(live_server, booker).status_code for _ in range(3)]
        assert answers == [500, 500, 500]
        assert server.arrived.wait(20)
        assert not server.ended[0].is_set()
