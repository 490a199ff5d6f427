"""A waybill: a shipment of one or more parcels, from draft to delivery.

`booking_state` follows from its attempts and from what people asked for (`shipments.promise`), `transit_state` from
its tracking events. Every change raises `version`.
"""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone

from accounts.models import Address, ApiKey, ShippingAccount
from shipments.models.quotes import ParcelLine, QuoteOption

LARGEST_AMOUNT = Decimal("9999999999.99")


class BookingState(models.TextChoices):
    DRAFT = "draft", "Draft"
    QUEUED = "queued", "Waiting to send"
    HELD = "held", "Held"
    SUBMITTING = "submitting", "Sending to BEX"
    BOOKED = "booked", "Booked"
    REJECTED = "rejected", "Refused by BEX"
    UNKNOWN = "unknown", "Outcome unknown"
    ABANDONED = "abandoned", "Abandoned"
    CANCELLED = "cancelled", "Cancelled"


class HoldReason(models.TextChoices):
    COLLECTION_PASSED = "collection_passed", "Collection date passed"
    CUT_OFF_PASSED = "cut_off_passed", "Past its cut-off"
    QUOTE_STALE = "quote_stale", "Price is old and could not be asked again"
    PRICING_REFUSED = "pricing_refused", "BEX refused to price it"
    NOT_OFFERED = "not_offered", "BEX does not offer this service"
    PRICE_ROSE = "price_rose", "Dearer than agreed"
    PROMISED_LATER = "promised_later", "Would be delivered later"
    ACCOUNT_PAUSED = "account_paused", "Account paused"
    ACCESS_REFUSED = "access_refused", "BEX refused the account's access"
    GRANT_ENDED = "grant_ended", "Right to book ended"
    TOO_MANY_TRIES = "too_many_tries", "BEX could not be reached"
    JOURNAL = "journal", "Journal cannot be written"
    NUMBERS_USED_UP = "numbers_used_up", "Own waybill numbers used up"
    EVIDENCE = "evidence", "An earlier attempt may have booked"
    INCOMPLETE = "incomplete", "Addresses or parcels are missing"
    LOOK_UP_FAILED = "look_up_failed", "Earlier attempts could not be looked up"
    RESTORED = "restored", "Database was restored"


class NumberSource(models.TextChoices):
    ANSWER = "answer", "BEX's answer"
    LOOK_UP = "look_up", "Found by its reference"
    PERSON = "person", "Entered by a person"
    JOURNAL = "journal", "The journal"
    WEBHOOK = "webhook", "Told by BEX"
    TRACKING = "tracking", "Shown by BEX's tracking"


class Waybill(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1)
    account = models.ForeignKey(ShippingAccount, on_delete=models.PROTECT, related_name="waybills")
    endpoint = models.URLField(editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_with = models.ForeignKey(
        ApiKey, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    # Where it came from: the first of (option, copy number) is found again by the back button.
    quote_option = models.ForeignKey(
        QuoteOption, null=True, blank=True, on_delete=models.PROTECT, related_name="waybills"
    )
    copy_number = models.PositiveIntegerField(default=0)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    # The price it relies on now: another than `quote_option` once it was priced again.
    priced_by = models.ForeignKey(QuoteOption, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    # What is shipped.
    service_code = models.CharField(max_length=20)
    service_name = models.CharField(max_length=100, blank=True)
    add_on = models.CharField(max_length=20, blank=True)
    collection_date = models.DateField()
    sender = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    senders_ref = models.CharField(max_length=50, blank=True)
    references = models.JSONField(default=list, blank=True, help_text="Further references, texts.")
    instructions = models.CharField(max_length=250, blank=True)
    insurance_value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    promised_by = models.DateTimeField(null=True, blank=True)

    # What people asked for.
    asked_at = models.DateTimeField(null=True, editable=False, help_text="Booking is asked for and not yet tried.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    asked_with = models.ForeignKey(
        ApiKey, null=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    send_after = models.DateTimeField(null=True, editable=False, help_text="Not tried again before this moment.")
    consented_total = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, editable=False, help_text="The price agreed to."
    )
    consented_promise = models.DateTimeField(null=True, editable=False, help_text="The delivery agreed to.")
    max_total = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, editable=False,
        help_text="Set by who asked: never booked above it, whatever the account's tolerance.",
    )  # fmt: skip
    hold_reason = models.CharField(max_length=20, choices=HoldReason.choices, blank=True, editable=False)
    abandoned_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)

    # What became of it.
    booking_state = models.CharField(
        max_length=12, choices=BookingState.choices, default=BookingState.DRAFT, editable=False
    )
    waybill_number = models.CharField(max_length=40, blank=True, editable=False)
    number_source = models.CharField(max_length=10, choices=NumberSource.choices, blank=True, editable=False)
    number_confirmed = models.BooleanField(default=False, editable=False)
    booked_at = models.DateTimeField(null=True, editable=False)
    price_difference = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, editable=False,
        help_text="Booked less quoted, insurance apart (shipments.comparing).",
    )  # fmt: skip
    booked_twice = models.BooleanField(
        default=False, editable=False, help_text="A second number, or another's; until a person settles it."
    )
    booking_warning = models.TextField(blank=True, editable=False, help_text="BEX's words beside the number.")

    # What happens afterwards; written by tracking.
    transit_state = models.CharField(max_length=30, blank=True, editable=False)
    last_event_text = models.CharField(max_length=300, blank=True, editable=False)
    last_event_at = models.DateTimeField(null=True, editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)
    signee = models.CharField(max_length=100, blank=True, editable=False)
    shipment_id = models.CharField(max_length=60, blank=True, editable=False, help_text="BEX's id of the shipment.")
    expected_by = models.DateTimeField(null=True, editable=False, help_text="When it should be there, as of now.")
    late_by = models.DurationField(
        null=True, editable=False,
        help_text="Delivery, or what is expected of it, after the promise; below zero: before it.",
    )  # fmt: skip
    tracking_checked_at = models.DateTimeField(null=True, editable=False)
    tracking_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Of what the last poll said."
    )
    tracking_told_at = models.DateTimeField(null=True, editable=False, help_text="When a notification last said news.")
    tracking_due_at = models.DateTimeField(null=True, editable=False)
    tracking_claimed_until = models.DateTimeField(null=True, editable=False)

    reweighed_by = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, editable=False,
        help_text="What BEX's re-weighing adds to the booked total, in ZAR; below zero: takes off.",
    )  # fmt: skip

    search = models.CharField(max_length=600, blank=True, editable=False, help_text="Number, references, receiver.")

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quote_option", "copy_number"], name="waybill_option_copy_once"),
            # In any capitals: BEX's numbers are typed and read out by people.
            models.UniqueConstraint(
                "endpoint",
                Upper("waybill_number"),
                condition=~models.Q(waybill_number=""),
                name="waybill_number_once_per_endpoint",
            ),
            # What a column cannot hold is stored by SQLite all the same, and the row cannot be read any more.
            models.CheckConstraint(
                condition=(models.Q(max_total=None) | models.Q(max_total__range=(0, LARGEST_AMOUNT)))
                & (models.Q(consented_total=None) | models.Q(consented_total__range=(0, LARGEST_AMOUNT))),
                name="waybill_amounts_fit",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="waybill_newest"),
            models.Index(fields=["account", "-created_at", "-id"], name="waybill_by_account"),
            models.Index(fields=["booking_state", "-created_at", "-id"], name="waybill_by_state"),
            models.Index(
                fields=["tracking_due_at"], condition=models.Q(tracking_due_at__isnull=False), name="waybill_due"
            ),
            models.Index(fields=["-created_at"], condition=models.Q(booked_twice=True), name="waybill_booked_twice"),
            models.Index(
                fields=["endpoint", "waybill_number"],
                condition=~models.Q(waybill_number=""),
                name="waybill_by_number",
            ),
            models.Index(fields=["senders_ref"], name="waybill_by_senders_ref"),
            models.Index(fields=["updated_at", "id"], name="waybill_by_change"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(reweighed_by__gt=0),
                name="waybill_reweighed_dearer",
            ),
        ]

    def __str__(self) -> str:
        return self.waybill_number or f"{self.get_booking_state_display()} {self.short_id}"

    @property
    def short_id(self) -> str:
        return str(self.pk)[:8]

    def promised_late(self, now: datetime) -> bool:
        return self.promised_by is not None and (self.delivered_at or now) > self.promised_by


class Parcel(ParcelLine):
    """One piece of a waybill."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.CASCADE, related_name="parcels")

    class Meta(ParcelLine.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["waybill", "position"], name="parcel_position")]
