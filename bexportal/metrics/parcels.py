"""Whether parcels are looked at when they are due, and what is heard of them."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.metrics_core import Metric

from bexportal import tallies
from bexportal.metrics.families import Labels, by_one, counter, counters, gauge, zeros
from bexportal.tallies import Total
from tracking import claims, vocabulary
from tracking.models import Observation

Totals = Mapping[tuple[str, str], Total]


def families(now: datetime, totals: Totals) -> Iterator[Metric]:
    """Two queries."""
    backlog = claims.backlog(now)
    after = int(claims.OVERDUE_AFTER.total_seconds())
    yield gauge("parcels_due", "Parcels that are due to be looked at.", backlog.due)
    yield gauge("parcels_overdue", f"Parcels that have been due for more than {after} s.", backlog.overdue)
    yield gauge(
        "parcels_oldest_overdue_seconds",
        "For how long the parcel has been due that has been so longest; 0 where none is.",
        backlog.oldest.total_seconds(),
    )
    yield counter("sweeps", "Sweeps over the parcels that came to their end.", amount(totals, tallies.SWEEPS))
    yield counter("sweep_calls", "Calls that sweeps made.", amount(totals, tallies.SWEEP_CALLS))
    results = by_label(totals, tallies.PARCELS, zeros(["news", "same", "unanswered"]))
    yield counters("sweep_parcels", "Parcels that sweeps asked about, by what came of it.", ["result"], results)
    sources = by_label(totals, tallies.EVENTS, zeros(Observation.Source.values))
    yield counters(
        "events_recorded", "What BEX said of parcels and was not known yet, by how it came.", ["source"], sources
    )
    unknown = vocabulary.unknown().count()
    yield gauge("unknown_wordings", "Words of BEX whose meaning nobody has said yet.", unknown)


def amount(totals: Totals, name: str) -> float:
    return float(sum(total.amount for (of, _), total in totals.items() if of == name))


def by_label(totals: Totals, name: str, known: dict[Labels, float]) -> dict[Labels, float]:
    return known | by_one((label, total.amount) for (of, label), total in totals.items() if of == name)
