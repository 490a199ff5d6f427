"""How many deliveries came, by verdict, and what they told: counted once each, also when their rows are gone."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from bexportal import tallies
from tests.webhooks.courier import body_of, event, openssl_signature, pod
from tests.webhooks.making import Book, Subscribe, deliver, post, take
from tracking.models import Delivery, Subscription
from tracking.webhooks import mending

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
NUMBER = "ACP00000001"


def counted(name: str) -> dict[str, int]:
    return {label: total.amount for (of, label), total in tallies.totals().items() if of == name}


def test_a_good_one_counts_once_it_was_looked_into(subscription: Subscription, book: Book) -> None:
    book(NUMBER)
    deliver(subscription, event())
    assert counted(tallies.DELIVERIES) == {}
    take()
    take()
    assert counted(tallies.DELIVERIES) == {"signed": 1}


def test_what_cannot_be_read_in_it_counts_all_the_same(subscription: Subscription) -> None:
    body = b"signed, and no JSON"
    post(subscription, body, openssl_signature("0123456789abcdef" * 4, body))
    take()
    assert counted(tallies.DELIVERIES) == {"signed": 1}


def test_a_refused_one_counts_at_once_by_its_verdict(subscription: Subscription) -> None:
    body = body_of(event())
    post(subscription, body, openssl_signature("x" * 64, body))
    post(subscription, body, None)
    post(subscription, b" " * 1_000_001, openssl_signature("x" * 64, body))
    assert counted(tallies.DELIVERIES) == {"forged": 1, "malformed": 1, "too_large": 1}


def test_of_a_flood_those_count_that_are_kept(subscription: Subscription) -> None:
    for _ in range(70):
        post(subscription, b"{}", openssl_signature("x" * 64, b"{}"))
    assert counted(tallies.DELIVERIES) == {"forged": Delivery.objects.count()}


def test_the_counts_stay_when_deliveries_are_thrown_away(subscription: Subscription, book: Book, settings: Any) -> None:
    book(NUMBER)
    deliver(subscription, event())
    post(subscription, b"{}", None)
    take()
    before = tallies.totals()
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS + 1))
    assert mending.forget_old_deliveries() == 2
    assert tallies.totals() == before


def test_what_it_told_counts_once_however_often_it_comes(subscription: Subscription, book: Book, admin: User) -> None:
    book(NUMBER)
    deliver(subscription, event(), pod())
    deliver(subscription, event(), id="the same again", attempt=2)
    take()
    mending.take_again(Delivery.objects.all()[0], admin)
    take()
    assert counted(tallies.EVENTS) == {"webhook": 2}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_count_each_once(subscribe: Subscribe, book: Book) -> None:
    subscription = subscribe()
    book(NUMBER)
    for place in range(30):
        deliver(subscription, event(TrackingDate=f"2026-11-24 08:{place:02}:00"), id=f"d{place}")

    def work() -> None:
        try:
            take()
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    take()
    assert counted(tallies.DELIVERIES) == {"signed": 30}
    assert counted(tallies.EVENTS) == {"webhook": 30}
