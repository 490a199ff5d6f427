"""A turn at BEX: what a call needs before it is made, whoever makes it, in whichever process.

A turn is had when a permit is free and the endpoint neither asks to wait nor has stopped to answer. It is waited for
shortly; then BexBusy says for how long to stay away, and nothing was sent. What the calls of a turn were like is
written down when it ends, with the permit: in one transaction, and never between an answer and its storing.
"""

import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import pacing, permits
from accounts.models import RecordedCall
from bexapi import BexBusy, CallRecord, Told

log = logging.getLogger(__name__)
LOOKED_EVERY = 0.04
"""Seconds between looks for a free permit."""
KEPT_ANEW_AFTER = 10.0
NO_PERMIT = "as much is being asked of BEX as it is asked at a time"


class Turn:
    """Permits for calls to one endpoint, for as long as a `with` block lasts. Clients made in the block use them."""

    def __init__(self, endpoint: str, operation: str, holder: str, places: int, before: pacing.Standing) -> None:
        self.endpoint = endpoint
        self.operation = operation
        self.places = places
        self.was_asked_to_wait = False
        self._before = before
        self._holder = holder
        self._kept_at = time.monotonic()
        self._calls: list[RecordedCall] = []
        self._waits: list[float | None] = []

    @property
    def is_trial(self) -> bool:
        return self._before.trial is not None

    @contextmanager
    def gate(self, operation: str) -> Iterator[Told]:
        """For a client whose calls belong to this turn. Touches no database: it may be used by other threads."""
        yield self.note

    def note(self, record: CallRecord) -> None:
        self._calls.append(pacing.recorded(self.endpoint, record))
        if record.error == BexBusy.__name__:
            self.was_asked_to_wait = True
            self._waits.append(record.retry_after)

    def keep(self) -> None:
        """Before a call that must not be made beyond the bound. Raises BexBusy where the lease has ended meanwhile."""
        if time.monotonic() - self._kept_at < KEPT_ANEW_AFTER:
            return
        if not permits.keep(self._holder):
            raise busy(self.endpoint, self.operation, NO_PERMIT, settings.BEX_PATIENCE)
        self._kept_at = time.monotonic()

    def end(self) -> None:
        """Gives the permits back. A database that is away must not hide what the turn brought: the lease ends, too."""
        try:
            with transaction.atomic():
                permits.give_back(self._holder)
                RecordedCall.objects.bulk_create(self._calls)
                pacing.learn(self.endpoint, self._calls, self._waits, self._before)
        except DatabaseError as error:
            log.warning("a turn at BEX ends with its lease: the database said %s", type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()


@contextmanager
def turn(endpoint: str, operation: str, *, places: int = 1, patience: float | None = None) -> Iterator[Turn]:
    """Waits for a turn, at most `patience` seconds, else BEX_PATIENCE. Raises BexBusy. `places`: permits, or fewer."""
    had = _wait_for(endpoint, operation, places, settings.BEX_PATIENCE if patience is None else patience)
    try:
        yield had
    finally:
        had.end()


@contextmanager
def turn_of_one_call(endpoint: str, operation: str) -> Iterator[Told]:
    """A client's gate."""
    with turn(endpoint, operation) as had:
        yield had.note


def busy(endpoint: str, operation: str, why: str, wait: float) -> BexBusy:
    error = BexBusy(why, operation=operation, host=urlsplit(endpoint).netloc)
    error.retry_after = wait
    return error


def _wait_for(endpoint: str, operation: str, places: int, patience: float) -> Turn:
    until = time.monotonic() + patience
    while True:
        now = timezone.now()
        before = pacing.standing(endpoint, operation, now)
        wait, why = before.wait, before.why
        if not wait:
            holder, taken = permits.take(endpoint, 1 if before.trial else places)
            if taken:
                if before.trial is None or pacing.claim_trial(endpoint, before, now):
                    return Turn(endpoint, operation, holder, taken, before)
                permits.give_back(holder)
            wait, why = timedelta(seconds=LOOKED_EVERY * (0.5 + random.random())), NO_PERMIT
        left = until - time.monotonic()
        if wait.total_seconds() > left:
            retry_after = wait.total_seconds() if before.wait else settings.BEX_PATIENCE
            raise busy(endpoint, operation, why, retry_after)
        time.sleep(wait.total_seconds())
