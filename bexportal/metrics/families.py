"""Families of samples, written down in one breath. Names follow Prometheus' conventions."""

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

Labels = tuple[str, ...]


def gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"bexportal_{name}", words, value=value)


def gauges(name: str, words: str, labels: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    return _with(GaugeMetricFamily(f"bexportal_{name}", words, labels=labels), values)


def counter(name: str, words: str, value: float) -> Metric:
    """`name` without its `_total`."""
    return CounterMetricFamily(f"bexportal_{name}", words, value=value)


def counters(name: str, words: str, labels: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    return _with(CounterMetricFamily(f"bexportal_{name}", words, labels=labels), values)


def histograms(
    name: str,
    words: str,
    labels: Sequence[str],
    values: Mapping[Labels, tuple[Sequence[tuple[str, float]], float]],
) -> Metric:
    """For each: the buckets (upper bound, how many are within it), `+Inf` last, and the sum of all."""
    family = HistogramMetricFamily(f"bexportal_{name}", words, labels=labels)
    for found, (buckets, total) in values.items():
        family.add_metric(found, buckets, total)
    return family


def zeros(*known: Iterable[str]) -> dict[Labels, float]:
    """Each combination at 0: a series that begins at its first 1 hides that 1 from `increase()`."""
    combined: list[Labels] = [()]
    for values in known:
        combined = [(*before, value) for before in combined for value in values]
    return dict.fromkeys(combined, 0.0)


def by_one(values: Iterable[tuple[str, float]]) -> dict[Labels, float]:
    """Samples that one label tells apart."""
    return {(label,): float(value) for label, value in values}


def _with(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[Labels, float]) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
