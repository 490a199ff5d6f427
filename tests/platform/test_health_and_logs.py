"""Is it able to work, in words; and one id that leads from a request through tasks to the calls to BEX."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.utils import timezone

from bexportal import health, middleware
from bexportal.logs import begin_request, end_request, logging_config
from bexportal.models import Heartbeat
from shipments import sending
from shipments.models import Waybill
from tests.courier import ScriptedBex
from tests.making import make_waybill

pytestmark = pytest.mark.django_db


def checks(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


def test_the_process_answers_without_a_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_when_everything_is_there(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.BROKER_DIR = tmp_path
    health.beat_is_alive()
    status, found = checks(client)
    assert (status, set(found.values())) == (200, {"ok"})


def test_a_beat_that_was_never_seen_or_is_silent_is_said(client: Client) -> None:
    status, found = checks(client)
    assert status == 503
    assert "never been seen" in found["beat"]
    Heartbeat.objects.create(name="beat", at=timezone.now() - timedelta(minutes=5))
    assert "silent for 300 s" in checks(client)[1]["beat"]


def test_a_broker_that_does_not_answer_is_said(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert "the broker does not answer" in checks(client)[1]["broker"]


def test_a_database_that_does_not_answer_is_said_and_the_answer_still_comes(client: Client) -> None:
    def away(*args: Any) -> Any:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        status, found = checks(client)
    assert status == 503
    assert "does not answer" in found["database"]
    assert "not looked at" in found["migrations"]


def test_each_answer_carries_an_id(client: Client) -> None:
    first, second = client.get("/healthz"), client.get("/healthz")
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


@pytest.mark.parametrize(("proxies", "kept"), [(["127.0.0.1"], True), ([], False)])
def test_an_id_is_taken_from_a_trusted_proxy_only(
    client: Client, settings: Any, *, proxies: list[str], kept: bool
) -> None:
    settings.TRUSTED_PROXIES = proxies
    answer = client.get("/healthz", headers={"X-Request-ID": "abcdef-123456"})
    assert (answer.headers["X-Request-ID"] == "abcdef-123456") is kept


@pytest.mark.parametrize("given", ["x", "a" * 65, "<script>alert(1)</script>", "abc\ndef-123456"])
def test_an_odd_id_is_not_kept(settings: Any, given: str) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    request = RequestFactory().get("/healthz")
    request.META["HTTP_X_REQUEST_ID"] = given
    seen: list[Any] = []

    def view(request: Any) -> Any:
        from django.http import HttpResponse

        seen.append(request.request_id)
        return HttpResponse()

    middleware.RequestIdMiddleware(view)(request)
    assert seen[0] != given


def test_a_forged_address_is_not_believed(settings: Any) -> None:
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="198.51.100.7, 10.0.0.9", REMOTE_ADDR="203.0.113.5")
    assert middleware.client_address(request) == "203.0.113.5"
    settings.TRUSTED_PROXIES = ["203.0.113.0/24"]
    assert middleware.client_address(request) == "10.0.0.9"


def logged_as_json(name: str, text: str) -> dict[str, Any]:
    config = logging_config("json")["formatters"]["portal"]
    formatter = structlog.stdlib.ProcessorFormatter(**{key: value for key, value in config.items() if key != "()"})
    record = logging.LogRecord(name, logging.INFO, __file__, 1, text, (), None)
    line: dict[str, Any] = json.loads(formatter.format(record))
    return line


def test_a_line_is_json_with_the_id_of_its_request() -> None:
    begin_request("abc12345")
    try:
        line = logged_as_json("bexapi", "quote at host: done")
    finally:
        end_request()
    assert (line["request_id"], line["event"], line["logger"]) == ("abc12345", "quote at host: done", "bexapi")
    assert "request_id" not in logged_as_json("bexapi", "later")


def test_an_attempt_keeps_the_id_of_what_asked_for_it(account: Any, booker: Any, bex: ScriptedBex) -> None:
    from shipments import booking

    waybill = make_waybill(account, booker)
    booking.ask(waybill.pk, booker, waybill.version)
    begin_request("abc12345")
    try:
        sending.send(waybill.pk)
    finally:
        end_request()
    assert Waybill.objects.get().attempts.get().request_id == "abc12345"


def test_maintenance_is_a_page_and_health_goes_on(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "maintenance").touch()
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("address", ["/nowhere/", "/waybills/00000000-0000-0000-0000-000000000000/"])
def test_what_is_not_there_is_a_page_that_helps(as_booker: Client, address: str) -> None:
    answer = as_booker.get(address)
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in answer.content.decode()


def test_headers_that_guard_every_page(as_booker: Client) -> None:
    headers = as_booker.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
