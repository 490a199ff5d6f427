"""Who may do what on which shipping account, and until when."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.models.shipping_account import ShippingAccount


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    BOOKER = "booker", "Booker"
    BOOKER_NO_PRICES = "booker-no-prices", "Booker without prices"
    APPROVER = "approver", "Approver"
    MANAGER = "manager", "Manager"


class Grant(models.Model):
    """To a person or to a group, exactly one of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(ShippingAccount, on_delete=models.PROTECT, related_name="grants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    until = models.DateField(null=True, blank=True, help_text="The last day. Empty: no end.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["account", "role"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user=None, group__isnull=False) | models.Q(user__isnull=False, group=None),
                name="grant_to_a_person_or_a_group",
                violation_error_message="A grant goes to a person or to a group: choose one of them.",
            ),
            models.UniqueConstraint(fields=["account", "user", "role"], name="grant_once_per_person"),
            models.UniqueConstraint(fields=["account", "group", "role"], name="grant_once_per_group"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} on {self.account}: {self.user or self.group}"

    def clean(self) -> None:
        # One that has ended stays as it is: whoever changes something beside it must not have to delete it.
        ended = self.until is not None and self.until < timezone.localdate()
        if ended and not Grant.objects.filter(pk=self.pk, until=self.until).exists():
            raise ValidationError({"until": "This day has passed: the grant would hold for nobody. Delete it instead."})
