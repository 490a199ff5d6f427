"""Sixteen at once on one draft: one submission leaves."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from shipments import booking, evidence, sending
from shipments.models import Submission, Waybill
from tests.courier import Courier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
MANY = 16


def at_once(work: Callable[[], object]) -> list[object]:
    """Runs it in many threads that start together; what each returned or raised."""
    gate = threading.Barrier(MANY)
    results: list[object] = []

    def run() -> None:
        gate.wait()
        try:
            results.append(work())
        except (booking.Stale, booking.NotNow) as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == MANY
    return results


def test_sixteen_clicks_ask_once(waiting: Waybill, courier: Courier) -> None:
    by = User.objects.get()
    draft = booking.take_back(waiting.pk, by, waiting.version)
    results = at_once(lambda: booking.ask(draft.pk, by, draft.version))
    assert sum(isinstance(result, Waybill) for result in results) == 1
    assert Waybill.objects.get().decisions.filter(kind="asked").count() == 2  # the fixture's own, and one


def test_sixteen_senders_submit_once(waiting: Waybill, courier: Courier) -> None:
    at_once(lambda: sending.send(waiting.pk))
    assert Submission.objects.count() == 1
    assert len(courier.waybills) == 1
    assert Waybill.objects.get().booking_state == "booked"


def test_sixteen_sweeps_look_up_once(waiting: Waybill, courier: Courier) -> None:
    from datetime import timedelta

    from django.utils import timezone

    courier.fault("submit", "cut_before")
    sending.send(waiting.pk)
    assert Waybill.objects.get().booking_state == "unknown"
    moment = timezone.now() + timedelta(minutes=2)
    at_once(lambda: evidence.look_up_due(moment))
    assert Submission.objects.get().look_ups.count() == 1
