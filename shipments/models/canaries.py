"""Normal bookings whose reference is looked up as well, to learn what a look-up is worth here."""

from typing import ClassVar

from django.db import models

from shipments.models.attempts import Submission


class Canary(models.Model):
    """A booking that was answered, and when its reference was first found in BEX's tracking."""

    attempt = models.OneToOneField(Submission, on_delete=models.PROTECT, primary_key=True, related_name="canary")
    endpoint = models.URLField()
    in_senders_ref = models.BooleanField(default=False, help_text="Where its reference was sent.")
    booked_at = models.DateTimeField()
    look_ups_done = models.PositiveIntegerField(default=0)
    next_look_up_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_up_at"], condition=models.Q(next_look_up_at__isnull=False), name="canary_due"
            ),
            models.Index(fields=["endpoint", "booked_at"], name="canary_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"Canary of attempt {self.attempt_id}"
