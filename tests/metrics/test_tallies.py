"""Counts that never fall: nothing is lost or counted twice when rows are folded."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from bexportal import failures, tallies
from bexportal.models import Tally
from bexportal.tallies import add, fold, totals

pytestmark = pytest.mark.django_db


def amounts() -> dict[tuple[str, str], int]:
    return {key: total.amount for key, total in totals().items()}


def test_what_is_added_is_counted_by_name_and_label() -> None:
    add("events", "poll", 3)
    add("events", "poll")
    add("events", "webhook", 2)
    add("sweeps")
    add("sweep calls", amount=0)
    assert amounts() == {("events", "poll"): 4, ("events", "webhook"): 2, ("sweeps", ""): 1}


def test_what_is_rolled_back_was_not_counted() -> None:
    with transaction.atomic():
        add("events", "poll")
        transaction.set_rollback(True)
    assert amounts() == {}


def test_folding_keeps_counts_and_moments() -> None:
    now = timezone.now()
    for hours in (3, 1, 2):
        add("deliveries", "forged", at=now - timedelta(hours=hours))
    add("deliveries", "signed", at=now)
    before = totals()
    assert fold() == 2
    assert totals() == before
    assert totals()["deliveries", "forged"].at == now - timedelta(hours=1)
    assert (Tally.objects.count(), fold()) == (2, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_fold_while_others_add_lose_nothing() -> None:
    def work(number: int) -> None:
        try:
            for _ in range(40):
                add("events", "poll")
                if number % 2:
                    fold()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert amounts() == {("events", "poll"): 160}


def test_a_failed_task_is_counted_and_the_last_one_of_each_is_kept() -> None:
    failures.note_task("tracking.tasks.sync_tracking", ValueError("planted-name"))
    failures.note_task("tracking.tasks.sync_tracking", TimeoutError("planted-name"))
    assert amounts() == {(tallies.FAILED_TASKS, ""): 2}
    assert failures.last()["sync_tracking"].detail == "TimeoutError"
