"""Paying for orders: an attempt is committed first, then payments is asked, then its answer is committed."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.events import OrderPaymentMismatch
from apps.orders.models import Order, PaymentAttempt, Product, Reservation
from apps.orders.problems import InsufficientStock, OrderNotPayable
from apps.orders.services import ORDERS
from apps.orders.services.neighbours import is_final, payments
from apps.orders.services.placing import confirm
from apps.orders.services.refunding import request_refund
from chassis.calls import CallFailed, Refused
from chassis.outbox import announce
from clients.payments import Payment, PaymentRequest

# How a payment ends without money.
OVER = {"cancelled", "failed"}
Status = PaymentAttempt.Status
logger = logging.getLogger("tearline")


@dataclass(frozen=True)
class Opened:
    """What came of asking to pay: the attempt, and the payment unless payments could not answer in time."""

    attempt: PaymentAttempt
    payment: Payment | None
    is_new: bool


def open_payment(*, order: Order, provider: str) -> Opened:
    """The order's open payment, opened now if there is none. Raises OrderNotPayable.

    Whatever becomes of the question, the attempt stands, and any worker can ask again with the same key. Only what
    payments refuses for good is given up, and the next attempt may do better.
    """
    attempt, is_new = _begin(order.id, provider)
    try:
        payment = _ask(attempt)
    except CallFailed as failure:
        attempt.try_later(str(failure))
        payment = None
    if attempt.status == Status.ABANDONED:
        raise OrderNotPayable(f"This payment is not possible: {attempt.last_failure}", current_status=order.status)
    return Opened(attempt, payment, is_new)


def resume_attempts(worker: str) -> int:
    """Finish what requests began: open payments that were not opened, cancel those of orders that are dead."""
    taken = PaymentAttempt.objects.due().lease(worker)
    for attempt in taken:
        try:
            cancel_payment(attempt) if attempt.status == Status.CANCELLING else _ask(attempt)
        except CallFailed as failure:
            attempt.try_later(str(failure))
        except Exception as exc:
            logger.exception("the attempt %s could not be resumed", attempt.id)
            attempt.try_later(repr(exc))
    return len(taken)


def cancel_payment(attempt: PaymentAttempt) -> bool:
    """Ask payments to cancel it; returns whether no money can come of it any more. Raises CallFailed.

    Money that was quicker is announced by payments, and accounted for then.
    """
    # Its answer may have been lost on the way: only payments knows whether there is anything to cancel.
    payment = None if attempt.payment_id else _ask(attempt)
    if attempt.status == Status.ABANDONED:
        return True
    payment_id = payment.id if payment else attempt.payment_id
    answer = payments().cancel(payment_id, idempotency_key=f"{attempt.key}:cancel")
    _change(attempt, Status.ABANDONED if answer.status in OVER else attempt.status, payment_id=payment_id)
    return answer.status in OVER


def abandon_payment(order: Order, **lease: Any) -> PaymentAttempt | None:
    """Mark the payment that is open, in the open transaction, so that a worker cancels it unless a request does."""
    attempt = order.attempts.filter(status__in=PaymentAttempt.LIVE).first()
    if attempt:
        attempt.status, attempt.done_at, attempt.due_at = Status.CANCELLING, None, timezone.now()
        for name, value in lease.items():
            setattr(attempt, name, value)
        attempt.save(update_fields=["status", "done_at", "due_at", *lease])
    return attempt


def record_payment(*, order_id: str, number: int, payment_id: str, amount: int, currency: str) -> None:
    """Money came by an order's attempt. Within the transaction of the announcement; told twice, it counts once.

    A live order is confirmed. An expired one takes its stock again; where that is gone, and where the order is
    cancelled or paid already, the money goes back.
    """
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    # By its number, because money can come before the answer that names the payment.
    asked = {"number": number, "amount": amount, "currency": currency, "payment_id__in": ("", payment_id)}
    attempt = order.attempts.filter(**asked).first() if order else None
    if order is None or attempt is None:
        announce(OrderPaymentMismatch(order_id, payment_id, amount, currency))
    elif attempt.status != Status.SUCCEEDED:
        attempt.status, attempt.payment_id = Status.SUCCEEDED, payment_id
        attempt.save(update_fields=["status", "payment_id"])
        attempt.finish()
        order.amount_paid += amount
        order.settle()
        _accept(order, attempt)


def record_cancelled_payment(*, order_id: str, number: int, payment_id: str) -> None:
    """A payment is over without money; the order may be paid with another."""
    over = PaymentAttempt.objects.filter(order_id=order_id, number=number, payment_id__in=("", payment_id))
    over.exclude(status=Status.SUCCEEDED).update(
        status=Status.ABANDONED, payment_id=payment_id, done_at=timezone.now(), leased_until=None, leased_by=""
    )


def _accept(order: Order, attempt: PaymentAttempt) -> None:
    if order.status == Order.Status.PENDING_PAYMENT or (order.status == Order.Status.EXPIRED and _hold_again(order)):
        confirm(order)
        # Another payment may be open when an earlier one, given up already, was paid all the same.
        abandon_payment(order)
    else:
        why = {"reason": "late_payment", "created_by": "system"}
        request_refund(order=order, amount=attempt.amount, payment_id=attempt.payment_id, **why)


def _hold_again(order: Order) -> bool:
    """Take the stock of an expired order once more, if it is still there."""
    try:
        with atomic(using=ORDERS):
            Reservation.objects.filter(line__order=order).update(status=Reservation.Status.HELD, quantity_released=0)
            Product.objects.hold(order.hold_quantities())
    except InsufficientStock:
        return False
    return True


def _begin(order_id: str, provider: str) -> tuple[PaymentAttempt, bool]:
    """The live attempt of the order, or a new one, leased to this request. One at a time: the database says so too."""
    with atomic(using=ORDERS):
        order = Order.objects.locked(order_id)
        order.require_payable()
        live = order.attempts.filter(status__in=PaymentAttempt.LIVE).first()
        return (live, False) if live else (_new_attempt(order, provider), True)


def _new_attempt(order: Order, provider: str) -> PaymentAttempt:
    number = order.attempts.count() + 1
    return PaymentAttempt.objects.create(
        order=order,
        number=number,
        key=f"{order.id}:att:{number}",
        provider=provider,
        amount=order.amount_due,
        currency=order.currency,
        **PaymentAttempt.held_by_request(),
    )


def _ask(attempt: PaymentAttempt) -> Payment | None:
    """Ask payments to open it, with the attempt's own key, and commit the answer. Raises CallFailed.

    None where payments refuses for good: the attempt is then abandoned.
    """
    order = attempt.order
    request = PaymentRequest(
        order_id=order.id,
        attempt=attempt.number,
        amount=attempt.amount,
        currency=attempt.currency,
        customer_id=order.customer_id,
        provider=attempt.provider,
    )
    try:
        payment = payments().create(request, idempotency_key=attempt.key)
    except Refused as refusal:
        if not is_final(refusal):
            raise
        _change(attempt, Status.ABANDONED, last_failure=str(refusal)[:500])
        return None
    if attempt.status == Status.OPENING:
        _change(attempt, Status.OPEN, payment_id=payment.id)
    return payment


def _change(attempt: PaymentAttempt, status: str, **facts: Any) -> None:
    """Commit what an answer means, and that nothing more is to be done; what changed the attempt meanwhile stands."""
    unchanged = PaymentAttempt.objects.filter(pk=attempt.pk, status=attempt.status)
    unchanged.update(status=status, done_at=timezone.now(), leased_until=None, leased_by="", **facts)
    attempt.refresh_from_db()
