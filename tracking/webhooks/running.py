"""One worker at a time takes the inbox, so that a storm of deliveries leaves the others to bookings.

The inbox bears several at once; this is about their number, so a lease in the database is enough.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from bexportal.models import Heartbeat
from tracking.webhooks import inbox
from tracking.webhooks.attaching import Taken

NAME = "inbox"
"""The heartbeat that says when the inbox was last taken, and what came of it."""
RUNS = "runs"
LEASE = timedelta(seconds=30)
"""Renewed before each batch; after a kill the next one begins so much later."""


def take_if_nobody_does(*, seconds: float) -> Taken | None:
    """None where another is at it."""
    if not _claim():
        return None
    detail = "stopped"
    try:
        done = inbox.take(seconds=seconds, go_on=_renew)
        detail = str(done)
        return done
    finally:
        Heartbeat.objects.filter(name=NAME).update(at=timezone.now(), detail=detail)


def _claim() -> bool:
    now = timezone.now()
    row = Heartbeat.objects.filter(name=NAME)
    free = row.exclude(detail=RUNS) | row.filter(at__lt=now - LEASE)
    if free.update(at=now, detail=RUNS):
        return True
    if row.exists():
        return False
    try:
        with transaction.atomic():
            Heartbeat.objects.create(name=NAME, at=now, detail=RUNS)
    except IntegrityError:
        return False
    return True


def _renew() -> bool:
    Heartbeat.objects.filter(name=NAME).update(at=timezone.now())
    return True
