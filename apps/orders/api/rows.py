"""What the rows of a list need of other tables: one query more for a whole page."""

from collections import defaultdict
from collections.abc import Iterable

from apps.orders.models import FulfillmentLine, Order, OrderLine, Price
from chassis.projections import Row, related

LINE_COLUMNS = (
    *("order_id", "id", "product_id", "sku", "name", "unit_price", "quantity", "quantity_fulfilled"),
    *("quantity_refunded", "discount", "tax_rate", "tax", "total"),
)

PARCEL_COLUMNS = ("fulfillment_id", "line_id", "quantity")
PRICE_COLUMNS = ("product_id", "currency", "amount")


def lines_of(orders: Iterable[Row]) -> dict[str, list[Row]]:
    """The lines of these orders by their order, each in the order of its positions."""
    lines: dict[str, list[Row]] = defaultdict(list)
    for line in related(OrderLine, "order_id", (order["id"] for order in orders), LINE_COLUMNS, "position"):
        lines[line["order_id"]].append(line)
    return lines


def parcels_of(fulfillments: Iterable[Row]) -> dict[str, list[Row]]:
    """What each of these fulfilments has in it, as clients see it."""
    parcels: dict[str, list[Row]] = defaultdict(list)
    ids = (fulfillment["id"] for fulfillment in fulfillments)
    for line in related(FulfillmentLine, "fulfillment_id", ids, PARCEL_COLUMNS, "line_id"):
        parcels[line["fulfillment_id"]].append({"line_id": line["line_id"], "quantity": line["quantity"]})
    return parcels


def buyers_of(orders: Iterable[str]) -> dict[str, str | None]:
    """Whose orders these are."""
    return dict(Order.objects.filter(pk__in={*orders}).values_list("pk", "customer_id"))


def actions_of(order: Row) -> list[str]:
    """What the state of the order allows."""
    is_expiring, is_sent = order["expiring_since"] is not None, order["fulfillment_status"] != "unfulfilled"
    return Order.actions_in(order["status"], is_expiring=is_expiring, is_sent=is_sent)


def kept(order: Row) -> int:
    """What was paid of it and neither given back nor about to be."""
    return Order.kept_of(order["amount_paid"], order["amount_refunded"], order["amount_refund_pending"])


def prices_of(products: Iterable[Row]) -> dict[str, list[Row]]:
    """The prices of these products by their product, as clients see them."""
    prices: dict[str, list[Row]] = defaultdict(list)
    for price in related(Price, "product_id", (product["id"] for product in products), PRICE_COLUMNS, "currency"):
        prices[price["product_id"]].append({"currency": price["currency"], "amount": price["amount"]})
    return prices


def address(known: Row) -> Row:
    """An address with its members in their order, whatever order the database keeps them in."""
    return {
        "recipient": known["recipient"],
        "company": known["company"],
        "line1": known["line1"],
        "line2": known["line2"],
        "city": known["city"],
        "region": known["region"],
        "postal_code": known["postal_code"],
        "country": known["country"],
        "phone": known["phone"],
    }
