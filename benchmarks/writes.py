"""`make bench-writes`: placing an order of three lines, each with a key of its own."""

import json
from collections.abc import Iterator
from uuid import uuid4

from benchmarks import benches
from benchmarks.agreements import require_agreement, require_same_rows
from benchmarks.benches import Shop, Wishes
from benchmarks.clients import Request
from benchmarks.reports import Target, table
from benchmarks.rounds import Contender, race
from benchmarks.seeding import PRODUCTS, id_of, seed

# So many that nobody places more orders in a minute than Tearline lets them.
CUSTOMERS, ORDERS = 400, 2_000
CONTENDERS = ("Tearline", "DRF", "Ninja", "FastAPI")
TARGETS = {"Ninja": Target("at least 1.18: Tearline at most 0.85 of it", least=1 / 0.85)}
# What each answer has of its own.
OWN = frozenset({"id", "order_id", "number", "links", "email", "placed_at", "expires_at", "created_at", "updated_at"})
ADDRESS = {"recipient": "Zoë Ørsted", "line1": "1 Low Row", "city": "York", "postal_code": "YO1 7HH", "country": "GB"}


def main() -> None:
    """Orders in both shapes, on each database."""
    benches.run("writes", "Writes", lambda store: seed(store, orders=ORDERS, customers=CUSTOMERS), measure)


def measure(shop: Shop, wishes: Wishes) -> Iterator[str]:
    """A table for each shape of the answer."""
    customers = shop.tokens([id_of("usr", number) for number in range(CUSTOMERS)])
    for version in ("v2", "v1"):
        placing = _Placing(f"/{version}/orders", customers)
        contenders = [Contender(name, shop.servers[name], placing) for name in CONTENDERS]
        require_agreement(contenders, leave_out=OWN)
        require_same_rows(contenders, shop.store)
        title = f"An order of 3 lines is placed, and answered as {version} shows it"
        yield table(title, race(contenders, wishes, shop.store.pid), TARGETS)


class _Placing:
    """Every customer in turn orders three products, which wander through the catalogue."""

    def __init__(self, path: str, customers: list[str]) -> None:
        self._path, self._customers = path, customers

    def __call__(self, number: int) -> Request:
        lines = [{"product_id": id_of("prd", (3 * number + n) % PRODUCTS), "quantity": n + 1} for n in range(3)]
        body = json.dumps({"currency": "GBP", "lines": lines, "shipping_address": ADDRESS}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
        return Request(self._path, self._customers[number % len(self._customers)], body, headers)


if __name__ == "__main__":
    main()
