"""What BEX weighed and measured, beside what was booked."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.db import models

from shipments.models.waybills import Waybill


def measure(digits: int) -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(max_digits=digits, decimal_places=2, null=True)


class Reweighing(models.Model):
    """One time that BEX told it. Its money is a Price of the kind "re-weighed" with the same source."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="reweighings")
    source = models.CharField(max_length=60, help_text="The notification's id.")
    at = models.DateTimeField(help_text="When it was told; BEX gives no date.")
    service = models.CharField(max_length=20, blank=True)
    insurance_required = models.BooleanField(null=True)
    insurance_value = measure(12)
    actual_weight_kg = measure(10)
    volumetric_weight_kg = measure(10)
    chargeable_weight_kg = measure(10)

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["waybill", "source"], name="reweighing_once")]


class ReweighedParcel(models.Model):
    """Sides in cm and weight in kg of one piece, as BEX found them; empty where it says nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reweighing = models.ForeignKey(Reweighing, on_delete=models.PROTECT, related_name="parcels")
    position = models.PositiveSmallIntegerField(help_text="That of the booked parcel it is, as far as that is known.")
    barcode = models.CharField(max_length=60, blank=True)
    length_cm = measure(7)
    breadth_cm = measure(7)
    height_cm = measure(7)
    weight_kg = measure(8)
    description = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reweighing", "position"], name="reweighed_parcel_position")
        ]
