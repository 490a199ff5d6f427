"""Real processes against the sandbox: killed between sending and storing, frozen past their lease, too late."""

import signal
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from shipments import evidence, sending
from shipments.models import Submission, Waybill
from tests.booking.processes import Start, let_the_lease_end, says, state, until
from tests.courier import Courier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_killed_after_bex_booked_it_is_unknown_then_found(waiting: Waybill, courier: Courier, start: Start) -> None:
    courier.fault("submit", "hang_after", seconds=60)
    process = start(waiting)
    until(lambda: courier.waybills, "the courier booked")
    process.kill()
    process.wait(timeout=10)
    assert state(waiting) == ("submitting", "")
    let_the_lease_end()
    evidence.end_leases()
    assert state(waiting) == ("unknown", "")
    evidence.look_up_due(timezone.now() + timedelta(minutes=2))
    (booked,) = courier.waybills
    assert state(waiting) == ("booked", booked["number"])


def test_killed_before_bex_heard_of_it_stays_unknown_and_is_not_sent_again(
    waiting: Waybill, courier: Courier, start: Start
) -> None:
    courier.fault("submit", "hang_before", seconds=60)
    process = start(waiting)
    until(lambda: Submission.objects.filter(outcome="claimed").exists(), "the claim was committed")
    until(lambda: courier.control("calls?operation=submit"), "the courier heard of it")
    process.kill()
    process.wait(timeout=10)
    let_the_lease_end()
    evidence.end_leases()
    sending.send(waiting.pk)
    evidence.look_up_due(timezone.now() + timedelta(minutes=2))
    assert state(waiting) == ("unknown", "")
    assert Submission.objects.count() == 1


def test_a_name_that_takes_longer_than_the_deadline_sends_nothing(
    waiting: Waybill, courier: Courier, start: Start
) -> None:
    process = start(waiting, "--slow-names", "3", deadline=2)
    assert process.wait(timeout=60) == 0
    assert state(waiting)[0] == "queued"
    assert Submission.objects.get().outcome == "not_sent"
    assert courier.waybills == []


def test_frozen_past_its_lease_it_sends_nothing_when_it_wakes(waiting: Waybill, courier: Courier, start: Start) -> None:
    process = start(waiting, "--slow-names", "1", deadline=2)
    says(process, "looking up")
    process.send_signal(signal.SIGSTOP)
    time.sleep(2.5)  # the deadline passes on the clock that goes on
    let_the_lease_end()
    evidence.end_leases()
    assert state(waiting) == ("unknown", "")
    process.send_signal(signal.SIGCONT)
    assert process.wait(timeout=60) == 0
    assert state(waiting)[0] == "queued"
    assert courier.waybills == []
