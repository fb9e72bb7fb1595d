"""`make bench-pages`: the first page of a million orders, and the page at 90 % of them, as staff see them."""

import base64
from collections.abc import Iterator
from urllib.parse import urlencode

from django.core.signing import Signer

from benchmarks import benches
from benchmarks.agreements import require_agreement
from benchmarks.benches import Shop, Wishes
from benchmarks.clients import Request
from benchmarks.reports import Target, table, with_database
from benchmarks.rounds import Contender, race
from benchmarks.seeding import created_at, id_of, seed
from benchmarks.stores import Store

ORDERS, CUSTOMERS, LIMIT = 1_000_000, 10_000, 50
DEPTH = ORDERS * 9 // 10
STAFF = 100
# Lines only where pages are read: three million would tell nothing more.
WITH_LINES = tuple(range(ORDERS - skipped - 2 * LIMIT, ORDERS - skipped) for skipped in (0, DEPTH))
TARGETS = {"Tearline, at 90 %": Target("at most 1.3", most=1.3)}

FIRST = {
    "Tearline": f"/v2/orders?limit={LIMIT}",
    "DRF CursorPagination": "/v2/orders-by-cursor",
    "DRF PageNumberPagination": "/v2/orders",
    "Ninja CursorPagination": f"/v2/orders-by-cursor?page_size={LIMIT}",
    "Ninja LimitOffsetPagination": f"/v2/orders?limit={LIMIT}",
    "FastAPI offset": f"/v2/orders?limit={LIMIT}",
}


def main() -> None:
    """Pages on each database."""
    benches.run("pages", "Pages", _seed, measure)


def _seed(store: Store) -> None:
    seed(store, orders=ORDERS, customers=CUSTOMERS, with_lines=WITH_LINES)


def measure(shop: Shop, wishes: Wishes) -> Iterator[str]:
    """One table: what the database does for a page is what makes the difference, so it counts."""
    staff = shop.tokens([id_of("usr", number) for number in range(STAFF)], scope="orders:read")
    deep = _at(DEPTH, shop.keys.secret)
    first = [_contender(shop, staff, name, "first page", path) for name, path in FIRST.items()]
    at_depth = [_contender(shop, staff, name, "at 90 %", path) for name, path in deep.items()]
    require_agreement(first)
    require_agreement(at_depth)
    both = [one for pair in zip(first, at_depth, strict=True) for one in pair]
    title = f"50 of {ORDERS:,} orders, newest first; CPU is that of the server and the database together"
    yield table(title, race(both, wishes, shop.store.pid), TARGETS, with_database)


def _at(position: int, secret: str) -> dict[str, str]:
    """The addresses of the page that begins at this position. Nobody walks there: the cursors are made as they do."""
    before, here = ORDERS - position, ORDERS - position - 1
    cursor = [False, [created_at(before).isoformat(), id_of("ord", before)]]
    signer = Signer(key=secret, salt="orders:cursor:/v2/orders?", algorithm="sha256", fallback_keys=[])
    return {
        "Tearline": "/v2/orders?" + urlencode({"cursor": signer.sign_object(cursor), "limit": LIMIT}),
        "DRF CursorPagination": f"/v2/orders-by-cursor?cursor={_unsigned(created_at(before))}",
        "DRF PageNumberPagination": f"/v2/orders?page={position // LIMIT + 1}",
        "Ninja CursorPagination": f"/v2/orders-by-cursor?page_size={LIMIT}&cursor={_unsigned(created_at(here))}",
        "Ninja LimitOffsetPagination": f"/v2/orders?limit={LIMIT}&offset={position}",
        "FastAPI offset": f"/v2/orders?limit={LIMIT}&offset={position}",
    }


def _unsigned(position: object) -> str:
    """A cursor of DRF or of Ninja."""
    return base64.b64encode(urlencode({"p": str(position)}).encode()).decode()


def _contender(shop: Shop, staff: list[str], name: str, page: str, path: str) -> Contender:
    server = shop.servers[name.partition(" ")[0]]
    return Contender(f"{name}, {page}", server, lambda number: Request(path, staff[number % STAFF]))


if __name__ == "__main__":
    main()
