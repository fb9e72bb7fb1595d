"""Orders as a table for a spreadsheet: a row for each line, some hundred orders at a time."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.orders.models import Operation, Order, OrderLine
from apps.orders.services import ORDERS
from chassis.cells import table
from chassis.operations import begin
from chassis.projections import milliseconds
from chassis.service import Step

KIND = "orders.export"
ORDERS_A_STEP = 500
OF_ORDER = ("number", "placed_at", "status", "payment_status", "fulfillment_status", "email", "customer_id", "currency")
OF_LINE = ("sku", "name", "quantity", "unit_price", "tax", "total")
COLUMNS = (*OF_ORDER, *OF_LINE)


def export_orders(*, owner: str, customer_id: str = "", **filters: Any) -> Operation:
    """Begin to write the orders of a customer, or of everybody, as CSV; amounts are in minor units.

    `filters` are `status`, `payment_status`, and `placed_from` and `placed_to`, which are times.
    """
    wishes = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in filters.items()}
    facts: dict[str, Any] = {"owner": owner, "wishes": {**wishes, "customer_id": customer_id}}
    return begin(ORDERS, KIND, media_type="text/csv", **facts)  # type: ignore[no-any-return]  # it is of whichever service asks


def export_some(operation: Operation) -> Step:
    """The next orders, by the order of their ids, which is that of their placing."""
    wanted = _wanted(operation)
    total = operation.steps_total if operation.steps_total is not None else wanted.count()
    ids = list(wanted.filter(pk__gt=operation.position.get("after", "")).values_list("pk", flat=True)[:ORDERS_A_STEP])
    header, _, rows = table(_rows(ids), COLUMNS).decode().partition("\r\n")
    content = rows if operation.position else f"{header}\r\n{rows}"
    done = operation.steps_done + len(ids)
    return Step(content, done, max(total, done), {"after": ids[-1]} if len(ids) == ORDERS_A_STEP else None)


def _wanted(operation: Operation) -> QuerySet[Order]:
    """What was there when it was asked for: what is placed meanwhile belongs to the next export."""
    wishes = operation.wishes
    conditions = {
        "customer_id": wishes["customer_id"],
        "status": wishes.get("status"),
        "payment_status": wishes.get("payment_status"),
        "placed_at__gte": wishes.get("placed_from"),
        "placed_at__lt": wishes.get("placed_to"),
    }
    asked = {name: value for name, value in conditions.items() if value}
    return Order.objects.filter(created_at__lte=operation.created_at, **asked).order_by("pk")


def _rows(ids: list[str]) -> list[dict[str, Any]]:
    names = (*(f"order__{name}" for name in OF_ORDER), *OF_LINE)
    lines = OrderLine.objects.filter(order_id__in=ids).order_by("order_id", "position").values(*names)
    return [_row(line) for line in lines]


def _row(line: dict[str, Any]) -> dict[str, Any]:
    row = {name.removeprefix("order__"): value for name, value in line.items()}
    return {**row, "placed_at": milliseconds(row["placed_at"])}
