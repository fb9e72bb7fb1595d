"""Three processes, of which one is really gone for a while: what needs it waits for it, everything else goes on."""

import time
from contextlib import contextmanager

import pytest

from tests.journeys.visitors import admin, all_at_once, ask, order_of, stocked
from tests.permissions.belongings import Customer
from tests.topologies.letters import letters_to
from tests.topologies.running import running
from tests.topologies.shapes import THREE_PROCESSES

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def shop():
    with running(THREE_PROCESSES) as shop:
        yield shop


@contextmanager
def away(shop, service):
    """Its process is ended, and started again when the block is left."""
    shop.stop(service)
    yield
    shop.start(service)


@pytest.fixture
def product(shop, request):
    return stocked(shop, request.node.name[:60], 5)


def placed(shop, product):
    """A guest's order: where it is, and the headers that open it."""
    answer = ask(shop, "POST", "/v1/orders", json=order_of(product), headers=keyed(product))
    assert answer.status_code == 201, answer.text
    return f"/v1/orders/{answer.json()['id']}", {"X-Order-Token": answer.json()["guest_token"]}


def keyed(name):
    return {"Idempotency-Key": f"{name}-0123456789-abcdefghij"[:64]}


def pay(shop, order, key):
    path, opened_by = order
    return ask(shop, "POST", f"{path}/pay", json={}, headers={**opened_by, **keyed(key)})


def confirm(shop, payment):
    path = f"/v1/sandbox/payments/{payment['id']}/confirm"
    headers = {"Authorization": f"Bearer {payment['payer_token']}"}
    return ask(shop, "POST", path, json={"payment_method": "sbx_ok"}, headers=headers)


def bought(customer, product):
    """The status of placing an order of one, by somebody who is signed in."""
    body = {name: value for name, value in order_of(product).items() if name != "email"}
    return customer.ask("POST", "/v2/orders", **body)


def test_while_payments_is_down_orders_are_placed_and_their_payments_open_when_it_is_back(shop, product):
    with away(shop, "payments"):
        absent = ask(shop, "GET", "/v1/providers")
        order = placed(shop, product)
        waiting = pay(shop, order, "first")
    shop.settle()
    id = order[0].rpartition("/")[2]
    opened = shop.store.select("payments", f"SELECT id FROM payments_payment WHERE order_id = '{id}'")

    payment = pay(shop, order, "second").json()["payment"]
    confirm(shop, payment)
    shop.settle()

    assert (absent.status_code, absent.json()["code"]) == (503, "dependency_unavailable")
    assert (waiting.status_code, waiting.json()["payment"]) == (202, None)
    assert [row["id"] for row in opened] == [payment["id"]]
    assert ask(shop, "GET", order[0], headers=order[1]).json()["status"] == "confirmed"


def test_while_orders_is_down_payments_keeps_its_facts_and_orders_hears_of_them_when_it_is_back(shop, product):
    order = placed(shop, product)
    payment = pay(shop, order, "only").json()["payment"]
    with away(shop, "orders"):
        paid = confirm(shop, payment)
        shop.wait_for_failure()
    shop.settle()

    assert paid.json()["status"] == "succeeded"
    assert ask(shop, "GET", order[0], headers=order[1]).json()["status"] == "confirmed"


def test_while_users_is_down_who_is_signed_in_goes_on_and_customers_are_who_they_were(shop, product):
    ana, ben, staff = Customer(shop, "ana@example.com"), Customer(shop, "ben@example.com"), admin(shop)
    hers, his = (f"/v2/orders/{bought(one, product).json()['id']}/customer" for one in (ana, ben))
    known = ask(shop, "GET", hers, headers=staff).json()
    ana.ask("PATCH", "/v1/users/me", full_name="Ana Kovač").raise_for_status()
    shop.settle()

    with away(shop, "users"):
        shop.stop("orders")
        shop.start("orders")
        signing_in = ask(shop, "POST", "/v1/tokens", json={"email": "ana@example.com", "password": "x"})
        going_on = [ana.ask("GET", "/v2/orders"), bought(ana, product), ask(shop, "GET", "/v2/orders", headers=staff)]
        stale, unknown = (ask(shop, "GET", path, headers=staff) for path in (hers, his))
    later = eventually(shop, hers, staff, full_name="Ana Kovač")

    assert (signing_in.status_code, signing_in.json()["code"]) == (503, "dependency_unavailable")
    assert [answer.status_code for answer in going_on] == [200, 201, 200]
    assert stale.json() == {**known, "is_stale": True}
    assert (unknown.status_code, unknown.json()["code"]) == (503, "dependency_unavailable")
    assert (later["full_name"], later["is_stale"]) == ("Ana Kovač", False)


def eventually(shop, path, headers, **members):
    """What is shown once it has these members; within seconds."""
    until = time.monotonic() + 5
    while True:
        shown = ask(shop, "GET", path, headers=headers).json()
        if members.items() <= shown.items() or time.monotonic() > until:
            return shown
        time.sleep(0.05)


@pytest.mark.parametrize("count", [20, pytest.param(100, marks=pytest.mark.prove)])
def test_orders_placed_while_users_is_down_leave_nothing_to_repair(shop, count):
    emails = [f"buyer-{number}-of-{count}@example.com" for number in range(10)]
    customers = [Customer(shop, email) for email in emails]
    product = stocked(shop, f"ALL-{count}", count)

    with away(shop, "users"):
        started = time.monotonic()
        orders_each = range(count // len(customers))
        answers = all_at_once([lambda one=one: [bought(one, product) for _ in orders_each] for one in customers])
        seconds = time.monotonic() - started
    shop.settle()

    orders = shop.store.select("orders", f"SELECT order_id FROM orders_orderline WHERE product_id = '{product}'")
    told = shop.store.select("orders", "SELECT stream FROM orders_outboxevent WHERE type = 'order.placed'")
    (stock,) = shop.store.select("orders", f"SELECT on_hand, reserved FROM orders_product WHERE id = '{product}'")
    letters = [len(letters_to(shop.folder, email)) for email in emails]
    print(f"{len(orders)} orders in {seconds:.1f} s while users was down; left to do: {shop.unfinished()}")
    assert {answer.status_code for one in answers for answer in one} == {201}
    assert len({row["order_id"] for row in orders}) == count
    assert {row["order_id"] for row in orders} <= {row["stream"] for row in told}
    assert stock == {"on_hand": count, "reserved": count}
    assert letters == [len(orders_each) + 1] * 10  # one of them asks to confirm the address
    assert (shop.unfinished(), shop._work("failures > 0")) == ([], [])
