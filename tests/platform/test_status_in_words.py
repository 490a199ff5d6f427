"""The status page says in words how BEX, sweeps, webhooks, bookings and tasks stand, with the last failure of each."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts import call_counts, pacing
from accounts.models import RecordedCall, ShippingAccount, User
from bexapi import BexUnreachable, NotSent
from bexportal import failures, health, standing, status, tallies
from bexportal.models import Heartbeat
from bexportal.standing import Standing
from shipments.models import SendingHold, Waybill
from tests.cast import ENDPOINT
from tests.courier import ScriptedBex
from tests.making import make_waybill
from tests.platform.test_status_page import as_admin, page, track
from tracking.models import Notification, Subscription

__all__ = ["as_admin"]
pytestmark = pytest.mark.django_db
BEX, SWEEPS, WEBHOOKS, BOOKINGS, TASKS = "BEX", "Sweeps", "Webhooks", "Bookings", "Tasks"


def of(name: str, now: datetime | None = None) -> Standing:
    now = now or timezone.now()
    [found] = [one for one in standing.standings(now, status.endpoints(now), health.problems()) if one.name == name]
    return found


def words(name: str) -> tuple[str, bool]:
    found = of(name)
    return found.words, found.is_well


def failure(name: str) -> str:
    failed = of(name).failed
    return failed.words if failed else ""


def test_a_new_installation_has_neither_done_well_nor_failed() -> None:
    for name in (BEX, SWEEPS, WEBHOOKS, BOOKINGS):
        found = of(name)
        assert (found.is_well, found.good, found.failed) == (True, None, None)
    assert words(BEX)[0] == "Not asked yet"
    assert words(SWEEPS)[0] == "None has run yet"
    assert words(WEBHOOKS)[0] == "No subscription: BEX tells nothing by itself"
    assert words(BOOKINGS)[0] == "Nothing waits to be sent"
    assert "never been seen" in words(TASKS)[0]


def test_bex_and_its_last_failure_though_that_calls_row_is_gone(bex: ScriptedBex) -> None:
    bex.on("track", NotSent("connection refused"))
    with pytest.raises(BexUnreachable):
        track()
    assert words(BEX) == ("The last call was not answered", False)
    bex.on("track", *[NotSent("connection refused")] * (pacing.FAILURES_THAT_OPEN - 1))
    for _ in range(pacing.FAILURES_THAT_OPEN - 1):
        with pytest.raises(BexUnreachable):
            track()
    said, is_well = words(BEX)
    assert said.startswith("Tracking: no answer since")
    assert not is_well
    call_counts.forget(RecordedCall.objects.all())
    assert failure(BEX) == "Tracking: Not reached"


def test_bex_answers_though_it_failed_before(bex: ScriptedBex) -> None:
    RecordedCall.objects.create(
        endpoint=ENDPOINT, operation="quote", outcome="silent", took_ms=1, at=timezone.now() - timedelta(hours=3)
    )
    track()
    assert words(BEX) == ("Answers", True)
    good = of(BEX).good
    assert good is not None
    assert good.words == "Tracking"
    assert failure(BEX) == "Quote: No answer"


def test_sweeps_their_last_result_and_their_last_failure(account: ShippingAccount, booker: User) -> None:
    now = timezone.now()
    Heartbeat.objects.create(name="sweep", at=now)
    Heartbeat.objects.create(name="good sweep", at=now, detail="20 parcels looked at in 2 calls: 0 with news")
    failures.note(failures.SWEEP, "10 parcels looked at in 1 call: 0 with news, 10 without an answer")
    assert words(SWEEPS) == ("Nothing is overdue", True)
    assert "10 without an answer" in failure(SWEEPS)
    good = of(SWEEPS).good
    assert good is not None
    assert good.words.startswith("20 parcels")
    waybill = make_waybill(account, booker)
    Waybill.objects.filter(pk=waybill.pk).update(
        waybill_number="ACP1", booking_state="booked", tracking_due_at=now - timedelta(minutes=42)
    )
    assert words(SWEEPS) == ("1 parcel is overdue, by up to 42\u00a0min", False)


def test_a_sweep_that_did_not_come_to_its_end_is_the_last_failure() -> None:
    failures.note(failures.SWEEP, "10 without an answer")
    failures.note_task("tracking.tasks.sync_tracking", TimeoutError())
    assert failure(SWEEPS) == "A sweep did not come to its end: TimeoutError"


def subscribed(state: str, **more: Any) -> Subscription:
    made = Subscription.prepared(
        description="Portal", endpoint=settings.BEX_WEBHOOK_URL, courier=settings.BEX_API_URL, state=state, **more
    )
    made.keep_key("a-key")
    made.save()
    return made


def test_webhooks_what_came_and_what_was_refused() -> None:
    subscribed("active")
    tallies.add(tallies.DELIVERIES, "signed")
    assert words(WEBHOOKS) == ("BEX tells what happens", True)
    assert failure(WEBHOOKS) == ""
    tallies.add(tallies.DELIVERIES, "forged")
    assert failure(WEBHOOKS) == "A delivery was refused: wrong signature"


def test_webhooks_half_done_and_why() -> None:
    subscribed("registering", problem="BEX gave no answer.", asked_at=timezone.now())
    assert words(WEBHOOKS) == ("“Portal” is half done: finish it or undo it under Webhooks", False)
    assert failure(WEBHOOKS) == "“Portal”: BEX gave no answer."


def test_webhooks_with_deliveries_that_nobody_takes() -> None:
    made = subscribed("active")
    made.deliveries.create(verdict="signed", size=2, body=b"{}")
    assert words(WEBHOOKS)[1]
    made.deliveries.update(received_at=timezone.now() - timedelta(minutes=6))
    said, is_well = words(WEBHOOKS)
    assert said.startswith("1 deliver")
    assert not is_well


def test_webhooks_with_what_cannot_be_taken() -> None:
    subscribed("active")
    Notification.objects.create(courier=settings.BEX_API_URL, fingerprint="f", content="{}", state="poisoned")
    assert words(WEBHOOKS)[0] == "1 of its notifications cannot be taken: see under Webhooks"
    assert failure(WEBHOOKS) == "A notification cannot be taken"


def test_bookings_that_wait_and_the_last_that_got_no_answer(account: ShippingAccount, booker: User) -> None:
    waybill = make_waybill(account, booker)
    for minutes, well in ((1, True), (6, False)):
        asked = timezone.now() - timedelta(minutes=minutes)
        Waybill.objects.filter(pk=waybill.pk).update(booking_state="queued", asked_at=asked)
        said, is_well = words(BOOKINGS)
        assert said.startswith("1 waits, the first since")
        assert is_well is well
    RecordedCall.objects.create(
        endpoint=ENDPOINT, operation="submit_waybill", outcome="silent", took_ms=1, at=timezone.now()
    )
    assert failure(BOOKINGS) == "Booking: No answer"


def test_bookings_on_hold() -> None:
    SendingHold.objects.create(reason="upgrade")
    assert words(BOOKINGS) == ("All sending is on hold: An upgrade is running", False)


def test_tasks_and_the_last_one_that_failed(settings: Any, tmp_path: Any) -> None:
    settings.BROKER_DIR = tmp_path
    health.beat_is_alive("worker@host-1")
    assert words(TASKS) == ("Beat rings, and a worker answers", True)
    failures.note_task("shipments.tasks.end_leases", LookupError("planted-name"))
    failures.note(failures.SWEEP, "10 without an answer")
    assert failure(TASKS) == "end_leases: LookupError"


def test_the_page_shows_them(as_admin: Any, bex: ScriptedBex) -> None:
    track()
    failures.note(failures.SWEEP, "10 parcels looked at in 1 call: 0 with news, 10 without an answer")
    shown = page(as_admin)
    for name in (BEX, SWEEPS, WEBHOOKS, BOOKINGS, TASKS):
        assert f">{name}</th>" in shown
    assert "10 without an answer" in shown
    assert "none seen" in shown
