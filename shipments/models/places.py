"""What completes the forms: places, addresses that were used, usual parcels."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Address, ShippingAccount


class Place(models.Model):
    """A suburb with its area and street post code. The list only completes: BEX decides what it knows."""

    id = models.BigAutoField(primary_key=True)
    suburb = models.CharField(max_length=100)
    area = models.CharField(max_length=100, blank=True, help_text="Town or city.")
    post_code = models.CharField(max_length=10)
    province = models.CharField(max_length=50, blank=True)
    also = models.CharField(max_length=200, blank=True, help_text="Other names, for instance before a renaming.")
    search = models.CharField(max_length=400, editable=False, help_text="All names and the code, folded.")
    learnt_at = models.DateTimeField(null=True, editable=False, help_text="When BEX first quoted it, if not imported.")
    quoted = models.PositiveIntegerField(default=0, editable=False, help_text="How often BEX quoted it.")

    class Meta:
        ordering: ClassVar = ["suburb", "post_code"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["suburb", "area", "post_code"], name="place_once")]
        indexes: ClassVar = [
            models.Index(fields=["post_code"], name="place_by_code"),
            models.Index(fields=["search"], name="place_by_search"),
        ]

    def __str__(self) -> str:
        return f"{self.suburb} {self.post_code}"


class AddressBookEntry(models.Model):
    """An address that was booked with, seen by whoever may use that account."""

    class End(models.TextChoices):
        SENDER = "sender", "Sender"
        RECEIVER = "receiver", "Receiver"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(ShippingAccount, on_delete=models.PROTECT, related_name="address_book")
    end = models.CharField(max_length=10, choices=End.choices)
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64, editable=False, help_text="The same address, written the same way.")
    search = models.CharField(max_length=600, editable=False)
    uses = models.PositiveIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name_plural = "address book"
        ordering: ClassVar = ["-uses", "-last_used_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "end", "fingerprint"], name="address_book_entry_once")
        ]

    def __str__(self) -> str:
        return str(self.address)


class ParcelPreset(models.Model):
    """A usual parcel of this company."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60, unique=True)
    length_cm = models.DecimalField(max_digits=6, decimal_places=1)
    breadth_cm = models.DecimalField(max_digits=6, decimal_places=1)
    height_cm = models.DecimalField(max_digits=6, decimal_places=1)
    weight_kg = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name
