"""Attempts to book, the evidence about them, and what people decided. Append-only: rows are added and never deleted,
evidence and decisions never changed; an attempt's outcome is completed by its sender, by evidence, or by the end of
its lease.
"""

import uuid
from typing import ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import ApiKey, Identity, ShippingAccount
from shipments.models.kept import Kept, NeverDeleted, Record
from shipments.models.waybills import Waybill


class Outcome(models.TextChoices):
    CLAIMED = "claimed", "Being sent"
    NOT_SENT = "not_sent", "Not sent"
    REFUSED = "refused", "Refused by BEX"
    LOST = "lost", "No answer"
    BOOKED = "booked", "Booked"


class Submission(models.Model):
    """One try at BEX, with a random reference of its own (80 bits or more)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField(help_text="1 is the first.")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.CLAIMED)
    reference = models.CharField(max_length=40)
    waybill_version = models.PositiveIntegerField(help_text="The waybill's version that was claimed.")
    account = models.ForeignKey(ShippingAccount, on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    endpoint = models.URLField()
    payload = models.JSONField(help_text="Exactly what is sent.")
    own_number = models.CharField(max_length=40, blank=True, help_text="Where the number is ours and not BEX's.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_with = models.ForeignKey(
        ApiKey, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="Where a machine asked in their name.",
    )  # fmt: skip
    asked_at = models.DateTimeField(null=True, help_text="Since when booking was asked for.")
    request_id = models.CharField(max_length=64, blank=True)

    claimed_at = models.DateTimeField(default=timezone.now)
    # The lease: ruled by the database's clock on PostgreSQL, by boot id and boot clock on SQLite.
    lease_until = models.DateTimeField()
    lease_boot_id = models.CharField(max_length=40)
    lease_until_tick = models.FloatField(help_text="Seconds since boot.")

    answered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status.")
    reason = models.CharField(max_length=200, blank=True, help_text="What went wrong, in our words.")
    refusal = models.TextField(blank=True, help_text="BEX's own words.")
    raw = models.TextField(blank=True)
    waybill_number = models.CharField(max_length=40, blank=True, help_text="The number that BEX gave this attempt.")
    number_source = models.CharField(max_length=10, blank=True)
    other_numbers = models.JSONField(default=list, help_text="Told for this attempt beside its number.")

    settled_at = models.DateTimeField(null=True, help_text="A person decided about the lost attempt.")
    look_ups_done = models.PositiveIntegerField(default=0)
    next_look_up_at = models.DateTimeField(null=True)

    objects = NeverDeleted.as_manager()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["waybill"], condition=models.Q(outcome="claimed"), name="one_claimed_attempt_per_waybill"
            ),
            models.UniqueConstraint(fields=["waybill", "number"], name="attempt_number_once"),
            models.UniqueConstraint(fields=["reference"], name="attempt_reference_once"),
            models.UniqueConstraint(
                fields=["endpoint", "own_number"],
                condition=~models.Q(own_number=""),
                name="own_number_belongs_to_one_attempt",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_up_at"],
                condition=models.Q(next_look_up_at__isnull=False),
                name="attempt_look_up_due",
            ),
            models.Index(fields=["claimed_at"], condition=models.Q(outcome="claimed"), name="attempt_claimed"),
            models.Index(
                fields=["endpoint", "waybill_number"],
                condition=~models.Q(waybill_number=""),
                name="attempt_by_told_number",
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number} of {self.waybill_id}: {self.outcome}"

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise Kept("attempts are never deleted")

    @property
    def may_have_been_sent(self) -> bool:
        return self.outcome in {Outcome.CLAIMED, Outcome.LOST, Outcome.REFUSED}


class Learnt(Record):
    """What became known about an attempt, when, and from whom. The attempt itself holds the latest of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="learnt")
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=200, blank=True)
    waybill_number = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering: ClassVar = ["at"]


class LookUp(Record):
    """One search for an attempt's reference in BEX's tracking."""

    class Result(models.TextChoices):
        FOUND = "found", "Found"
        NOTHING = "nothing", "Not found"
        SEVERAL = "several", "Several shipments carry it"
        NO_NUMBER = "no_number", "Found without a number"
        TAKEN = "taken", "The number belongs to another waybill"
        FAILED = "failed", "BEX gave no answer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="look_ups")
    at = models.DateTimeField(default=timezone.now)
    result = models.CharField(max_length=10, choices=Result.choices)
    numbers = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["at"]


class Decision(Record):
    """What a person decided about a waybill, and on which page's version; without `by`, what the program did."""

    class Kind(models.TextChoices):
        ASKED = "asked", "Asked to book"
        TAKEN_BACK = "taken_back", "Taken back before sending"
        RELEASED = "released", "Released"
        CONSENTED = "consented", "Agreed to the new price"
        NUMBER = "number", "Entered BEX's number"
        BOOK_AGAIN = "book_again", "Booked again"
        ABANDONED = "abandoned", "Abandoned"
        CANCELLED = "cancelled", "Recorded a cancellation"
        REPRICED = "repriced", "Priced again"
        HELD = "held", "Held"
        RESUMED = "resumed", "Went on"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="decisions")
    attempt = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(
        ApiKey, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="Where a machine did it in their name.",
    )  # fmt: skip
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField()
    spoke_to = models.CharField(max_length=100, blank=True, help_text="Who at BEX.")
    note = models.CharField(max_length=500, blank=True, help_text="What was said.")
    total = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, help_text="The price it was about, for who may see prices."
    )
    total_before = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    waybill_number = models.CharField(max_length=40, blank=True)
    confirmed_by = models.CharField(max_length=20, blank=True, help_text="tracking, label, or nothing but their word")

    class Meta:
        ordering: ClassVar = ["at"]
