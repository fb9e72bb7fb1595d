"""A service is moved to another database and back, while customers buy."""

import re
import time

import pytest

from tests.journeys.movers import POINTS, Mover
from tests.journeys.traders import Market
from tests.journeys.visitors import admin, ask, order_of, stocked
from tests.proving import rarely
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

pytestmark = [pytest.mark.prove, pytest.mark.timeout(240)]

STOCK = 100_000
STATUS = {"paid": "confirmed", "cancelled": "cancelled", "left alone": "pending_payment"}

RARE = [point for point in POINTS if point != "the source is left"]
SHAPES = [pytest.param(ONE_PROCESS, id="one"), pytest.param(THREE_PROCESSES, id="three", marks=pytest.mark.prove)]


@pytest.fixture(scope="module")
def still_shop():
    """A shop in which nobody buys but the test."""
    with running(ONE_PROCESS, serve=production, database="sqlite") as shop:
        yield shop


@pytest.fixture(scope="module")
def mover(still_shop):
    return Mover(still_shop)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_order_is_lost_or_doubled_while_orders_moves_to_postgresql_and_back(shape):
    with running(shape, serve=production, database="sqlite") as shop:
        product, mover, memory = stocked(shop, "moved", STOCK), Mover(shop), Memory(shop)

        with Market(shop, product) as market:
            for place in ("PostgreSQL", "SQLite"):
                time.sleep(1)
                print(f"{place}: {downtime(mover.move())} s")
                time.sleep(1)
                memory.is_as_before()
        shop.settle()

        assert (market.surprises, market.pauses > 0) == ([], True)
        assert traded(shop) == {order: STATUS[end] for order, end in market.orders.items()} | memory.orders
        assert stock(shop, product) == (STOCK, reserved(shop))
        assert paid_once(shop, market)


@pytest.mark.parametrize("point", ["the source is left", *rarely(*RARE)])
def test_a_move_that_was_killed_can_be_repeated(still_shop, mover, point):
    product = stocked(still_shop, point, 5)
    before = ordered(still_shop, product, f"{point}: before")

    killed = mover.die(point)
    mover.move()

    after = ordered(still_shop, product, f"{point}: after")
    assert killed == -9
    assert ordered(still_shop, product, f"{point}: before").json() == before.json()
    assert (before.status_code, after.status_code) == (201, 201)
    assert available(still_shop, product) == 3


@pytest.mark.parametrize("point", ["the copy is committed", *rarely("the source is closed", "the source is left")])
def test_a_mover_that_was_killed_keeps_nobody_from_buying(still_shop, mover, point):
    product = stocked(still_shop, f"{point}, and nobody comes back", 5)
    mover.die(point, lease_seconds=2)

    bought = patiently_ordered(still_shop, product, f"{point}: nobody comes back")

    assert bought.status_code == 201
    mover.move()
    assert ordered(still_shop, product, f"{point}: nobody comes back").json() == bought.json()


@pytest.mark.prove
def test_no_process_starts_with_the_database_that_was_left(still_shop, mover):
    left = mover.here
    mover.move()

    started = [
        mover.run(*words, ORDERS_DATABASE_URL=left)
        for words in (
            ("manage.py", "work", "--once"),
            ("manage.py", "runserver", "0", "--noreload"),
            ("manage.py", "migrate"),
            ("-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", "127.0.0.1:0", "config.wsgi"),
        )
    ]

    assert all(process.returncode for process in started)
    assert all("ORDERS_DATABASE_URL names a database that orders has left" in process.stderr for process in started)
    assert mover.run("manage.py", "work", "--once").returncode == 0


class Memory:
    """What a customer holds in hand before the move: a token, the next page of a list, and a key that was used."""

    def __init__(self, shop):
        self.shop, self.staff = shop, admin(shop)
        for number in range(3):
            stocked(shop, f"listed {number}", 1)
        first = ask(shop, "GET", "/v1/products?limit=1&ordering=created_at&q=listed", headers=self.staff).json()
        self.next = first["next"].removeprefix(shop.url)
        self.page = self._next_page()
        product = stocked(shop, "remembered", 5)
        self.order = order_of(product)
        self.answer = self._order()
        self.orders = {self.answer["id"]: "pending_payment"}

    def is_as_before(self):
        assert self._next_page() == self.page
        assert self._order() == self.answer
        assert ask(self.shop, "GET", f"/v1/orders/{self.answer['id']}", headers=self.staff).status_code == 200

    def _next_page(self):
        answer = ask(self.shop, "GET", self.next, headers=self.staff)
        assert answer.status_code == 200
        return [product["id"] for product in answer.json()["data"]], answer.json()["next"]

    def _order(self):
        keyed = {"Idempotency-Key": "remembered-0123456789-abcdefghij"}
        return ask(self.shop, "POST", "/v1/orders", json=self.order, headers=keyed).json()


def downtime(report):
    return float(re.search(r"refused for ([\d.]+) s", report).group(1))


def ordered(shop, product, key):
    keyed = {"Idempotency-Key": f"{key:30}".replace(" ", "-")}
    return ask(shop, "POST", "/v1/orders", json=order_of(product), headers=keyed)


def patiently_ordered(shop, product, key):
    while (answer := ordered(shop, product, key)).status_code == 503:
        assert answer.json()["code"] == "service_paused"
        time.sleep(int(answer.headers["Retry-After"]) / 4)
    return answer


def traded(shop):
    return {row["id"]: row["status"] for row in shop.store.select("orders", "SELECT id, status FROM orders_order")}


def stock(shop, product):
    (row,) = shop.store.select("orders", f"SELECT on_hand, reserved FROM orders_product WHERE id = '{product}'")
    return row["on_hand"], row["reserved"]


def reserved(shop):
    """One unit for each order of the market that was not cancelled; the remembered one is of another product."""
    return sum(status != "cancelled" for status in traded(shop).values()) - 1


def paid_once(shop, market):
    paid = shop.store.select("payments", "SELECT order_id FROM payments_payment WHERE status = 'succeeded'")
    return sorted(row["order_id"] for row in paid) == sorted(o for o, end in market.orders.items() if end == "paid")


def available(shop, product):
    return ask(shop, "GET", f"/v1/products/{product}", headers=admin(shop)).json()["available"]
