"""Waybill numbers of our own, for accounts to which BEX gave a range. Without one BEX makes the numbers.

A number is taken with the claim of the attempt that sends it, in one transaction, and belongs to that attempt for ever:
one that was sent in vain is a gap, which `gaps` explains. It proves nothing until BEX answered or tracking shows it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone

from accounts import trail
from accounts.models import ShippingAccount, User
from shipments.models import NumberSeries, Submission
from shipments.models.attempts import Outcome

MOST_GAPS_SHOWN = 200


class UsedUp(Exception):
    """The account numbers its waybills itself, and has no number left."""


def take(account: ShippingAccount) -> str:
    """The next number, '' where BEX makes them. Needs the transaction that claims. Raises UsedUp."""
    series = NumberSeries.objects.filter(account=account, ended_at=None).order_by("created_at", "pk")
    rows = list(series)
    for row in rows:
        while row.left:
            # The row count decides between workers; on PostgreSQL the second one waits for the first's commit.
            number = row.number(row.next)
            mine = NumberSeries.objects.filter(pk=row.pk, next=row.next, ended_at=None).update(next=F("next") + 1)
            # Ranges that overlap are refused where they are entered; made otherwise, the second one leaves it out.
            if mine and not Submission.objects.filter(endpoint=account.endpoint, own_number=number).exists():
                return number
            row.refresh_from_db()
    if rows:
        raise UsedUp
    return ""


def numbers_itself(account: ShippingAccount) -> bool:
    return NumberSeries.objects.filter(account=account, ended_at=None).exists()


def are_left(account: ShippingAccount) -> bool:
    """Whether a waybill may be sent as far as its number goes."""
    open_ones = NumberSeries.objects.filter(account=account, ended_at=None)
    return not open_ones.exists() or open_ones.filter(next__lte=F("last")).exists()


@dataclass(frozen=True)
class Low:
    account: ShippingAccount
    left: int


def running_low() -> Iterator[Low]:
    """Accounts that number their waybills themselves and have fewer left than their series warn below."""
    accounts = ShippingAccount.objects.exclude(state=ShippingAccount.State.ARCHIVED)
    accounts = accounts.filter(number_series__isnull=False, number_series__ended_at=None)
    told = accounts.annotate(
        left=Sum(F("number_series__last") + 1 - F("number_series__next")), warn=Max("number_series__warn_below")
    )
    for account in told.filter(left__lt=F("warn")).order_by("number"):
        yield Low(account, account.left)


def end(series: NumberSeries, by: User | str) -> bool:
    """Nothing more is taken from it; what was taken stays. False where it had ended."""
    with transaction.atomic():
        if not NumberSeries.objects.filter(pk=series.pk, ended_at=None).update(ended_at=timezone.now()):
            return False
        trail.record(by, "number-series.ended", series.account, numbers=str(series))
    return True


@dataclass(frozen=True)
class Gap:
    """A number that was taken and is no booking's."""

    number: str
    attempt: Submission
    why: str


WHY = {
    Outcome.CLAIMED.value: "is being sent now",
    Outcome.NOT_SENT.value: "surely was not sent; the next attempt took the next number",
    Outcome.REFUSED.value: "was refused by BEX; the corrected attempt took the next number",
    Outcome.LOST.value: "was sent without an answer: BEX may have it, so nobody else gets it",
}


def gaps(series: NumberSeries) -> list[Gap]:
    """Numbers of the series that were taken and stand on no waybill, newest first."""
    taken = Submission.objects.filter(endpoint=series.account.endpoint, own_number__startswith=series.prefix)
    taken = taken.exclude(own_number="").exclude(outcome=Outcome.BOOKED, waybill_number=F("own_number"))
    rows = taken.select_related("waybill").defer("payload", "raw").order_by("-claimed_at")[:MOST_GAPS_SHOWN]
    return [
        Gap(row.own_number, row, WHY.get(row.outcome, f"BEX booked it as {row.waybill_number} instead"))
        for row in rows
        if series.place_of(row.own_number) is not None
    ]


def move_past(endpoint: str, numbers: Iterable[str]) -> list[NumberSeries]:
    """After a restore: no series gives out a number again that the journal or an attempt names. Which have moved."""
    used = [number for number in numbers if number]
    moved = []
    for series in NumberSeries.objects.filter(account__endpoint=endpoint).select_related("account"):
        places = [place for number in used if (place := series.place_of(number)) is not None]
        if places and max(places) >= series.next:
            series.next = max(places) + 1
            series.save(update_fields=["next"])
            moved.append(series)
    return moved
