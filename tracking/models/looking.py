"""How soon a parcel is looked at again, by its state: one table that an admin reads and changes."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

_WEEK = 7 * 24 * 60
_MINUTES = [MinValueValidator(1), MaxValueValidator(_WEEK)]
_DAYS = [MinValueValidator(1), MaxValueValidator(365)]


class LookRule(models.Model):
    """One state's row. Where several waits hold, the longest does."""

    class State(models.TextChoices):
        NO_EVENT = "no_event", "No event yet"
        ANNOUNCED = "announced", "Announced"
        WITH_BEX = "with_bex", "With BEX"
        IN_TRANSIT = "in_transit", "On the way"
        AT_DEPOT = "at_depot", "At depot"
        OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery"
        ATTEMPT_FAILED = "attempt_failed", "Attempt failed"
        AWAITING_SIGNEE = "awaiting_signee", "Delivered, signee awaited"
        DELIVERED = "delivered", "Delivered"
        RETURNED = "returned", "Returned"
        EXCEPTION = "exception", "Other event"
        LOST_SIGHT = "lost_sight", "No news for long"
        CANCELLED = "cancelled", "Cancelled"

    state = models.CharField(max_length=20, choices=State.choices, primary_key=True)
    wait_minutes = models.PositiveIntegerField(
        "minutes until the next look", null=True, blank=True, validators=_MINUTES,
        help_text="Empty: it is not looked at any more.",
    )  # fmt: skip
    rest_minutes = models.PositiveIntegerField(
        "at night, on Sundays and holidays", null=True, blank=True, validators=_MINUTES,
        help_text="Minutes, at least, where the next look would fall into such hours.",
    )  # fmt: skip
    told_minutes = models.PositiveIntegerField(
        "after a notification", null=True, blank=True, validators=_MINUTES,
        help_text="Minutes, at least, after BEX told news by itself.",
    )  # fmt: skip
    quiet_hours = models.PositiveIntegerField(
        "hours without news", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24 * 365)],
        help_text="After so many, the next column holds.",
    )  # fmt: skip
    quiet_minutes = models.PositiveIntegerField(
        "then minutes until the next look", null=True, blank=True, validators=_MINUTES
    )
    lost_days = models.PositiveIntegerField(
        "days without news until lost sight of", null=True, blank=True, validators=_DAYS,
        help_text="It is then on the attention list, as “No news for long”.",
    )  # fmt: skip
    end_days = models.PositiveIntegerField("days without news until looks end", null=True, blank=True, validators=_DAYS)

    class Meta:
        verbose_name = "pace of looking"
        verbose_name_plural = "pace of looking"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(quiet_hours=None, quiet_minutes=None)
                | models.Q(quiet_hours__isnull=False, quiet_minutes__isnull=False),
                name="look_rule_quiet_both",
            ),
            models.CheckConstraint(
                condition=models.Q(wait_minutes__isnull=False) | models.Q(state="delivered"), name="look_rule_waits"
            ),
        ]

    def __str__(self) -> str:
        return self.get_state_display()

    def clean(self) -> None:
        if self.wait_minutes is None and self.state != self.State.DELIVERED:
            raise ValidationError({"wait_minutes": "Only what is delivered and signed for is not looked at any more."})
        if (self.quiet_hours is None) != (self.quiet_minutes is None):
            raise ValidationError({"quiet_hours": "After how long, and how often then: both or neither."})
