"""Who did what to the catalogue, the stock and orders, as an auditor reads it."""

import pytest

pytestmark = pytest.mark.django_db

TRAIL = "/v2/services/orders/audit-events"


@pytest.fixture
def trail(staff):
    """What was recorded of a subject, the oldest first."""

    def read(subject):
        found = staff("auditor").get(f"{TRAIL}?subject={subject}&ordering=at").json()["data"]
        return [(event["action"], event["changes"]) for event in found]

    return read


def test_what_is_done_to_a_product_is_told_from_what_to_what(catalog, trail):
    cup = {"sku": "CUP", "name": "Cup", "prices": [{"currency": "GBP", "amount": 500}]}
    product = catalog.command("/v2/products", cup).json()["id"]

    catalog.patch(f"/v2/products/{product}", {"name": "Mug"}, headers={"If-Match": "*"})
    catalog.command(f"/v2/products/{product}/stock-movements", {"delta": 3, "reason": "receipt"}, key="receipt")
    catalog.delete(f"/v2/products/{product}")

    assert trail(product) == [
        ("product.created", {"sku": [None, "CUP"], "prices": [None, cup["prices"]]}),
        ("product.changed", {"name": ["Cup", "Mug"]}),
        ("stock.moved", {"on_hand": [0, 3]}),
        ("product.archived", {"status": ["active", "archived"]}),
    ]


def test_who_cancelled_an_order_is_on_record(customer, order, staff):
    customer.command(f"/v2/orders/{order['id']}/cancel", {})

    (event,) = staff("auditor").get(f"{TRAIL}?subject={order['id']}").json()["data"]
    assert (event["action"], event["changes"]) == ("order.cancelled", {"status": ["pending_payment", "cancelled"]})
    assert event["actor"] == order["customer_id"]
    assert event["request_id"]


def test_only_auditors_read_it(customer, catalog):
    assert [client.get(TRAIL).status_code for client in (customer, catalog)] == [403, 403]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_adds_to_it_or_changes_it(staff, method):
    assert getattr(staff("auditor"), method)(TRAIL).status_code == 405
