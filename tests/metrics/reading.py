"""The page of /metrics, read as Prometheus reads it."""

from typing import Any

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "planted-metrics-token-51c0de"


def page() -> str:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def families(text: str) -> dict[str, Any]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(name: str, **labels: str) -> float:
    """Of the one sample with this name and these labels among its own. KeyError where there is none."""
    found = [
        sample.value
        for family in families(page()).values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    if len(found) != 1:
        raise KeyError(f"{len(found)} samples {name} {labels}")
    return float(found[0])
