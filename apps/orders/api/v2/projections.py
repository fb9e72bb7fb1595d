"""The lists of orders, row by row: money with its currency, and links to what can be done next."""

from collections.abc import Iterable
from functools import lru_cache

from apps.orders.api.rows import actions_of, address, kept, lines_of, prices_of
from apps.orders.models import Order
from apps.orders.models.catalogue import availability_of
from chassis.links import link, links
from chassis.projections import Projection, Row, milliseconds

REFUND_COLUMNS = (
    *("id", "order_id", "amount", "currency", "reason", "lines", "status", "refund_id", "payment_id", "created_at"),
)
PRODUCT_COLUMNS = (
    *("id", "sku", "name", "description", "status", "max_per_order", "on_hand", "reserved"),
    *("created_at", "updated_at", "version"),
)
ORDER_COLUMNS = (
    *("id", "number", "status", "payment_status", "fulfillment_status", "currency", "email", "customer_id"),
    *("subtotal", "discount_total", "tax_total", "shipping_total", "total", "amount_paid", "amount_refunded"),
    "amount_refund_pending",
    *("shipping_address", "customer_note", "placed_at", "expires_at", "expiring_since", "confirmed_at"),
    *("cancelled_at", "cancel_reason", "completed_at", "created_at", "updated_at", "version"),
)
COMMANDS = {"pay": ("pay", "POST"), "cancel": ("cancel", "POST"), "refund": ("refunds", "POST")}
PARTS = {name: (name, "GET") for name in ("fulfillments", "refunds", "events")}


def order_links(id: str, actions: Iterable[str]) -> Row:
    """Where an order is, what was sent and given back of it, what has happened to it, and what its state allows."""
    return links(f"/v2/orders/{id}", _below(tuple(actions)))


@lru_cache
def _below(actions: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    return {**PARTS, **{action: COMMANDS[action] for action in actions}}


def product_links(id: str, status: str) -> Row:
    """Where a product is; what is for sale can be ordered."""
    order = {"order": link("/v2/orders", "POST")} if status == "active" else {}
    return {"self": link(f"/v2/products/{id}"), **order}


def staff_product_links(id: str, status: str) -> Row:
    """The same, and where its prices and its stock are kept."""
    here = f"/v2/products/{id}"
    kept = {"prices": link(f"{here}/prices", "PUT"), "stock_movements": link(f"{here}/stock-movements")}
    return {**product_links(id, status), **kept}


def _orders(rows: list[Row]) -> list[Row]:
    lines = lines_of(rows)
    return [_order(row, lines[row["id"]]) for row in rows]


def _order(row: Row, lines: list[Row]) -> Row:
    status, currency, total, paid = row["status"], row["currency"], row["total"], row["amount_paid"]
    return {
        "id": row["id"],
        "number": row["number"],
        "status": status,
        "payment_status": row["payment_status"],
        "fulfillment_status": row["fulfillment_status"],
        "currency": currency,
        "email": row["email"],
        "customer_id": row["customer_id"],
        "lines": [_line(line, currency) for line in lines],
        "subtotal": {"amount": row["subtotal"], "currency": currency},
        "discount_total": {"amount": row["discount_total"], "currency": currency},
        "tax_total": {"amount": row["tax_total"], "currency": currency},
        "shipping_total": {"amount": row["shipping_total"], "currency": currency},
        "total": {"amount": total, "currency": currency},
        "amount_paid": {"amount": paid, "currency": currency},
        "amount_refunded": {"amount": row["amount_refunded"], "currency": currency},
        "amount_due": {"amount": Order.due_in(status, total, kept(row)), "currency": currency},
        "shipping_address": address(row["shipping_address"]),
        "customer_note": row["customer_note"],
        "placed_at": milliseconds(row["placed_at"]),
        "expires_at": milliseconds(row["expires_at"]),
        "confirmed_at": milliseconds(row["confirmed_at"]),
        "cancelled_at": milliseconds(row["cancelled_at"]),
        "cancel_reason": row["cancel_reason"],
        "completed_at": milliseconds(row["completed_at"]),
        "links": order_links(row["id"], actions_of(row)),
        "created_at": milliseconds(row["created_at"]),
        "updated_at": milliseconds(row["updated_at"]),
        "version": row["version"],
    }


def _line(row: Row, currency: str) -> Row:
    return {
        "id": row["id"],
        "product_id": row["product_id"],
        "sku": row["sku"],
        "name": row["name"],
        "unit_price": {"amount": row["unit_price"], "currency": currency},
        "quantity": row["quantity"],
        "quantity_fulfilled": row["quantity_fulfilled"],
        "quantity_refunded": row["quantity_refunded"],
        "discount": {"amount": row["discount"], "currency": currency},
        "net": {"amount": row["total"] - row["tax"], "currency": currency},
        "tax_rate": f"{row['tax_rate']:.5f}",
        "tax": {"amount": row["tax"], "currency": currency},
        "total": {"amount": row["total"], "currency": currency},
    }


def _products(rows: list[Row]) -> list[Row]:
    prices = prices_of(rows)
    return [
        {
            "id": row["id"],
            "sku": row["sku"],
            "name": row["name"],
            "description": row["description"],
            "status": row["status"],
            "prices": prices[row["id"]],
            "max_per_order": row["max_per_order"],
            "availability": availability_of(row["on_hand"] - row["reserved"]),
            "links": product_links(row["id"], row["status"]),
            "created_at": milliseconds(row["created_at"]),
            "updated_at": milliseconds(row["updated_at"]),
            "version": row["version"],
        }
        for row in rows
    ]


def _staff_products(rows: list[Row]) -> list[Row]:
    return [
        {
            **product,
            "links": staff_product_links(row["id"], row["status"]),
            "on_hand": row["on_hand"],
            "reserved": row["reserved"],
            "available": row["on_hand"] - row["reserved"],
        }
        for row, product in zip(rows, _products(rows), strict=True)
    ]


def _movements(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "product_id": row["product_id"],
            "delta": row["delta"],
            "on_hand_after": row["on_hand_after"],
            "reason": row["reason"],
            "reference": row["reference"],
            "created_at": milliseconds(row["created_at"]),
        }
        for row in rows
    ]


def _refunds(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "order_id": row["order_id"],
            "amount": {"amount": row["amount"], "currency": row["currency"]},
            "reason": row["reason"],
            "lines": refund_lines(row["lines"]),
            "status": row["status"],
            "refund_id": row["refund_id"],
            "payment_id": row["payment_id"],
            "created_at": milliseconds(row["created_at"]),
        }
        for row in rows
    ]


def refund_lines(lines: list[Row]) -> list[Row]:
    """Which lines were given back, with their members in their order."""
    return [{"line_id": line["line_id"], "quantity": line["quantity"], "restock": line["restock"]} for line in lines]


ORDERS = Projection(ORDER_COLUMNS, _orders)
PRODUCTS = Projection(PRODUCT_COLUMNS, _products)
STAFF_PRODUCTS = Projection(PRODUCT_COLUMNS, _staff_products)
MOVEMENTS = Projection(
    ("id", "product_id", "delta", "on_hand_after", "reason", "reference", "created_at"),
    _movements,
)
REFUNDS = Projection(REFUND_COLUMNS, _refunds)
