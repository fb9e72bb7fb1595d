"""How orders looks in a browser, and what a person can do next, in every version."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chassis.callers import Caller
from chassis.pages import Form, Link, Page, Step

ORDER_FORM = Form(
    "Place order", title="Order", members=("lines", "currency", "shipping_address", "customer_note"), can_grow=False
)
PAY_FORM = Form("Pay", members=())
CANCEL_FORM = Form("Cancel order")
MOVEMENT_FORM = Form("Book stock movement")
PRICES_FORM = Form("Replace prices", method="PUT")


def product_steps(product: dict[str, Any], _: Caller) -> Iterator[Step]:
    """Everybody orders what is for sale; who keeps the stock books it."""
    here = f"/products/{product['id']}"
    yield Link("Stock movements", f"{here}/stock-movements")
    if product["status"] == "active" and product["prices"]:
        yield _order_of(product)
    yield _at(f"{here}/stock-movements", MOVEMENT_FORM)
    yield _at(f"{here}/prices", PRICES_FORM, prices=product["prices"])


def order_steps(order: dict[str, Any], caller: Caller) -> Iterator[Step]:
    """What the order's state allows, to whoever may act on it."""
    here = f"/orders/{order['id']}"
    if order["status"] == "pending_payment":
        yield Link("Refresh", here)
    yield Link("Timeline", f"{here}/events")
    yield Link("Shipments", f"{here}/fulfillments")
    yield Link("Refunds", f"{here}/refunds")
    if order["customer_id"]:
        yield Link("Customer", f"{here}/customer")
    is_buyer = caller.id == order["customer_id"]
    actions = order["allowed_actions"] if "allowed_actions" in order else order["links"]
    if "pay" in actions and (is_buyer or caller.may("payments:write")):
        yield _at(f"{here}/pay", PAY_FORM)
    if "cancel" in actions and (is_buyer or caller.may("orders:cancel")):
        yield _at(f"{here}/cancel", CANCEL_FORM)


PRODUCT = Page(
    heading="{name}",
    columns=("name", "sku", "prices", "availability", "status"),
    forms={"POST": Form("Create product")},
    steps=product_steps,
)
PRICES = Page(heading="{name}", forms={"PUT": PRICES_FORM})
MOVEMENT = Page(columns=("created_at", "delta", "on_hand_after", "reason", "reference"), forms={"POST": MOVEMENT_FORM})
ORDER = Page(
    heading="Order {number}",
    columns=("number", "status", "payment_status", "total", "placed_at"),
    tables={"lines": ("name", "sku", "quantity", "unit_price", "tax", "total")},
    leads={"lines": "product_id"},
    forms={"POST": ORDER_FORM},
    steps=order_steps,
)
CUSTOMER = Page(heading="{full_name}")
PAYING = Page(tables=ORDER.tables, leads=ORDER.leads, forms={"POST": PAY_FORM})
CANCELLING = replace(ORDER, forms={"POST": CANCEL_FORM})
TIMELINE = Page(columns=("at", "type", "actor", "data"))
FULFILLMENT = Page(
    columns=("id", "status", "carrier", "tracking_number", "shipped_at", "delivered_at"),
    tables={"lines": ("line_id", "quantity")},
    forms={"POST": Form("Put aside")},
)
SHIPPING = replace(FULFILLMENT, forms={"POST": Form("Ship")})
DELIVERING = replace(FULFILLMENT, forms={"POST": Form("Delivered", members=())})
GIVING_UP = replace(FULFILLMENT, forms={"POST": Form("Cancel", members=())})
REFUND = Page(columns=("id", "amount", "status", "reason", "refund_id", "created_at"), forms={"POST": Form("Refund")})


def _at(path: str, form: Form, **values: Any) -> Form:
    return replace(form, path=path, values=values)


def _order_of(product: dict[str, Any]) -> Form:
    """An order of this product alone, in one of the currencies that it has a price in."""
    currencies = [price["currency"] for price in product["prices"]]
    lines = [{"product_id": product["id"], "quantity": 1}]
    return replace(
        _at("/orders", ORDER_FORM, currency=currencies[0], lines=lines),
        hidden=frozenset({"lines.0.product_id"}),
        choices={"currency": currencies},
    )
