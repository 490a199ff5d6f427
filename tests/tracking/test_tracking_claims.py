"""Many workers at once: no parcel is asked about twice."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connections

from accounts import gateway
from bexapi import WireRequest, WireResponse
from tests.courier import ScriptedBex, answer
from tests.tracking.parcels import NOON, Book
from tracking import claims
from tracking.sync import sync

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
PARCELS, WORKERS = 45, 4


def at_once(workers: int, work: Callable[[], None]) -> None:
    """Runs it in so many threads that begin together; what one of them raised is raised here."""
    start, raised = threading.Barrier(workers), list[BaseException]()

    def one() -> None:
        start.wait(timeout=20)
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if raised:
        raise raised[0]


@pytest.mark.parametrize("force", [False, True])
def test_workers_that_sweep_at_once_take_no_parcel_twice_and_forget_none(book: Book, force: bool) -> None:
    for number in range(PARCELS):
        book(f"ACP{number}")
    asked: Counter[str] = Counter()
    lock = threading.Lock()

    def slow(request: WireRequest) -> WireResponse:
        time.sleep(0.02)  # long enough for the others to look for work meanwhile
        with lock:
            asked.update(json.loads(request.body)["searchItems"].split(","))
        return answer({"items": []})

    def sweep() -> None:
        with gateway.transport_in_use(slow):
            sync(now=NOON, force=force)

    at_once(WORKERS, sweep)
    assert set(asked) == {f"ACP{number}" for number in range(PARCELS)}
    assert set(asked.values()) == {1}


def test_two_that_list_the_same_share_it_and_each_knows_its_own(bex: ScriptedBex, book: Book) -> None:
    for number in range(10):
        book(f"ACP{number}")
    listed = list(claims.due(NOON))
    first = claims.take(listed[:6], claims.due(NOON), NOON)
    second = claims.take(listed, claims.due(NOON), NOON)
    third = claims.take(listed, claims.due(NOON), NOON)
    assert [len(claim.waybills) for claim in (first, second, third)] == [6, 4, 0]
    assert not {waybill.pk for waybill in first.waybills} & {waybill.pk for waybill in second.waybills}


def test_what_was_looked_at_meanwhile_is_not_taken_from_an_old_list(bex: ScriptedBex, book: Book) -> None:
    for number in range(3):
        book(f"ACP{number}")
    listed = list(claims.under_way(NOON))
    sync(force=True, now=NOON)
    assert claims.take(listed, claims.under_way(NOON), NOON).waybills == []
