"""Nothing that payments announces arrives: orders asks, and comes to know the same."""

import secrets
import time

import pytest

from tests.journeys.visitors import admin, ask, order_of, stocked
from tests.topologies.running import running
from tests.topologies.shapes import THREE_PROCESSES

pytestmark = pytest.mark.timeout(180)
LOST = {"caller": "payments", "neighbour": "orders", "route": "/internal/orders/v1/announcements", "kind": "down"}


@pytest.fixture(scope="module")
def shop():
    with running(THREE_PROCESSES, settings={"ORDER_POLL_SECONDS": "1"}) as shop:
        shop.plan_faults(LOST)
        yield shop


@pytest.fixture(scope="module")
def staff(shop):
    return admin(shop)


def test_money_and_refunds_that_nobody_told_of_are_counted(shop, staff):
    order = paid(shop, stocked(shop, "UNHEARD", 5), "sbx_ok")
    confirmed = eventually(shop, order, staff, status="confirmed")

    refund = command(shop, f"/v2/orders/{order}/refunds", staff, amount={"amount": 400, "currency": "GBP"})
    refunded = eventually(shop, order, staff, payment_status="partially_refunded")

    assert refund.status_code == 201
    assert (confirmed["payment_status"], refunded["amount_refunded"]["amount"]) == ("paid", 400)


def test_a_promise_that_nobody_told_of_is_taken_when_goods_leave(shop, staff):
    order = paid(shop, stocked(shop, "PROMISED", 5), "sbx_auth_only")
    promised = eventually(shop, order, staff, status="confirmed")

    lines = [{"line_id": promised["lines"][0]["id"], "quantity": 1}]
    made = command(shop, f"/v2/orders/{order}/fulfillments", staff, lines=lines).json()
    command(shop, f"/v2/orders/{order}/fulfillments/{made['id']}/ship", staff)
    taken = eventually(shop, order, staff, payment_status="paid")

    assert (promised["payment_status"], taken["amount_paid"]["amount"]) == ("authorized", 1000)


def paid(shop, product, method):
    """The id of a guest's order, paid in this way."""
    order = command(shop, "/v2/orders", {}, **order_of(product)).json()
    opened = command(shop, f"/v2/orders/{order['id']}/pay", {"X-Order-Token": order["guest_token"]}).json()["payment"]
    payer = {"Authorization": f"Bearer {opened['payer_token']}"}
    answer = command(shop, f"/v1/sandbox/payments/{opened['id']}/confirm", payer, payment_method=method)
    assert answer.status_code == 200, answer.text
    return order["id"]


def command(shop, path, headers, **body):
    return ask(shop, "POST", path, json=body, headers={"Idempotency-Key": secrets.token_urlsafe(24), **headers})


def eventually(shop, order, staff, **members):
    """The order once it has these members; within a minute, however busy the machine is."""
    until = time.monotonic() + 60
    while True:
        shown = ask(shop, "GET", f"/v2/orders/{order}", headers=staff).json()
        if members.items() <= shown.items() or time.monotonic() > until:
            assert members.items() <= shown.items(), shown
            return shown
        time.sleep(0.1)
