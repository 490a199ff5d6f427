"""How many calls were made to BEX, how they ended and how long they took, since the installation began.

The last calls are rows of their own. Those that are thrown away are added up in the same transaction, so a count costs
no call anything and never falls.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, Max, QuerySet, Sum, Value, When

from accounts.models.pace import CallTally, RecordedCall

BUCKETS_MS = (100, 250, 500, 1000, 2500, 5000, 10_000, 20_000, 40_000)
BEYOND = 2_147_483_647
"""The bucket of what took longer than all others."""
FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True)
class Calls:
    """Those of one operation at an endpoint that ended in one way, within `within_ms`, one of the buckets."""

    endpoint: str
    operation: str
    outcome: str
    within_ms: int
    number: int
    took_ms: int
    last_at: datetime


def counted() -> list[Calls]:
    """All calls that ever were made: one query, so that what is thrown away meanwhile is counted once."""
    kind = ("endpoint", "operation", "outcome")
    kept = RecordedCall.objects.annotate(within=_bucket()).values_list(*kind, "within").order_by()
    kept = kept.annotate(number=Count("pk"), took=Sum("took_ms"), last=Max("at"))
    thrown_away = CallTally.objects.values_list(*kind, "within_ms", "calls", "took_ms", "last_at")
    return [Calls(*row) for row in kept.union(thrown_away, all=True)]


def forget(old: QuerySet[RecordedCall]) -> int:
    """Throws these rows away and keeps what they count. How many there were."""
    forgotten = 0
    while True:
        with transaction.atomic():
            # Locked: who throws away the same ones at the same time finds them gone.
            rows = list(old.select_for_update().order_by("pk")[:FORGOTTEN_AT_ONCE])
            _add_up(rows)
            forgotten += RecordedCall.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]
        if len(rows) < FORGOTTEN_AT_ONCE:
            return forgotten


def _add_up(rows: Iterable[RecordedCall]) -> None:
    # In one order, so that two who add up never wait for each other crosswise.
    for (endpoint, operation, outcome, within), group in groupby(sorted(rows, key=_kind), key=_kind):
        calls = list(group)
        last = max(call.at for call in calls)
        tally, _ = CallTally.objects.get_or_create(
            endpoint=endpoint, operation=operation, outcome=outcome, within_ms=within, defaults={"last_at": last}
        )
        CallTally.objects.filter(pk=tally.pk).update(
            calls=F("calls") + len(calls), took_ms=F("took_ms") + sum(call.took_ms for call in calls), last_at=last
        )


def _kind(call: RecordedCall) -> tuple[str, str, str, int]:
    within = next((bound for bound in BUCKETS_MS if call.took_ms <= bound), BEYOND)
    return call.endpoint, call.operation, call.outcome, within


def _bucket() -> Case:
    bounds = [When(took_ms__lte=bound, then=Value(bound)) for bound in BUCKETS_MS]
    return Case(*bounds, default=Value(BEYOND), output_field=IntegerField())
