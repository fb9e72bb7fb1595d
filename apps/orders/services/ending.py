"""How orders end without being delivered: cancelled by somebody, or expired by time."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce
from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.events import OrderCancelled, OrderExpired
from apps.orders.models import Order, PaymentAttempt, Product, RefundRequest, Reservation
from apps.orders.services import ORDERS
from apps.orders.services.fulfilling import cancel_open_fulfillments
from apps.orders.services.paying import abandon_payment, cancel_payment
from apps.orders.services.refunding import request_refund, submit
from chassis.audits import record
from chassis.calls import CallFailed
from chassis.mails import post
from chassis.money import as_text
from chassis.outbox import announce


def cancel_order(*, order: Order, reason: str, cancelled_by: str) -> Order:
    """End it, return its stock, give back what was paid. Cancelling twice is cancelling once.

    Raises InvalidState, also once anything of it was sent.
    """
    with atomic(using=ORDERS):
        order = Order.objects.locked(order.id)
        if order.status == Order.Status.CANCELLED:
            return order
        before = order.status
        order.cancel(reason)
        record(ORDERS, "order.cancelled", order.id, status=(before, order.status))
        cancel_open_fulfillments(order)
        _release_stock(order)
        order.save_change()
        refund = _give_back(order, cancelled_by)
        attempt = abandon_payment(order, **PaymentAttempt.held_by_request())
        announce(OrderCancelled(order.id, reason))
        post(ORDERS, "cancelled", **order.for_letters, refund=as_text(refund.amount, refund.currency) if refund else "")
    if refund:
        submit(refund)
    if attempt:
        _try_to_cancel(attempt)
    return order


def expire_orders(_worker: str) -> int:
    """Expire what was not paid in time. Payments is asked first: it may know of money that we have not heard of."""
    overdue = list(Order.objects.overdue()[:20])
    for order in overdue:
        _expire(order)
    return len(overdue)


def _expire(order: Order) -> None:
    """No new payment from now on; then act on what payments says, and if it says nothing, ask again after a while.

    But not for ever: its stock is needed. Money that comes after all is accounted for then.
    """
    now = timezone.now()
    overdue = Order.objects.overdue().filter(pk=order.pk)
    if not overdue.update(
        expiring_since=Coalesce("expiring_since", now), expires_at=now + timedelta(seconds=settings.LEASE_SECONDS)
    ):
        return
    # Read after the order was marked: whoever was about to pay has an attempt by now, or will be refused.
    attempt = order.attempts.filter(status__in=PaymentAttempt.LIVE).first()
    if attempt is None or _try_to_cancel(attempt) or now >= order.waits_until:
        _end(order.id)


def _end(order_id: str) -> None:
    with atomic(using=ORDERS):
        order = Order.objects.locked(order_id)
        if order.status != Order.Status.PENDING_PAYMENT:
            return
        order.expire()
        _release_stock(order)
        order.save_change()
        abandon_payment(order)
        announce(OrderExpired(order.id))


def _release_stock(order: Order) -> None:
    """Counters and reservations move together, once: only what still holds is released."""
    Product.objects.release(order.hold_quantities())
    holding = Reservation.objects.filter(line__order=order).holding()
    holding.update(status=Reservation.Status.RELEASED, quantity_released=F("quantity") - F("quantity_consumed"))


def _give_back(order: Order, cancelled_by: str) -> RefundRequest | None:
    if not order.refundable:
        return None
    return request_refund(
        order=order,
        amount=order.refundable,
        reason="order_cancelled",
        created_by=cancelled_by,
        **RefundRequest.held_by_request(),
    )


def _try_to_cancel(attempt: PaymentAttempt) -> bool:
    """Whether no money can come of it any more; while payments does not answer, it may."""
    try:
        return cancel_payment(attempt)
    except CallFailed as failure:
        attempt.try_later(str(failure))
        return False
