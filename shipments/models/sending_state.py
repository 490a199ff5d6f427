"""Whether anything may be sent at all, and which journal this database knows."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class SendingHoldQuerySet(models.QuerySet["SendingHold"]):
    def open(self) -> "SendingHoldQuerySet":
        return self.filter(released_at=None).order_by("since")


class SendingHold(models.Model):
    """All sending stands still while one of these is open."""

    class Reason(models.TextChoices):
        JOURNAL = "journal", "The journal and the database do not agree"
        RESTORED = "restored", "The database was restored: its list is to be read"
        UPGRADE = "upgrade", "An upgrade is running"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    detail = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = SendingHoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reason"], condition=models.Q(released_at=None), name="one_open_hold_per_reason"
            )
        ]

    @property
    def in_words(self) -> str:
        """Why, and who ends it, for who books; what is to be done is for who runs the portal (`detail`)."""
        return FOR_WHO_BOOKS[self.Reason(self.reason)]


FOR_WHO_BOOKS = {
    SendingHold.Reason.JOURNAL: (
        "What was sent and what is stored here do not agree. Whoever runs this portal compares the two, then lets"
        " sending go on."
    ),
    SendingHold.Reason.RESTORED: (
        "The portal was put back from a backup, and what was booked since then is brought back. Whoever runs it reads"
        " what was found, then lets sending go on."
    ),
    SendingHold.Reason.UPGRADE: "The portal is being upgraded. Who upgrades it lets sending go on when it is done.",
}


class JournalMark(models.Model):
    """The id that the journal's directory carries, remembered at the first use: another one is a missing journal."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    journal_id = models.CharField(max_length=40)
    since = models.DateTimeField(default=timezone.now)
