"""What expressions of PromQL ask for, and whether an exposition has it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

MONITORING = Path(__file__).resolve().parent.parent.parent / "deploy" / "monitoring"
SELECTOR = re.compile(r"\b(tearline_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")
# Prometheus adds them, as it does `up`.
ITS_OWN = {"instance", "job"}


@dataclass(frozen=True)
class Wanted:
    """A metric, the labels by which it is selected or grouped, and the values that it is asked to have."""

    metric: str
    labels: frozenset
    values: frozenset


def wanted(expression):
    """Every metric of an expression; what it is grouped by concerns all of them."""
    groups = {label.strip() for found in GROUPING.findall(expression) for label in found.split(",")}
    for metric, matchers in SELECTOR.findall(expression):
        told = MATCHER.findall(matchers)
        values = frozenset((label, value) for label, sign, value in told if sign == "=")
        yield Wanted(metric, frozenset({label for label, _, _ in told} | groups), values)


def expressions():
    """All that alerts and dashboards ask, by where it stands."""
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        yield rule["alert"], rule["expr"]
    for file in sorted(MONITORING.glob("grafana/dashboards/*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield panel["title"], target["expr"]


def missing(expositions):
    """What is asked for, and is in none of these texts."""
    samples = [
        sample for text in expositions for family in text_string_to_metric_families(text) for sample in family.samples
    ]
    by_name = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample.labels)
    return [
        f"{place}: {one.metric} with {sorted(one.labels)}"
        for place, expression in expressions()
        for one in wanted(expression)
        if one.metric != "up" and not any(_has(labels, one) for labels in by_name.get(one.metric, []))
    ]


def _has(labels, one):
    return one.labels - ITS_OWN <= set(labels) and all(labels.get(name) == value for name, value in one.values)
