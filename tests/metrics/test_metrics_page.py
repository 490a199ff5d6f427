"""/metrics: for who shows the token, by a constant number of queries, without anything personal."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Identity, RecordedCall, ShippingAccount, User
from bexportal.models import Heartbeat, Tally
from shipments.models import AttentionMark, Waybill
from tests.cast import ENDPOINT
from tests.cast import TOKEN as BEX_TOKEN
from tests.making import make_option, make_quote, make_waybill
from tests.metrics.reading import TOKEN, families, page, value
from tracking.models import Wording

pytestmark = pytest.mark.django_db


def asked(**headers: str) -> Any:
    return Client().get("/metrics", headers=headers)


def test_without_the_setting_nobody_learns_that_it_is_there(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for shown in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}"):
        assert asked(Authorization=shown).status_code == 404


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer tökén"],
)
def test_a_token_that_is_missing_or_wrong_opens_nothing(shown: str) -> None:
    answer = asked(Authorization=shown)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert b"bexportal_" not in answer.content


def test_a_person_who_is_signed_in_needs_the_token_as_well(admin: User) -> None:
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    assert client.get("/metrics").status_code == 401


def test_a_wrong_token_is_told_in_the_log_and_not_what_it_was(caplog: pytest.LogCaptureFixture) -> None:
    asked(Authorization="Bearer planted-wrong-token")
    assert "without its token" in caplog.text
    assert "planted" not in caplog.text


def test_the_token_opens_it_whatever_the_case_of_the_scheme() -> None:
    answer = asked(Authorization=f"bearer {TOKEN}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies


def test_it_speaks_openmetrics_to_who_asks_for_it() -> None:
    answer = asked(Authorization=f"Bearer {TOKEN}", Accept="application/openmetrics-text;version=1.0.0")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")


def test_plain_http_from_within_is_not_sent_elsewhere(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == 200
    assert asked(Authorization=f"Bearer {TOKEN}").status_code == 200


def test_it_is_answered_while_the_portal_is_maintained(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "maintenance").touch()
    assert asked(Authorization=f"Bearer {TOKEN}").status_code == 200


def test_a_database_that_is_away_is_503_so_that_prometheus_says_down() -> None:
    def away(*args: Any) -> Any:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        assert asked(Authorization=f"Bearer {TOKEN}").status_code == 503


def test_every_family_has_words_and_a_conventional_name() -> None:
    for name, family in families(page()).items():
        assert name.startswith("bexportal_")
        assert family.documentation.endswith(".")
        assert not name.endswith(("_ms", "_minutes", "_count"))
        assert family.type in {"gauge", "counter", "histogram"}


def test_what_has_not_happened_yet_is_0_so_that_its_first_time_is_seen() -> None:
    assert value("bexportal_bex_calls_total", operation="submit_waybill", outcome="silent") == 0
    assert value("bexportal_bex_call_duration_seconds_count", operation="track") == 0
    assert value("bexportal_webhook_deliveries_total", verdict="forged") == 0
    assert value("bexportal_events_recorded_total", source="webhook") == 0
    assert value("bexportal_waybills", state="unknown") == 0
    assert value("bexportal_attention_cases", kind="booked_twice") == 0
    assert value("bexportal_bex_breaker_open", service="booking") == 0
    assert value("bexportal_heartbeat_age_seconds", part="beat") == float("inf")


@pytest.fixture
def busy(account: ShippingAccount, booker: User) -> None:
    """Several of whatever is counted."""
    now = timezone.now()
    option = make_option(make_quote(account, booker))
    for number, state in enumerate(["queued", "held", "submitting", "unknown", "booked", "booked", "booked"]):
        made = make_waybill(account, booker, option=option, copy_number=number)
        Waybill.objects.filter(pk=made.pk).update(
            booking_state=state, asked_at=now, hold_reason="journal" if state == "held" else "",
            waybill_number=f"ACP{number}" if state == "booked" else "", tracking_due_at=now - timedelta(minutes=number),
        )  # fmt: skip
        AttentionMark.objects.create(kind="unknown", waybill=made)
        Wording.objects.create(text=f"odd words {number}", seen=3)
        Heartbeat.objects.create(name=f"worker host-{number}", at=now)
        Tally.objects.create(name="events", label="poll", amount=5, at=now)
        for outcome in ("answered", "silent"):
            RecordedCall.objects.create(endpoint=ENDPOINT, operation="track", outcome=outcome, took_ms=300, at=now)


def test_it_costs_as_many_queries_when_much_waits_as_when_nothing_does(request: Any) -> None:
    with CaptureQueriesContext(connection) as idle:
        page()
    request.getfixturevalue("busy")
    with CaptureQueriesContext(connection) as much:
        page()
    assert len(much) == len(idle) <= 20
    assert not [one["sql"] for one in much if not one["sql"].lstrip("( ").upper().startswith("SELECT")]


def test_what_waits_is_told_by_state_and_reason(busy: None) -> None:
    assert value("bexportal_waybills", state="unknown") == 1
    assert value("bexportal_waybills_made_lately", state="booked") == 3
    Waybill.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert value("bexportal_waybills", state="unknown") == 1
    assert value("bexportal_waybills_made_lately", state="booked") == 0
    assert value("bexportal_waybills_held", reason="journal") == 1
    assert value("bexportal_queue_length", queue="booking") == 1
    assert value("bexportal_attention_cases", kind="unknown") == 7
    assert value("bexportal_unknown_wordings") == 7
    assert value("bexportal_workers") == 7


def test_parcels_are_due_at_their_moment_and_overdue_five_minutes_later(busy: None) -> None:
    """The booked ones are due since 4, 5 and 6 minutes."""
    assert value("bexportal_parcels_due") == 3
    assert value("bexportal_parcels_overdue") == 2
    assert 360 <= value("bexportal_parcels_oldest_overdue_seconds") < 420


def test_a_parcel_that_is_being_asked_about_is_still_due(busy: None) -> None:
    Waybill.objects.update(tracking_claimed_until=timezone.now() + timedelta(minutes=4))
    assert value("bexportal_parcels_due") == 3


def test_how_long_the_first_in_a_queue_waits(busy: None) -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    Waybill.objects.filter(booking_state="queued").update(asked_at=long_ago)
    assert 600 <= value("bexportal_queue_oldest_seconds", queue="booking") < 660
    assert value("bexportal_queue_oldest_seconds", queue="look_up") == 0


def test_a_case_that_is_settled_or_snoozed_is_not_counted(busy: None) -> None:
    first, second, *_ = AttentionMark.objects.order_by("pk")
    AttentionMark.objects.filter(pk=first.pk).update(settled_at=timezone.now())
    AttentionMark.objects.filter(pk=second.pk).update(snoozed_until=timezone.now() + timedelta(hours=1))
    assert value("bexportal_attention_cases", kind="unknown") == 5


def test_nothing_personal_and_no_secret_is_on_it(busy: None, identity: Identity, booker: User) -> None:
    shown = page()
    for personal in ("Anneke", "Botha", "0837654321", "Mokoena", "rooibok", "316085", "ACP0", BEX_TOKEN, TOKEN):
        assert personal not in shown
