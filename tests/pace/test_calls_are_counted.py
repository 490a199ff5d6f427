"""Calls to BEX are counted for ever, though their own rows are thrown away."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts import call_counts, gateway
from accounts.models import CallTally, RecordedCall
from bexapi import BexOutcomeUnknown
from tests.cast import ENDPOINT
from tests.courier import ScriptedBex, answer

pytestmark = pytest.mark.django_db


def made(took_ms: int, outcome: str = "answered", operation: str = "track") -> None:
    RecordedCall.objects.create(
        endpoint=ENDPOINT, operation=operation, outcome=outcome, took_ms=took_ms, at=timezone.now()
    )


def numbers() -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for calls in call_counts.counted():
        found[calls.outcome, calls.within_ms] += calls.number
    return found


def test_a_call_counts_by_how_it_ended_and_how_long_it_took(bex: ScriptedBex) -> None:
    gateway.anonymous_client(ENDPOINT).track(["ACP00000001"])
    bex.on("track", answer("nonsense", 503))
    with pytest.raises(BexOutcomeUnknown):
        gateway.anonymous_client(ENDPOINT).track(["ACP00000001"])
    assert {(calls.operation, calls.outcome) for calls in call_counts.counted()} == {
        ("track", "answered"), ("track", "unusable"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("took_ms", "within_ms"),
    [(0, 100), (100, 100), (101, 250), (2500, 2500), (40_000, 40_000), (40_001, call_counts.BEYOND)],
)
def test_a_call_lies_in_the_same_bucket_whether_its_row_is_kept_or_not(took_ms: int, within_ms: int) -> None:
    made(took_ms)
    kept = numbers()
    assert kept == {("answered", within_ms): 1}
    call_counts.forget(RecordedCall.objects.all())
    assert not RecordedCall.objects.exists()
    assert numbers() == kept


def test_throwing_rows_away_changes_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_counts, "FORGOTTEN_AT_ONCE", 3)
    for number in range(10):
        made(50 * number, "silent" if number % 3 else "answered")
    before, took = numbers(), sum(calls.took_ms for calls in call_counts.counted())
    assert call_counts.forget(RecordedCall.objects.all()) == 10
    made(120)
    call_counts.forget(RecordedCall.objects.all())
    assert numbers() == before + Counter({("answered", 250): 1})
    assert sum(calls.took_ms for calls in call_counts.counted()) == took + 120
    assert max(calls.last_at for calls in call_counts.counted()) == max(
        CallTally.objects.values_list("last_at", flat=True)
    )


def test_counting_is_one_query(django_assert_num_queries: Any) -> None:
    made(10)
    call_counts.forget(RecordedCall.objects.all())
    made(20)
    with django_assert_num_queries(1):
        assert sum(numbers().values()) == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_throw_the_same_rows_away_count_them_once() -> None:
    for _ in range(400):
        made(10)

    def throw_away() -> None:
        try:
            call_counts.forget(RecordedCall.objects.all())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=throw_away) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers() == {("answered", 100): 400}
    assert connection.vendor in {"sqlite", "postgresql"}
