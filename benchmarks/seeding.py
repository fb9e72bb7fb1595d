"""Rows of orders in bulk: the databases make them themselves, a million in well under a minute.

Order `n` is customer `n % customers`'s and a minute younger than the one before, so everybody has as many.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from benchmarks.stores import Store

PRODUCTS = 1000
STOCK = 10**9
UNIT_PRICES = (500, 1000, 1500)
TOTALS = tuple(price * quantity for quantity, price in enumerate(UNIT_PRICES, 1))
TAXES = (83, 333, 750)  # a sixth of each
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
MOMENT = {
    "sqlite": "datetime('2024-01-01', '+' || n || ' minutes')",
    "postgresql": "timestamptz '2024-01-01 00:00Z' + n * interval '1 minute'",
}
ADDRESS = (
    '\'{"recipient": "Zoë Ørsted", "company": "", "line1": "1 Low Row", "line2": "", "city": "York", '
    '"region": "", "postal_code": "YO1 7HH", "country": "GB", "phone": null}\''
)
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"


def id_of(prefix: str, number: int) -> str:
    """The id of a row that was made here."""
    return f"{prefix}_{'0' * 18}{10_000_000 + number}"


def created_at(number: int) -> datetime:
    """When an order was placed."""
    return EPOCH + timedelta(minutes=number)


def seed(store: Store, *, orders: int, customers: int, with_lines: tuple[range, ...] = ()) -> None:
    """Products, orders, and lines for all of the orders or for those of the ranges."""
    now = MOMENT[store.kind]
    speed_up = {"sqlite": ["PRAGMA journal_mode=WAL"], "postgresql": []}[store.kind]
    lines = with_lines or (range(orders),)
    store.execute(
        *speed_up,
        _insert("orders_product", _product(now), range(PRODUCTS)),
        _insert("orders_price", _price(), range(PRODUCTS)),
        _insert("orders_order", _order(now, customers), range(orders)),
        *(_insert("orders_orderline", _line(position), some) for some in lines for position in range(3)),
        "ANALYZE" if store.kind == "sqlite" else "VACUUM ANALYZE",
    )


def _insert(table: str, columns: Mapping[str, str], numbers: range) -> str:
    counted = NUMBERS.format(first=numbers.start, last=numbers.stop - 1)
    what = f"SELECT {', '.join(columns.values())} FROM numbers"  # noqa: S608  # constants and integers
    return f"INSERT INTO {table} ({', '.join(columns)}) {counted} {what}"


def _id(prefix: str, number: str) -> str:
    return f"'{prefix}_{'0' * 18}' || (10000000 + {number})"


def _product(now: str) -> dict[str, str]:
    texts = {"sku": "'SKU-' || n", "name": "'Paper lantern no. ' || n", "description": "''", "status": "'active'"}
    stock = {"on_hand": str(STOCK), "reserved": "0", "version": "1", "created_at": now, "updated_at": now}
    return {"id": _id("prd", "n"), **texts, **stock}


def _price() -> dict[str, str]:
    return {"product_id": _id("prd", "n"), "currency": "'GBP'", "amount": f"{UNIT_PRICES[0]} * (1 + n % 3)"}


def _order(now: str, customers: int) -> dict[str, str]:
    digits = "'' || (10000000 + n)"
    total, nothing = str(sum(TOTALS)), ("discount_total", "shipping_total", "amount_refunded", "amount_refund_pending")
    return {
        "id": _id("ord", "n"),
        "number": f"substr({digits}, 1, 4) || '-' || substr({digits}, 5, 4)",
        "status": "'confirmed'",
        "payment_status": "'paid'",
        "fulfillment_status": "'unfulfilled'",
        "customer_id": _id("usr", f"n % {customers}"),
        "guest_digest": "''",
        "email": f"'customer-' || (n % {customers}) || '@example.com'",
        "currency": "'GBP'",
        **dict.fromkeys(("subtotal", "total", "amount_paid"), total),
        "tax_total": str(sum(TAXES)),
        **dict.fromkeys(nothing, "0"),
        "shipping_address": ADDRESS,
        **dict.fromkeys(("customer_note", "cancel_reason"), "''"),
        **dict.fromkeys(("placed_at", "confirmed_at", "created_at", "updated_at"), now),
        "version": "1",
    }


def _line(position: int) -> dict[str, str]:
    product, unchanged = f"(n * 3 + {position}) % {PRODUCTS}", ("quantity_fulfilled", "quantity_refunded", "discount")
    return {
        "id": _id("oli", f"n * 3 + {position}"),
        "order_id": _id("ord", "n"),
        "position": str(position + 1),
        "product_id": _id("prd", product),
        "sku": f"'SKU-' || {product}",
        "name": f"'Paper lantern no. ' || {product}",
        "unit_price": str(UNIT_PRICES[position]),
        "quantity": str(position + 1),
        **dict.fromkeys(unchanged, "0"),
        "tax_rate": "0.2",
        "tax": str(TAXES[position]),
        "total": str(TOTALS[position]),
    }
