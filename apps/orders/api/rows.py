"""What the rows of a list need of other tables: one query more for a whole page."""

from collections import defaultdict
from collections.abc import Iterable

from apps.orders.models import OrderLine, Price
from chassis.projections import Row

LINE_COLUMNS = (
    *("order_id", "id", "product_id", "sku", "name", "unit_price", "quantity", "quantity_fulfilled"),
    *("quantity_refunded", "discount", "tax_rate", "tax", "total"),
)


def lines_of(orders: Iterable[Row]) -> dict[str, list[Row]]:
    """The lines of these orders by their order, each in the order of its positions."""
    lines: dict[str, list[Row]] = defaultdict(list)
    found = OrderLine.objects.filter(order_id__in=[order["id"] for order in orders]).order_by("order_id", "position")
    for line in found.values(*LINE_COLUMNS):
        lines[line["order_id"]].append(line)
    return lines


def prices_of(products: Iterable[Row]) -> dict[str, list[Row]]:
    """The prices of these products by their product, as clients see them."""
    prices: dict[str, list[Row]] = defaultdict(list)
    found = Price.objects.filter(product_id__in=[product["id"] for product in products])
    for product_id, currency, amount in found.order_by("currency").values_list("product_id", "currency", "amount"):
        prices[product_id].append({"currency": currency, "amount": amount})
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
