"""How cancellations are settled: a whole order is cancelled, single lines are refunded."""

from collections import Counter

from demo.cancellations import Cancellation
from demo.connections import Json
from demo.plans import Invoice
from demo.shops import Shop

OPEN = {"requested", "pending"}
STANDS = {"confirmed", "completed"}


class OrderMissing(Exception):
    """There is no paid order that holds what the cancellations take back."""


def settle(shop: Shop, order: Json | None, invoice: Invoice, cancellations: list[Cancellation]) -> None:
    """Has the shop take back what is cancelled, as far as it has not yet."""
    order = order and shop.order(order["id"])
    if order and order["status"] == "cancelled":
        return
    if not order or order["status"] not in STANDS:
        raise OrderMissing
    wanted = quantities_wanted(order, invoice, cancellations)
    if all(wanted[line["id"]] == line["quantity"] for line in order["lines"]):
        shop.cancel(order["id"], f"Invoice {cancellations[-1].line.invoice}")
    else:
        refund(shop, order, wanted)


def quantities_wanted(order: Json, invoice: Invoice, cancellations: list[Cancellation]) -> Counter[str]:
    """How much of each of the order's lines is to come back."""
    line_ids = line_ids_of(order, invoice)
    wanted = Counter[str]()
    for cancellation in cancellations:
        if cancellation.sold.number not in line_ids:
            raise OrderMissing
        wanted[line_ids[cancellation.sold.number]] += cancellation.line.quantity
    return wanted


def line_ids_of(order: Json, invoice: Invoice) -> dict[int, str]:
    """The order's line for each line of the file. An order may hold a product twice: each of its lines serves once."""
    free: dict[tuple[str, int], list[str]] = {}
    for line in order["lines"]:
        free.setdefault((line["sku"], line["quantity"]), []).append(line["id"])
    return {
        line.number: free[line.sku, line.quantity].pop(0)
        for line in invoice.lines
        if free.get((line.sku, line.quantity))
    }


def refund(shop: Shop, order: Json, wanted: Counter[str]) -> None:
    """Asks for what no earlier request has asked for, and waits until the money is back."""
    asked = Counter[str]()
    for request in shop.refunds(order["id"]):
        for line in request["lines"] or ():
            asked[line["line_id"]] += line["quantity"]
    # A request that is still open may not show on the order's lines yet, an earlier refund by amount only there.
    returned = Counter[str]({line["id"]: line["quantity_refunded"] for line in order["lines"]})
    missing = wanted - (asked | returned)
    if missing:
        lines = [{"line_id": line_id, "quantity": quantity, "restock": True} for line_id, quantity in missing.items()]
        shop.refund(order, lines)
    shop.wait_while(lambda: sum(request["status"] in OPEN for request in shop.refunds(order["id"])))
