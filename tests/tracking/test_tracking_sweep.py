"""Looking at what is due: full calls, few queries, nothing lost when BEX does not answer."""

import json
import logging
import threading
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.gateway import InsideTransaction
from bexapi import MaybeSent, NotSent, WireRequest, WireResponse
from bexportal.models import Heartbeat
from shipments.models import Waybill
from shipments.models.waybills import BookingState
from tests.courier import ScriptedBex, answer, refusal, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tracking.sync import sync
from tracking.tasks import sync_tracking
from tracking.waves import SyncResult

LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")


def asked(bex: ScriptedBex) -> list[list[str]]:
    return [str(body["searchItems"]).split(",") for body in bex.sent("track")]


def known_to_bex(request: WireRequest) -> WireResponse:
    """Every number that is asked for is out for delivery."""
    numbers = json.loads(request.body)["searchItems"].split(",")
    return tracked(*((number, number, [LOADED]) for number in numbers))


@pytest.mark.parametrize(("parcels", "calls"), [(0, 0), (1, 1), (10, 1), (11, 2), (25, 3)])
def test_calls_are_full(bex: ScriptedBex, book: Book, parcels: int, calls: int) -> None:
    for number in range(parcels):
        book(f"ACP{number}")
    bex.on("track", known_to_bex)
    assert sync(now=NOON) == SyncResult(parcels=parcels, calls=calls, changed=parcels, failed=0)
    assert sorted(number for call in asked(bex) for number in call) == sorted(f"ACP{n}" for n in range(parcels))


def test_every_endpoint_has_calls_of_its_own(bex: ScriptedBex, book: Book) -> None:
    for number in range(12):
        book(f"ACP{number}")
    Waybill.objects.filter(waybill_number__in=[f"ACP{number}" for number in range(0, 12, 2)]).update(
        endpoint="http://127.0.0.1:10"
    )
    assert sync(now=NOON).calls == 2
    assert all({int(number[3:]) % 2 for number in call} in ({0}, {1}) for call in asked(bex))
    assert sync(force=True, endpoint="http://127.0.0.1:10", now=NOON + timedelta(hours=1)).parcels == 6


def about_parcels(queries: CaptureQueriesContext) -> list[str]:
    """Without what a turn at BEX costs, whose calls may be hundreds."""
    return [query["sql"] for query in queries if "tracking_" in query["sql"]]


def test_ten_batches_cost_less_than_four_queries_each_with_all_that_is_around_them(
    bex: ScriptedBex, book: Book
) -> None:
    for number in range(100):
        book(f"ACP{number}")
    bex.on("track", known_to_bex)
    sync(now=NOON)
    with CaptureQueriesContext(connection) as ten_batches:
        assert sync(force=True, now=NOON).calls == 10
    assert len(ten_batches) <= 40


def test_ten_without_news_cost_four_queries(bex: ScriptedBex, book: Book) -> None:
    for number in range(30):
        book(f"ACP{number}")
    bex.on("track", known_to_bex)
    sync(now=NOON)
    Waybill.objects.filter(waybill_number__in=[f"ACP{number}" for number in range(10)]).update(tracking_due_at=NOON)
    with CaptureQueriesContext(
        connection,
    ) as one_batch:
        assert sync(now=NOON).calls == 1
    assert len(about_parcels(one_batch)) <= 4
    with CaptureQueriesContext(connection) as three_batches:
        assert sync(force=True, now=NOON).changed == 0
    assert len(about_parcels(three_batches)) <= 12


def test_only_what_is_due_is_looked_at_and_the_most_overdue_comes_first(bex: ScriptedBex, book: Book) -> None:
    book("LATER", tracking_due_at=NOON + timedelta(minutes=1))
    book("NEVER", tracking_due_at=None)
    for number in range(10):
        book(f"ACP{number}", tracking_due_at=NOON - timedelta(minutes=1))
    book("FIRST", tracking_due_at=NOON - timedelta(days=1))
    sync(now=NOON)
    assert asked(bex)[0][0] == "FIRST"
    assert sum(map(len, asked(bex))) == 11


def test_by_force_all_that_is_under_way_is_looked_at(bex: ScriptedBex, book: Book) -> None:
    book("LATER", tracking_due_at=NOON + timedelta(days=1))
    book("DONE", tracking_due_at=None, transit_state="delivered", signee="KHUMALO")
    book("GONE", tracking_due_at=None, booking_state=BookingState.CANCELLED)
    book("", booking_state=BookingState.DRAFT)
    assert sync(force=True, now=NOON).parcels == 1
    assert asked(bex) == [["LATER"]]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Loaded onto vehicle for delivery", 10),
        ("Delivery attempt failed because wrong route", 60),
        ("Departed JNB depot for BFN branch", 720),
        ("Arrived into BFN depot", 60),
        ("Driver confirmed successful delivery", 720),
    ],
)
def test_how_soon_it_is_looked_at_again_follows_from_its_state(
    bex: ScriptedBex, book: Book, text: str, minutes: int
) -> None:
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [("27-11-2026 11:50", text)])))
    sync(now=NOON)
    assert fresh(waybill).tracking_due_at == NOON + timedelta(minutes=minutes)
    assert fresh(waybill).tracking_checked_at == NOON


def test_what_bex_does_not_know_yet_is_asked_for_again_soon_and_later_seldom(bex: ScriptedBex, book: Book) -> None:
    young, old = book("ACP1"), book("ACP2", booked_at=NOON - timedelta(days=4))
    Waybill.objects.update(collection_date=NOON.date() - timedelta(days=4))
    sync(now=NOON)
    assert fresh(young).tracking_due_at == NOON + timedelta(hours=3)
    assert fresh(old).tracking_due_at == NOON + timedelta(hours=4)


def test_one_number_that_bex_refuses_does_not_stop_the_others(bex: ScriptedBex, book: Book) -> None:
    waybills = {number: book(number) for number in [f"ACP{n}" for n in range(9)] + ["POISON"]}
    bex.on("track", lambda request: refusal("no") if b"POISON" in request.body else known_to_bex(request))
    result = sync(now=NOON)
    assert (result.parcels, result.changed, result.failed) == (10, 9, 1)
    assert result.calls <= 9
    poison = fresh(waybills["POISON"])
    assert (poison.tracking_due_at, poison.tracking_claimed_until) == (NOON + timedelta(hours=1), None)


def test_one_number_that_breaks_bex_does_not_stop_the_others(bex: ScriptedBex, book: Book) -> None:
    for number in [f"ACP{n}" for n in range(9)] + ["POISON"]:
        book(number)
    bex.on("track", lambda request: answer("", 500) if b"POISON" in request.body else known_to_bex(request))
    assert sync(now=NOON).changed == 9


@pytest.mark.parametrize(
    ("failure", "calls"),
    [
        (NotSent("refused"), 1),
        (answer("", 429), 1),
        (answer("", 404), 2),
        (MaybeSent("time-out"), 2),
        (answer("", 503), 6),
        (answer("<html>"), 6),
    ],
)
def test_while_bex_does_not_answer_it_is_left_alone_and_everything_stays_due(
    bex: ScriptedBex, book: Book, failure: WireResponse | NotSent | MaybeSent, calls: int
) -> None:
    for number in range(40):
        book(f"ACP{number}")
    bex.on("track", failure)
    result = sync(now=NOON)
    assert (result.calls, result.changed) == (calls, 0)
    assert set(Waybill.objects.values_list("tracking_due_at", "tracking_checked_at")) == {(NOON, None)}
    bex.on("track", known_to_bex)
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):  # its circuit breaker may be open
        assert sync(now=NOON + timedelta(minutes=3)).changed == 40


def test_bex_is_left_alone_for_as_long_as_it_asks(bex: ScriptedBex, book: Book) -> None:
    book("ACP1")
    bex.on("track", WireResponse(status=429, headers={"Retry-After": "600"}, body=b""))
    sync(now=NOON)
    assert sync(now=NOON + timedelta(minutes=9)).calls == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert sync(now=NOON + timedelta(minutes=16)).calls == 1


def test_what_a_killed_worker_had_taken_is_taken_by_another_after_its_lease(bex: ScriptedBex, book: Book) -> None:
    book("ACP1", tracking_claimed_until=NOON + timedelta(minutes=2))
    assert sync(now=NOON).parcels == 0
    assert sync(now=NOON + timedelta(minutes=3)).parcels == 1


def test_a_run_without_time_left_asks_nothing(bex: ScriptedBex, book: Book) -> None:
    book("ACP1")
    assert sync(now=NOON, seconds=-1) == SyncResult()


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_run_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(InsideTransaction):
        sync()


def test_the_task_leaves_a_sign_of_life(bex: ScriptedBex, book: Book) -> None:
    book("ACP1", tracking_due_at=timezone.now() - timedelta(hours=1))
    sync_tracking()
    assert Heartbeat.objects.get(name="sweep").detail.startswith("1 parcel looked at in 1 call")


def test_the_command_says_what_was_done(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1")
    bex.on("track", known_to_bex)
    said = StringIO()
    Waybill.objects.update(tracking_due_at=None)
    call_command("sync_tracking", stdout=said)
    call_command("sync_tracking", "--force", stdout=said)
    assert said.getvalue().splitlines() == [
        "No parcel is due to be looked at.",
        "1 parcel looked at in 1 call: 1 with news, 0 without an answer.",
    ]
    assert fresh(waybill).transit_state == "out_for_delivery"


def test_logs_name_nobody(bex: ScriptedBex, book: Book, caplog: pytest.LogCaptureFixture) -> None:
    book("ACP1")
    book("ACP2")
    caplog.set_level(logging.DEBUG)
    bex.on(
        "track",
        tracked(("7", "ACP1", [("27-11-2026 13:05", "Delivered to KHUMALO S at 10:42 on 27 Nov 2026")])),
        refusal("KHUMALO S is unknown"),
    )
    sync(now=NOON)
    sync(force=True, now=NOON + timedelta(hours=1))
    assert "tracking" in caplog.text
    assert "KHUMALO" not in caplog.text


def test_calls_run_side_by_side_and_never_more_than_are_allowed(bex: ScriptedBex, book: Book, settings: Any) -> None:
    settings.BEX_CONCURRENCY, settings.TRACKING_CONCURRENCY = 4, 3
    for number in range(200):
        book(f"ACP{number}")
    running, most, lock = 0, 0, threading.Lock()

    def slow(request: WireRequest) -> WireResponse:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return known_to_bex(request)

    bex.on("track", slow)
    assert sync(now=NOON).calls == 20
    assert most == 3
    assert Waybill.objects.filter(tracking_claimed_until=None, transit_state="out_for_delivery").count() == 200


def test_an_endpoint_that_breaks_amid_a_sweep_leaves_what_was_not_asked_free(
    bex: ScriptedBex, book: Book, settings: Any
) -> None:
    settings.TRACKING_CONCURRENCY = 2
    for number in range(100):
        book(f"ACP{number:02}")
    bex.on("track", known_to_bex, NotSent("refused"))
    result = sync(now=NOON)
    assert (result.changed, result.calls) <= (10, 5)
    untouched = Waybill.objects.filter(tracking_due_at=NOON, tracking_claimed_until=None).count()
    assert untouched == 100 - result.parcels


def test_late_is_measured_by_how_soon_each_should_have_been_looked_at(bex: ScriptedBex, book: Book) -> None:
    hour = timedelta(hours=1)
    for number in range(10):
        book(f"DEPOT{number}", transit_state="in_transit", last_event_at=NOON, tracking_due_at=NOON - 2 * hour)
        book(f"VAN{number}", transit_state="out_for_delivery", last_event_at=NOON, tracking_due_at=NOON - hour)
    sync(now=NOON)
    first, second = asked(bex)
    assert all(number.startswith("VAN") for number in first)
    assert all(number.startswith("DEPOT") for number in second)


def test_a_beat_that_was_missed_for_a_day_is_caught_up_by_the_next_one(bex: ScriptedBex, book: Book) -> None:
    for number in range(35):
        book(f"ACP{number}", tracking_due_at=NOON - timedelta(days=1))
    assert sync(now=NOON).calls == 4
    assert not Waybill.objects.filter(tracking_due_at__lte=NOON).exists()
