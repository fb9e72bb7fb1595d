"""The clerk's work before the day begins: every product exists, and there is enough of it for what is still to sell."""

from collections import Counter
from dataclasses import dataclass, field

from demo.books import OrderBook
from demo.connections import Json, Refusal
from demo.lines import Line
from demo.plans import Plan
from demo.shops import Shop
from demo.steps import Steps


@dataclass
class Shelves:
    """The ids of the products by SKU, and the problem's code for each SKU that the shop refused to stock."""

    product_ids: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def fill_shelves(shop: Shop, plan: Plan, book: OrderBook, steps: Steps) -> Shelves:
    """Stocks what the invoices without a standing order need; on a day already traded that is nothing."""
    needed = goods_needed(plan, book)
    products = shop.products()
    shelves = Shelves()
    for sku, line in steps(plan.products.items(), "products"):
        try:
            product = stocked(shop, products.get(sku), line, needed[sku])
        except Refusal as refusal:
            shelves.refused[sku] = refusal.code
        else:
            shelves.product_ids[sku] = product["id"]
    return shelves


def goods_needed(plan: Plan, book: OrderBook) -> Counter[str]:
    needed = Counter[str]()
    for invoice in plan.invoices:
        if book.order_of(invoice) is None:
            for line in invoice.lines:
                needed[line.sku] += line.quantity
    return needed


def stocked(shop: Shop, product: Json | None, line: Line, needed: int) -> Json:
    """The product, added where it is missing, with as much of it booked in as is missing."""
    product = product or shop.add_product(line)
    missing = needed - product.get("available", 0)
    if missing > 0:
        shop.receive(product, missing)
    return product
