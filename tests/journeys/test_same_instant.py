"""Somebody pays and somebody cancels at the same instant: whoever was quicker, no penny and no unit is lost."""

import secrets

import pytest

from tests.journeys.visitors import admin, all_at_once, ask, order_of, stocked

pytestmark = pytest.mark.timeout(600)
PRICE = 1000
MANY = pytest.param(100, marks=pytest.mark.prove)


@pytest.mark.parametrize("runs", [10, MANY])
def test_an_order_paid_and_cancelled_at_once_ends_paid_or_given_back(shop, runs):
    product = stocked(shop, f"raced-{runs}", runs, PRICE)
    opened = [about_to_be_paid(shop, product) for _ in range(runs)]

    answers = [all_at_once([paying(shop, *each), cancelling(shop, *each)]) for each in opened]

    shop.settle()
    assert {cancelled.status_code for _, cancelled in answers} <= {200, 409}
    assert {paid.status_code for paid, _ in answers} <= {200, 409}
    staff = admin(shop)
    ends = [end_of(shop, order, staff) for order, _ in opened]
    assert set(ends) <= {"confirmed and paid", "cancelled and refunded", "cancelled and never paid"}
    stock = ask(shop, "GET", f"/v1/products/{product}", headers=staff).json()
    assert (stock["on_hand"], stock["reserved"]) == (runs, ends.count("confirmed and paid"))


def about_to_be_paid(shop, product):
    """A guest's order whose payment is open, and the payment."""
    order = command(shop, "/v1/orders", order_of(product)).json()
    opened = command(shop, f"/v1/orders/{order['id']}/pay", {}, **{"X-Order-Token": order["guest_token"]})
    return order, opened.json()["payment"]


def paying(shop, order, payment):
    path, payer = f"/v1/sandbox/payments/{payment['id']}/confirm", f"Bearer {payment['payer_token']}"
    return lambda: command(shop, path, {"payment_method": "sbx_ok"}, Authorization=payer)


def cancelling(shop, order, payment):
    return lambda: command(shop, f"/v1/orders/{order['id']}/cancel", {}, **{"X-Order-Token": order["guest_token"]})


def command(shop, path, body, **headers):
    keyed = {"Idempotency-Key": secrets.token_urlsafe(24), **headers}
    return ask(shop, "POST", path, json=body, headers=keyed)


def end_of(shop, order, staff):
    """How the order ended, once orders and payments say the same of every penny."""
    token = {"X-Order-Token": order["guest_token"]}
    order = ask(shop, "GET", f"/v1/orders/{order['id']}", headers=token).json()
    refunds = ask(shop, "GET", f"/v1/orders/{order['id']}/refunds", headers=token).json()["data"]
    (payment,) = ask(shop, "GET", f"/v1/payments?order_id={order['id']}", headers=staff).json()["data"]
    given = ask(shop, "GET", f"/v1/payments/{payment['id']}/refunds", headers=staff).json()["data"]
    assert (order["amount_paid"], order["amount_refunded"]) == (payment["amount_captured"], payment["amount_refunded"])
    assert [(refund["id"], refund["amount"]) for refund in given] == [
        (refund["refund_id"], refund["amount"]) for refund in refunds
    ]
    facts = order["status"], order["payment_status"], order["amount_paid"], order["amount_refunded"], payment["status"]
    return {
        ("confirmed", "paid", PRICE, 0, "succeeded"): "confirmed and paid",
        ("cancelled", "refunded", PRICE, PRICE, "succeeded"): "cancelled and refunded",
        ("cancelled", "unpaid", 0, 0, "cancelled"): "cancelled and never paid",
    }.get(facts, str(facts))
