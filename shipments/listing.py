"""The list of waybills: which rows answer, one page at a time.

Pages are found by the last row of the one before (keyset), so rows that are added meanwhile move nothing.
"""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.access import accounts_with_prices, visible
from accounts.models import User
from bexportal import formats
from bexportal.templatetags._states import ARRIVED
from shipments import saying
from shipments.filtering import LATE_STATE, Filters, in_state
from shipments.models import Parcel, Price, Waybill
from shipments.models.waybills import BookingState
from shipments.timing import ON_TIME, timing

PAGE_SIZE = 50
MOST_COUNTED = 10_000
STRUCK_OUT = frozenset({BookingState.REJECTED, BookingState.CANCELLED, BookingState.ABANDONED})


@dataclass(frozen=True)
class Tab:
    """A view of the list: its words, how many rows it has (None: not counted), its query, whether it is shown."""

    words: str
    count: int | None
    query: str
    current: bool


@dataclass(frozen=True)
class Row:
    """A waybill with what a list says of it. `price` is None where this person may not see it."""

    waybill: Waybill
    parcels: int
    weight_kg: Decimal
    price: Decimal | None
    price_kind: str
    late: str
    timing: str = ""
    """What became of the promise, or is to be expected of it, where the state does not say so already."""

    @property
    def says(self) -> str:
        """What a screen reader hears when the row changes."""
        found = self.waybill
        return f"{found.waybill_number or found.senders_ref or 'A waybill'}: {saying.in_short(found, late=self.late)}"

    @property
    def printable(self) -> bool:
        return self.waybill.booking_state == BookingState.BOOKED and bool(self.waybill.waybill_number)

    @property
    def reweighed_dearer(self) -> Decimal | None:
        """By how much, where it is and where this person may see prices."""
        by = self.waybill.reweighed_by
        return by if self.price is not None and by is not None and by > 0 else None

    @property
    def void(self) -> bool:
        return self.waybill.booking_state in STRUCK_OUT


@dataclass(frozen=True)
class Page:
    """Rows newest first; `older` and `newer` are cursors, empty where there is no such page."""

    rows: list[Row]
    older: str
    newer: str
    total: int
    shows_prices: bool

    @property
    def total_is_more(self) -> bool:
        return self.total > MOST_COUNTED


def waybills_for(user: User, filters: Filters, now: datetime) -> QuerySet[Waybill]:
    """Newest first, with what a row shows of other tables."""
    seen = visible(Waybill.objects.all(), user)
    return filters.apply(seen, now).select_related("receiver", "account", "priced_by").order_by("-created_at", "-id")


def page_of(user: User, filters: Filters, now: datetime, *, after: str = "", before: str = "") -> Page:
    """The page older than the cursor `after`, or newer than `before`; else the first. A bad cursor is none."""
    waybills = waybills_for(user, filters, now)
    older_than, newer_than = place(after), place(before)
    if newer_than is not None:
        nearest = waybills.filter(_newer(newer_than)).order_by("created_at", "id")
        found = list(nearest[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            return _page(user, waybills, found[:PAGE_SIZE][::-1], now, has_older=True, has_newer=True)
        # Nothing newer beyond it: the first page, full.
    elif older_than is not None:
        found = list(waybills.filter(_older(older_than))[: PAGE_SIZE + 1])
        if found:
            return _page(user, waybills, found[:PAGE_SIZE], now, has_older=len(found) > PAGE_SIZE, has_newer=True)
    found = list(waybills[: PAGE_SIZE + 1])
    return _page(user, waybills, found[:PAGE_SIZE], now, has_older=len(found) > PAGE_SIZE, has_newer=False)


TABS = {
    BookingState.UNKNOWN.value: "Unknown",
    BookingState.HELD.value: "Held",
    BookingState.REJECTED.value: "Refused",
    LATE_STATE: "Late",
    "attempt_failed": "Attempt failed",
    BookingState.DRAFT.value: "Drafts",
}


def tabs_for(user: User, filters: Filters, now: datetime) -> list[Tab]:
    """What needs a person, and drafts, each counted under the other filters that hold."""
    others = filters.without("state")
    counts = counts_for(user, others, now)
    chosen = filters.asked.get("state", "")
    tabs = [Tab(words, counts[code], others.query(state=code), code == chosen) for code, words in TABS.items()]
    return [Tab("All", None, others.query(), not chosen), *tabs]


def counts_for(user: User, filters: Filters, now: datetime) -> dict[str, int]:
    """How many are in each state of TABS: one query."""
    seen = filters.apply(visible(Waybill.objects.all(), user), now).order_by()
    return seen.aggregate(**{code: Count("pk", filter=in_state(code, now)) for code in TABS})


def shows_prices(user: User, filters: Filters, now: datetime) -> bool:
    """Whether there is a row among them whose price this person may see."""
    return waybills_for(user, filters, now).order_by().filter(account__in=accounts_with_prices(user)).exists()


def all_rows(user: User, filters: Filters, now: datetime, chunk: int = 500) -> Iterator[Row]:
    """Every row that answers, for an export: a few queries for each chunk."""
    waybills = waybills_for(user, filters, now)
    priced = accounts_with_prices(user)
    found = list(waybills[:chunk])
    while found:
        yield from rows_of(found, priced, now)
        last = found[-1]
        found = list(waybills.filter(_older((last.created_at, last.pk)))[:chunk])


def rows_of(waybills: list[Waybill], priced: Collection[Any], now: datetime) -> list[Row]:
    """Two queries whatever their number. `priced`: the accounts whose prices may be seen."""
    ids = [waybill.pk for waybill in waybills]
    sums = Parcel.objects.filter(waybill__in=ids).order_by().values_list("waybill")
    parcels = {pk: (count, kg) for pk, count, kg in sums.annotate(Count("pk"), Sum("weight_kg"))}
    told = Price.objects.filter(waybill__in=[one.pk for one in waybills if one.account_id in priced]).order_by("at")
    prices = {pk: (total, kind) for pk, total, kind in told.values_list("waybill", "total", "kind")}
    rows = []
    for waybill in waybills:
        count, kg = parcels.get(waybill.pk, (0, Decimal(0)))
        total, kind = prices.get(waybill.pk, (None, ""))
        if total is None and waybill.account_id in priced and waybill.priced_by is not None:
            total, kind = waybill.priced_by.total, Price.Kind.QUOTED.value
        rows.append(Row(waybill, count, kg, total, kind, late_by(waybill, now), _said_of_promise(waybill, now)))
    return rows


def _said_of_promise(waybill: Waybill, now: datetime) -> str:
    words = timing(waybill, now)
    return "" if words == ON_TIME or late_by(waybill, now) else words


def late_by(waybill: Waybill, now: datetime) -> str:
    """`2 h 12 min`; empty when it is not late."""
    if waybill.booking_state != BookingState.BOOKED or waybill.transit_state in ARRIVED:
        return ""
    if waybill.promised_by is None or waybill.promised_by >= now:
        return ""
    return formats.span(now - waybill.promised_by)


def _page(
    user: User, waybills: QuerySet[Waybill], found: list[Waybill], now: datetime, *, has_older: bool, has_newer: bool
) -> Page:
    priced = accounts_with_prices(user)
    total = (
        waybills.order_by().select_related(None)[: MOST_COUNTED + 1].count() if has_older or has_newer else len(found)
    )
    return Page(
        rows=rows_of(found, priced, now),
        older=cursor(found[-1]) if has_older else "",
        newer=cursor(found[0]) if has_newer else "",
        total=total,
        shows_prices=any(waybill.account_id in priced for waybill in found),
    )


def cursor(waybill: Waybill) -> str:
    return f"{waybill.created_at.isoformat()}_{waybill.pk.hex}"


def place(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    moment, _, pk = cursor.partition("_")
    try:
        at = parse_datetime(moment)
        return (at, uuid.UUID(pk)) if at is not None and timezone.is_aware(at) else None
    except ValueError:
        return None


def older_or_same(place: tuple[datetime, uuid.UUID]) -> Q:
    return _older(place) | Q(pk=place[1])


def newer_or_same(place: tuple[datetime, uuid.UUID]) -> Q:
    return _newer(place) | Q(pk=place[1])


def _older(place: tuple[datetime, uuid.UUID]) -> Q:
    at, pk = place
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(pk__lt=pk))


def _newer(place: tuple[datetime, uuid.UUID]) -> Q:
    at, pk = place
    return Q(created_at__gte=at) & (Q(created_at__gt=at) | Q(pk__gt=pk))
