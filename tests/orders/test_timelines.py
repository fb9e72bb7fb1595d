"""What has happened to an order: staff read everything, buyers what concerns them and no names of staff."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(customer):
    """The entries of an order's timeline."""

    def read(order, by=customer, version="v2", **headers):
        return by.get(f"/{version}/orders/{order['id']}/events?limit=100", headers=headers).json()["data"]

    return read


def types(entries):
    return [entry["type"] for entry in entries]


def test_an_order_tells_what_has_happened_to_it(events, paid_order, finance, payments, tell, staff):
    path = f"/v1/orders/{paid_order['id']}"
    line = paid_order["lines"][0]["id"]
    asked = finance.command(f"{path}/refunds", {"amount": 1}).json()
    tell(payments.refunded(payments.refunds[asked["id"]]))
    made = staff("fulfilment").command(f"{path}/fulfillments", {"lines": [{"line_id": line, "quantity": 2}]}).json()
    for verb in ("ship", "deliver"):
        staff("fulfilment").command(f"{path}/fulfillments/{made['id']}/{verb}")

    assert types(events(paid_order)) == [
        *("order.placed", "payment.opened", "order.confirmed", "refund.requested", "refund.succeeded"),
        *("fulfillment.shipped", "fulfillment.delivered", "order.completed"),
    ]


def test_an_entry_says_who_did_it_and_what(events, paid_order, finance, support):
    refund = finance.command(f"/v1/orders/{paid_order['id']}/refunds", {"amount": 1}).json()

    placed, _, confirmed, requested = events(paid_order)
    told = events(paid_order, by=support)[-1]

    assert set(placed) == {"id", "type", "at", "actor", "data"}
    assert (placed["actor"], confirmed["actor"], requested["actor"]) == (
        paid_order["customer_id"],
        "service:orders",
        "staff",
    )
    assert (told["actor"][:4], told["id"]) == ("usr_", requested["id"])
    assert requested["data"] == {"refund_request_id": refund["id"], "amount": 1, "currency": "GBP"} == told["data"]


def test_what_is_for_staff_is_not_told_to_buyers(events, customer, order, payments, tell, support):
    customer.command(f"/v1/orders/{order['id']}/pay")
    tell(payments.succeeded(order["id"], amount_captured=2001))

    assert "order.payment_mismatch" not in types(events(order))
    assert "order.payment_mismatch" in types(events(order, by=support))


def test_a_guest_reads_it_with_the_token(events, guest, placed, product):
    order = placed((product, 1), by=guest, email="guest@example.com")
    token = {"X-Order-Token": order["guest_token"]}
    guest.post(f"/v1/orders/{order['id']}/cancel", {"reason": "zu spät"}, headers=token)

    entries = events(order, by=guest, **token)

    assert [(entry["type"], entry["actor"]) for entry in entries] == [
        ("order.placed", "guest"),
        ("order.cancelled", "guest"),
    ]
    assert entries[-1]["data"] == {"reason": "zu spät"}


def test_both_versions_tell_the_same_and_in_either_order(events, customer, paid_order):
    newest = customer.get(f"/v1/orders/{paid_order['id']}/events?ordering=-at").json()["data"]

    assert events(paid_order, version="v1") == events(paid_order) == newest[::-1]


def test_a_long_story_has_pages(customer, paid_order):
    first = customer.get(f"/v2/orders/{paid_order['id']}/events?limit=2").json()
    second = customer.get(first["next"].removeprefix("http://testserver")).json()

    assert types([*first["data"], *second["data"]]) == ["order.placed", "payment.opened", "order.confirmed"]


def test_late_money_is_told(events, customer, order, payments, tell, work, later):
    customer.command(f"/v1/orders/{order['id']}/pay")
    fact = payments.succeeded(order["id"])
    payments.of(order["id"])["status"] = "requires_payment_method"

    with later(minutes=31):
        work()
        tell(fact)

    assert types(events(order))[2:] == ["order.expired", "order.confirmed", "order.late_payment_accepted"]


def test_money_for_what_is_cancelled_is_told(events, customer, order, payments, tell):
    customer.command(f"/v1/orders/{order['id']}/pay")
    customer.post(f"/v1/orders/{order['id']}/cancel", {})

    tell(payments.succeeded(order["id"]))

    told = events(order)
    assert types(told)[2:] == ["order.cancelled", "refund.requested", "order.late_payment_refunded"]
    assert set(told[-1]["data"]) == {"payment_id", "refund_request_id"}
