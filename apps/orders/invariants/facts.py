"""What orders tells so that others can compare."""

from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from apps.orders.models import Order, PaymentAttempt, RefundRequest
from chassis.identifiers import first_id
from chassis.invariants import Fact, Span


def orders(span: Span) -> list[Fact]:
    names = ("id", "status", "total", "currency", "customer_id", "amount_paid", "amount_refunded", "updated_at")
    rows = span.of(_since(span), "pk").values(*names)[: span.limit]
    found = {row["id"]: {**row, "key": row["id"], "attempts": [], "refund_requests": []} for row in rows}
    _add(found, "attempts", PaymentAttempt, ("number", "payment_id", "amount", "currency", "status"))
    _add(found, "refund_requests", RefundRequest, ("id", "payment_id", "refund_id", "amount", "currency", "status"))
    return [_settled(fact, span.settled_before) for fact in found.values()]


def _add(found: dict[str, Fact], name: str, model: Any, members: tuple[str, ...]) -> None:
    rows = model.objects.filter(order__in=found).order_by("order_id", "pk")
    for row in rows.values("order_id", "created_at", "done_at", *members):
        found[row["order_id"]][name].append(row)


def _settled(fact: Fact, before: datetime) -> Fact:
    """The fact, and whether nothing of it has changed lately."""
    parts = [*fact["attempts"], *fact["refund_requests"]]
    moments = [fact["updated_at"], *(part[name] for part in parts for name in ("created_at", "done_at"))]
    return {**fact, "is_settled": all(moment < before for moment in moments if moment)}


def customers(span: Span) -> list[Fact]:
    """Everybody who ever ordered, and one of their orders that still tells who they are, if there is one."""
    known = _since(span).exclude(customer_id=None).values("customer_id")
    personal = Max("id", filter=~Q(email="") & ~Q(email__endswith="@invalid"))
    rows = span.of(known, "customer_id").annotate(last=Max("placed_at"), personal=personal)[: span.limit]
    return [
        {"key": row["customer_id"], "personal": row["personal"], "is_settled": row["last"] < span.settled_before}
        for row in rows
    ]


def _since(span: Span) -> QuerySet[Order]:
    return Order.objects.filter(pk__gte=first_id("ord", span.since)) if span.since else Order.objects.all()
