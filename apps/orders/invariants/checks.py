"""What must hold of products, orders and refund requests, as their rows show."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce, Lag

from apps.orders.models import (
    AuditEvent,
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderLine,
    OutboxEvent,
    PaymentAttempt,
    Product,
    RefundRequest,
    Reservation,
    RetainedContact,
    StockMovement,
)
from apps.orders.models.orders import HELD
from chassis.invariants import Violation, each

Status = Order.Status
OVER = (Status.CANCELLED, Status.EXPIRED)
SENT = (Fulfillment.Status.SHIPPED, Fulfillment.Status.DELIVERED)
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


def stock() -> Iterator[Violation]:
    """I3, I4, I5: nothing is sold twice; the counters are what reservations and movements say."""
    held = Coalesce(_sum_of(Reservation.objects.holding().filter(product=OuterRef("pk")).values("product"), HELD), 0)
    moved = _sum_of(_per(StockMovement, "product"), F("delta"))
    products = Product.objects.annotate(held=held, moved=moved).values("id", "on_hand", "reserved", "held", "moved")
    sold_twice = products.filter(Q(on_hand__lt=0) | Q(reserved__lt=0) | Q(reserved__gt=F("on_hand")))
    yield from each("I3", sold_twice, "{on_hand} are on hand, {reserved} are reserved")
    yield from each("I4", products.exclude(reserved=F("held")), "{reserved} are reserved, orders hold {held}")
    yield from each("I5", products.exclude(on_hand=F("moved")), "{on_hand} are on hand, the movements say {moved}")


def totals() -> Iterator[Violation]:
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


def held_by_dead_orders() -> Iterator[Violation]:
    rows = Reservation.objects.holding().filter(line__order__status__in=OVER).values("id", "line__order", *KEPT)
    text = "the order is {line__order__status}, and {id} holds {quantity}"
    yield from each("I12", rows, text, subject="line__order")


KEPT = ("line__order__status", "status", "quantity")


def unbacked() -> Iterator[Violation]:
    """I21: whoever is to get something has it kept for them: what was ordered and not refunded."""
    confirmed = OrderLine.objects.filter(order__status__in=(Status.CONFIRMED, Status.COMPLETED))
    owed = F("quantity") - F("quantity_refunded") - F("quantity_fulfilled")
    kept = Reservation.objects.filter(line=OuterRef("pk"), product=OuterRef("product")).exclude(status="held")
    lines = confirmed.annotate(owed=owed, kept=_sum_of(kept.values("line"), HELD))
    rows = lines.filter(kept__lt=F("owed")).values("id", "order_id", "owed", "kept")
    yield from each("I21", rows, "{owed} of the line {id} are owed, {kept} are kept", subject="order_id")
    sent = FulfillmentLine.objects.filter(line=OuterRef("pk"), fulfillment__status__in=SENT).values("line")
    counted = OrderLine.objects.annotate(sent=_sum_of(sent, F("quantity")), taken=F("reservation__quantity_consumed"))
    wrong = counted.exclude(quantity_fulfilled=F("sent"), taken=F("sent"))
    told = wrong.values("id", "order_id", "sent", "taken", "quantity_fulfilled")
    text = "{sent} of the line {id} were sent, {quantity_fulfilled} are counted and {taken} taken out of the stock"
    yield from each("I21", told, text, subject="order_id")


def attempts() -> Iterator[Violation]:
    """I10: what was asked for is what the order costs, or the rest of it where some is paid; what came is counted."""
    costs, is_rest = {"currency": F("order__currency")}, {"amount__lt": F("order__total"), "order__amount_paid__gt": 0}
    asked = PaymentAttempt.objects.exclude(provider="")
    wrong = asked.exclude(amount=F("order__total"), **costs).exclude(**is_rest, **costs)
    rows = wrong.values("order_id", "number", "amount", "currency", "order__total", "order__currency")
    text = "attempt {number} asks for {amount} {currency}, the order costs {order__total} {order__currency}"
    yield from each("I10", rows, text, subject="order_id")
    paid = _sum_of(_per(PaymentAttempt, "order", status=PaymentAttempt.Status.SUCCEEDED), F("amount_captured"))
    promised = _sum_of(_per(PaymentAttempt, "order"), F("amount_authorized"))
    counted = Order.objects.annotate(paid=paid, promised=promised)
    uncounted = counted.exclude(amount_paid=F("paid"), amount_authorized=F("promised"))
    told = uncounted.values("id", "amount_paid", "amount_authorized", "paid", "promised")
    text = "{amount_paid} paid, {amount_authorized} authorized; its attempts say {paid} and {promised}"
    yield from each("I10", told, text)


def requests() -> Iterator[Violation]:
    """I9: what an order gives back is what its requests say."""
    given = _sum_of(_per(RefundRequest, "order", status=RefundRequest.Status.SUCCEEDED), F("amount"))
    pending = _sum_of(_per(RefundRequest, "order", status__in=OPEN_REQUESTS), F("amount"))
    orders = Order.objects.annotate(given=given, pending=pending)
    wrong = orders.exclude(amount_refunded=F("given"), amount_refund_pending=F("pending"))
    rows = wrong.values("id", "amount_refunded", "amount_refund_pending", "given", "pending")
    text = "{amount_refunded} refunded, {amount_refund_pending} pending; its requests say {given} and {pending}"
    yield from each("I9", rows, text)


def _is_busy(before: datetime) -> Q:
    """Payments is to be asked for something. That money is on its way may take days, and then nothing is cancelled."""
    begun = Q(status=PaymentAttempt.Status.OPENING) | Q(status=PaymentAttempt.Status.CAPTURING)
    cancelled = Q(status=PaymentAttempt.Status.CANCELLING) & ~Q(last_failure="The payment is processing")
    return Q(begun | cancelled, created_at__lt=before, order__updated_at__lt=before)


def stuck(before: datetime) -> Iterator[Violation]:
    """I14: payments were not asked, or an order waits for money longer than it may."""
    waiting = PaymentAttempt.objects.waiting().filter(_is_busy(before))
    text = "attempt {number} is {status} since {created_at}: {last_failure}"
    told = waiting.values("order_id", "number", "status", "created_at", "last_failure")
    yield from each("I14", told, text, subject="order_id")
    unasked = RefundRequest.objects.filter(status=RefundRequest.Status.REQUESTED, created_at__lt=before)
    unsubmitted = unasked.values("id", "created_at", "last_failure")
    yield from each("I14", unsubmitted, "requested at {created_at}, and not submitted: {last_failure}")
    overdue = Order.objects.filter(status=Status.PENDING_PAYMENT, expires_at__lt=before).values("id", "expires_at")
    yield from each("I14", overdue, "should have expired at {expires_at}")


def histories() -> Iterator[Violation]:
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


def acts() -> Iterator[Violation]:
    """I17: somebody has cancelled each order that is, and asked for each refund."""
    done = AuditEvent.objects.filter(subject=OuterRef("pk"), action="order.cancelled")
    cancelled = Order.objects.filter(status=Status.CANCELLED).filter(~Exists(done)).values("id")
    yield from each("I17", cancelled, "it was cancelled, and nobody did it")
    asked = AuditEvent.objects.filter(action="refund.requested", subject=OuterRef("pk")).values("subject")
    counted = Coalesce(Subquery(asked.annotate(count=Count("pk")).values("count")), 0)
    asking = Order.objects.annotate(asked=counted, requests=Count("refund_requests"))
    rows = asking.filter(asked__lt=F("requests")).values("id", "asked", "requests")
    yield from each("I17", rows, "{requests} refunds were requested, {asked} by somebody")


def retained(before: datetime) -> Iterator[Violation]:
    """I20: what a law wanted kept of somebody who was erased is kept no longer than that."""
    rows = RetainedContact.objects.filter(until__lt=before).values("order_id", "until")
    yield from each("I20", rows, "its contact was to be kept until {until}", subject="order_id")
