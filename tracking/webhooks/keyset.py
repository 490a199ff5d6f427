"""Pages of rows that are ordered by when they were received, newest first: found by the last row of the one before."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tracking.models import Delivery, Notification

M = TypeVar("M", Delivery, Notification)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """`older`: the cursor of the next page, '' where there is none. `is_first`: nothing newer was left out."""

    rows: list[M]
    older: str
    is_first: bool


def page_of(rows: QuerySet[M], after: str) -> Page[M]:
    """The page older than the cursor; a bad cursor is none."""
    place = _place(after)
    found = rows.order_by("-received_at", "-id")
    if place is not None:
        at, pk = place
        found = found.filter(Q(received_at__lte=at) & (Q(received_at__lt=at) | Q(pk__lt=pk)))
    shown = list(found[: PAGE_SIZE + 1])
    has_older, shown = len(shown) > PAGE_SIZE, shown[:PAGE_SIZE]
    older = f"{shown[-1].received_at.isoformat()}_{shown[-1].pk.hex}" if has_older else ""
    return Page(shown, older, place is None)


def _place(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    moment, _, pk = cursor.partition("_")
    try:
        at = parse_datetime(moment)
        return (at, uuid.UUID(pk)) if at is not None and timezone.is_aware(at) and _is_sensible(at) else None
    except ValueError:
        return None


def _is_sensible(at: datetime) -> bool:
    """Not so near the ends of the calendar that another time zone is beyond them."""
    return 1900 < at.year < 9999
