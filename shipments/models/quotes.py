"""Quotes: what was asked, what BEX said. BEX stores none, so these rows are the only record."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Address, ShippingAccount
from shipments.models.money import Money
from shipments.models.rounded import RoundedField


def degrees() -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True, editable=False)


class Quote(models.Model):
    """One question to BEX and its answer. `total_weight_kg` and `volume_cm3` are what was asked with."""

    class State(models.TextChoices):
        ANSWERED = "answered", "Answered"
        REFUSED = "refused", "Refused by BEX"
        UNANSWERED = "unanswered", "Not answered"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(ShippingAccount, on_delete=models.PROTECT, related_name="quotes")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    quoted_at = models.DateTimeField(null=True, help_text="When BEX answered.")
    repeats = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="repeated_by")
    starts_from = models.ForeignKey(
        "shipments.Waybill", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The waybill that is shipped again: what a quote does not ask is taken from there.",
    )  # fmt: skip
    state = models.CharField(max_length=12, choices=State.choices, default=State.UNANSWERED)
    dispatch_date = models.DateField()
    origin_suburb = models.CharField(max_length=100)
    origin_area = models.CharField(max_length=100, blank=True)
    origin_post_code = models.CharField(max_length=10)
    destination_suburb = models.CharField(max_length=100)
    destination_area = models.CharField(max_length=100, blank=True)
    destination_post_code = models.CharField(max_length=10)
    # Decimal degrees, where an end was given by them: then they win over suburb and code.
    origin_latitude = degrees()
    origin_longitude = degrees()
    destination_latitude = degrees()
    destination_longitude = degrees()
    sender = models.ForeignKey(
        Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Where one was chosen."
    )
    receiver = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    total_weight_kg = models.DecimalField(max_digits=10, decimal_places=2)
    volume_cm3 = models.BigIntegerField()
    refusal = models.TextField(blank=True, help_text="BEX's own words.")
    failure = models.CharField(max_length=200, blank=True, help_text="Why there is no answer, in ours.")
    retry_at = models.DateTimeField(null=True, help_text="From when BEX may be asked again, where it said so.")
    warning = models.TextField(blank=True)
    raw = models.TextField(blank=True, help_text="What BEX sent, secrets taken out.")
    search = models.CharField(max_length=400, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="quote_by_account")]

    def __str__(self) -> str:
        return f"{self.origin_suburb} → {self.destination_suburb}, {self.dispatch_date}"

    @property
    def stale_at(self) -> datetime | None:
        fresh_for: timedelta = settings.QUOTE_FRESH_FOR
        return self.quoted_at + fresh_for if self.quoted_at else None

    @property
    def is_stale(self) -> bool:
        return self.stale_at is None or timezone.now() >= self.stale_at


class ParcelLine(models.Model):
    """Sides in cm as measured (BEX gets them rounded up), weight in kg of one piece."""

    position = models.PositiveSmallIntegerField()
    length_cm = models.DecimalField(max_digits=6, decimal_places=1)
    breadth_cm = models.DecimalField(max_digits=6, decimal_places=1)
    height_cm = models.DecimalField(max_digits=6, decimal_places=1)
    weight_kg = models.DecimalField(max_digits=8, decimal_places=2)
    reference = models.CharField(max_length=50, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["position"]


class QuoteLine(ParcelLine):
    """Several pieces of one size; `weight_kg` is that of each."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    pieces = models.PositiveSmallIntegerField(default=1)

    class Meta(ParcelLine.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["quote", "position"], name="quote_line_position")]

    @property
    def line_weight_kg(self) -> Decimal:
        return self.pieces * self.weight_kg


class QuoteOption(Money):
    """One service (with one add-on or none) at one price. See bexapi.QuoteOption for what each field means."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="options")
    position = models.PositiveSmallIntegerField()
    service_id = models.CharField(max_length=30, blank=True)
    service_code = models.CharField(max_length=20)
    service_name = models.CharField(max_length=100, blank=True)
    add_on = models.CharField(max_length=20, blank=True)
    cut_off = models.DateTimeField(null=True)
    collection_from = models.DateTimeField(null=True)
    collection_until = models.DateTimeField(null=True)
    estimated_delivery = models.DateTimeField(null=True)
    scheduled_delivery = models.DateTimeField(null=True)
    is_guaranteed = models.BooleanField(null=True)
    chargeable_weight_kg = RoundedField(max_digits=10, null=True)
    ends = models.JSONField(default=dict, help_text="What BEX made of origin and destination: hub, rate category …")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["quote", "position"], name="quote_option_position")]

    def __str__(self) -> str:
        return " ".join(part for part in (self.service_code, self.add_on) if part)

    @property
    def promised_by(self) -> datetime | None:
        """When BEX says it will be delivered."""
        return self.scheduled_delivery or self.estimated_delivery
