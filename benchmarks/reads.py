"""`make bench-reads`: a list of 50 orders with three lines each, and one order, asked for by their customers."""

from collections.abc import Iterator

from benchmarks import benches
from benchmarks.agreements import require_agreement
from benchmarks.benches import Shop, Wishes
from benchmarks.clients import Request
from benchmarks.reports import Target, table
from benchmarks.rounds import Contender, race
from benchmarks.seeding import id_of, seed

CUSTOMERS, ORDERS = 100, 10_000
VERSIONS = {"v2": "money with its currency, and links", "v1": "amounts beside one currency"}
LISTS = {
    "Tearline": "/{version}/orders?limit=50",
    "DRF": "/{version}/orders",
    "Ninja": "/{version}/orders?limit=50",
    "FastAPI": "/{version}/orders?limit=50",
}
DETAILS = dict.fromkeys(LISTS, "/{version}/orders/{id}")
LIST_TARGETS = {
    "DRF": Target("at least 3", least=3),
    "Ninja": Target("at least 2.5", least=2.5),
    "FastAPI": Target("at least 1.3", least=1.3),
}
DETAIL_TARGETS = {"Ninja": Target("at least 0.95", least=1 / 1.05)}
KINDS = (
    ("A list of 50 orders with 3 lines each", LISTS, LIST_TARGETS),
    ("One order with 3 lines", DETAILS, DETAIL_TARGETS),
)


def main() -> None:
    """Lists and single orders in both shapes, on each database."""
    benches.run("reads", "Reads", lambda store: seed(store, orders=ORDERS, customers=CUSTOMERS), measure)


def measure(shop: Shop, wishes: Wishes) -> Iterator[str]:
    """A table for each kind of request and each shape."""
    customers = shop.tokens([id_of("usr", number) for number in range(CUSTOMERS)])
    for kind, paths, targets in KINDS:
        for version, shape in VERSIONS.items():
            contenders = [
                Contender(name, shop.servers[name], _Asking(path.replace("{version}", version), customers))
                for name, path in paths.items()
            ]
            require_agreement(contenders)
            title = f"{kind}, as {version} shows them: {shape}"
            yield table(title, race(contenders, wishes, shop.store.pid), targets)


class _Asking:
    """Every customer in turn asks for their orders, or for the first of them."""

    def __init__(self, path: str, customers: list[str]) -> None:
        self._path, self._customers = path, customers

    def __call__(self, number: int) -> Request:
        customer = number % len(self._customers)
        return Request(self._path.format(id=id_of("ord", customer)), self._customers[customer])


if __name__ == "__main__":
    main()
