"""What the worker does about bookings. Each task calls one verb and is safe to run twice."""

import uuid

from celery import shared_task
from django.utils import timezone

from shipments import canaries, evidence, resuming, sending
from shipments.attention import telling
from shipments.bell import ring


@shared_task
def send_waybill(waybill_id: str) -> None:
    sending.send(uuid.UUID(waybill_id))


@shared_task
def send_what_waits() -> None:
    """The database is the queue: whatever waits is rung for again, and what was held for a passing cause goes on."""
    resuming.resume_what_may_go_on()
    for waybill_id in sending.waiting_to_be_sent(timezone.now()):
        ring("shipments.tasks.send_waybill", str(waybill_id))


@shared_task
def end_leases() -> None:
    evidence.end_leases()


@shared_task
def look_up_attempts() -> None:
    evidence.look_up_due(timezone.now())
    canaries.choose(timezone.now())
    canaries.look_up_due(timezone.now())


@shared_task
def tell_what_needs_a_person() -> None:
    now = timezone.now()
    telling.notice(now)
    telling.tell(now)
