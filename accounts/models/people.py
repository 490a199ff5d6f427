"""Who uses the portal."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from accounts.models.api_key import ApiKey


class AttentionMail(models.TextChoices):
    AT_ONCE = "at_once", "At once"
    DIGEST = "digest", "Each morning"
    NEVER = "never", "Never"


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    is_service = models.BooleanField(
        "service account",
        default=False,
        help_text="A machine: it owns API keys and never signs in, so that a person who leaves stops no system.",
    )
    attention_mail = models.CharField(
        "mail about what needs a person", max_length=10, choices=AttentionMail.choices, default=AttentionMail.AT_ONCE
    )
    attention_told_until = models.DateTimeField(null=True, editable=False, help_text="What was noticed until then.")
    attention_next_at = models.DateTimeField(null=True, editable=False, help_text="Nothing is mailed before that.")
    # For one request: the accounts of the API key that was shown. None: no such limit.
    limited_to: frozenset[uuid.UUID] | None = None
    # For one request: the API key with which this person's machine acts. None: the person acts.
    acts_with: "ApiKey | None" = None

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_unique_any_case",
                violation_error_message="Somebody has this e-mail address already.",
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_unique_any_case",
                violation_error_message="Somebody has this user name already.",
            ),
        ]


class BusinessUnit(models.Model):
    """A part of the company that accounts belong to, for lists and reports."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
