"""Which waybill another system's Idempotency-Key stands for. Kept for ever."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from shipments.models.waybills import Waybill


class IdempotencyKey(models.Model):
    """One row per person and key, committed with its waybill. It outlives a change of API key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, help_text="Hash of owner and key; the journal names it too.")
    body_digest = models.CharField(max_length=64, blank=True, help_text="Hash of the first body; empty: not known.")
    last_body_digest = models.CharField(max_length=64, blank=True, help_text="Hash of the last correction's body.")
    waybill = models.OneToOneField(Waybill, on_delete=models.PROTECT, related_name="idempotency")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["digest"], name="idempotency_key_once_per_person")]
