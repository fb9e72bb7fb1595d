"""Paying for orders: an attempt is committed first, then payments is asked, then its answer is committed."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.events import PaymentOpened
from apps.orders.models import Order, PaymentAttempt
from apps.orders.problems import OrderNotPayable
from apps.orders.services import ORDERS
from apps.orders.services.hearing import Fact, hear
from apps.orders.services.neighbours import is_final, payments
from chassis.calls import CallFailed, Refused
from chassis.outbox import announce
from chassis.problems import AmountBelowMinimum, CurrencyNotCollected, Problem
from clients.payments import Payment, PaymentRequest

# What payments refuses with a word that buyers should hear.
SPOKEN: dict[str, type[Problem]] = {problem.code(): problem for problem in (AmountBelowMinimum, CurrencyNotCollected)}
Status = PaymentAttempt.Status
logger = logging.getLogger("tearline")


@dataclass(frozen=True)
class Opened:
    """What came of asking to pay: the attempt, and the payment unless payments could not answer in time."""

    attempt: PaymentAttempt
    payment: Payment | None
    is_new: bool


def open_payment(*, order: Order, provider: str) -> Opened:
    """The order's open payment, opened now if there is none.

    Raises OrderNotPayable, or AmountBelowMinimum or CurrencyNotCollected where that is why.

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
        raise _why_not(order, attempt)
    return Opened(attempt, payment, is_new)


def resume_attempts(worker: str) -> int:
    """Finish what requests began, and ask after what nobody has told of."""
    steps = {
        Status.OPENING: _ask,
        Status.OPEN: _ask_after,
        Status.CAPTURING: _capture,
        Status.CANCELLING: cancel_payment,
    }
    taken = PaymentAttempt.objects.due().lease(worker)
    for attempt in taken:
        try:
            steps[Status(attempt.status)](attempt)
        except CallFailed as failure:
            attempt.try_later(str(failure))
        except Exception as exc:
            logger.exception("the attempt %s could not be resumed", attempt.id)
            attempt.try_later(repr(exc))
    return len(taken)


def cancel_payment(attempt: PaymentAttempt) -> bool:
    """Ask payments to cancel it; returns whether no money can come of it any more. Raises CallFailed.

    What payments says instead is heard: that money was quicker, or that it is on its way and nobody can say.
    """
    # Its answer may have been lost on the way: only payments knows whether there is anything to cancel.
    payment = None if attempt.payment_id else _ask(attempt)
    if attempt.status == Status.ABANDONED:
        return True
    payment_id = payment.id if payment else attempt.payment_id
    try:
        answer = payments().cancel(payment_id, idempotency_key=f"{attempt.key}:cancel")
    except Refused as refusal:
        if not is_final(refusal):
            raise
        answer = payments().get(payment_id)
    _hear(attempt, answer)
    if attempt.status == Status.CANCELLING:
        attempt.try_later(f"The payment is {answer.status}")
    return attempt.status == Status.ABANDONED


def abandon_payment(order: Order, **lease: Any) -> PaymentAttempt | None:
    """Mark the payment that is open or authorized, in the open transaction: a worker cancels it, unless a request does.

    There is one at most: what confirms an order closes its other payments.
    """
    attempt: PaymentAttempt | None = order.attempts.filter(status__in=(*PaymentAttempt.LIVE, Status.AUTHORIZED)).first()
    if attempt:
        attempt.begin(Status.CANCELLING, **lease)
    return attempt


def hear_announced(fact: dict[str, Any]) -> None:
    """What payments announces of a payment, in the transaction that marks it as heard."""
    hear(
        Fact(
            order_id=fact["order_id"],
            attempt=fact["attempt"],
            payment_id=fact["payment_id"],
            status=fact["status"],
            currency=fact["currency"],
            amount_captured=fact["amount_captured"],
            amount_authorized=fact.get("amount_authorized", 0),
        )
    )


def _begin(order_id: str, provider: str) -> tuple[PaymentAttempt, bool]:
    """The live attempt of the order, or a new one, leased to this request. One at a time: the database says so too."""
    with atomic(using=ORDERS):
        order = Order.objects.locked(order_id)
        order.require_payable()
        live = order.attempts.filter(status__in=PaymentAttempt.LIVE).first()
        return (live, False) if live else (_new_attempt(order, provider), True)


def _new_attempt(order: Order, provider: str) -> PaymentAttempt:
    number = (order.attempts.aggregate(last=Max("number"))["last"] or 0) + 1
    announce(PaymentOpened(order.id, number, order.amount_due, order.currency))
    return PaymentAttempt.objects.create(
        order=order,
        number=number,
        key=f"{order.id}:att:{number}",
        provider=provider,
        amount=order.amount_due,
        currency=order.currency,
        customer_id=order.customer_id,
        **PaymentAttempt.held_by_request(),
    )


def _ask(attempt: PaymentAttempt) -> Payment | None:
    """Ask payments to open it, with the attempt's own key, and commit the answer. Raises CallFailed.

    None where payments refuses for good: the attempt is then abandoned.
    """
    request = PaymentRequest(
        order_id=attempt.order_id,
        attempt=attempt.number,
        amount=attempt.amount,
        currency=attempt.currency,
        customer_id=attempt.customer_id,
        provider=attempt.provider,
    )
    try:
        payment = payments().create(request, idempotency_key=attempt.key)
    except Refused as refusal:
        if not is_final(refusal):
            raise
        over = {"done_at": timezone.now(), "leased_until": None, "leased_by": ""}
        _change(attempt, Status.ABANDONED, last_failure=str(refusal)[:500], **over)
        return None
    if attempt.status == Status.OPENING:
        _change(attempt, Status.OPEN, payment_id=payment.id, **PaymentAttempt.asked_for_later())
    return payment


def _ask_after(attempt: PaymentAttempt) -> None:
    """Payments may have told, and it was lost. Raises CallFailed."""
    _hear(attempt, payments().get(attempt.payment_id))
    attempt.look_again()


def _capture(attempt: PaymentAttempt) -> None:
    """Take all that the order costs, with a key of its own. Where payments refuses, its provider knows why."""
    try:
        payment = payments().capture(attempt.payment_id, attempt.amount, idempotency_key=f"{attempt.key}:capture")
    except Refused as refusal:
        if not is_final(refusal):
            raise
        payment = payments().sync(attempt.payment_id)
    _hear(attempt, payment)
    if attempt.status == Status.CAPTURING:
        attempt.try_later(f"The payment is {payment.status}")


def _hear(attempt: PaymentAttempt, payment: Payment) -> None:
    """What payments answers is heard like what it announces."""
    fact = Fact(
        order_id=attempt.order_id,
        attempt=attempt.number,
        payment_id=payment.id,
        status=payment.status,
        currency=payment.currency,
        amount_captured=payment.amount_captured,
        amount_authorized=payment.amount_authorized,
    )
    with atomic(using=ORDERS):
        hear(fact)
    attempt.refresh_from_db()


def _change(attempt: PaymentAttempt, status: str, **facts: Any) -> None:
    """Commit what an answer means; what changed the attempt meanwhile stands."""
    PaymentAttempt.objects.filter(pk=attempt.pk, status=attempt.status).update(status=status, **facts)
    attempt.refresh_from_db()


def _why_not(order: Order, attempt: PaymentAttempt) -> Problem:
    """What payments has said for good, in its own word where buyers should hear that."""
    spoken = SPOKEN.get(attempt.last_failure.rpartition(" ")[2])
    if spoken:
        return spoken()
    return OrderNotPayable(f"This payment is not possible: {attempt.last_failure}", current_status=order.status)
