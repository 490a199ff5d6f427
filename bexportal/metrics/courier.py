"""How BEX answers: calls by operation and outcome, how long they took, and whether it is left alone."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from prometheus_client.metrics_core import Metric

from accounts import call_counts, pacing, permits
from accounts.models.pace import Outcome, Pace, Service
from bexportal.metrics.families import Labels, counters, gauge, gauges, histograms, zeros

WEBHOOKS = [operation for operation, service in pacing.SERVICES.items() if service == Service.WEBHOOKS]
OTHERS = [operation for operation in pacing.SERVICES if operation not in WEBHOOKS]
Histogram = tuple[list[tuple[str, float]], float]


def families(now: datetime) -> Iterator[Metric]:
    """Three queries. An endpoint is told by its host."""
    calls = call_counts.counted()
    yield counters(
        "bex_calls", "Calls to BEX, by how they ended.", ["endpoint", "operation", "outcome"], _by_outcome(calls)
    )
    yield histograms(
        "bex_call_duration_seconds",
        "How long calls to BEX took, without the wait for their turn.",
        ["endpoint", "operation"],
        _by_duration(calls),
    )
    paces = list(Pace.objects.all())
    yield gauges(
        "bex_breaker_open",
        "1 while nothing is sent to a service of BEX because it does not answer.",
        ["endpoint", "service"],
        _breakers(paces),
    )
    yield gauges(
        "bex_pause_seconds",
        "For how long BEX still asks not to be asked anything.",
        ["endpoint"],
        _pauses(paces, now),
    )
    running = zeros([_host(settings.BEX_API_URL)])
    for endpoint, number in permits.running().items():
        running[(_host(endpoint),)] = running.get((_host(endpoint),), 0) + number
    yield gauges("bex_calls_running", "Calls to BEX that run now, of all processes.", ["endpoint"], running)
    yield gauge("bex_calls_allowed", "Calls to one endpoint of BEX that may run at a time.", settings.BEX_CONCURRENCY)


def _host(endpoint: str) -> str:
    return urlsplit(endpoint).netloc


def _known() -> dict[Labels, float]:
    """What this installation asks where."""
    return zeros([_host(settings.BEX_API_URL)], OTHERS) | zeros([_host(settings.BEX_WEBHOOK_URL)], WEBHOOKS)


def _by_outcome(calls: list[call_counts.Calls]) -> dict[Labels, float]:
    found = {(*labels, outcome): 0.0 for labels in _known() for outcome in Outcome.values}
    for of_kind in calls:
        labels = (_host(of_kind.endpoint), of_kind.operation, of_kind.outcome)
        found[labels] = found.get(labels, 0) + of_kind.number
    return found


def _by_duration(calls: list[call_counts.Calls]) -> dict[Labels, Histogram]:
    of_labels: dict[Labels, list[call_counts.Calls]] = {labels: [] for labels in _known()}
    for of_kind in calls:
        of_labels.setdefault((_host(of_kind.endpoint), of_kind.operation), []).append(of_kind)
    return {labels: _histogram(found) for labels, found in of_labels.items()}


def _histogram(calls: list[call_counts.Calls]) -> Histogram:
    buckets = [
        (str(bound / 1000), float(sum(of_kind.number for of_kind in calls if of_kind.within_ms <= bound)))
        for bound in call_counts.BUCKETS_MS
    ]
    buckets.append(("+Inf", float(sum(of_kind.number for of_kind in calls))))
    return buckets, sum(of_kind.took_ms for of_kind in calls) / 1000


def _breakers(paces: list[Pace]) -> dict[Labels, float]:
    services = [service for service in Service.values if service not in {Service.ALL, Service.WEBHOOKS}]
    found = zeros([_host(settings.BEX_API_URL)], services) | zeros(
        [_host(settings.BEX_WEBHOOK_URL)], [Service.WEBHOOKS.value]
    )
    for pace in paces:
        if pace.service:
            labels = (_host(pace.endpoint), pace.service)
            found[labels] = max(found.get(labels, 0), float(pace.opened_at is not None))
    return found


def _pauses(paces: list[Pace], now: datetime) -> dict[Labels, float]:
    found = zeros([_host(settings.BEX_API_URL)])
    for pace in paces:
        # One that is too far ahead was written by a clock that was wrong, and does not bind.
        if pace.paused_until is not None and now < pace.paused_until <= now + pacing.LONGEST_PAUSE:
            found[(_host(pace.endpoint),)] = (pace.paused_until - now).total_seconds()
    return found
