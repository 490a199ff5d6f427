"""SQLite has one writer at a time and no queue for them: who writes in a loop starves the receiver."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from tracking.models import Delivery

LONGEST = 0.1
A_STORM = timedelta(seconds=5)
"""So long after the last delivery nobody has to be left room."""


@contextmanager
def unhurried() -> Iterator[None]:
    """Afterwards the database is left alone for as long as it was used, on SQLite while deliveries come in."""
    began = time.monotonic()
    yield
    if connection.vendor == "sqlite" and _deliveries_come_in():
        time.sleep(min(time.monotonic() - began, LONGEST))


def _deliveries_come_in() -> bool:
    return Delivery.objects.filter(received_at__gt=timezone.now() - A_STORM).exists()
