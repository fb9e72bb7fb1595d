"""Placing an order with SQLAlchemy's ORM, for the peer that is no Django project; the same rows as Tearline writes."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from benchmarks.peers.callers import Caller
from benchmarks.peers.tables import (
    IS_SQLITE,
    IdempotencyRecord,
    Mail,
    Order,
    OrderLine,
    OutboxEvent,
    Product,
    Reservation,
)
from benchmarks.peers.tables import now as moment

TAX_RATE = Decimal("0.2000")


class Refused(Exception):
    """The order cannot be placed; the message says why."""


def place_once(
    session: Session, caller: Caller, key: str, wanted: dict[str, Any], show: Callable[[Order], bytes]
) -> bytes:
    """The answer to this order, the same however often it is asked for with the same key. Raises Refused."""
    scope = hashlib.sha256(f"{caller.id} POST /orders".encode()).hexdigest()
    fingerprint = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    if IS_SQLITE:
        # It has no locks on rows, so whoever will write waits for the others before it reads.
        session.execute(text("BEGIN IMMEDIATE"))
    known = session.scalar(select(IdempotencyRecord).filter_by(scope=scope, key=key))
    if known:
        return _answer_of(known, fingerprint)
    answer = show(place(session, caller, **wanted))
    asked = {"scope": scope, "key": key, "fingerprint": fingerprint, "leased_until": moment()}
    session.add(IdempotencyRecord(**asked, answer=answer))
    session.commit()
    return answer


def place(session: Session, caller: Caller, *, currency: str, lines: list[dict[str, Any]], **facts: Any) -> Order:
    """Price the lines, hold their stock, write the order, its event and its letter, in the open transaction."""
    quantities: Counter[str] = Counter()
    for line in lines:
        quantities[line["product_id"]] += line["quantity"]
    products = _hold(session, quantities)
    priced = [_priced(products, currency, position, **line) for position, line in enumerate(lines, 1)]
    total, tax = sum(line.total for line in priced), sum(line.tax for line in priced)
    buyer = {"customer_id": caller.id, "email": caller.email, "expires_at": moment() + timedelta(minutes=30)}
    order = Order(currency=currency, subtotal=total, total=total, tax_total=tax, lines=priced, **buyer, **facts)
    session.add(order)
    session.flush()
    fact = {"order_id": order.id, "customer_id": caller.id, "total": total, "currency": currency}
    session.add(OutboxEvent(stream=order.id, number=1, type="order.placed", data=fact))
    letter = {"to": order.email, "order_id": order.id, "number": order.number, "total": total}
    session.add(Mail(kind="placed", sealed=json.dumps(letter).encode()))
    return order


def _hold(session: Session, quantities: Counter[str]) -> dict[str, Product]:
    """The products, locked in the order of their ids, with that much more of them reserved."""
    wanted = select(Product).where(Product.id.in_(quantities), Product.status == "active").order_by(Product.id)
    found = session.scalars(wanted.options(selectinload(Product.prices)).with_for_update())
    products = {product.id: product for product in found}
    for id, quantity in quantities.items():
        if id not in products or products[id].on_hand - products[id].reserved < quantity:
            raise Refused(f"There is too little of {id}")
        if quantity > (products[id].max_per_order or quantity):
            raise Refused(f"That is too much of {id}")
        products[id].reserved += quantity
    return products


def _priced(products: dict[str, Product], currency: str, position: int, product_id: str, quantity: int) -> OrderLine:
    product = products[product_id]
    amount = {price.currency: price.amount for price in product.prices}.get(currency)
    if amount is None:
        raise Refused(f"{product_id} has no price in {currency}")
    total = amount * quantity
    tax = int((total * TAX_RATE / (1 + TAX_RATE)).quantize(Decimal(1), ROUND_HALF_UP))
    known = {"product_id": product.id, "sku": product.sku, "name": product.name, "position": position}
    amounts = {"unit_price": amount, "quantity": quantity, "tax_rate": TAX_RATE, "tax": tax, "total": total}
    return OrderLine(**known, **amounts, reservation=Reservation(product_id=product.id, quantity=quantity))


def _answer_of(record: IdempotencyRecord, fingerprint: str) -> bytes:
    if record.fingerprint != fingerprint or record.answer is None:
        raise Refused("The key was used for another order")
    return record.answer
