"""The page that Prometheus reads, and who may."""

import hmac
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bexportal import tallies
from bexportal.metrics import bookings, courier, installation, parcels, webhooks
from bexportal.metrics.families import by_one, gauges


class _Database(Collector):
    """Asked anew for each page."""

    def collect(self) -> Iterator[Metric]:
        now, totals = timezone.now(), tallies.totals()
        yield from installation.families(now, totals)
        yield from courier.families(now)
        yield from bookings.families(now)
        yield from _queues(now)
        yield from parcels.families(now, totals)
        yield from webhooks.families(totals)


def is_opened_by(authorization: str) -> bool:
    """Whether this header shows METRICS_TOKEN as a bearer token. How long it takes says nothing of the token."""
    scheme, _, shown = authorization.partition(" ")
    same = hmac.compare_digest(shown.strip().encode(errors="replace"), settings.METRICS_TOKEN.encode())
    return same and scheme.lower() == "bearer" and bool(settings.METRICS_TOKEN)


def written(accept: str) -> tuple[bytes, str]:
    """The page and its type, in the format that the Accept header asks for. Raises django.db.Error."""
    encode, content_type = choose_encoder(accept)
    return encode(_Database()), content_type


def _queues(now: datetime) -> Iterator[Metric]:
    waits = bookings.waits(now) | webhooks.waits()
    lengths = by_one((queue, number) for queue, (number, _) in waits.items())
    oldest = by_one(
        (queue, max((now - since).total_seconds(), 0.0) if since else 0.0) for queue, (_, since) in waits.items()
    )
    yield gauges(
        "queue_length",
        "What waits: bookings to be sent, bookings being sent, attempts due to be looked up, deliveries and "
        "notifications to be taken.",
        ["queue"],
        lengths,
    )
    yield gauges("queue_oldest_seconds", "For how long the first in the queue has been waiting.", ["queue"], oldest)
