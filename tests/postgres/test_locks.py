"""Who waits for whom, where rows are locked one by one."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from deploy.processes import wait_until
from tests.journeys.visitors import ADDRESS, all_at_once, ask
from tests.postgres.askers import OverTheNetwork
from tests.postgres.commands import ENDINGS, MY_PASSWORD, PAY, REFUND_AT_PAYMENTS, REFUSED, REPLAYS, commands, described
from tests.topologies.running import production, running
from tests.topologies.shapes import THREE_PROCESSES


@pytest.fixture(scope="module")
def two(shop):
    """Two products, in the order of their ids."""
    admin = OverTheNetwork(shop)
    return admin.product, admin.new_product()


def buying(shop, *products, key):
    lines = [{"product_id": product, "quantity": 1} for product in products]
    body = {"currency": "GBP", "lines": lines, "shipping_address": ADDRESS, "email": "guest@example.com"}
    return lambda: ask(shop, "POST", "/v1/orders", json=body, headers={"Idempotency-Key": f"{key:-<30}"})


def statuses(answers):
    return Counter(answer.status_code for answer in answers)


def lock(session, product):
    session.execute("SELECT 1 FROM orders_product WHERE id = %s FOR UPDATE", [product])


def is_anybody_waiting(shop):
    return shop.store.select("orders", "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


def buy_in_either_order(shop, one, other):
    bought = [buying(shop, *pair, key=n) for n, pair in enumerate([(one, other), (other, one)] * 100)]
    with ThreadPoolExecutor(20) as threads:
        return list(threads.map(lambda buy: buy(), bought))


def test_two_hundred_orders_of_the_same_two_products_in_either_order_never_wait_in_a_circle(shop, two):
    answers = buy_in_either_order(shop, *two)

    assert statuses(answers) == {201: 200}


def test_an_order_caught_in_a_circle_is_a_503_that_leaves_nothing_and_may_be_sent_again(shop, two):
    one, other = two
    order = buying(shop, one, other, key="circle")
    before = stock(shop, one)

    with psycopg.connect(shop.store.urls["orders"]) as somebody, ThreadPoolExecutor(1) as threads:
        lock(somebody, other)
        caught = threads.submit(order)
        wait_until(lambda: is_anybody_waiting(shop), what="the order to wait for the second product")
        lock(somebody, one)
        refused = caught.result()
    left = stock(shop, one)
    again = order()

    assert (refused.status_code, refused.json()["code"]) == (503, "dependency_unavailable")
    assert (refused.headers["Retry-After"], left) == ("1", before)
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)


def stock(shop, product):
    return shop.store.select("orders", f"SELECT on_hand, reserved FROM orders_product WHERE id = '{product}'")


def test_every_command_of_the_api_is_among_those_that_are_given_at_once(shop):
    assert set(commands(OverTheNetwork(shop))) == described()


@pytest.mark.prove
def test_every_command_about_the_same_things_at_once_breaks_nothing(shop):
    admin = OverTheNetwork(shop)

    answers = []
    # What is given back at payments while the order is cancelled, orders can count at a second try only. A new password
    # ends the token that all this is asked with, so it is set at the very last.
    for leaving_out in (ENDINGS, ENDINGS, {REFUND_AT_PAYMENTS, MY_PASSWORD}, {REFUND_AT_PAYMENTS}):
        answers += give_at_once(admin, leaving_out)
        shop.settle()

    assert [answer for answer in answers if answer[1][0] >= 500] == []
    assert failures_of_work(shop) == []
    assert {gap for service in shop.store.urls for gap in gaps(shop, service)} == set()
    assert described() - {command for command, said in answers if said[0] < 300} <= {*ENDINGS, *REFUSED, *REPLAYS, PAY}


def give_at_once(by, leaving_out):
    """Give each command twice, in any order, by twenty threads; returns what each was answered."""
    given = [(name, question) for _ in range(2) for name, question in commands(by).items() if name not in leaving_out]
    random.Random(1).shuffle(given)
    with ThreadPoolExecutor(20) as threads:
        return list(threads.map(lambda one: (one[0], by.of(one[1]).said), given))


def failures_of_work(shop):
    """Where a worker needed a second try, and why; to a webhook endpoint where nobody is, it always does."""
    found = ((service, table) for service in shop.store.urls for table in shop.store.tables(service, "failures"))
    tables = [(service, table) for service, table in found if not table.endswith("webhookdelivery")]
    asked = ((service, f"SELECT last_failure FROM {table} WHERE failures > 0") for service, table in tables)
    return [
        (question, row["last_failure"]) for service, question in asked for row in shop.store.select(service, question)
    ]


def gaps(shop, service):
    """The streams whose facts are not numbered from one on without a gap."""
    numbered = f"SELECT stream FROM {service}_outboxevent GROUP BY stream HAVING max(number) <> count(*)"
    return [row["stream"] for row in shop.store.select(service, numbered)]


def test_fifty_buyers_of_ten_units_get_exactly_ten_orders(shop):
    product = OverTheNetwork(shop).new_product(quantity=10)

    answers = all_at_once([buying(shop, product, key=f"rush-{n}-{product}") for n in range(50)])

    assert statuses(answers) == {201: 10, 409: 40}
    assert stock(shop, product) == [{"on_hand": 10, "reserved": 10}]


@pytest.mark.prove
def test_in_three_processes_behind_the_gateway_it_is_the_same():
    with running(THREE_PROCESSES, serve=production, database="postgresql") as shop:
        admin = OverTheNetwork(shop)
        rare = admin.new_product(quantity=10)

        rush = all_at_once([buying(shop, rare, key=f"rush-{n}") for n in range(50)])
        either_order = buy_in_either_order(shop, admin.product, admin.new_product())

    assert statuses(rush) == {201: 10, 409: 40}
    assert statuses(either_order) == {201: 200}
