"""Whether a service is ready to be split from its process, and what that would cost."""

import pytest

from chassis.topology import SERVICES
from config.maps import cartographer
from config.splits import CHATTY_CALLS

pytestmark = pytest.mark.django_db

PAYS, PAY = "POST /v1/payments", "POST /v2/orders/{id}/pay"
REMOTE_MILLISECONDS = 4.0


def report(service):
    return next(split for split in cartographer.look().splits if split.service == service)


def routes(service):
    return {route.name: route for route in report(service).routes}


def test_calls_that_stay_in_the_process_would_leave_it_or_come_in(saw):
    saw("orders", "payments", PAYS)
    saw("payments", "orders", "POST /internal/orders/v1/announcements")

    orders, payments = report("orders"), report("payments")

    assert orders.leaving == payments.entering == ("orders → payments POST /v1/payments",)
    assert orders.entering == payments.leaving == ("payments → orders POST /internal/orders/v1/announcements",)
    assert (orders.mates, orders.remote, orders.obstacles) == (["users", "payments"], (), ())


def test_a_route_costs_a_remote_call_for_each_call_that_moves(answered):
    answered("orders", PAY, payments=2)
    answered("orders", PAY)

    route = routes("orders")[PAY]

    assert (route.count, route.calls, route.most, route.moved) == (2, 1.0, 2, 1.0)
    assert (route.p50, route.cost, route.predicted_p50) == (5.0, REMOTE_MILLISECONDS, 9.0)


def test_the_routes_of_others_that_call_it_cost_as_much(answered):
    answered("orders", PAY, payments=1, users=1)

    assert routes("payments")[PAY].moved == 1.0
    assert routes("orders")[PAY].moved == 2.0


def test_a_route_that_calls_nobody_is_not_touched(answered):
    answered("orders", "GET /v2/products")

    assert report("orders").routes == ()


def test_a_route_that_makes_many_calls_is_chatty_and_stands_in_the_way(answered):
    answered("orders", PAY, payments=CHATTY_CALLS)
    answered("orders", "GET /v2/orders", users=CHATTY_CALLS + 1)

    orders = report("orders")

    assert {route.name: route.is_chatty for route in orders.routes} == {PAY: False, "GET /v2/orders": True}
    assert orders.obstacles == (f"GET /v2/orders made {CHATTY_CALLS + 1} calls for one request; 3 are few enough",)


def test_a_call_that_is_not_declared_stands_in_the_way_of_both(saw):
    saw("payments", "orders", "GET /v2/orders/{id}")

    said = {service: report(service).obstacles for service in SERVICES}

    assert said["orders"] == said["payments"] == ("payments → orders GET /v2/orders/{id} is not declared",)
    assert said["users"] == ()


def test_what_is_over_http_already_costs_nothing_more(hosting, elsewhere, saw, answered):
    elsewhere.hosts("users", "payments")
    hosting("orders", users=elsewhere.url, payments=elsewhere.url)
    saw("orders", "payments", PAYS, transport="http")
    answered("orders", PAY, payments=1)

    orders = report("orders")

    assert (orders.leaving, orders.remote) == ((), ("orders → payments POST /v1/payments",))
    assert [(route.moved, route.cost) for route in orders.routes] == [(0.0, 0.0)]


def test_upkeep_is_no_call_of_a_split(saw):
    saw("orders", "users", "GET /services/users/jwks.json")

    assert report("orders").leaving == ()
