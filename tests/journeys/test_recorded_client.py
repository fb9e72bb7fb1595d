"""A client written for version 1 of orders, before there was another, finds today what it found then."""

import pytest

from tests.equivalence.differences import differences
from tests.equivalence.placeholders import Placeholders
from tests.equivalence.recording import Recording
from tests.journeys.recorded.clients import WAIT, promised, read_steps, replay, still_told

ORDERS_V1 = {
    "/v1/products": "GET POST",
    "/v1/products/{}": "GET PATCH DELETE",
    "/v1/products/{}/prices": "PUT",
    "/v1/products/{}/stock-movements": "GET POST",
    "/v1/quotes": "POST",
    "/v1/orders": "GET POST",
    "/v1/orders/{}": "GET",
    "/v1/orders/{}/pay": "POST",
    "/v1/orders/{}/cancel": "POST",
    "/v1/orders/{}/refunds": "GET POST",
}


@pytest.mark.timeout(240)
def test_a_client_of_version_one_is_answered_as_it_was_before_there_was_another(shop):
    steps = read_steps()

    found = replay(steps, shop)

    then = promised(steps)
    now = still_told(then, promised(found.steps))
    assert differences(Recording(steps=then), Recording(steps=now)) == []
    assert found.requests >= 200


def test_the_recorded_client_asked_all_of_orders():
    operations = {(method, path) for path, methods in ORDERS_V1.items() for method in methods.split()}

    asked = {operation(step["request"]) for step in read_steps() if step["step"] != WAIT}

    assert operations - asked == set()


def test_the_recorded_client_met_every_answer_that_it_has_to_understand():
    statuses = {step["answer"]["status"] for step in read_steps() if step["step"] != WAIT}

    assert statuses >= {200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 422, 428}


def test_a_placeholder_is_filled_with_what_it_stands_for_in_this_run():
    placeholders = Placeholders("http://shop.example")
    order = "ord_01k9z3v8q0e5r7t2y4w6a8b1c3"

    seen = placeholders.of({"id": order})
    filled = placeholders.filled({"path": f"/v1/orders/{seen['id']}", "other": "{ord 9}", "home": "{shop}/"})

    assert filled == {"path": f"/v1/orders/{order}", "other": "{ord 9}", "home": "http://shop.example/"}


def operation(request):
    """`("GET", "/v1/orders/{}")` for the reading of whichever order."""
    parts = request["path"].partition("?")[0].split("/")
    return request["method"], "/".join("{}" if number == 3 else part for number, part in enumerate(parts))
