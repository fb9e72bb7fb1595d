"""Placing orders, and saying beforehand what they would cost."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.transaction import atomic

from apps.orders.events import OrderConfirmed, OrderPlaced
from apps.orders.models import Order, OrderLine, Product, Reservation
from apps.orders.problems import ShippingNotAvailable, TotalMismatch
from apps.orders.services import ORDERS
from chassis.outbox import announce
from chassis.signing import digest


@dataclass(frozen=True)
class Wanted:
    """One line of a basket."""

    product_id: str
    quantity: int


@dataclass(frozen=True)
class Quote:
    """What a basket costs now, tax included; nothing is held."""

    currency: str
    lines: list[OrderLine]
    shipping_total: int

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def tax_total(self) -> int:
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping_total


def quote(*, lines: list[Wanted], currency: str) -> Quote:
    """Price a basket. Raises ProductUnavailable, QuantityLimit or CurrencyNotSupported."""
    with atomic(using=ORDERS):
        return _price(lines, currency)


def place_order(
    *,
    lines: list[Wanted],
    currency: str,
    shipping_address: dict[str, Any],
    email: str,
    customer_id: str | None = None,
    guest_token: str = "",
    customer_note: str = "",
    expected_total: int | None = None,
) -> Order:
    """Price the lines, hold their stock and write the order, all in one transaction or not at all.

    Raises what `quote` raises, and InsufficientStock, ShippingNotAvailable, TotalMismatch. An order that costs nothing is confirmed at once.
    """
    if shipping_address["country"] not in settings.SHIPPING_COUNTRIES:
        raise ShippingNotAvailable(f"We do not ship to {shipping_address['country']}")
    with atomic(using=ORDERS):
        priced = _price(lines, currency)
        if expected_total not in {None, priced.total}:
            raise TotalMismatch(f"It is {priced.total} {currency} now", total=priced.total)
        Product.objects.hold(_quantities(lines))
        order = _write(priced, shipping_address=shipping_address, email=email, customer_note=customer_note)
        order.customer_id, order.guest_digest = customer_id, digest(guest_token) if guest_token else ""
        order.save()
        _write_lines(order, priced.lines)
        announce(OrderPlaced(order.id, customer_id or "", order.total, order.currency))
        if not order.total:
            confirm(order)
    return order


def confirm(order: Order) -> None:
    """Keep what was held for the order, in the open transaction."""
    order.confirm()
    Reservation.objects.filter(line__order=order, status="held").update(status="committed")
    order.save_change()
    announce(OrderConfirmed(order.id))


def _price(lines: list[Wanted], currency: str) -> Quote:
    products = Product.objects.for_sale(line.product_id for line in lines)
    for product_id, quantity in _quantities(lines).items():
        products[product_id].allow(quantity)
    priced = [OrderLine.of(products[line.product_id], line.quantity, currency, n) for n, line in enumerate(lines, 1)]
    return Quote(currency, priced, settings.SHIPPING.get(currency, 0))


def _quantities(lines: list[Wanted]) -> dict[str, int]:
    """How much of each product; one may stand in several lines."""
    quantities: Counter[str] = Counter()
    for line in lines:
        quantities[line.product_id] += line.quantity
    return dict(quantities)


def _write(priced: Quote, **facts: Any) -> Order:
    amounts = {"subtotal": priced.subtotal, "tax_total": priced.tax_total, "total": priced.total}
    return Order(currency=priced.currency, shipping_total=priced.shipping_total, **amounts, **facts)


def _write_lines(order: Order, lines: list[OrderLine]) -> None:
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines)
    held = [Reservation(line=line, product_id=line.product_id, quantity=line.quantity) for line in lines]
    Reservation.objects.bulk_create(held)
