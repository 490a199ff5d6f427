"""What BEX's words mean: the documented ones, what admins have added, and what waits for a meaning."""

import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from tracking.wordings import LONGEST, Kind, plain

FEWEST_LETTERS = 3
KINDS = {
    Kind.INTEGRATED: "Announced to BEX",
    Kind.HANDED_OVER: "Handed to BEX",
    Kind.DEPARTED: "Left a depot",
    Kind.ARRIVED: "Arrived at a depot",
    Kind.LOADED: "Loaded for delivery",
    Kind.ATTEMPT_FAILED: "Attempt failed",
    Kind.DRIVER_CONFIRMED: "Driver confirmed delivery",
    Kind.DELIVERED: "Delivered",
    Kind.RETURNED: "Returned to the sender",
    Kind.EXCEPTION: "Something is wrong with it",
    Kind.NOTED: "A remark that changes nothing",
}


class Wording(models.Model):
    """A text, `*` standing for places, names and numbers, or a TrackingTypeId; and the kind of event that it tells."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    text = models.CharField(
        max_length=LONGEST, blank=True, help_text="As BEX writes it, in any case; a * stands for anything."
    )
    type_id = models.IntegerField("TrackingTypeId", null=True, blank=True)
    kind = models.CharField(
        "means", max_length=30, blank=True, choices=[(kind.value, words) for kind, words in KINDS.items()],
        help_text="Empty: nobody has said yet what it means.",
    )  # fmt: skip
    documented = models.BooleanField(default=False, editable=False)
    example = models.CharField(max_length=500, blank=True, editable=False, help_text="BEX's own words, once.")
    seen = models.PositiveIntegerField("times seen", default=0, editable=False)
    first_seen_at = models.DateTimeField(null=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    # Events are derived anew, a bounded batch after the other, up to the waybill named last.
    to_derive = models.BooleanField(default=False, editable=False)
    derived_to = models.UUIDField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["documented", "kind", "-seen", "text"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["text"], condition=~models.Q(text=""), name="wording_text_once"),
            models.UniqueConstraint(fields=["type_id"], name="wording_type_once"),
            models.CheckConstraint(
                condition=models.Q(text="", type_id__isnull=False) | (~models.Q(text="") & models.Q(type_id=None)),
                name="wording_text_or_type",
            ),
        ]

    def __str__(self) -> str:
        return self.text or f"TrackingTypeId {self.type_id}"

    def clean(self) -> None:
        self.text = plain(self.text).casefold()
        if bool(self.text) == (self.type_id is not None):
            raise ValidationError({"text": "Either a text or a TrackingTypeId."})
        if self.text and type(self).objects.filter(text=self.text).exclude(pk=self.pk).exists():
            raise ValidationError({"text": "These words are in the list already: say there what they mean."})
        if self.text and self.kind and len(self.text.replace("*", "").strip()) < FEWEST_LETTERS:
            raise ValidationError({"text": "It would mean nearly everything that BEX says: write more of it out."})
