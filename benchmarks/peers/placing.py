"""Placing an order with Django's ORM, for the peers that are Django projects; the same rows as Tearline writes."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.orders.models import IdempotencyRecord, Mail, Order, OrderLine, OutboxEvent, Product, Reservation
from benchmarks.peers.callers import Caller


class Refused(Exception):
    """The order cannot be placed; the message says why."""


def place_once(caller: Caller, key: str, wanted: dict[str, Any], show: Callable[[Order], bytes]) -> bytes:
    """The answer to this order, the same however often it is asked for with the same key. Raises Refused."""
    scope = hashlib.sha256(f"{caller.id} POST /orders".encode()).hexdigest()
    fingerprint = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    with transaction.atomic():
        known = IdempotencyRecord.objects.filter(scope=scope, key=key).first()
        if known:
            return _answer_of(known, fingerprint)
        answer = show(place(caller, **wanted))
        asked = {"scope": scope, "key": key, "fingerprint": fingerprint, "leased_until": timezone.now()}
        IdempotencyRecord.objects.create(**asked, answer=answer)
    return answer


def place(caller: Caller, *, currency: str, lines: list[dict[str, Any]], **facts: Any) -> Order:
    """Price the lines, hold their stock, write the order, its event and its letter, in the open transaction."""
    quantities: Counter[str] = Counter()
    for line in lines:
        quantities[line["product_id"]] += line["quantity"]
    products = _hold(quantities)
    priced = [_priced(products, currency, position, **line) for position, line in enumerate(lines, 1)]
    total, tax = sum(line.total for line in priced), sum(line.tax for line in priced)
    buyer = {"customer_id": caller.id, "email": caller.email, "expires_at": timezone.now() + timedelta(minutes=30)}
    order = Order.objects.create(currency=currency, subtotal=total, total=total, tax_total=tax, **buyer, **facts)
    for line in priced:
        line.order = order
    OrderLine.objects.bulk_create(priced)
    held = [Reservation(line=line, product_id=line.product_id, quantity=line.quantity) for line in priced]
    Reservation.objects.bulk_create(held)
    fact = {"order_id": order.id, "customer_id": caller.id, "total": total, "currency": currency}
    OutboxEvent.objects.create(stream=order.id, number=1, type="order.placed", data=fact)
    letter = {"to": order.email, "order_id": order.id, "number": order.number, "total": total}
    Mail.objects.create(kind="placed", sealed=json.dumps(letter).encode())
    return order


def _hold(quantities: Counter[str]) -> dict[str, Product]:
    """The products, locked in the order of their ids, with that much more of them reserved."""
    wanted = Product.objects.filter(pk__in=quantities, status=Product.Status.ACTIVE)
    products = wanted.order_by("pk").select_for_update().prefetch_related("prices").in_bulk()
    for id, quantity in quantities.items():
        if id not in products or products[id].available < quantity:
            raise Refused(f"There is too little of {id}")
        if quantity > (products[id].max_per_order or quantity):
            raise Refused(f"That is too much of {id}")
        products[id].reserved += quantity
    Product.objects.bulk_update(products.values(), ["reserved"])
    return products


def _priced(products: dict[str, Product], currency: str, position: int, product_id: str, quantity: int) -> OrderLine:
    if currency not in products[product_id].price_in:
        raise Refused(f"{product_id} has no price in {currency}")
    return OrderLine.of(products[product_id], quantity, currency, position)


def _answer_of(record: IdempotencyRecord, fingerprint: str) -> bytes:
    if record.fingerprint != fingerprint or record.answer is None:
        raise Refused("The key was used for another order")
    return bytes(record.answer)
