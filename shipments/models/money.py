"""Money as BEX reports it, in ZAR. Empty where BEX said nothing."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.db import models

from shipments.models.kept import Record
from shipments.models.rounded import RoundedField


def amount() -> "models.DecimalField[Decimal | None, Decimal | None]":
    return RoundedField(max_digits=12, null=True, blank=True)


class Money(models.Model):
    """`subtotal` is before `vat`, `total` after. `surcharges_total` holds fuel, insurance and the others."""

    base_rate = amount()
    fuel = amount()
    insurance = amount()
    other_surcharges = amount()
    surcharges_total = amount()
    subtotal = amount()
    vat = amount()
    total = amount()

    class Meta:
        abstract = True


MONEY_FIELDS = ("base_rate", "fuel", "insurance", "other_surcharges", "surcharges_total", "subtotal", "vat", "total")


class Price(Money, Record):
    """One price of a waybill, as it was told at one moment. Never overwritten."""

    class Kind(models.TextChoices):
        QUOTED = "quoted", "Quoted"
        BOOKED = "booked", "Booked"
        REWEIGHED = "reweighed", "Re-weighed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey("shipments.Waybill", on_delete=models.PROTECT, related_name="prices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    volumetric_ratio = RoundedField(max_digits=10, null=True, help_text="cm³ per kg, as it was billed with.")
    # One answer tells one price, however often it is read.
    source = models.CharField(max_length=60, help_text="What told it: the option's, attempt's or notification's id.")

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["waybill", "kind", "source"], name="price_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.total}"
