"""The version of a page of the list: of each row that is shown, of the tabs' counts, and how many rows are new.

A row that is shown stays where it is and is brought up to date there, whether it still answers to the filters or not.
Rows that came to answer meanwhile are counted, never shifted in beneath somebody's hand.
"""

import hashlib
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.access import visible
from accounts.models import User
from bexportal.compiled import Compiled
from shipments.filtering import LABELS as FILTER_NAMES
from shipments.filtering import FilterForm, Filters
from shipments.following.today import IN_FLIGHT, has_changed, seen_by
from shipments.listing import PAGE_SIZE, Tab, newer_or_same, older_or_same, place, tabs_for
from shipments.models import Waybill

MOST_NEW = 99
TABS_EVERY = timedelta(minutes=1)
BY_THE_CLOCK = frozenset({"late", "will_be_late", "on_time"})
_COLUMNS = (
    "pk", "version", "updated_at", "booking_state", "transit_state", "hold_reason", "waybill_number", "promised_by",
    "expected_by", "delivered_at",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A page as it was served. `asked`: its filters as they stand in its address, read where they are needed. `top`,
    `bottom`: cursors of its first and last row where there is more beyond them.
    """

    ids: tuple[uuid.UUID, ...]
    user: User
    asked: Mapping[str, Any]
    at: datetime
    top: str = ""
    bottom: str = ""

    @cached_property
    def filters(self) -> Filters:
        return Filters.of(FilterForm(self.user, self.asked)) if any(map(self.asked.get, FILTER_NAMES)) else Filters()

    @property
    def is_of_the_clock(self) -> bool:
        return any(self.asked.get(name) in BY_THE_CLOCK for name in ("state", "timing"))


@dataclass(frozen=True)
class Seen:
    """What an open page knows, as the text of its version: when it was told, new rows, tabs, and each row's digest."""

    at: datetime
    new: int
    tabs_at: datetime
    tabs: str
    rows: tuple[str, ...]

    def text(self) -> str:
        parts = (f"{self.at.timestamp():.0f}", str(self.new), f"{self.tabs_at.timestamp():.0f}", self.tabs)
        return ".".join((*parts, "".join(self.rows)))

    @classmethod
    def read(cls, text: str, rows: int) -> "Seen | None":
        """None for what is none of ours, or is of another page."""
        try:
            at, new, tabs_at, tabs, digests = text.split(".")
            told = tuple(digests[start : start + 6] for start in range(0, len(digests), 6))
            found = cls(_moment(int(at)), int(new), _moment(int(tabs_at)), tabs[:8], told)
        except (ValueError, OverflowError, OSError):
            return None
        return found if len(told) == rows else None

    def shows_the_same_as(self, other: "Seen") -> bool:
        return (self.new, self.tabs, self.rows) == (other.new, other.tabs, other.rows)


def as_served(rows: Iterable[Waybill], tabs: Sequence[Tab], now: datetime) -> Seen:
    """`now`: from before the rows were read."""
    return Seen(
        now,
        0,
        now,
        digest_of_tabs(tabs),
        tuple(_digest([getattr(row, name) for name in _COLUMNS], now) for row in rows),
    )


def look(shown: Shown, before: Seen | None, now: datetime) -> Seen:
    """What there is to see now: two queries; where something has changed, one more, and one a minute for the tabs."""
    user = shown.user
    found = _rows_of(user, shown.ids, now)
    rows = tuple(found.get(pk.hex, "-" * 6) for pk in shown.ids)
    if before is None:
        before = Seen(shown.at, -1, shown.at - TABS_EVERY, "", ())
    elif not _moved_since(user, before, shown, now):
        return replace(before, at=now, rows=rows)
    new = _count_new(shown, now)
    if now - before.tabs_at < TABS_EVERY:
        return replace(before, at=now, rows=rows, new=new)
    return Seen(now, new, now, digest_of_tabs(tabs_for(user, shown.filters, now)), rows)


def digest_of_tabs(tabs: Sequence[Tab]) -> str:
    return hashlib.sha256(repr([(tab.words, tab.count) for tab in tabs]).encode()).hexdigest()[:8]


def _moved_since(user: User, before: Seen, shown: Shown, now: datetime) -> bool:
    """Whether anything that this person may see has changed, or the clock may have changed what answers."""
    if shown.is_of_the_clock and before.at.replace(second=0, microsecond=0) != now.replace(second=0, microsecond=0):
        return True
    return has_changed(user, min(before.at, now) - IN_FLIGHT, now)


@dataclass(frozen=True)
class _Kind:
    """What decides how the query of new rows is spelled."""

    is_superuser: bool
    today: date
    query: str
    is_of_the_clock: bool
    has_top: bool
    has_bottom: bool
    filters: Filters = field(compare=False)


def _count_new(shown: Shown, now: datetime) -> int:
    """How many rows have come to answer since the page was served, up to MOST_NEW."""
    top, bottom = place(shown.top), place(shown.bottom)
    kind = _Kind(
        shown.user.is_superuser, timezone.localdate(now), shown.filters.query(), shown.is_of_the_clock,
        top is not None, bottom is not None, shown.filters,
    )  # fmt: skip
    (top_at, top_pk), (bottom_at, bottom_pk) = top or _NOWHERE, bottom or _NOWHERE
    found = _new.rows(
        kind, user=shown.user.pk, now=now, at=shown.at, since=shown.at - IN_FLIGHT, top_at=top_at, top_pk=top_pk,
        bottom_at=bottom_at, bottom_pk=bottom_pk, **_by_number(shown.ids),
    )  # fmt: skip
    return len(found)


def _rows_of(user: User, ids: Sequence[uuid.UUID], now: datetime) -> dict[str, str]:
    """The digest of each row that this person may see, by the hexadecimal digits of its id."""
    if not ids:
        return {}
    found = _some.rows((user.is_superuser, timezone.localdate(now)), user=user.pk, **_by_number(ids))
    return {str(row[0]).replace("-", ""): _digest(row, now) for row in found}


def _by_number(ids: Sequence[uuid.UUID]) -> dict[str, uuid.UUID]:
    """As many as a full page has, so that all are asked for in the same words."""
    padded = [*ids, *([ids[-1] if ids else _NOWHERE[1]] * PAGE_SIZE)][:PAGE_SIZE]
    return {f"id{number}": pk for number, pk in enumerate(padded)}


def _digest(row: Sequence[Any], now: datetime) -> str:
    """Six digits of what a row shows, from the model's values or the driver's."""
    _, version, updated_at, *states, promised_by, expected_by, delivered_at = row
    promised, expected = _read(promised_by), _read(expected_by)
    by_the_clock = (
        timezone.localdate(now), promised is not None and promised < now, expected is not None and expected < now,
    )  # fmt: skip
    said = (version, _read(updated_at), *states, promised, expected, _read(delivered_at), *by_the_clock)
    return f"{zlib.crc32(repr(said).encode()) & 0xFFFFFF:06x}"


def _read(moment: datetime | str | None) -> datetime | None:
    """SQLite's driver gives UTC as text."""
    if isinstance(moment, str):
        moment = parse_datetime(moment)
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _build_some(key: tuple[bool, Any], user: uuid.UUID, **ids: uuid.UUID) -> QuerySet[Any]:
    rows = visible(Waybill.objects.order_by(), User(pk=user, is_active=True, is_superuser=key[0]))
    return rows.filter(pk__in=list(ids.values())).values_list(*_COLUMNS)


def _build_new(
    kind: _Kind, user: uuid.UUID, now: datetime, at: datetime, since: datetime, top_at: datetime, top_pk: uuid.UUID,
    bottom_at: datetime, bottom_pk: uuid.UUID, **ids: uuid.UUID,
) -> QuerySet[Any, Any]:  # fmt: skip
    person = User(pk=user, is_active=True, is_superuser=kind.is_superuser)
    waybills = kind.filters.apply(seen_by(person), now).order_by()
    moved = Q(updated_at__gte=since)
    if kind.is_of_the_clock:
        moved |= Q(promised_by__gte=at, promised_by__lte=now)
    waybills = waybills.filter(moved).exclude(pk__in=list(ids.values()))
    if kind.has_top:
        waybills = waybills.filter(older_or_same((top_at, top_pk)))
    if kind.has_bottom:
        waybills = waybills.filter(newer_or_same((bottom_at, bottom_pk)))
    return waybills.values_list("pk")[:MOST_NEW]


_NOWHERE = (datetime(2000, 1, 1, tzinfo=UTC), uuid.UUID(int=0))
_IDS = {f"id{number}": uuid.UUID for number in range(PAGE_SIZE)}
_some = Compiled(_build_some, not_always={"user"}, user=uuid.UUID, **_IDS)
_NOT_ALWAYS = {"user", "now", "at", "top_at", "top_pk", "bottom_at", "bottom_pk"}
_new = Compiled(
    _build_new, not_always=_NOT_ALWAYS, user=uuid.UUID, now=datetime, at=datetime, since=datetime, top_at=datetime,
    top_pk=uuid.UUID, bottom_at=datetime, bottom_pk=uuid.UUID, **_IDS,
)  # fmt: skip
