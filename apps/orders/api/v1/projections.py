"""The lists of version 1, row by row."""

from apps.orders.api.rows import actions_of, address, kept, lines_of, prices_of
from apps.orders.api.v2.projections import ORDER_COLUMNS, PRODUCT_COLUMNS, REFUND_COLUMNS, refund_lines
from apps.orders.models import Order
from apps.orders.models.catalogue import availability_of
from chassis.projections import Projection, Row, milliseconds


def _orders(rows: list[Row]) -> list[Row]:
    lines = lines_of(rows)
    return [_order(row, lines[row["id"]]) for row in rows]


def _order(row: Row, lines: list[Row]) -> Row:
    status, total, paid = row["status"], row["total"], row["amount_paid"]
    return {
        "id": row["id"],
        "number": row["number"],
        "status": status,
        "payment_status": row["payment_status"],
        "fulfillment_status": row["fulfillment_status"],
        "currency": row["currency"],
        "email": row["email"],
        "customer_id": row["customer_id"],
        "lines": [_line(line) for line in lines],
        "subtotal": row["subtotal"],
        "discount_total": row["discount_total"],
        "tax_total": row["tax_total"],
        "shipping_total": row["shipping_total"],
        "total": total,
        "amount_paid": paid,
        "amount_refunded": row["amount_refunded"],
        "amount_due": Order.due_in(status, total, kept(row)),
        "shipping_address": address(row["shipping_address"]),
        "customer_note": row["customer_note"],
        "placed_at": milliseconds(row["placed_at"]),
        "expires_at": milliseconds(row["expires_at"]),
        "confirmed_at": milliseconds(row["confirmed_at"]),
        "cancelled_at": milliseconds(row["cancelled_at"]),
        "cancel_reason": row["cancel_reason"],
        "allowed_actions": actions_of(row),
        "created_at": milliseconds(row["created_at"]),
        "updated_at": milliseconds(row["updated_at"]),
        "version": row["version"],
    }


def _line(row: Row) -> Row:
    return {
        "id": row["id"],
        "product_id": row["product_id"],
        "sku": row["sku"],
        "name": row["name"],
        "unit_price": row["unit_price"],
        "quantity": row["quantity"],
        "quantity_fulfilled": row["quantity_fulfilled"],
        "quantity_refunded": row["quantity_refunded"],
        "discount": row["discount"],
        "tax_rate": f"{row['tax_rate']:.5f}",
        "tax": row["tax"],
        "total": row["total"],
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
            "on_hand": row["on_hand"],
            "reserved": row["reserved"],
            "available": row["on_hand"] - row["reserved"],
        }
        for row, product in zip(rows, _products(rows), strict=True)
    ]


def _refunds(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "order_id": row["order_id"],
            "amount": row["amount"],
            "currency": row["currency"],
            "reason": row["reason"],
            "lines": refund_lines(row["lines"]),
            "status": row["status"],
            "refund_id": row["refund_id"],
            "payment_id": row["payment_id"],
            "created_at": milliseconds(row["created_at"]),
        }
        for row in rows
    ]


ORDERS = Projection(ORDER_COLUMNS, _orders)
PRODUCTS = Projection(PRODUCT_COLUMNS, _products)
STAFF_PRODUCTS = Projection(PRODUCT_COLUMNS, _staff_products)
REFUNDS = Projection(REFUND_COLUMNS, _refunds)
