"""A shipping account at BEX: whose rates apply and who is billed."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models.address import Address
from accounts.models.identity import Identity
from accounts.models.people import BusinessUnit


class ShippingAccount(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=30)
    name = models.CharField(max_length=100)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="accounts")
    endpoint = models.URLField(editable=False, help_text="The identity's, kept for the constraint.")
    business_unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts"
    )
    default_sender = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    price_tolerance_percent = models.DecimalField(
        "price tolerance, %",
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="A price may have risen by so much since somebody agreed to it; what rose by more is asked about.",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    paused_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "number"],
                name="account_number_once_per_endpoint",
                violation_error_message="This account number is here already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def save(self, *args: object, **kwargs: object) -> None:
        self.endpoint = self.identity.endpoint
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def may_send(self) -> bool:
        """Whether anything may be sent to BEX under it now. Needs `identity` loaded."""
        return self.state == self.State.ACTIVE and self.identity.paused_at is None and not self.identity.archived_at
