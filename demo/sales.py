"""How one invoice becomes a paid order, from wherever an earlier run left it."""

from demo.books import OrderBook
from demo.callers import Caller
from demo.connections import Json, Refusal
from demo.plans import Invoice
from demo.shelves import Shelves
from demo.shops import Shop

MOST_ORDERS = 3


def sell(shop: Shop, shelves: Shelves, book: OrderBook, invoice: Invoice) -> str:
    """Has the invoice's order placed and paid, and tells its id; an order that expires on the way is placed anew."""
    for orders_left in reversed(range(MOST_ORDERS)):
        order, payer = open_order(shop, shelves, book, invoice)
        book.record(order)
        try:
            shop.pay(invoice, order, payer)
        except Refusal as refusal:
            order = as_it_turned_out(shop, order["id"], refusal)
            book.record(order)
            if order["status"] == "pending_payment" or not orders_left:
                raise
        if order["status"] != "expired":
            break
    return str(order["id"])


def open_order(shop: Shop, shelves: Shelves, book: OrderBook, invoice: Invoice) -> tuple[Json, Caller]:
    """The invoice's order, placed if it is not yet, and who may pay it."""
    order = book.order_of(invoice)
    if order is None:
        return shop.place(invoice, shelves.product_ids, book.expired(invoice))
    return order, shop.payer(invoice)


def as_it_turned_out(shop: Shop, order_id: str, refusal: Refusal) -> Json:
    """The order after its payment was refused: perhaps paid by an earlier run, perhaps about to expire."""
    if refusal.code == "order_not_payable":
        shop.wait_while(lambda: int(shop.order(order_id)["status"] == "pending_payment"))
    return shop.order(order_id)
