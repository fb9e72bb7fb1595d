"""What is counted."""

import pytest
from prometheus_client.registry import REGISTRY

from chassis import metrics
from chassis.observations import SeenCall, SeenRequest

PAIR = {"caller": "orders", "neighbour": "nobody"}


def value(name, **labels):
    return REGISTRY.get_sample_value(name, labels)


def test_a_request_is_counted_by_its_route():
    labels = {"service": "orders", "method": "GET", "route": "/v9/counted"}

    metrics.request_ended(SeenRequest("GET", "orders", "/v9/counted", 200, 0.02))
    metrics.request_ended(SeenRequest("GET", "orders", "/v9/counted", 404, 0.2))

    assert value("tearline_requests_total", **labels, status="200") == 1
    assert value("tearline_request_duration_seconds_count", **labels) == 2
    assert value("tearline_request_duration_seconds_bucket", **labels, le="0.1") == 1


def test_a_method_that_somebody_made_up_is_no_new_label():
    metrics.request_ended(SeenRequest("BREW", "orders", "/v9/pots", 501))

    assert value("tearline_requests_total", service="orders", method="other", route="/v9/pots", status="501") == 1


def test_beyond_so_many_routes_all_are_one(monkeypatch):
    monkeypatch.setattr(metrics, "MOST_ROUTES", 0)

    metrics.request_ended(SeenRequest("GET", "orders", "/v9/one-too-many", 200))

    assert value("tearline_requests_total", service="orders", method="GET", route="other", status="200") >= 1


def test_with_the_first_call_everything_begins_that_may_once_be_counted():
    metrics.call_ended(SeenCall("orders", "nobody", "GET", "/v9/x", "http", 2, "timed_out", 0.1))
    metrics.retried("orders", "nobody", allowed=True)

    called = {**PAIR, "method": "GET", "route": "/v9/x", "transport": "http"}
    assert value("tearline_calls_total", **called, outcome="timed_out") == 1
    assert value("tearline_call_tries_total", **PAIR) == 2
    assert value("tearline_call_retries_total", **PAIR) == 1
    assert value("tearline_call_retries_refused_total", **PAIR) == 0
    assert value("tearline_breaker_changes_total", **PAIR, state="open") == 0
    assert value("tearline_cached_reads_total", **PAIR, result="stale") == 0


def test_nothing_is_counted_where_nobody_wants_it(settings):
    settings.METRICS = False

    metrics.request_ended(SeenRequest("GET", "orders", "/v9/unseen", 200))

    assert value("tearline_requests_total", service="orders", method="GET", route="/v9/unseen", status="200") is None


@pytest.mark.parametrize("failed", [False, True])
def test_a_worker_s_job_is_counted_with_what_it_did(failed):
    job = f"of the test {failed}"

    metrics.job_ended("orders", job, 3, failed=failed)

    assert value("tearline_work_done_total", service="orders", job=job) == 3
    assert value("tearline_work_failures_total", service="orders", job=job) == (1 if failed else None)
    assert value("tearline_worker_round_timestamp_seconds", service="orders") > 0


def test_a_message_to_an_endpoint_is_counted_by_what_came_of_it():
    metrics.webhook_sent("orders", "of the test")

    assert value("tearline_webhook_deliveries_total", service="orders", outcome="of the test") == 1
