"""Webhooks: what BEX is asked to tell us (subscriptions), and what arrived (deliveries)."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.secrets import seal, unseal
from bexapi import webhooks

TABLE = "webhook_subscription"
MARGIN = timedelta(seconds=10)
PATH = "/hooks/"
"""Whatever tells one subscription from another stands in the path: the echo replaces the query."""


def new_token() -> str:
    """192 bits: nobody guesses the path."""
    return secrets.token_urlsafe(24)


def key_digest(key: str) -> str:
    """By which one key is known to be another's equal while both are sealed. It opens nothing."""
    return hashlib.sha256(b"bexportal webhook key:" + key.encode()).hexdigest()


class Subscription(models.Model):
    """One address of ours that BEX is to tell of what happens.

    `prepared`: here alone. `registering`: BEX is being asked, or was and gave no answer. `registered`: BEX knows it and
    sends nothing yet. `active`. `ended`: its secrets are gone. `replacing` says the same of a new secret.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", "Prepared"
        REGISTERING = "registering", "Being registered"
        REGISTERED = "registered", "Registered, not active yet"
        ACTIVE = "active", "Active"
        ENDED = "ended", "Ended"

    class Replacing(models.TextChoices):
        NOT = "", "No"
        REGISTERING = "registering", "The new secret is being registered"
        REGISTERED = "registered", "The new secret is registered, not active yet"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    description = models.CharField(max_length=100)
    filters = models.JSONField(default=list, help_text="Kinds of notification; none is all of them.")
    endpoint = models.URLField(editable=False, help_text="The webhook service of BEX that it is registered at.")
    courier = models.URLField(editable=False, help_text="The BEX API whose waybills it tells of.")
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    uri = models.URLField(max_length=500, editable=False, help_text="As BEX was told it.")
    key_digest = models.CharField(max_length=64, editable=False)
    sealed_key = models.TextField(blank=True, editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)
    sealed_previous_secret = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False, help_text="Empty: for as long as it is there.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PREPARED, editable=False)
    replacing = models.CharField(max_length=12, choices=Replacing.choices, blank=True, editable=False)
    replacing_since = models.DateTimeField(null=True, editable=False)
    asked_at = models.DateTimeField(null=True, editable=False, help_text="When BEX was last asked something of it.")
    activation_refused_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False, help_text="Of the last step, in our words.")
    refusal = models.TextField(blank=True, editable=False, help_text="Of the last step, in BEX's words.")
    registrations = models.PositiveSmallIntegerField(default=0, editable=False, help_text="How often BEX has it.")
    webhook_id = models.CharField(max_length=100, blank=True, editable=False, help_text="BEX's id of it.")
    echoed_at = models.DateTimeField(null=True, editable=False, help_text="When BEX, or we, last asked for an echo.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    active_since = models.DateTimeField(null=True, editable=False)
    replaced_at = models.DateTimeField(null=True, editable=False, help_text="When its secret was last replaced.")
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "key_digest"],
                condition=~models.Q(state="ended"),
                name="one_live_subscription_per_webhook_key",
            )
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def path(self) -> str:
        return f"{PATH}{self.token}"

    @property
    def is_being_asked(self) -> bool:
        """Whether a call about it may still be under way: who made it may also have been killed."""
        longest = timedelta(seconds=settings.BEX_DEADLINE) + MARGIN
        return self.asked_at is not None and timezone.now() < self.asked_at + longest

    def keep_key(self, key: str) -> None:
        """Seals it into this row; the caller saves."""
        self.key_digest = key_digest(key)
        self.sealed_key = seal(key, table=TABLE, column="key", row=self.pk)

    def keep_secret(self, secret: str) -> None:
        self.sealed_secret = self.seal_secret(secret, "secret")

    def seal_secret(self, secret: str, column: str) -> str:
        """For `sealed_secret` or `sealed_previous_secret`."""
        return seal(secret, table=TABLE, column=column, row=self.pk)

    def key(self) -> str:
        return unseal(self.sealed_key, table=TABLE, column="key", row=self.pk)

    def secret(self) -> str:
        return unseal(self.sealed_secret, table=TABLE, column="secret", row=self.pk)

    def previous_secret(self) -> str:
        """The one before, while it is still accepted."""
        return unseal(self.sealed_previous_secret, table=TABLE, column="previous_secret", row=self.pk)

    def accepts_previous(self, now: datetime) -> bool:
        return bool(self.sealed_previous_secret) and (self.previous_until is None or now < self.previous_until)

    @classmethod
    def prepared(cls, **fields: Any) -> "Subscription":
        """A new one with a path and a secret of its own, not saved yet."""
        made = cls(**fields)
        made.keep_secret(webhooks.new_secret())
        return made


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def to_be_taken(self) -> QuerySet["Delivery"]:
        """Verified and not looked into yet, oldest first."""
        return self.filter(verdict__in=GOOD, taken_at=None).order_by("received_at", "pk")


class Delivery(models.Model):
    """One request that came to a subscription's address, as it came. Nothing but its taking is written later."""

    class Verdict(models.TextChoices):
        SIGNED = "signed", "Signed by BEX"
        SIGNED_BEFORE = "signed_before", "Signed with the secret before"
        FORGED = "forged", "Wrong signature"
        MALFORMED = "malformed", "No usable signature"
        TOO_LARGE = "too_large", "Too large"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="deliveries")
    received_at = models.DateTimeField(default=timezone.now)
    verdict = models.CharField(max_length=13, choices=Verdict.choices)
    size = models.PositiveIntegerField(help_text="Bytes of the body, as far as it was read.")
    body = models.BinaryField(help_text="The raw bytes; none of what was refused for its size.")
    headers = models.JSONField(default=dict, help_text="Those that matter.")
    # What is found in it later.
    taken_at = models.DateTimeField(null=True)
    bex_id = models.CharField(max_length=100, blank=True, help_text="Its Id; the same over the attempts.")
    attempt = models.PositiveIntegerField(null=True)
    notifications_count = models.PositiveIntegerField(default=0)
    new_count = models.PositiveIntegerField(default=0, help_text="Notifications that nobody had told before.")
    problem = models.CharField(max_length=200, blank=True, help_text="Why nothing could be taken out of it.")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-received_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["-received_at", "-id"], name="delivery_newest"),
            models.Index(fields=["subscription", "-received_at"], name="delivery_by_subscription"),
            models.Index(
                fields=["received_at"],
                condition=models.Q(taken_at=None, verdict__in=("signed", "signed_before")),
                name="delivery_to_be_taken",
            ),
        ]

    @property
    def is_good(self) -> bool:
        return self.verdict in GOOD


GOOD = (Delivery.Verdict.SIGNED, Delivery.Verdict.SIGNED_BEFORE)
TO_BE_TAKEN = Q(taken_at=None, verdict__in=GOOD)
