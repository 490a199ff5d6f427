"""The status page: for superusers, in words, without a call to BEX."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import gateway, pacing
from accounts.models import Pace, RecordedCall, ShippingAccount, User
from bexapi import BexBusy, BexUnreachable, NotSent, WireResponse
from bexportal import health
from bexportal.models import Heartbeat
from tests.cast import ENDPOINT
from tests.courier import ScriptedBex
from tests.making import make_waybill

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    return client


def page(client: Client, **headers: str) -> str:
    return client.get("/status/", headers=headers).content.decode()


def track() -> None:
    gateway.anonymous_client(ENDPOINT).track(["ACP00000001"])


def test_nobody_else_learns_that_it_is_there(as_booker: Client) -> None:
    assert as_booker.get("/status/").status_code == 404
    assert "/status/" not in as_booker.get("/help/").content.decode()


def test_an_installation_that_asked_nothing_yet_says_so(as_admin: Client) -> None:
    shown = page(as_admin)
    assert "0 of at most 8 calls are running now." in shown
    assert "BEX was not asked yet." in shown
    assert "/status/" in as_admin.get("/help/").content.decode()


def test_calls_and_how_long_they_took(as_admin: Client, bex: ScriptedBex) -> None:
    now = timezone.now()
    for number in range(1, 101):
        outcome, status = ("answered", 200) if number <= 97 else ("unusable", 503)
        RecordedCall.objects.create(
            endpoint=ENDPOINT, operation="quote", outcome=outcome, status=status, took_ms=number * 10, at=now
        )
    RecordedCall.objects.create(
        endpoint=ENDPOINT, operation="quote", outcome="silent", took_ms=90_000, at=now - timedelta(hours=2)
    )
    shown = page(as_admin)
    assert ">0.50<" in shown
    assert ">0.95<" in shown
    assert "No usable answer 3" in shown
    assert bex.requests == []


def test_an_outage_and_a_pause_are_said_in_words(as_admin: Client, bex: ScriptedBex) -> None:
    bex.on("track", NotSent("connection refused"))
    for _ in range(pacing.FAILURES_THAT_OPEN):
        with pytest.raises(BexUnreachable):
            track()
    shown = page(as_admin)
    assert "Tracking: BEX does not answer since" in shown
    assert "It is tried again at" in shown
    assert "Not reached 6" in shown
    Pace.objects.all().delete()
    bex.on("track", WireResponse(status=429, headers={"Retry-After": "60"}, body=b""))
    with pytest.raises(BexBusy):
        track()
    assert "BEX asks to wait: nothing is asked until" in page(as_admin)


def test_what_waits_and_who_works(as_admin: Client, account: ShippingAccount, admin: User) -> None:
    waybill = make_waybill(account, admin)
    type(waybill).objects.update(booking_state="queued")
    health.beat_is_alive("worker@host-1")
    shown = page(as_admin)
    assert '<a href="/waybills/?state=queued">Waiting to send</a></td><td class="r">1<' in shown
    assert "Worker host-1" in shown


def test_a_worker_that_is_gone_for_a_day_is_forgotten() -> None:
    health.beat_is_alive("worker@host-1")
    Heartbeat.objects.update(at=timezone.now() - timedelta(days=2))
    health.beat_is_alive("worker@host-2")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"beat", "worker worker@host-2"}


def test_its_middle_alone_comes_when_the_page_asks_for_it(as_admin: Client) -> None:
    assert page(as_admin, HX_Request="true").lstrip().startswith("<div")


def test_it_costs_few_queries(as_admin: Client, bex: ScriptedBex, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        track()
    with django_assert_max_num_queries(38):
        page(as_admin)
