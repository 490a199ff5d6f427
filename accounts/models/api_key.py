"""Keys of the REST API. Only a hash is kept; a key belongs to a person or to a service account."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models.shipping_account import ShippingAccount


class Scope(models.TextChoices):
    READ = "read", "Read waybills, quotes, events, places and accounts"
    QUOTE = "quote", "Ask BEX for prices"
    BOOK = "book", "Book, correct and settle waybills"
    DOCUMENTS = "documents", "Download labels and e-waybills"
    WEBHOOKS = "webhooks", "Read which webhooks there are and what came; for keys of admins"


class ApiKey(models.Model):
    """What a machine may do in the name of `owner`, never more than the owner may."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="What uses it, for instance ERP.")
    prefix = models.CharField(max_length=16, editable=False, help_text="The first letters, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    accounts = models.ManyToManyField(
        ShippingAccount, blank=True, related_name="+", help_text="None: all that the owner may use."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # The calls of one minute, for the rate limit: shared by all processes.
    minute = models.DateTimeField(null=True, editable=False)
    calls = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    def has(self, scope: str) -> bool:
        return scope in self.scopes

    def why_not(self, now: datetime) -> str:
        """Why it opens nothing, in words; '' while it does."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "" if self.owner.is_active else "of somebody who may no longer use the portal"

    @property
    def state(self) -> str:
        return self.why_not(timezone.now()) or "in use"
