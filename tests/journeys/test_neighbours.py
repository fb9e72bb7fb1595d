"""Three processes, of which one is really gone for a while."""

import pytest

from tests.journeys.visitors import admin, ask, order_of, stocked
from tests.topologies.running import running
from tests.topologies.shapes import THREE_PROCESSES

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def shop():
    with running(THREE_PROCESSES) as shop:
        yield shop


@pytest.fixture
def order(shop, request):
    """A guest's order, and the headers that open it."""
    product = stocked(shop, request.node.name, 5)
    keyed = {"Idempotency-Key": f"{request.node.name}-order"}
    placed = ask(shop, "POST", "/v1/orders", json=order_of(product), headers=keyed).json()
    return f"/v1/orders/{placed['id']}", {"X-Order-Token": placed["guest_token"]}


def pay(shop, order, key):
    path, opened_by = order
    return ask(
        shop, "POST", f"{path}/pay", json={}, headers={**opened_by, "Idempotency-Key": f"{key}-0123456789-abcdefghij"}
    )


def confirm(shop, payment):
    path = f"/v1/sandbox/payments/{payment['id']}/confirm"
    headers = {"Authorization": f"Bearer {payment['payer_token']}"}
    return ask(shop, "POST", path, json={"payment_method": "sbx_ok"}, headers=headers)


def test_an_order_is_paid_when_payments_is_back(shop, order):
    path, opened_by = order
    shop.stop("payments")
    absent = ask(shop, "GET", "/v1/providers")
    waiting = pay(shop, order, "first")

    shop.start("payments")
    shop.settle()
    confirm(shop, pay(shop, order, "second").json()["payment"])
    shop.settle()

    assert (absent.status_code, absent.json()["code"]) == (503, "dependency_unavailable")
    assert (waiting.status_code, waiting.json()["payment"]) == (202, None)
    assert ask(shop, "GET", path, headers=opened_by).json()["status"] == "confirmed"


def test_orders_hears_of_a_payment_when_it_is_back(shop, order):
    path, opened_by = order
    payment = pay(shop, order, "only").json()["payment"]
    shop.stop("orders")
    paid = confirm(shop, payment)

    shop.start("orders")
    shop.settle()

    assert paid.json()["status"] == "succeeded"
    assert ask(shop, "GET", path, headers=opened_by).json()["status"] == "confirmed"


def test_who_is_signed_in_stays_signed_in_while_users_is_down_and_orders_restarts(shop):
    staff = admin(shop)
    ask(shop, "GET", "/v1/orders", headers=staff)
    shop.stop("users")
    shop.stop("orders")
    shop.start("orders")

    answer = ask(shop, "GET", "/v1/orders", headers=staff)

    shop.start("users")
    assert answer.status_code == 200
