"""What sweeps did is counted, and the last one that went wrong is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bexapi import WireResponse
from bexportal import failures, tallies
from bexportal.celery import app
from bexportal.models import Heartbeat
from shipments.models import Waybill
from tests.courier import ScriptedBex, answer, tracked
from tests.tracking.parcels import Book
from tracking.tasks import sync_tracking

pytestmark = pytest.mark.django_db
LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")


def counted() -> dict[tuple[str, str], int]:
    return {key: total.amount for key, total in tallies.totals().items()}


def all_due() -> None:
    Waybill.objects.update(tracking_due_at=timezone.now() - timedelta(minutes=1), tracking_claimed_until=None)


def test_parcels_count_by_what_came_of_them_and_events_by_who_told_them(bex: ScriptedBex, book: Book) -> None:
    for number in range(3):
        book(f"ACP{number}")
    all_due()
    bex.on("track", tracked(("77", "ACP1", [LOADED])))
    sync_tracking()
    assert counted() == {
        ("sweeps", ""): 1, ("sweep calls", ""): 1, ("parcels", "news"): 1, ("parcels", "same"): 2,
        ("events", "poll"): 1,
    }  # fmt: skip
    all_due()
    sync_tracking()
    assert counted()["parcels", "same"] == 5
    assert counted()["events", "poll"] == 1
    assert failures.last() == {}


def test_parcels_without_an_answer_are_the_sweeps_last_failure(bex: ScriptedBex, book: Book) -> None:
    book("ACP1")
    all_due()
    bex.on("track", answer("nonsense", 503))
    sync_tracking()
    assert counted()["parcels", "unanswered"] == 1
    assert "1 without an answer" in failures.last()[failures.SWEEP].detail
    assert not Heartbeat.objects.filter(name="good sweep").exists()
    all_due()
    bex.on("track", answer({"items": []}))
    sync_tracking()
    assert "1 without an answer" in failures.last()[failures.SWEEP].detail
    assert "0 without an answer" in Heartbeat.objects.get(name="sweep").detail
    assert "0 without an answer" in Heartbeat.objects.get(name="good sweep").detail


def test_a_courier_that_was_not_asked_is_a_failure_too(bex: ScriptedBex, book: Book) -> None:
    book("ACP1")
    bex.on("track", WireResponse(status=429, headers={"Retry-After": "60"}, body=b""))
    all_due()
    sync_tracking()
    all_due()
    sync_tracking()
    said = failures.last()[failures.SWEEP].detail
    assert "0 parcels looked at in 0 calls" in said
    assert "BEX was left alone, and what is due there waits" in said


def test_a_task_that_ends_with_an_exception_is_counted_and_named() -> None:
    @app.task(name="tests.tasks.fails", shared=False)
    def fails() -> None:
        raise LookupError("planted-name")

    try:
        fails.apply()
    finally:
        app.tasks.unregister("tests.tasks.fails")
    assert counted() == {("failed tasks", ""): 1}
    assert failures.last()["fails"].detail == "LookupError"
