"""What Prometheus and Grafana are told. Whether the metrics exist, a journey shows (tests/journeys/test_seen.py)."""

import json

import pytest
import yaml

from tests.deploy.promql import MONITORING, expressions, missing, wanted

EXPOSITION = """# TYPE tearline_requests_total counter
tearline_requests_total{service="orders",status="200"} 1.0
"""


def test_an_expression_is_taken_apart():
    (one,) = wanted('sum by (service, le) (rate(tearline_x_bucket{status=~"5..", state="open"}[5m])) > 0.1')

    assert one.metric == "tearline_x_bucket"
    assert one.labels == {"service", "le", "status", "state"}
    assert one.values == {("state", "open")}


def test_what_no_process_tells_is_missing():
    told = missing([EXPOSITION])

    assert not any("tearline_requests_total with ['service']" in line for line in told)
    assert any("Busiest routes: tearline_requests_total with ['method', 'route', 'service']" in line for line in told)


def test_every_alert_says_how_urgent_it_is_and_what_it_is_about():
    rules = [
        rule for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
    ]

    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"] for rule in rules)


def test_brackets_are_closed_in_every_expression():
    for place, expression in expressions():
        assert all(expression.count(left) == expression.count(right) for left, right in ("()", "{}", "[]")), place


def test_prometheus_reads_the_rules_and_every_part_of_a_split():
    settings = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())

    assert settings["rule_files"] == ["alerts.yaml"]
    assert [job["job_name"] for job in settings["scrape_configs"]] == [
        "tearline",
        "tearline-servers",
        "tearline-workers",
    ]


@pytest.mark.parametrize("file", sorted(MONITORING.glob("grafana/dashboards/*.json")), ids=lambda file: file.stem)
def test_no_two_panels_of_a_dashboard_overlap(file):
    panels = json.loads(file.read_text())["panels"]

    squares = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

    assert len(set(squares)) == len(squares)
    assert len({panel["id"] for panel in panels}) == len(panels)
