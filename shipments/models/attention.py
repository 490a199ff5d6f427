"""What people said about a case that needs one of them: who has it, a note, when it is shown again."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from shipments.models.waybills import Waybill


class AttentionMark(models.Model):
    """One case from when it was first noticed until its cause goes (`closed_at`). The case itself is no row: it is
    there as long as its cause is (`shipments.attention`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    waybill = models.ForeignKey(Waybill, null=True, on_delete=models.PROTECT, related_name="attention_marks")
    subject = models.CharField(max_length=80, blank=True, help_text="What it is about, where that is no waybill.")
    noticed_at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "waybill"],
                condition=models.Q(closed_at=None, waybill__isnull=False),
                name="one_open_mark_per_kind_and_waybill",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(closed_at=None, waybill__isnull=True),
                name="one_open_mark_per_kind_and_subject",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["waybill", "-noticed_at"], name="attention_mark_by_waybill"),
            models.Index(fields=["noticed_at"], condition=models.Q(closed_at=None), name="attention_mark_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject or self.waybill_id}"
