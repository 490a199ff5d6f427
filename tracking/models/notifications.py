"""What deliveries told, each thing once whatever brought it; and the notes among it."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from shipments.models import Waybill
from tracking.models.webhooks import Delivery


class Notification(models.Model):
    """One notification, once per content. `new`: taken at the next opportunity; `waiting`: once its parcel is known."""

    class State(models.TextChoices):
        NEW = "new", "To be taken"
        WAITING = "waiting", "Not attached"
        TAKEN = "taken", "Taken"
        POISONED = "poisoned", "Cannot be taken"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    courier = models.URLField(help_text="The BEX API whose waybills it speaks of.")
    fingerprint = models.CharField(max_length=64)
    kind = models.CharField(max_length=40, blank=True, help_text="Its Action, in lower case.")
    waybill_number = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=100, blank=True, help_text="Its TrackingReference.")
    content = models.TextField(help_text="Its JSON, with every digit.")
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.SET_NULL, related_name="notifications", help_text="That told it first."
    )
    received_at = models.DateTimeField(default=timezone.now, help_text="When that delivery came.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    waybill = models.ForeignKey(Waybill, null=True, on_delete=models.PROTECT, related_name="notifications")
    why = models.CharField(max_length=300, blank=True, help_text="Why it waits or cannot be taken.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Tries that failed.")
    next_try_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-received_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["courier", "fingerprint"], name="notification_once_per_content")
        ]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], condition=models.Q(state="new"), name="notification_new"),
            models.Index(
                fields=["courier", "waybill_number"], condition=models.Q(state="waiting"), name="notification_waiting"
            ),
            models.Index(
                fields=["-received_at", "-id"],
                condition=models.Q(state__in=("waiting", "poisoned")),
                name="notification_for_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.waybill_number}".strip()


class WaybillNote(models.Model):
    """A note that somebody at BEX wrote about a shipment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="notes")
    notification = models.OneToOneField(Notification, on_delete=models.PROTECT, related_name="note")
    posted_by = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(help_text="As BEX says; else when it came.")
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["-at"]
