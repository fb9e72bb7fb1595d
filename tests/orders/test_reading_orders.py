"""Who sees which orders. What is not somebody's own is not there."""

from typing import Any

import pytest

from apps.orders.api.urls import urlpatterns
from apps.orders.models import PaymentAttempt

pytestmark = pytest.mark.django_db

ROUTES: list[Any] = urlpatterns[0].url_patterns
OF_AN_ORDER = sorted(
    (str(route.pattern).replace("<str:id>", "{id}").replace("<str:fulfillment_id>", "ful_none"), method)
    for route in ROUTES
    for method in ("get", "post")
    if str(route.pattern).startswith("orders/<str:id>") and hasattr(route.callback.view_class, method)
)
PARCELS = "orders/{id}/fulfillments"
BODIES = {"orders/{id}/refunds": {"amount": 1}, PARCELS: {"lines": [{"line_id": "oli_x", "quantity": 1}]}}
FOR_STAFF = {
    ("orders/{id}/refunds", "post"),
    ("orders/{id}/customer", "get"),
    ("orders/{id}/complete", "post"),
    ("orders/{id}/retained-contact", "get"),
    (PARCELS, "post"),
    *((f"{PARCELS}/ful_none/{verb}", "post") for verb in ("ship", "deliver", "cancel")),
}


def ids(answer):
    return [order["id"] for order in answer.json()["data"]]


def test_the_routes_of_an_order_are_known():
    assert [path for path, method in OF_AN_ORDER] == [
        "orders/{id}",
        "orders/{id}/cancel",
        "orders/{id}/claim",
        "orders/{id}/complete",
        "orders/{id}/customer",
        "orders/{id}/events",
        PARCELS,
        PARCELS,
        f"{PARCELS}/ful_none",
        f"{PARCELS}/ful_none/cancel",
        f"{PARCELS}/ful_none/deliver",
        f"{PARCELS}/ful_none/ship",
        "orders/{id}/pay",
        "orders/{id}/refunds",
        "orders/{id}/refunds",
        "orders/{id}/retained-contact",
    ]


@pytest.mark.parametrize(("path", "method"), OF_AN_ORDER)
def test_an_order_is_not_there_for_anybody_else(other_customer, guest, support, order, path, method):
    def ask(client, id):
        url, body = f"/v1/{path.format(id=id)}", BODIES.get(path, {})
        return client.get(url) if method == "get" else client.command(url, body)

    foreign, missing = ask(other_customer, order["id"]), ask(other_customer, "ord_none")
    nobody = ask(guest, order["id"])

    refused = (403, 401) if (path, method) in FOR_STAFF else (404, 401 if path.endswith("/claim") else 404)
    assert (foreign.status_code, nobody.status_code) == refused
    assert foreign.json()["code"] == missing.json()["code"]
    assert not PaymentAttempt.objects.exists()


def test_customers_list_their_own_orders_newest_first(customer, other_customer, placed, product):
    first, second = placed((product, 1)), placed((product, 1))
    placed((product, 1), by=other_customer)

    assert ids(customer.get("/v1/orders")) == [second["id"], first["id"]]


def test_staff_list_all_orders(support, customer, other_customer, placed, product):
    orders = [placed((product, 1), by=client)["id"] for client in (customer, other_customer)]

    assert sorted(ids(support.get("/v1/orders"))) == sorted(orders)


def test_staff_without_that_scope_list_their_own(catalog, order):
    assert ids(catalog.get("/v1/orders")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=confirmed", ["paid"]),
        ("status=pending_payment", ["dear"]),
        ("status=cancelled", []),
        ("payment_status=paid", ["paid"]),
        ("payment_status=unpaid", ["dear"]),
        ("ordering=total", ["paid", "dear"]),
        ("ordering=-total", ["dear", "paid"]),
        ("ordering=created_at", ["paid", "dear"]),
        ("number={number}", ["paid"]),
    ],
)
def test_orders_are_found_and_ordered(customer, placed, paid, product, query, found):
    orders = {"paid": paid(placed((product, 1))), "dear": placed((product, 3))}

    answer = customer.get(f"/v1/orders?{query.format(number=orders['paid']['number'])}")

    assert ids(answer) == [orders[name]["id"] for name in found]


def test_staff_look_for_customers(support, other_customer, placed, product, order):
    placed((product, 1), by=other_customer)

    by_id = support.get(f"/v1/orders?customer_id={order['customer_id']}")
    by_email = support.get("/v1/orders?email=Ana@Example.com")

    assert ids(by_id) == ids(by_email) == [order["id"]]


@pytest.mark.parametrize(
    "query",
    ["customer_id=usr_x", "email=ana@example.com", "status=lost", "payment_status=late", "ordering=email", "q=x"],
)
def test_a_customers_list_is_not_asked_what_it_does_not_know(customer, query):
    answer = customer.get(f"/v1/orders?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_list_of_orders_asks_the_database_as_often_however_long_it_is(
    customer, placed, stocked, django_assert_num_queries
):
    for _ in range(5):
        placed((stocked(), 1), (stocked(), 1))

    with django_assert_num_queries(2, using="orders"):
        customer.get("/v1/orders")


@pytest.mark.parametrize(
    ("role", "verb", "status"),
    [
        ("support", "cancel", 200),
        ("auditor", "cancel", 403),
        ("fulfilment", "cancel", 403),
        ("finance", "cancel", 403),
        ("finance", "pay", 201),
        ("support", "pay", 403),
        ("auditor", "pay", 403),
        ("support", "refunds", 403),
        ("auditor", "refunds", 403),
        ("finance", "refunds", 409),
        ("catalog", "cancel", 404),
        ("catalog", "pay", 404),
    ],
)
def test_staff_act_on_orders_as_far_as_their_scopes_reach(staff, order, role, verb, status):
    answer = staff(role).command(f"/v1/orders/{order['id']}/{verb}", BODIES.get(f"orders/{{id}}/{verb}", {}))

    assert answer.status_code == status


def test_an_order_that_was_read_before_is_not_sent_again(customer, order):
    path = f"/v1/orders/{order['id']}"
    read = customer.get(path)

    again = customer.get(path, headers={"If-None-Match": read["ETag"]})

    assert again.status_code == 304
    assert read["Cache-Control"] == "private, no-cache"
