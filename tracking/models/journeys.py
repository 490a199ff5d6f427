"""What happened to a parcel: what a source said (observations) and what follows from it (events)."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from shipments.models import Waybill
from tracking.models.words import Wording


class Observation(models.Model):
    """One row of a poll or one notification, as it was said. Never changed."""

    class Source(models.TextChoices):
        POLL = "poll", "Polled"
        WEBHOOK = "webhook", "Told by BEX"

    class Notification(models.TextChoices):
        """What a notification's `Action` says it is; a poll's rows have none."""

        TRACKING_EVENT = "tracking_event", "Tracking event"
        POD = "pod", "Proof of delivery"
        ATTEMPTED_DELIVERY = "attempted_delivery", "Attempted delivery"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="observations")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.POLL)
    fingerprint = models.CharField(max_length=64, help_text="The same thing said again is the same observation.")
    shipment_id = models.CharField(max_length=60, blank=True)
    at_text = models.CharField(max_length=40, blank=True, help_text="The moment as BEX wrote it.")
    at = models.DateTimeField(null=True)
    description = models.CharField(max_length=500)
    user = models.CharField(max_length=100, blank=True)
    position = models.PositiveIntegerField(default=0, help_text="Counted from the oldest row of the reply.")
    first_seen_at = models.DateTimeField(default=timezone.now)
    # What notifications alone say.
    notification = models.CharField(max_length=20, choices=Notification.choices, blank=True)
    type_id = models.IntegerField(null=True, help_text="BEX's TrackingTypeId.")
    reference = models.CharField(max_length=100, blank=True, help_text="BEX's TrackingReference.")
    signee = models.CharField(max_length=100, blank=True)
    pieces = models.PositiveIntegerField(null=True, help_text="How many were signed for.")
    comment = models.CharField(max_length=500, blank=True, help_text="The driver's.")
    wording = models.ForeignKey(
        Wording, null=True, on_delete=models.SET_NULL, related_name="observations",
        help_text="Where its words are none of the documented ones.",
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["waybill", "source", "fingerprint"], name="observation_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["type_id"], condition=models.Q(wording__isnull=False), name="observation_by_type")
        ]


class Event(models.Model):
    """A fact about the parcel, derived from one or more observations; may be derived anew."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="events")
    fingerprint = models.CharField(max_length=64)
    kind = models.CharField(max_length=30)
    description = models.CharField(max_length=500)
    occurred_at = models.DateTimeField(help_text="When it happened: from the text where it says so.")
    recorded_at = models.DateTimeField(help_text="When it was written down.")
    position = models.PositiveIntegerField(default=0)
    signee = models.CharField(max_length=100, blank=True)
    pieces = models.PositiveIntegerField(null=True, help_text="How many were signed for.")
    place = models.CharField(max_length=60, blank=True)
    sources = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-recorded_at", "-position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["waybill", "fingerprint"], name="event_once")]
        indexes: ClassVar = [models.Index(fields=["waybill", "-recorded_at"], name="event_by_waybill")]
