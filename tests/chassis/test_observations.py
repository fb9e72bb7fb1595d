"""What is seen of requests and calls."""

import pytest
from django.test import RequestFactory

from chassis import observations
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
