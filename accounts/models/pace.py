"""How fast BEX may be asked: who asks it now, what each endpoint can bear, what its last calls were like."""

from typing import ClassVar

from django.db import models


class Service(models.TextChoices):
    ALL = "", "All"
    LOGIN = "login", "Log-in"
    QUOTES = "quotes", "Quotes"
    BOOKING = "booking", "Booking"
    TRACKING = "tracking", "Tracking"
    DOCUMENTS = "documents", "Documents"
    WEBHOOKS = "webhooks", "Webhooks"


class Outcome(models.TextChoices):
    ANSWERED = "answered", "Answered"
    REFUSED = "refused", "Refused"
    BUSY = "busy", "Asked to wait"
    UNREACHABLE = "unreachable", "Not reached"
    SILENT = "silent", "No answer"
    UNUSABLE = "unusable", "No usable answer"


class Permit(models.Model):
    """One of the calls that may be made to an endpoint at a time, by all processes of all hosts together."""

    endpoint = models.URLField()
    number = models.PositiveSmallIntegerField(help_text="From 1 to BEX_CONCURRENCY.")
    holder = models.CharField(max_length=32, blank=True, help_text="'' where it is free.")
    # The lease: ruled as that of an attempt. Who holds it beyond was killed.
    lease_until = models.DateTimeField(null=True)
    lease_boot_id = models.CharField(max_length=40, blank=True)
    lease_until_tick = models.FloatField(default=0, help_text="Seconds since boot.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["endpoint", "number"], name="permit_once")]


class Pace(models.Model):
    """The circuit breaker of one of an endpoint's services; and, in a row for all of them, the pause it asked for."""

    endpoint = models.URLField()
    service = models.CharField(max_length=10, choices=Service.choices, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Calls in a row that it did not answer.")
    opened_at = models.DateTimeField(null=True, help_text="Since when nothing is sent; empty while all is well.")
    trials = models.PositiveIntegerField(default=0, help_text="Trials since then that failed.")
    trial_at = models.DateTimeField(null=True, help_text="The next trial comes no sooner.")
    paused_at = models.DateTimeField(null=True, help_text="When it asked to wait last.")
    paused_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["endpoint", "service"], name="pace_once")]


class RecordedCall(models.Model):
    """One of the last calls: nothing personal, no secret. The oldest are thrown away and counted in CallTally."""

    endpoint = models.URLField()
    operation = models.CharField(max_length=30)
    outcome = models.CharField(max_length=11, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status.")
    took_ms = models.PositiveIntegerField(help_text="Milliseconds, without the wait for its turn.")
    at = models.DateTimeField(help_text="When it ended.")
    request_id = models.CharField(max_length=64, blank=True)


class CallTally(models.Model):
    """The calls whose own rows were thrown away: how many of one kind ended so, within so long (`call_counts`)."""

    endpoint = models.URLField()
    operation = models.CharField(max_length=30)
    outcome = models.CharField(max_length=11, choices=Outcome.choices)
    within_ms = models.PositiveIntegerField(help_text="The bucket: they took so many milliseconds at most.")
    calls = models.BigIntegerField(default=0)
    took_ms = models.BigIntegerField(default=0, help_text="All of them together.")
    last_at = models.DateTimeField(help_text="When the last of them ended.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "operation", "outcome", "within_ms"], name="call_tally_once")
        ]
