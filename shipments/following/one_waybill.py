"""The version of a waybill's page: of its row, of what belongs to it, of what this person may see, and of the clock."""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone

from accounts.access import Right, accounts_for, visible
from accounts.models import User
from bexportal.compiled import Compiled, Row
from shipments.models import (
    AttentionMark,
    Decision,
    Document,
    Learnt,
    LookUp,
    Price,
    Printing,
    Reweighing,
    SendingHold,
    Submission,
    Waybill,
)
from shipments.models.waybills import BookingState, HoldReason

OVERDUE_AFTER = timedelta(minutes=10)
"""A look at BEX that is due for so long has not come: the page says that what it shows may be old."""
_NOT_SHOWN = frozenset({"search", "tracking_claimed_until", "tracking_digest"})
_SHOWN = tuple(field.attname for field in Waybill._meta.concrete_fields if field.attname not in _NOT_SHOWN)
_OF_ITS_ACCOUNT = tuple(
    f"account__{name}" for name in ("number", "name", "price_tolerance_percent", "state", "paused_reason")
)
_OF_AN_ATTEMPT = (
    "number", "outcome", "reason", "reference", "waybill_number", "other_numbers", "answered_at", "next_look_up_at",
    "settled_at", "lease_until",
)  # fmt: skip


def version(user: User, pk: uuid.UUID, now: datetime) -> str | None:
    """Another one whenever the page would show something else; None where this person may not see the waybill."""
    key = (user.is_superuser, timezone.localdate(now))
    overdue = now - OVERDUE_AFTER
    found = _waybill.rows(key, user=user.pk, pk=pk, now=now, overdue=overdue)
    if not found:
        return None
    told: list[Row] = [*found, *_attempts.rows((), pk=pk), (user.pk, *key, _by_the_clock(found[0], now))]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


def _build_waybill(
    key: tuple[bool, Any], user: uuid.UUID, pk: uuid.UUID, now: datetime, overdue: datetime
) -> QuerySet[Any]:
    person = User(pk=user, is_active=True, is_superuser=key[0])
    rows = visible(Waybill.objects.order_by(), person).filter(pk=pk)
    told = {**_rights(person), **_what_belongs_to_it(), **_phases(now, overdue)}
    return rows.annotate(**told).values_list(*_NAMES)


def _rights(person: User) -> dict[str, Exists]:
    rights: tuple[Right, ...] = ("book", "prices")
    own = OuterRef("account_id")
    return {f"may_{right}": Exists(accounts_for(person, right).filter(pk=own)) for right in rights}


def _what_belongs_to_it() -> dict[str, Subquery]:
    return {
        "has_parcels": _count(_related("parcels")),
        "has_prices": _count(Price),
        "has_decisions": _count(Decision),
        "has_printings": _count(Printing),
        "has_reweighings": _count(Reweighing),
        "has_notes": _count(_related("notes")),
        "has_events": _count(_related("events")),
        "has_look_ups": _count(LookUp, "attempt__waybill"),
        "has_learnt": _count(Learnt, "attempt__waybill"),
        "document_at": _latest(Document, "fetched_at"),
        "mark_noted_at": _latest(AttentionMark, "noted_at"),
        "mark_settled_at": _latest(AttentionMark, "settled_at"),
        # Of all waybills: what waits says why.
        "hold": Subquery(SendingHold.objects.filter(released_at=None).order_by("-since").values("pk")[:1]),
    }


def _related(name: str) -> Any:
    """What an application above this one hangs on a waybill."""
    return Waybill._meta.get_field(name).related_model


def _count(model: Any, to_waybill: str = "waybill") -> Subquery:
    rows: Any = model.objects.filter(**{to_waybill: OuterRef("pk")}).order_by()
    return Subquery(rows.values(to_waybill).annotate(many=Count("pk")).values("many"))


def _latest(model: Any, moment: str) -> Subquery:
    rows: Any = model.objects.filter(waybill=OuterRef("pk")).order_by()
    return Subquery(rows.values("waybill").annotate(last=Max(moment)).values("last"))


def _phases(now: datetime, overdue: datetime) -> dict[str, Case]:
    """What the clock changes alone. A moment that comes nearer is counted down on the page itself."""

    def passed(field: str, moment: datetime) -> Case:
        gone = When(Q(**{f"{field}__lt": Value(moment, output_field=DateTimeField())}), then=Value(True))
        return Case(gone, default=Value(False), output_field=BooleanField())

    return {
        "is_late": passed("promised_by", now),
        "is_unexpected": passed("expected_by", now),
        "is_overdue": passed("tracking_due_at", overdue),
    }


def _build_attempts(key: Any, pk: uuid.UUID) -> QuerySet[Any]:
    return Submission.objects.filter(waybill=pk).order_by("number").values_list(*_OF_AN_ATTEMPT)


_NAMES = (
    *_SHOWN, *_OF_ITS_ACCOUNT, "may_book", "may_prices", *_what_belongs_to_it(), "is_late", "is_unexpected",
    "is_overdue",
)  # fmt: skip
_waybill = Compiled(_build_waybill, not_always={"user"}, user=uuid.UUID, pk=uuid.UUID, now=datetime, overdue=datetime)
_attempts = Compiled(_build_attempts, pk=uuid.UUID)


def _by_the_clock(row: Row, now: datetime) -> int | None:
    """What other rows and a lease's end decide, and this query does not tell, is rendered every so many seconds: of an
    unknown outcome its look-ups and choices; of a second number its other waybill; what a look-up is worth here.
    """
    at = dict(zip(_NAMES, row, strict=True))
    state, reason = at["booking_state"], at["hold_reason"]
    if state == BookingState.UNKNOWN or reason == HoldReason.EVIDENCE:
        return int(now.timestamp()) // 10
    return int(now.timestamp()) // 60 if at["booked_twice"] or at["has_look_ups"] else None
