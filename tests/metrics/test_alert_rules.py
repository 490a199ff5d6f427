"""docs/alerts.rules.yml: rules that Prometheus takes, of metrics that are told, each with a section on what to do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bexportal import health
from shipments.attention.kinds import all_kinds
from tests.metrics.reading import families, page

ROOT = Path(__file__).resolve().parents[2]
RULES = yaml.safe_load((ROOT / "docs/alerts.rules.yml").read_text())
ALERTS: dict[str, dict[str, Any]] = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
MANUAL = (ROOT / "docs/operations.md").read_text()
PROMETHEUS_OWN = {"up"}
SELECTOR = re.compile(r"\b(up|bexportal_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"\s*(?:,|$)')
each_alert = pytest.mark.parametrize("name", sorted(ALERTS))


def sections(after: str) -> list[str]:
    """The headings of the fourth degree under one of the third."""
    under = MANUAL.partition(f"\n### {after}\n")[2]
    return re.findall(r"^#### (.+)$", re.split(r"^#{2,3} ", under, maxsplit=1, flags=re.MULTILINE)[0], re.MULTILINE)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def selectors(expression: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    for name, matchers in SELECTOR.findall(expression):
        found = MATCHER.findall(matchers)
        assert MATCHER.sub("", matchers) == "", matchers
        yield name, found


def test_there_are_rules_and_no_name_is_used_twice() -> None:
    assert len(ALERTS) == sum(len(group["rules"]) for group in RULES["groups"]) >= 20
    assert set(RULES) == {"groups"}
    assert all(set(group) == {"name", "rules"} for group in RULES["groups"])


@each_alert
def test_a_rule_is_whole(name: str) -> None:
    rule = ALERTS[name]
    assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"promise", "summary", "runbook"}
    for opening, closing in ("()", "[]", "{}"):
        assert rule["expr"].count(opening) == rule["expr"].count(closing)


@pytest.mark.django_db
def test_every_metric_of_a_rule_is_told_with_the_labels_that_it_asks_for() -> None:
    """Also where nothing has happened yet: such a rule could never speak."""
    samples = [sample for family in families(page()).values() for sample in family.samples]
    seen = set()
    for rule in ALERTS.values():
        for name, matchers in selectors(rule["expr"]):
            seen.add(name)
            if name in PROMETHEUS_OWN:
                continue
            of_name = [sample.labels for sample in samples if sample.name == name]
            assert of_name, f"{rule['alert']}: {name} is not told"
            for label, _, values in matchers:
                known = {labels.get(label) for labels in of_name}
                assert set(values.split("|")) <= known, f"{rule['alert']}: {name} has no {label} {values}"
    assert len(seen) > 12


@each_alert
def test_every_alert_has_its_section(name: str) -> None:
    assert name in sections("Alerts")
    assert ALERTS[name]["annotations"]["runbook"] == f"docs/operations.md#{anchor(name)}"


def test_every_section_has_its_alert() -> None:
    assert sorted(sections("Alerts")) == sorted(ALERTS)


def test_every_kind_of_case_has_its_section() -> None:
    assert sorted(sections("What needs a person, by kind")) == sorted(kind.title for kind in all_kinds())


def test_every_word_of_readyz_has_its_section() -> None:
    assert sections("What `/readyz` says") == list(health.NAMES.values())


def test_links_within_the_manual_lead_somewhere() -> None:
    headings = {anchor(heading) for heading in re.findall(r"^#{2,4} (.+)$", MANUAL, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", MANUAL)) <= headings
