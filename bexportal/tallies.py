"""Counts that never fall, of things whose own rows are thrown away or worked out anew.

A count is a row that is inserted by the transaction in which the thing happened: nobody waits for anybody else's row,
and what is rolled back was not counted. From time to time the rows of one name and label become one.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone

from bexportal.models import Tally

EVENTS = "events"
"""What BEX said of parcels, each thing once; by who said it: `poll` or `webhook`."""
DELIVERIES = "deliveries"
"""Of webhooks, by verdict: those that were refused, and the good ones once they were looked into."""
SWEEPS = "sweeps"
SWEEP_CALLS = "sweep calls"
PARCELS = "parcels"
"""That sweeps asked about, by what came of it: `news`, `same` or `unanswered`."""
FAILED_TASKS = "failed tasks"
FOLDED_AT_ONCE = 10_000


@dataclass(frozen=True)
class Total:
    """`at`: when it happened last."""

    amount: int
    at: datetime


def add(name: str, label: str = "", amount: int = 1, *, at: datetime | None = None) -> None:
    """`at`: now, where nothing else is said."""
    if amount:
        Tally.objects.create(name=name, label=label, amount=amount, at=at or timezone.now())


def totals() -> dict[tuple[str, str], Total]:
    """By name and label: one query."""
    rows = Tally.objects.values_list("name", "label").annotate(Sum("amount"), Max("at")).order_by()
    return {(name, label): Total(amount, at) for name, label, amount, at in rows}


def fold() -> int:
    """Makes one row of those of one name and label. How many rows there are fewer."""
    if not Tally.objects.values("name", "label").annotate(rows=Count("pk")).filter(rows__gt=1).exists():
        return 0
    groups: dict[tuple[str, str], list[Tally]] = defaultdict(list)
    with transaction.atomic():
        # Locked: who folds the same ones at the same time finds them gone.
        for tally in Tally.objects.select_for_update().order_by("pk")[:FOLDED_AT_ONCE]:
            groups[tally.name, tally.label].append(tally)
        many = {key: rows for key, rows in groups.items() if len(rows) > 1}
        gone = Tally.objects.filter(pk__in=[row.pk for rows in many.values() for row in rows]).delete()[0]
        Tally.objects.bulk_create(
            Tally(name=name, label=label, amount=sum(row.amount for row in rows), at=max(row.at for row in rows))
            for (name, label), rows in many.items()
        )
    return gone - len(many)
