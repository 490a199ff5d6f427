"""The version of the home page: told anew at most once a minute, where something has changed, and every five minutes.

Its groups come of a dozen queries, so it does not follow as closely as the page of a waybill or a list.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.access import accounts_for
from accounts.models import User
from bexportal.compiled import Compiled
from shipments.models import Waybill

AT_MOST_EVERY = timedelta(minutes=1)
AT_LEAST_EVERY = timedelta(minutes=5)
"""What people say about cases, cut-offs, and what becomes late by the clock are shown by then."""
IN_FLIGHT = timedelta(seconds=30)
"""A change may be written so long before it is seen: transactions end later than the moments that they write."""


def as_served(now: datetime) -> str:
    return f"{now.timestamp():.0f}"


def has_news(user: User, seen: str, now: datetime) -> bool:
    """Whether the page is to be told anew; one query at most. What is no version of ours is."""
    served = _moment(seen)
    if served is None or now - served >= AT_LEAST_EVERY:
        return True
    return now - served >= AT_MOST_EVERY and has_changed(user, served - IN_FLIGHT, now)


def has_changed(user: User, since: datetime, now: datetime) -> bool:
    """Whether any waybill that this person may see has changed since then: one query over what has."""
    return bool(_changed.rows((user.is_superuser, timezone.localdate(now)), user=user.pk, since=since))


def seen_by(person: User) -> QuerySet[Waybill]:
    """What this person may see, asked row by row: for queries that find few rows by when they changed. As a set of
    accounts SQLite would begin with it, and read all of them.
    """
    own = accounts_for(person).filter(pk=OuterRef("account_id"))
    return Waybill.objects.all() if person.is_superuser else Waybill.objects.filter(Exists(own))


def _moment(seen: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seen), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _build_changed(key: tuple[bool, Any], user: uuid.UUID, since: datetime) -> QuerySet[Any, Any]:
    rows = seen_by(User(pk=user, is_active=True, is_superuser=key[0]))
    return rows.order_by().filter(updated_at__gte=since).values_list("pk")[:1]


_changed = Compiled(_build_changed, not_always={"user"}, user=uuid.UUID, since=datetime)
