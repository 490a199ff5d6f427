"""Rings the worker. The database is the queue: a lost ring costs the seconds until beat's next one."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
RINGS_FOR_SECONDS = 60  # the sweep rings again for what still waits
_silent: ContextVar[bool] = ContextVar("bell_silent", default=False)


@contextmanager
def silent() -> Iterator[None]:
    """For who sends at once in this process: a worker that was woken too would only ask BEX for the same price again.
    Were this process killed before it sends, the sweep rings.
    """
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)


def ring_on_commit(waybill_id: uuid.UUID) -> None:
    """A worker is told to send this waybill, once this transaction is committed."""
    if not _silent.get():
        transaction.on_commit(lambda: ring_for(waybill_id))


def ring_for(waybill_id: uuid.UUID) -> None:
    ring("shipments.tasks.send_waybill", str(waybill_id))


def ring(task: str, *arguments: str) -> None:
    try:
        current_app.send_task(task, args=arguments, retry=False, expires=RINGS_FOR_SECONDS)
    except (OperationalError, OSError) as error:
        # Beat's sweep finds the waybill in the database.
        log.warning("the broker does not answer (%s); %s waits for the sweep", type(error).__name__, task)
