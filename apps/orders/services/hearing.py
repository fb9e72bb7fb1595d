"""What payments says of a payment, and what becomes of its order then: told or asked, once or often, it counts once."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.events import (
    OrderLatePaymentAccepted,
    OrderLatePaymentRefunded,
    OrderPaymentMismatch,
    PaymentAuthorized,
)
from apps.orders.models import Order, PaymentAttempt, Product, Reservation
from apps.orders.problems import InsufficientStock
from apps.orders.services import ORDERS
from apps.orders.services.fulfilling import complete_what_is_delivered
from apps.orders.services.placing import confirm
from apps.orders.services.refunding import request_refund
from chassis.outbox import announce

# How a payment ends without money.
OVER = {"cancelled", "failed"}
# How far a payer is who has begun to pay.
PROGRESS = {"requires_action", "processing"}
# How much longer an order waits for money that is on its way.
PROCESSING = timedelta(minutes=15)
Status = PaymentAttempt.Status


@dataclass(frozen=True)
class Fact:
    """How a payment stands."""

    order_id: str
    attempt: int
    payment_id: str
    status: str
    currency: str
    amount_captured: int
    amount_authorized: int


def hear(fact: Fact) -> None:
    """Let the order follow from it, in the open transaction. What is no order's or no attempt's is only money.

    A live order is confirmed by what covers it. An expired one takes its stock again; where that is gone, and where the
    order is cancelled or paid already, the money goes back, and so does what is too little or too much.
    """
    order = Order.objects.select_for_update().filter(pk=fact.order_id).first()
    # By its number, because money can come before the answer that names the payment.
    asked = {"number": fact.attempt, "payment_id__in": ("", fact.payment_id)}
    attempt = order.attempts.filter(**asked).first() if order else None
    if order and attempt and attempt.status not in PaymentAttempt.TAKEN:
        attempt.payment_id = fact.payment_id
        _follow(order, attempt, fact)
    elif attempt is None and fact.status == "succeeded":
        _count_the_unasked(order, fact)


def _follow(order: Order, attempt: PaymentAttempt, fact: Fact) -> None:
    if fact.status == "succeeded":
        _count(order, attempt, fact)
    elif fact.status == "authorized":
        _rely_on(order, attempt, fact)
    elif fact.status in OVER:
        _close(order, attempt)
    else:
        _note_progress(order, attempt, fact.status)


def _count(order: Order, attempt: PaymentAttempt, fact: Fact) -> None:
    was_promised = attempt.status in {Status.AUTHORIZED, Status.CAPTURING}
    _flag_mismatch(attempt, fact, fact.amount_captured)
    if fact.currency != order.currency:
        attempt.end(Status.MISMATCHED)
        return
    _no_longer_promised(order, attempt)
    attempt.amount_captured = fact.amount_captured
    attempt.end(Status.SUCCEEDED)
    order.amount_paid += fact.amount_captured
    order.settle()
    if was_promised:
        _keep_what_was_promised(order, attempt)
    elif order.is_covered and _confirm(order, attempt):
        _give_back(order, attempt, order.refundable - order.total, "overpaid")
    else:
        _give_back_all(order, attempt)


def _keep_what_was_promised(order: Order, attempt: PaymentAttempt) -> None:
    order.save_change()
    _give_back(order, attempt, attempt.amount_captured - attempt.amount, "overpaid")
    complete_what_is_delivered(order)


def _rely_on(order: Order, attempt: PaymentAttempt, fact: Fact) -> None:
    """What is promised confirms an order like money. What is not enough, or not wanted any more, is let go of."""
    if attempt.status not in PaymentAttempt.LIVE:
        return
    _flag_mismatch(attempt, fact, fact.amount_authorized)
    promised = fact.amount_authorized if fact.currency == order.currency else 0
    order.amount_authorized += promised
    attempt.amount_authorized = promised
    if order.is_covered and _confirm(order, attempt):
        attempt.end(Status.AUTHORIZED)
        announce(PaymentAuthorized(order.id, fact.payment_id, promised, order.currency))
    else:
        order.amount_authorized -= promised
        attempt.begin(Status.CANCELLING)


def _confirm(order: Order, attempt: PaymentAttempt) -> bool:
    """Confirm it if it waits for money, or has waited and can have its stock again."""
    is_late = order.status == Order.Status.EXPIRED
    if order.status != Order.Status.PENDING_PAYMENT and not (is_late and _hold_again(order)):
        return False
    order.payment_progress = ""
    confirm(order)
    if is_late:
        announce(OrderLatePaymentAccepted(order.id, attempt.payment_id))
    # Another payment may be open when an earlier one, given up already, was paid all the same.
    for other in order.attempts.filter(status__in=PaymentAttempt.LIVE).exclude(pk=attempt.pk):
        other.begin(Status.CANCELLING)
    return True


def _close(order: Order, attempt: PaymentAttempt) -> None:
    """A payment is over without money; an order that waits may be paid with another."""
    was_promised = _no_longer_promised(order, attempt)
    if was_promised and order.status not in Order.ENDED_UNSENT:
        announce(OrderPaymentMismatch(order.id, attempt.payment_id, 0, order.currency))
    attempt.end(Status.ABANDONED)
    _show_progress(order, "")


def _note_progress(order: Order, attempt: PaymentAttempt, status: str) -> None:
    if attempt.status not in PaymentAttempt.LIVE or order.status != Order.Status.PENDING_PAYMENT:
        return
    if status == "processing":
        order.wait_for_money(timezone.now() + PROCESSING)
        Order.objects.filter(pk=order.pk).update(expires_at=order.expires_at)
    _show_progress(order, status if status in PROGRESS else "")


def _show_progress(order: Order, progress: str) -> None:
    """Only what clients can see is a change."""
    before, order.payment_progress = order.payment_status, progress
    order.settle()
    if order.payment_status != before:
        order.save_change()


def _count_the_unasked(order: Order | None, fact: Fact) -> None:
    """Money that no attempt asked for goes back where it is some order's; in any case a person should look."""
    announce(OrderPaymentMismatch(fact.order_id, fact.payment_id, fact.amount_captured, fact.currency))
    is_known = order is not None and order.attempts.filter(number=fact.attempt).exists()
    if order is None or is_known or fact.currency != order.currency:
        return
    attempt = PaymentAttempt.objects.create(
        order=order,
        number=fact.attempt,
        key=f"{order.id}:att:{fact.attempt}",
        payment_id=fact.payment_id,
        status=Status.SUCCEEDED,
        amount=fact.amount_captured,
        amount_captured=fact.amount_captured,
        currency=fact.currency,
        done_at=timezone.now(),
    )
    order.amount_paid += fact.amount_captured
    _give_back_all(order, attempt)


def _give_back_all(order: Order, attempt: PaymentAttempt) -> None:
    is_waited_for = order.status == Order.Status.PENDING_PAYMENT
    reason = "payment_mismatch" if is_waited_for else "late_payment"
    request_id = _give_back(order, attempt, attempt.amount_captured, reason)
    if not is_waited_for:
        announce(OrderLatePaymentRefunded(order.id, attempt.payment_id, request_id))


def _give_back(order: Order, attempt: PaymentAttempt, amount: int, reason: str) -> str:
    if amount <= 0:
        return ""
    why = {"reason": reason, "created_by": "system"}
    return str(request_refund(order=order, amount=amount, payment_id=attempt.payment_id, **why).id)


def _flag_mismatch(attempt: PaymentAttempt, fact: Fact, amount: int) -> None:
    if (amount, fact.currency) != (attempt.amount, attempt.currency):
        announce(OrderPaymentMismatch(fact.order_id, fact.payment_id, amount, fact.currency))


def _no_longer_promised(order: Order, attempt: PaymentAttempt) -> int:
    """Count nothing as promised by this attempt any more; returns how much it was."""
    promised, attempt.amount_authorized = attempt.amount_authorized, 0
    order.amount_authorized -= promised
    return promised


def _hold_again(order: Order) -> bool:
    """Take the stock of an expired order once more, if it is still there, and so is whom to send it to."""
    if order.is_nobodys:
        return False
    try:
        with atomic(using=ORDERS):
            Reservation.objects.filter(line__order=order).update(status=Reservation.Status.HELD, quantity_released=0)
            Product.objects.hold(order.hold_quantities())
    except InsufficientStock:
        return False
    return True
