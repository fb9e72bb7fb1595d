"""Paying for orders: an attempt is committed first, then payments is asked, then its answer is committed."""

from dataclasses import dataclass

from django.db.transaction import atomic
from django.db.utils import IntegrityError

from apps.orders.events import OrderPaymentMismatch
from apps.orders.models import Order, PaymentAttempt, Product, Reservation
from apps.orders.problems import InsufficientStock
from apps.orders.services import ORDERS
from apps.orders.services.neighbours import payments
from apps.orders.services.placing import confirm
from apps.orders.services.refunding import request_refund
from chassis.calls import CallFailed, Refused
from chassis.outbox import announce
from clients.payments import Payment, PaymentRequest


@dataclass(frozen=True)
class Opened:
    """What came of asking to pay: the attempt, and the payment unless payments could not answer in time."""

    attempt: PaymentAttempt
    payment: Payment | None
    is_new: bool


def open_payment(*, order: Order, provider: str) -> Opened:
    """The order's open payment, opened now if there is none. Raises OrderNotPayable.

    Whatever becomes of the question, the attempt stands, and any worker can ask again with the same key.
    """
    attempt, is_new = _begin(order.id, provider)
    try:
        return Opened(attempt, _ask(attempt), is_new)
    except Refused:
        raise
    except CallFailed as failure:
        if attempt.done_at is None:
            attempt.try_later(str(failure))
        return Opened(attempt, None, is_new)


def resume_attempts(worker: str) -> int:
    """Finish what requests began: open payments that were not opened, cancel those of orders that are dead."""
    taken = PaymentAttempt.objects.due().lease(worker)
    for attempt in taken:
        try:
            cancel_payment(attempt) if attempt.status == PaymentAttempt.Status.CANCELLING else _ask(attempt)
        except CallFailed as failure:
            attempt.try_later(str(failure))
    return len(taken)


def cancel_payment(attempt: PaymentAttempt) -> str:
    """Ask payments to cancel it; returns what became of it, which may be `succeeded`. Raises CallFailed."""
    attempt.payment_id = attempt.payment_id or _ask(attempt).id
    answer = payments().cancel(attempt.payment_id, idempotency_key=f"{attempt.key}:cancel")
    if answer.status == "cancelled":
        attempt.status = PaymentAttempt.Status.ABANDONED
    attempt.save(update_fields=["status", "payment_id"])
    attempt.finish()
    return answer.status


def record_payment(*, order_id: str, payment_id: str, amount: int, currency: str) -> None:
    """Money came for an order. Within the transaction of the announcement; telling it twice changes nothing.

    A live order is confirmed. An expired one takes its stock again, or gives the money back; so does a cancelled one.
    """
    order = Order.objects.locked(order_id)
    attempt = PaymentAttempt.objects.filter(order=order, payment_id=payment_id).first()
    if order.amount_paid:
        return
    if attempt is None or (attempt.amount, attempt.currency) != (amount, currency):
        announce(OrderPaymentMismatch(order.id, payment_id, amount, currency))
        return
    attempt.status = PaymentAttempt.Status.SUCCEEDED
    attempt.finish()
    attempt.save(update_fields=["status"])
    order.amount_paid = amount
    order.settle()
    _accept(order)


def record_cancelled_payment(*, order_id: str, payment_id: str) -> None:
    """A payment is over without money; the order may be paid with another."""
    live = PaymentAttempt.objects.filter(order_id=order_id, payment_id=payment_id, status__in=PaymentAttempt.LIVE)
    live.update(status=PaymentAttempt.Status.ABANDONED)


def _accept(order: Order) -> None:
    if order.status == Order.Status.PENDING_PAYMENT or (order.status == Order.Status.EXPIRED and _hold_again(order)):
        confirm(order)
    else:
        order.save_change()
        request_refund(order=order, amount=order.amount_paid, reason="late_payment", created_by="system")


def _hold_again(order: Order) -> bool:
    """Take the stock of an expired order once more, if it is still there."""
    reservations = Reservation.objects.filter(line__order=order)
    try:
        with atomic(using=ORDERS):
            for reservation in reservations:
                Product.objects.hold({reservation.product_id: reservation.quantity})
            reservations.update(status=Reservation.Status.HELD, quantity_released=0)
    except InsufficientStock:
        return False
    return True


def _begin(order_id: str, provider: str) -> tuple[PaymentAttempt, bool]:
    """The live attempt of the order, or a new one, leased to this request. One at a time: the database says so too."""
    try:
        with atomic(using=ORDERS):
            order = Order.objects.locked(order_id)
            order.require_payable()
            live = order.attempts.filter(status__in=PaymentAttempt.LIVE).first()
            return (live, False) if live else (_new_attempt(order, provider), True)
    except IntegrityError:
        return PaymentAttempt.objects.get(order_id=order_id, status__in=PaymentAttempt.LIVE), False


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


def _ask(attempt: PaymentAttempt) -> Payment:
    """Ask payments to open it, with the attempt's own key, and commit the answer. Raises CallFailed."""
    order = attempt.order
    request = PaymentRequest(
        order_id=order.id,
        attempt=attempt.number,
        amount=attempt.amount,
        currency=attempt.currency,
        customer_id=order.customer_id,
        provider=attempt.provider,
    )
    payment = payments().create(request, idempotency_key=attempt.key)
    if attempt.status == PaymentAttempt.Status.OPENING:
        _record_open(attempt, payment)
    return payment


def _record_open(attempt: PaymentAttempt, payment: Payment) -> None:
    opening = PaymentAttempt.objects.filter(pk=attempt.pk, status=PaymentAttempt.Status.OPENING)
    with atomic(using=ORDERS):
        opening.update(status=PaymentAttempt.Status.OPEN, payment_id=payment.id)
        attempt.refresh_from_db()
        attempt.finish()
