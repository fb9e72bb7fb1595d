"""Placing orders, and saying beforehand what they would cost."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from apps.orders.events import OrderConfirmed, OrderPlaced
from apps.orders.models import Order, OrderLine, Product, Reservation
from apps.orders.problems import (
    CurrencyNotSupported,
    InsufficientStock,
    ProductUnavailable,
    QuantityLimit,
    ShippingNotAvailable,
    TotalMismatch,
)
from apps.orders.services import ORDERS
from chassis.mails import post
from chassis.outbox import announce
from chassis.problems import Problem
from chassis.serializers import MAX_AMOUNT
from chassis.signing import digest
from chassis.statements import insert
from chassis.transactions import joined


@dataclass(frozen=True)
class Wanted:
    """One line of a basket."""

    product_id: str
    quantity: int


@dataclass(frozen=True)
class QuotedLine:
    """A line as it would be agreed now. `available_quantity` is what is left, where that is too little."""

    product_id: str
    currency: str
    unit_price: int
    quantity: int
    discount: int
    net: int
    tax_rate: Decimal
    tax: int
    total: int
    available: bool
    available_quantity: int | None


@dataclass(frozen=True)
class Quote:
    """What a basket costs now, tax included; nothing is held."""

    currency: str
    lines: list[OrderLine]
    quantities: dict[str, int]
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

    @property
    def quoted(self) -> list[QuotedLine]:
        return [self._quoted(line) for line in self.lines]

    def _quoted(self, line: OrderLine) -> QuotedLine:
        """There must be enough of the product for every line that it stands in."""
        left = line.product.available
        is_enough = left >= self.quantities[line.product_id]
        agreed = ("unit_price", "quantity", "discount", "net", "tax_rate", "tax", "total")
        amounts = {name: getattr(line, name) for name in agreed}
        return QuotedLine(
            line.product_id,
            self.currency,
            **amounts,
            available=is_enough,
            available_quantity=None if is_enough else left,
        )


def quote(*, lines: list[Wanted], currency: str) -> Quote:
    """Price a basket. Raises ProductUnavailable, QuantityLimit or CurrencyNotSupported, which point at the lines."""
    return _priced(lines, currency, Product.objects.for_sale(line.product_id for line in lines))


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

    Raises what `quote` raises, and InsufficientStock, ShippingNotAvailable, TotalMismatch. An order that costs nothing
    is confirmed at once.
    """
    _require_destination(shipping_address["country"])
    buyer = {"customer_id": customer_id, "guest_digest": digest(guest_token) if guest_token else "", "email": email}
    with joined(ORDERS):
        # Locked before prices are read: neither they nor the stock change until the order is written.
        locked = Product.objects.prefetch_related("prices").locked(line.product_id for line in lines)
        priced = _priced(lines, currency, {product.id: product for product in locked if product.is_for_sale})
        _require_total(priced, expected_total)
        _require_stock(lines, priced.quantities, locked)
        Product.objects.hold_of(locked, priced.quantities)
        order = _write(priced, shipping_address=shipping_address, customer_note=customer_note, **buyer)
        announce(OrderPlaced(order.id, customer_id or "", order.total, order.currency))
        post(ORDERS, "placed", **order.for_letters, guest_token=guest_token)
        if not order.total:
            confirm(order)
    return order


def _priced(lines: list[Wanted], currency: str, products: dict[str, Product]) -> Quote:
    quantities = _quantities(lines)

    def why_too_many(line: Wanted) -> str:
        limit = products[line.product_id].max_per_order
        return f"At most {limit} in one order" if limit is not None and quantities[line.product_id] > limit else ""

    def why_no_price(line: Wanted) -> str:
        return "" if currency in products[line.product_id].price_in else f"It has no price in {currency}"

    _refuse(ProductUnavailable, lines, "product_id", lambda line: "" if line.product_id in products else "Not for sale")
    _refuse(QuantityLimit, lines, "quantity", why_too_many)
    _refuse(CurrencyNotSupported, lines, "product_id", why_no_price)
    priced = [OrderLine.of(products[line.product_id], line.quantity, currency, n) for n, line in enumerate(lines, 1)]
    return Quote(currency, priced, quantities, settings.SHIPPING.get(currency, 0))


def confirm(order: Order) -> None:
    """Keep what was held for the order, in the open transaction."""
    order.confirm()
    held = Reservation.objects.filter(line__order=order, status=Reservation.Status.HELD)
    held.update(status=Reservation.Status.COMMITTED)
    order.save_change()
    announce(OrderConfirmed(order.id))
    post(ORDERS, "confirmed", **order.for_letters)


def _refuse(problem: type[Problem], lines: list[Wanted], member: str, why: Callable[[Wanted], str]) -> None:
    """Raise `problem` if there is a reason why, with a pointer to each line that has one."""
    reasons = [(f"/lines/{position}/{member}", why(line)) for position, line in enumerate(lines)]
    errors = [_error(problem, pointer, reason) for pointer, reason in reasons if reason]
    if errors:
        raise problem(errors=errors)


def _error(problem: type[Problem], pointer: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "code": problem.code(), "message": message}


def _require_destination(country: str) -> None:
    if country not in settings.SHIPPING_COUNTRIES:
        error = _error(ShippingNotAvailable, "/shipping_address/country", f"We do not ship to {country}")
        raise ShippingNotAvailable(errors=[error])


def _require_total(priced: Quote, expected: int | None) -> None:
    """No order is larger than a payment can be, and none costs what its buyer has not seen."""
    if priced.total > MAX_AMOUNT:
        raise QuantityLimit(errors=[_error(QuantityLimit, "/lines", f"One order costs at most {MAX_AMOUNT}")])
    if expected not in {None, priced.total}:
        error = _error(TotalMismatch, "/expected_total", f"It is {priced.total} {priced.currency} now")
        raise TotalMismatch(errors=[error], total=priced.total)


def _require_stock(lines: list[Wanted], quantities: dict[str, int], products: list[Product]) -> None:
    stock = {product.id: product.available for product in products}

    def why_too_few(line: Wanted) -> str:
        left = stock[line.product_id]
        return f"{left} available" if left < quantities[line.product_id] else ""

    _refuse(InsufficientStock, lines, "quantity", why_too_few)


def _quantities(lines: list[Wanted]) -> dict[str, int]:
    """How much of each product; one may stand in several lines."""
    quantities: Counter[str] = Counter()
    for line in lines:
        quantities[line.product_id] += line.quantity
    return dict(quantities)


def _write(priced: Quote, **facts: Any) -> Order:
    amounts = {"subtotal": priced.subtotal, "tax_total": priced.tax_total, "total": priced.total}
    order = Order(currency=priced.currency, shipping_total=priced.shipping_total, **amounts, **facts)
    order.expires_at = order.placed_at + timedelta(seconds=settings.ORDER_TTL_SECONDS)
    order.settle()
    insert(order)
    for line in priced.lines:
        line.order = order
    insert(*priced.lines)
    insert(*(Reservation(line=line, product_id=line.product_id, quantity=line.quantity) for line in priced.lines))
    # Who shows the order next need not read the lines back.
    order._prefetched_objects_cache = {"lines": priced.lines}  # type: ignore[attr-defined]  # noqa: SLF001
    return order
