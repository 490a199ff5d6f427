"""Whether the portal's own parts are alive."""

from collections.abc import Iterator
from datetime import datetime
from math import inf

from prometheus_client.metrics_core import Metric

from bexportal import __version__, health, tallies
from bexportal.metrics.families import by_one, counter, gauge, gauges
from bexportal.metrics.parcels import Totals, amount
from bexportal.models import Heartbeat
from tracking.webhooks.running import NAME as INBOX

PARTS = (health.BEAT, health.SWEEP, INBOX)


def families(now: datetime, totals: Totals) -> Iterator[Metric]:
    """One query."""
    yield gauges("build_info", "The version that runs; always 1.", ["version"], by_one([(__version__, 1)]))
    rows = Heartbeat.objects.exclude(name__startswith=health.WORKER) | Heartbeat.objects.filter(
        name__startswith=health.WORKER, at__gte=now - health.WORKERS_SHOWN_FOR
    )
    seen = dict(rows.values_list("name", "at"))
    ages = by_one((part, (now - seen[part]).total_seconds() if part in seen else inf) for part in PARTS)
    yield gauges(
        "heartbeat_age_seconds",
        "How long ago beat rang and a worker answered, a sweep ended, the inbox was looked into; +Inf: never.",
        ["part"],
        ages,
    )
    minutes = int(health.WORKERS_SHOWN_FOR.total_seconds() // 60)
    workers = sum(1 for name in seen if name.startswith(health.WORKER))
    yield gauge("workers", f"Workers that were heard of in the last {minutes} minutes.", workers)
    yield counter("task_failures", "Tasks that ended with an exception.", amount(totals, tallies.FAILED_TASKS))
