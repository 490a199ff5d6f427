"""What webhooks bring, and what of it waits."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from prometheus_client.metrics_core import Metric

from bexportal import tallies
from bexportal.metrics.families import by_one, counters, gauges, zeros
from bexportal.metrics.parcels import Totals, by_label
from tracking.models import Delivery, Notification, Subscription

State = Notification.State


def families(totals: Totals) -> Iterator[Metric]:
    """Two queries."""
    verdicts = by_label(totals, tallies.DELIVERIES, zeros(Delivery.Verdict.values))
    yield counters(
        "webhook_deliveries",
        "Deliveries of webhooks by verdict: good ones once they were looked into, of refused ones those that are kept.",
        ["verdict"],
        verdicts,
    )
    states = zeros(Subscription.State.values)
    rows = Subscription.objects.values_list("state").annotate(Count("pk")).order_by()
    states |= by_one(rows)
    yield gauges("webhook_subscriptions", "Subscriptions to webhooks by their state.", ["state"], states)
    # A condition that the index over those for a person has, too.
    stuck = Notification.objects.filter(state__in=(State.WAITING, State.POISONED))
    found = zeros([State.WAITING.value, State.POISONED.value])
    found |= by_one(stuck.values_list("state").annotate(Count("pk")).order_by())
    yield gauges(
        "webhook_notifications",
        "Notifications that are not attached to a parcel (waiting) or cannot be taken (poisoned).",
        ["state"],
        found,
    )


def waits() -> dict[str, tuple[int, datetime | None]]:
    """Of each queue: how many there are, and since when the first of them waits. Two queries."""
    deliveries = Delivery.objects.to_be_taken().order_by().aggregate(n=Count("pk"), since=Min("received_at"))
    new = Notification.objects.filter(state=State.NEW).aggregate(n=Count("pk"), since=Min("received_at"))
    return {"inbox": (deliveries["n"], deliveries["since"]), "notifications": (new["n"], new["since"])}
