"""Real processes against the sandbox: killed between sending and storing, frozen past their lease, too late to begin."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from shipments import evidence, leases, sending
from shipments.models import Submission, Waybill
from tests.courier import Courier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
ROOT = Path(__file__).resolve().parents[2]


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(settings: Any, journal_dir: Path) -> Iterator[Start]:
    """Starts a sender; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def begin(waybill: Waybill, *options: str, deadline: float = 30) -> "subprocess.Popen[str]":
        env = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "JOURNAL_DIR": str(journal_dir),
            "BEX_DEADLINE": str(deadline),
            "BEX_CONNECT_TIMEOUT": str(min(deadline / 2, 5)),
            "BEX_READ_TIMEOUT": "30",
        }
        command = [sys.executable, "-m", "tests.booking.sender", str(waybill.pk), *options]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate(timeout=10)


def database_url() -> str:
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{named['NAME']}"
    return f"postgres://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.05)


def says(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the sender ended without saying {word}")


def let_the_lease_end() -> None:
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=leases.tick() - 1)


def state(waybill: Waybill) -> tuple[str, str]:
    row = Waybill.objects.get(pk=waybill.pk)
    return row.booking_state, row.waybill_number


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
