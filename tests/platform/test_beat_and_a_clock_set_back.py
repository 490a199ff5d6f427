"""A clock that was wrong and is put right does not silence beat."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from celery import current_app
from django.utils import timezone

from bexportal.beat import Scheduler

Rung = list[str]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Rung], Scheduler]:
    def begin(rung: Rung) -> Scheduler:
        scheduler = Scheduler(app=current_app, schedule_filename=str(tmp_path / "schedule"))
        monkeypatch.setattr(scheduler, "apply_async", lambda entry, **_: rung.append(entry.name))
        return scheduler

    return begin


def ring_for(scheduler: Scheduler, seconds: int, clock: time_machine.Traveller) -> None:
    for _ in range(seconds):
        while scheduler.tick() == 0:
            pass
        clock.shift(1)


def test_it_rings_on_when_the_clock_is_set_back(start: Callable[[Rung], Scheduler]) -> None:
    rung: Rung = []
    scheduler = start(rung)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ring_for(scheduler, 35, clock)
        assert {"send-what-waits", "end-leases", "heartbeat"} <= set(rung)
        rung.clear()
        clock.shift(-timedelta(hours=3))
        ring_for(scheduler, 35, clock)
        assert {"send-what-waits", "end-leases", "heartbeat"} <= set(rung)
    scheduler.close()


def test_it_rings_after_a_start_that_finds_times_yet_to_come(start: Callable[[Rung], Scheduler]) -> None:
    rung: Rung = []
    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=False) as clock:
        before = start(rung)
        ring_for(before, 35, clock)
        before.close()
        rung.clear()
        clock.shift(-timedelta(hours=3))
        after = start(rung)
        ring_for(after, 35, clock)
        assert {"send-what-waits", "end-leases", "heartbeat"} <= set(rung)
        after.close()
