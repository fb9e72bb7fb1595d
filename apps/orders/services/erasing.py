"""What orders tells about somebody, and how it forgets them."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.events import OrderForgotten
from apps.orders.models import Order, PaymentAttempt, RefundRequest, RetainedContact
from apps.orders.pii import PERSONAL
from apps.orders.services import ORDERS
from chassis.audits import record
from chassis.outbox import announce
from chassis.personal import Person, erase, models_in, tombstone
from chassis.subjects import ITEMS_A_PART, Keeper, Part, written

# Who has one of these waits for somebody to write to them.
OPEN_ORDER = Q(status__in=(Order.Status.PENDING_PAYMENT, Order.Status.CONFIRMED)) | Q(amount_refund_pending__gt=0)
OVER = (*PaymentAttempt.TAKEN, PaymentAttempt.Status.ABANDONED)
OPEN_REFUND = (RefundRequest.Status.REQUESTED, RefundRequest.Status.PENDING)
OF_ORDER = (
    *("id", "number", "status", "payment_status", "fulfillment_status", "currency", "email", "subtotal"),
    *("discount_total", "tax_total", "shipping_total", "total", "amount_paid", "amount_refunded", "shipping_address"),
    *("customer_note", "placed_at", "confirmed_at", "cancelled_at", "cancel_reason"),
)
OF_LINE = (
    "sku",
    "name",
    "unit_price",
    "quantity",
    "quantity_fulfilled",
    "quantity_refunded",
    "discount",
    "tax",
    "total",
)
OF_ATTEMPT = ("payment_id", "provider", "status", "amount", "currency", "created_at")
OF_FULFILLMENT = ("id", "status", "carrier", "tracking_number", "tracking_url", "shipped_at", "delivered_at")
RELATED = ("lines", "attempts", "refund_requests", "fulfillments")
OF_REFUND = ("id", "amount", "currency", "reason", "status", "created_at")


def tell(customer_id: str, after: str) -> Part:
    """Their orders with lines and refunds, in the order of their placing, which is that of their ids."""
    found = _of(customer_id).filter(pk__gt=after).order_by("pk").prefetch_related(*RELATED)
    orders = list(found[:ITEMS_A_PART])
    is_full = len(orders) == ITEMS_A_PART
    return Part([_told(order) for order in orders], orders[-1].pk if is_full else None)


def obstacle(customer_id: str) -> str:
    """`open_orders` while an order of theirs is not over, or money of it is on its way."""
    orders = _of(customer_id)
    is_open = (
        orders.filter(OPEN_ORDER).exists()
        or PaymentAttempt.objects.filter(order__in=orders).exclude(status__in=OVER).exists()
        or orders.filter(refund_requests__status__in=OPEN_REFUND).exists()
    )
    return "open_orders" if is_open else ""


def forget(customer_id: str) -> datetime | None:
    """Blank what their orders say of them, within the open transaction; until when a law has some of it kept.

    To do it again changes nothing, or blanks what has come since.
    """
    _retain(customer_id)
    _have_payments_forget(customer_id)
    orders = _of(customer_id)
    emails = frozenset(orders.values_list("email", flat=True)) - {tombstone(customer_id)}
    erase(models_in(ORDERS), PERSONAL, Person(customer_id, emails, (orders.values("pk"),)))
    kept = RetainedContact.objects.filter(order__customer_id=customer_id).order_by("-until").first()
    return kept.until if kept else None


def end_retention(_worker: str) -> int:
    """Delete what a law wants kept no longer; returns how much that was."""
    over = RetainedContact.objects.filter(until__lt=timezone.now())
    if not over.exists():
        return 0
    with atomic(using=ORDERS):
        for order_id in over.values_list("pk", flat=True):
            record(ORDERS, "order.contact_forgotten", order_id)
        return over.delete()[0]


KEEPER = Keeper(tell, obstacle, forget)


def _of(customer_id: str) -> QuerySet[Order]:
    return Order.objects.filter(customer_id=customer_id)


def _retain(customer_id: str) -> None:
    """What was paid has an invoice, and an invoice says for whom."""
    if not settings.ORDER_RETENTION_DAYS:
        return
    kept_for, now = timedelta(days=settings.ORDER_RETENTION_DAYS), timezone.now()
    paid = _of(customer_id).filter(amount_paid__gt=0, retained_contact=None).exclude(email=tombstone(customer_id))
    invoiced = paid.annotate(invoiced_at=Coalesce("confirmed_at", "placed_at")).filter(invoiced_at__gt=now - kept_for)
    RetainedContact.objects.bulk_create(
        RetainedContact(
            order=order, email=order.email, shipping_address=order.shipping_address, until=order.invoiced_at + kept_for
        )
        for order in invoiced
    )


def _have_payments_forget(customer_id: str) -> None:
    """Payments knows its payers by who paid; what was paid as a guest, by its order alone."""
    claimed = PaymentAttempt.objects.filter(order__customer_id=customer_id, customer_id=None).exclude(payment_id="")
    known = claimed.exclude(order__email=tombstone(customer_id))
    for order_id in {*known.values_list("order_id", flat=True)}:
        announce(OrderForgotten(order_id))


def _told(order: Order) -> dict[str, Any]:
    lines = [written(line, OF_LINE) for line in order.lines.all()]
    attempts = [written(attempt, OF_ATTEMPT) for attempt in order.attempts.all()]
    refunds = [written(refund, OF_REFUND) for refund in order.refund_requests.all()]
    fulfillments = [written(fulfillment, OF_FULFILLMENT) for fulfillment in order.fulfillments.all()]
    told = {"lines": lines, "attempts": attempts, "refunds": refunds, "fulfillments": fulfillments}
    return {**written(order, OF_ORDER), **told}
