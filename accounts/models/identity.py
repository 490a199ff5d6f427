"""An identity at BEX: the user whose token several shipping accounts may share (bex-api 1 and 2)."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.secrets import seal, unseal


class IdentityQuerySet(models.QuerySet["Identity"]):
    def in_use(self) -> "IdentityQuerySet":
        return self.filter(archived_at=None)


class Identity(models.Model):
    """Its tokens are read with `token()` and `alternate_token()`, by the gateway alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=100, unique=True)
    username = models.CharField("user name at BEX", max_length=254)
    endpoint = models.URLField(editable=False, help_text="The BEX API it logged in at. Its tokens go nowhere else.")
    identity_number = models.BigIntegerField("number at BEX", null=True, editable=False)
    sealed_token = models.TextField(blank=True, editable=False)
    sealed_alternate_token = models.TextField(blank=True, editable=False)
    is_strong_password = models.BooleanField(null=True, editable=False)
    is_email_verified = models.BooleanField(null=True, editable=False)
    email = models.EmailField(blank=True, editable=False)
    logged_in_at = models.DateTimeField(null=True, editable=False)
    last_good_call_at = models.DateTimeField(null=True, editable=False)
    last_refused_at = models.DateTimeField(null=True, editable=False)
    last_refusal = models.TextField(blank=True, editable=False, help_text="BEX's own words.")
    documents_refused_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when BEX refuses its documents; empty while it gives them."
    )
    documents_refusal_shown = models.BooleanField(
        default=False, editable=False, help_text="BEX refuses what it gave before; else it is a suspicion."
    )
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_reason = models.CharField(max_length=200, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "identities"
        ordering: ClassVar = ["label"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "username"], name="identity_once_per_endpoint")
        ]

    def __str__(self) -> str:
        return self.label

    def keep_tokens(self, *, token: str, alternate_token: str) -> None:
        """Seals both into this row; the caller saves. An empty alternate token keeps the one that is there."""
        self.sealed_token = seal(token, table="identity", column="token", row=self.pk)
        if alternate_token:
            self.sealed_alternate_token = seal(alternate_token, table="identity", column="alternate_token", row=self.pk)

    def token(self) -> str:
        return unseal(self.sealed_token, table="identity", column="token", row=self.pk)

    def alternate_token(self) -> str:
        return unseal(self.sealed_alternate_token, table="identity", column="alternate_token", row=self.pk)
