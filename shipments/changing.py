"""How a waybill's booking side is changed: one row taken at a time, the version raised, the state applied anew.

`taking` opens the transaction and raises the version by a conditional update, which also holds the row until the
transaction ends, on PostgreSQL as on SQLite. What the caller changes is stored together with the state that follows.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from shipments.models import Decision, Submission, Waybill
from shipments.promise import Attempt, Wishes, booking_state

BOOKING_FIELDS = (
    "asked_at",
    "asked_by",
    "asked_with",
    "send_after",
    "consented_total",
    "consented_promise",
    "max_total",
    "hold_reason",
    "abandoned_at",
    "cancelled_at",
    "booking_state",
    "waybill_number",
    "number_source",
    "number_confirmed",
    "booked_at",
    "booking_warning",
    "price_difference",
    "booked_twice",
    "priced_by",
    "promised_by",
    "tracking_due_at",
    "search",
    "updated_at",
)


class Stale(Exception):
    """The waybill has changed since the page was shown, or another process was first. Nothing was changed."""


class NotNow(Exception):
    """The waybill's state does not allow it. `reason` says why, for the person; `field` is what they might fill in."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


@contextmanager
def taking(pk: uuid.UUID, version: int | None = None) -> Iterator[Waybill]:
    """The waybill, held by this transaction. Raises Stale unless it still has that version."""
    with transaction.atomic():
        rows = Waybill.objects.filter(pk=pk)
        if version is not None:
            rows = rows.filter(version=version)
        if not rows.update(version=F("version") + 1, updated_at=timezone.now()):
            raise Stale
        waybill = Waybill.objects.select_related("account__identity", "priced_by", "asked_by").get(pk=pk)
        yield waybill
        apply_state(waybill)


def apply_state(waybill: Waybill) -> None:
    """Stores what follows from the attempts and the wishes, with whatever else was changed on the row."""
    waybill.booking_state = booking_state(attempts_of(waybill), wishes_of(waybill))
    waybill.save(update_fields=BOOKING_FIELDS)


def attempts_of(waybill: Waybill) -> list[Attempt]:
    rows = Submission.objects.filter(waybill=waybill).values_list("number", "outcome", "settled_at")
    return [Attempt(number, outcome, settled_at is not None) for number, outcome, settled_at in rows]


def wishes_of(waybill: Waybill) -> Wishes:
    return Wishes(
        asked=waybill.asked_at is not None,
        hold_reason=waybill.hold_reason,
        abandoned=waybill.abandoned_at is not None,
        cancelled=waybill.cancelled_at is not None,
    )


def decided(waybill: Waybill, kind: Decision.Kind, by: User | None, **more: object) -> Decision:
    """Notes a person's decision, their machine's, or with None the program's, with the version that it was made on."""
    key = by.acts_with if by else None
    return Decision.objects.create(waybill=waybill, kind=kind, by=by, key=key, version=waybill.version - 1, **more)
