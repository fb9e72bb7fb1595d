"""What is seen of requests and calls."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.test import RequestFactory

from chassis import context, observations
from chassis.context import Context
from chassis.observations import route_of


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/payments", "/v1/payments"),
        ("/v1/payments?order_id=ord_1", "/v1/payments"),
        ("/v1/payments/pay_019b/cancel", "/v1/payments/{id}/cancel"),
        ("/internal/users/v1/users/usr_1", "/internal/users/v1/users/{id}"),
        ("/services/users/jwks.json", "/services/users/jwks.json"),
    ],
)
def test_a_route_is_a_path_without_ids_and_query(path, route):
    assert route_of(path) == route


def test_a_call_that_fails_is_seen_with_what_went_wrong():
    class Broken(Exception):
        outcome = "broken_contract"

    with pytest.raises(Broken), observations.call("orders", "payments", "GET", "/v1/payments", "http") as seen:
        raise Broken

    assert seen.outcome == "broken_contract"
    assert seen.seconds > 0


def test_a_request_knows_whom_it_called_and_does_not_count_the_keys():
    asked = RequestFactory().get("/")
    asked.resolver_match = None

    with observations.request(asked) as seen:
        for path in ("/v1/payments", "/v1/payments/pay_1", "/services/payments/jwks.json"):
            with observations.call("orders", "payments", "GET", path, "http") as made:
                made.outcome = "200"

    assert (seen.calls, seen.calls_to) == (2, {"payments": 2})


def test_a_request_has_the_route_of_its_view_and_one_for_what_is_nowhere(client):
    with seen_requests() as seen:
        client.get("/services/orders/jwks.json")
        client.get("/docs/orders/v2")
        client.get("/nowhere/at-all")

    assert [(one.service, one.route) for one in seen] == [
        ("orders", "/services/orders/jwks.json"),
        ("", "/docs/{service}/{version}"),
        ("", "unknown"),
    ]


def test_who_asks_how_a_process_is_is_not_counted(client):
    with seen_requests() as seen:
        assert client.get("/livez").status_code == 200

    assert seen == []


def test_a_call_is_a_part_of_the_request_that_makes_it():
    asked = RequestFactory().get("/")
    asked.resolver_match = None

    with context.entered(Context(request_id="of-the-request")), observations.request(asked):
        outside = context.current().trace
        with observations.call("orders", "payments", "GET", "/v1/payments", "http") as made:
            made.outcome = "200"
            inside = context.current().trace

    assert inside.trace_id == outside.trace_id
    assert inside.span_id != outside.span_id


@contextmanager
def seen_requests():
    """What was seen of requests in the block."""
    seen = []
    with patch("chassis.metrics.request_ended", seen.append):
        yield seen
