"""What must hold of products, orders and refund requests, and what orders tells so that others can compare."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce, Lag

from apps.orders.models import (
    AuditEvent,
    Order,
    OrderLine,
    OutboxEvent,
    PaymentAttempt,
    Product,
    RefundRequest,
    Reservation,
    StockMovement,
)
from apps.orders.models.orders import HELD
from chassis.identifiers import first_id
from chassis.invariants import Fact, Invariants, Span, Violation, each

Status = Order.Status
OVER = (Status.CANCELLED, Status.EXPIRED)
OPEN_REQUESTS = (RefundRequest.Status.REQUESTED, RefundRequest.Status.PENDING)
# The facts that change what an order is, what it is then, and which of them may come next.
BECOMES = {
    "order.placed": Status.PENDING_PAYMENT,
    "order.confirmed": Status.CONFIRMED,
    "order.cancelled": Status.CANCELLED,
    "order.expired": Status.EXPIRED,
    "order.completed": Status.COMPLETED,
}
NEXT = {
    None: ("order.placed",),
    "order.placed": ("order.confirmed", "order.cancelled", "order.expired"),
    "order.confirmed": ("order.cancelled", "order.completed"),
    "order.expired": ("order.confirmed",),
}


def _sum_of(rows: QuerySet[Any], amount: Any) -> Any:
    """What `rows` of an outer row come to, 0 where there are none. They are grouped by the column that links them."""
    return Coalesce(Subquery(rows.order_by().annotate(sum=Sum(amount)).values("sum")[:1]), 0)


def _per(model: type[Model], column: str, **which: Any) -> QuerySet[Any]:
    return model._default_manager.filter(**{column: OuterRef("pk")}, **which).values(column)


def _stock() -> Iterator[Violation]:
    """I3, I4, I5: nothing is sold twice; the counters are what reservations and movements say."""
    held = Coalesce(_sum_of(Reservation.objects.holding().filter(product=OuterRef("pk")).values("product"), HELD), 0)
    moved = _sum_of(_per(StockMovement, "product"), F("delta"))
    products = Product.objects.annotate(held=held, moved=moved).values("id", "on_hand", "reserved", "held", "moved")
    sold_twice = products.filter(Q(on_hand__lt=0) | Q(reserved__lt=0) | Q(reserved__gt=F("on_hand")))
    yield from each("I3", sold_twice, "{on_hand} are on hand, {reserved} are reserved")
    yield from each("I4", products.exclude(reserved=F("held")), "{reserved} are reserved, orders hold {held}")
    yield from each("I5", products.exclude(on_hand=F("moved")), "{on_hand} are on hand, the movements say {moved}")


def _totals() -> Iterator[Violation]:
    """I11: an order is the sum of its lines, and a line what its units cost."""
    sums = {f"line_{name}": _sum_of(_per(OrderLine, "order"), F(name)) for name in ("total", "tax", "discount")}
    same = {"subtotal": F("line_total"), "tax_total": F("line_tax"), "discount_total": F("line_discount")}
    orders = Order.objects.annotate(**sums, expected=F("line_total") + F("shipping_total"))
    wrong = orders.exclude(**same, total=F("expected")).values("id", "total", "expected", "subtotal", *sums)
    text = "the total is {total}, its lines and shipping come to {expected} (subtotal {subtotal}, lines {line_total})"
    yield from each("I11", wrong, text)
    lines = OrderLine.objects.annotate(expected=F("unit_price") * F("quantity") - F("discount"))
    wrong_lines = lines.exclude(total=F("expected")).values("id", "total", "expected")
    yield from each("I11", wrong_lines, "the line is {total}, its units cost {expected}")


def _held_by_dead_orders() -> Iterator[Violation]:
    rows = Reservation.objects.holding().filter(line__order__status__in=OVER).values("id", "line__order", *KEPT)
    text = "the order is {line__order__status}, and {id} holds {quantity}"
    yield from each("I12", rows, text, subject="line__order")


KEPT = ("line__order__status", "status", "quantity")


def _unbacked() -> Iterator[Violation]:
    """I21: whoever is to get something has it kept for them: what was ordered and not refunded."""
    confirmed = OrderLine.objects.filter(order__status__in=(Status.CONFIRMED, Status.COMPLETED))
    owed = F("quantity") - F("quantity_refunded") - F("quantity_fulfilled")
    kept = Reservation.objects.filter(line=OuterRef("pk"), product=OuterRef("product")).exclude(status="held")
    lines = confirmed.annotate(owed=owed, kept=_sum_of(kept.values("line"), HELD))
    rows = lines.filter(kept__lt=F("owed")).values("id", "order_id", "owed", "kept")
    yield from each("I21", rows, "{owed} of the line {id} are owed, {kept} are kept", subject="order_id")


def _attempts() -> Iterator[Violation]:
    """I10: what was asked for is what the order costs, or the rest of it where some is paid."""
    costs, is_rest = {"currency": F("order__currency")}, {"amount__lt": F("order__total"), "order__amount_paid__gt": 0}
    asked = PaymentAttempt.objects.exclude(provider="")
    wrong = asked.exclude(amount=F("order__total"), **costs).exclude(**is_rest, **costs)
    rows = wrong.values("order_id", "number", "amount", "currency", "order__total", "order__currency")
    text = "attempt {number} asks for {amount} {currency}, the order costs {order__total} {order__currency}"
    yield from each("I10", rows, text, subject="order_id")


def _requests() -> Iterator[Violation]:
    """I9: what an order gives back is what its requests say."""
    given = _sum_of(_per(RefundRequest, "order", status=RefundRequest.Status.SUCCEEDED), F("amount"))
    pending = _sum_of(_per(RefundRequest, "order", status__in=OPEN_REQUESTS), F("amount"))
    orders = Order.objects.annotate(given=given, pending=pending)
    wrong = orders.exclude(amount_refunded=F("given"), amount_refund_pending=F("pending"))
    rows = wrong.values("id", "amount_refunded", "amount_refund_pending", "given", "pending")
    text = "{amount_refunded} refunded, {amount_refund_pending} pending; its requests say {given} and {pending}"
    yield from each("I9", rows, text)


def _stuck(before: datetime) -> Iterator[Violation]:
    """I14: payments were not asked, or an order waits for money longer than it may."""
    busy = [PaymentAttempt.Status[name] for name in ("OPENING", "CAPTURING", "CANCELLING")]
    attempts = PaymentAttempt.objects.waiting().filter(status__in=busy, created_at__lt=before)
    text = "attempt {number} is {status} since {created_at}: {last_failure}"
    told = attempts.values("order_id", "number", "status", "created_at", "last_failure")
    yield from each("I14", told, text, subject="order_id")
    unasked = RefundRequest.objects.filter(status=RefundRequest.Status.REQUESTED, created_at__lt=before)
    requests = unasked.values("id", "created_at", "last_failure")
    yield from each("I14", requests, "requested at {created_at}, and not submitted: {last_failure}")
    overdue = Order.objects.filter(status=Status.PENDING_PAYMENT, expires_at__lt=before).values("id", "expires_at")
    yield from each("I14", overdue, "should have expired at {expires_at}")


def _histories() -> Iterator[Violation]:
    """I16: what was told of an order is a life that an order can have, and ends as the order stands."""
    earlier = Window(Lag("type"), partition_by="stream", order_by="number")
    steps = OutboxEvent.objects.filter(type__in=BECOMES).annotate(earlier=earlier)
    legal = Q()
    for first, then in NEXT.items():
        legal |= Q(earlier=first, type__in=then) if first else Q(earlier=None, type__in=then)
    rows = steps.exclude(legal).values("stream", "type", "earlier")
    yield from each("I16", rows, "{type} after {earlier}", subject="stream")
    facts = OutboxEvent.objects.filter(stream=OuterRef("pk"), type__in=BECOMES).order_by("-number")
    told = Order.objects.annotate(told=Subquery(facts.values("type")[:1]))
    for fact, status in BECOMES.items():
        wrong = told.filter(told=fact).exclude(status=status).values("id", "status", "told")
        yield from each("I16", wrong, "it is {status}, and the last that was told is {told}")
    yield from each("I16", told.filter(told=None).values("id", "status"), "it is {status}, and nothing was ever told")


def _acts() -> Iterator[Violation]:
    """I17: somebody has cancelled each order that is, and asked for each refund."""
    acts = AuditEvent.objects.filter(subject=OuterRef("pk"), action="order.cancelled")
    cancelled = Order.objects.filter(status=Status.CANCELLED).filter(~Exists(acts)).values("id")
    yield from each("I17", cancelled, "it was cancelled, and nobody did it")
    asked = AuditEvent.objects.filter(action="refund.requested", subject=OuterRef("pk")).values("subject")
    counted = Coalesce(Subquery(asked.annotate(count=Count("pk")).values("count")), 0)
    requests = Order.objects.annotate(asked=counted, requests=Count("refund_requests"))
    rows = requests.filter(asked__lt=F("requests")).values("id", "asked", "requests")
    yield from each("I17", rows, "{requests} refunds were requested, {asked} by somebody")


def _orders(span: Span) -> list[Fact]:
    orders = Order.objects.filter(pk__gte=first_id("ord", span.since)) if span.since else Order.objects.all()
    names = ("id", "status", "total", "currency", "customer_id", "amount_paid", "amount_refunded", "updated_at")
    rows = span.of(orders, "pk").values(*names)[: span.limit]
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


def _customers(span: Span) -> list[Fact]:
    """Everybody who ever ordered, and one of their orders that still tells who they are, if there is one."""
    orders = Order.objects.filter(pk__gte=first_id("ord", span.since)) if span.since else Order.objects.all()
    known = orders.exclude(customer_id=None).values("customer_id")
    personal = Max("id", filter=~Q(email="") & ~Q(email__endswith="@invalid"))
    rows = span.of(known, "customer_id").annotate(last=Max("placed_at"), personal=personal)[: span.limit]
    return [
        {"key": row["customer_id"], "personal": row["personal"], "is_settled": row["last"] < span.settled_before}
        for row in rows
    ]


INVARIANTS = Invariants(
    (_stock, _totals, _held_by_dead_orders, _unbacked, _attempts, _requests, _histories, _acts),
    (_stuck,),
    {"orders": _orders, "customers": _customers},
)
