"""An address as a waybill carries it. Rows are never edited: what was booked keeps the one it was booked with."""

import uuid
from typing import ClassVar

from django.db import models

BUSINESS_FIELDS = (
    "company",
    "floor_building",
    "street",
    "suburb",
    "city",
    "post_code",
    "province",
    "contact_name",
    "mobile",
    "telephone",
    "email",
)
"""The fields that a person fills in, in the order in which they stand."""


class Address(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.CharField(max_length=100, blank=True)
    floor_building = models.CharField("floor or building", max_length=100, blank=True)
    street = models.CharField(max_length=150, blank=True)
    suburb = models.CharField(max_length=100)
    city = models.CharField(max_length=100, blank=True)
    post_code = models.CharField(max_length=10, blank=True)
    province = models.CharField(max_length=50, blank=True)
    contact_name = models.CharField(max_length=100, blank=True)
    mobile = models.CharField(max_length=30, blank=True)
    telephone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "addresses"
        ordering: ClassVar = ["company", "contact_name"]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.suburb, self.post_code) if part)

    @property
    def name(self) -> str:
        return self.company or self.contact_name or self.suburb

    def values(self) -> dict[str, str]:
        """What a person filled in, by field."""
        return {name: getattr(self, name) for name in BUSINESS_FIELDS}
