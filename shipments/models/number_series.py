"""Waybill numbers of our own: a range that BEX gave to an account."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import ShippingAccount

MOST_DIGITS = 15


class NumberSeries(models.Model):
    """`prefix` and a number of `digits` places, from `first` to `last`. `next` is the one that is taken next."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(ShippingAccount, on_delete=models.PROTECT, related_name="number_series")
    prefix = models.CharField(
        max_length=15,
        blank=True,
        validators=[RegexValidator(r"^[A-Z0-9-]*$", "Capital letters, digits and dashes only.")],
        help_text="What stands before the digits, for instance RBK.",
    )
    digits = models.PositiveSmallIntegerField(
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DIGITS)],
        help_text="How many digits follow it; zeros fill up: RBK00000001 has 8.",
    )
    first = models.PositiveBigIntegerField("from", help_text="The first number of the range, without zeros in front.")
    last = models.PositiveBigIntegerField("to", help_text="The last one; it is used as well.")
    next = models.PositiveBigIntegerField(editable=False)
    warn_below = models.PositiveIntegerField(
        default=50, help_text="With fewer left under this account, those who run the portal are told to ask BEX."
    )
    note = models.CharField(max_length=200, blank=True, help_text="Who at BEX gave it, and when.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, editable=False, help_text="Nothing more is taken from it.")

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        verbose_name_plural = "number series"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="series_from_before_to"),
            models.CheckConstraint(
                condition=Q(next__gte=F("first"), next__lte=F("last") + 1), name="series_next_within_its_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number(self.first)} to {self.number(self.last)}"

    def number(self, place: int) -> str:
        return f"{self.prefix}{place:0{self.digits}d}"

    @property
    def left(self) -> int:
        return 0 if self.ended_at else self.last + 1 - self.next

    def place_of(self, number: str) -> int | None:
        """Where in this range the number stands; None where it is none of it."""
        digits = number[len(self.prefix) :]
        if not number.startswith(self.prefix) or len(digits) != self.digits or not digits.isascii():
            return None
        if not digits.isdigit() or not self.first <= int(digits) <= self.last:
            return None
        return int(digits)

    def clean(self) -> None:
        if None in {self.first, self.last, self.digits}:
            return
        if self.first > self.last:
            raise ValidationError({"last": "The range ends before it begins."})
        if len(str(self.last)) > self.digits:
            raise ValidationError({"digits": f"{self.last} has {len(str(self.last))} digits."})
        account = ShippingAccount.objects.filter(pk=self.account_id).first()
        if account is None:
            return
        for other in NumberSeries.objects.filter(account__endpoint=account.endpoint).exclude(pk=self.pk):
            if self._overlaps(other):
                raise ValidationError(
                    {"first": f"Account {other.account.number} has numbers of this range already: {other}."}
                )

    def _overlaps(self, other: "NumberSeries") -> bool:
        """Whether a number of one is written like a number of the other, however the two split prefix and digits."""
        begins, ends = self.number(self.first), self.number(self.last)
        others_begin, others_end = other.number(other.first), other.number(other.last)
        return len(begins) == len(others_begin) and begins <= others_end and others_begin <= ends
