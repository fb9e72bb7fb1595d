"""What a provider says becomes what payments knows, and what it announces: in one transaction, once."""

from dataclasses import asdict
from typing import Any

from django.db.transaction import atomic

from apps.payments.events import (
    PaymentCancelled,
    PaymentDeclined,
    PaymentEvent,
    PaymentFailed,
    PaymentSucceeded,
    RefundEvent,
    RefundFailed,
    RefundPending,
    RefundSucceeded,
)
from apps.payments.models import LedgerEntry, Payment, Refund
from apps.payments.providers import Intent, RefundOutcome
from chassis.audits import record
from chassis.outbox import announce

PAYMENTS = "payments"
Status = Payment.Status

PAYMENT_FACTS: dict[str, type[PaymentEvent]] = {
    Status.SUCCEEDED: PaymentSucceeded,
    Status.CANCELLED: PaymentCancelled,
    Status.FAILED: PaymentFailed,
}
REFUND_FACTS: dict[str, type[RefundEvent]] = {
    Refund.Status.PENDING: RefundPending,
    Refund.Status.SUCCEEDED: RefundSucceeded,
    Refund.Status.FAILED: RefundFailed,
    Refund.Status.CANCELLED: RefundFailed,
}


def apply_intent(*, payment_id: str, intent: Intent) -> Payment:
    """Make the payment what its provider says it is. What is known already, or comes too late, changes nothing."""
    with atomic(using=PAYMENTS):
        payment: Payment = Payment.objects.locked().get(pk=payment_id)
        if payment.hears_late(status=intent.status, tries=intent.tries):
            return payment
        fact, before = _fact(payment, intent), payment.status
        if _learn(payment, intent):
            payment.change()
        if fact is PaymentSucceeded:
            LedgerEntry.objects.record_capture(payment)
        if fact:
            announce(fact.of(payment))
        if fact is PaymentCancelled:
            record(PAYMENTS, "payment.cancelled", payment.id, status=(before, payment.status))
    return payment


def apply_refund(*, refund_id: str, outcome: RefundOutcome) -> Refund:
    """Make the refund what its provider says it is. What is known already, or comes too late, changes nothing."""
    with atomic(using=PAYMENTS):
        # The payment before the refund: the one order in which anybody locks them.
        payment = Payment.objects.locked().get(refunds=refund_id)
        refund: Refund = Refund.objects.locked().get(pk=refund_id)
        refund.payment = payment
        if outcome.status in Refund.NEXT[refund.status]:
            _settle(refund, outcome)
            announce(REFUND_FACTS[outcome.status].of_refund(refund))
    return refund


def _fact(payment: Payment, intent: Intent) -> type[PaymentEvent] | None:
    """The one thing that is new, if any."""
    if intent.status != payment.status and intent.status in PAYMENT_FACTS:
        return PAYMENT_FACTS[intent.status]
    is_declined = intent.status == Status.REQUIRES_PAYMENT_METHOD and intent.tries > payment.tries
    return PaymentDeclined if is_declined else None


def _learn(payment: Payment, intent: Intent) -> bool:
    """Take over what the intent says; returns whether anything is different now."""
    known = {name: getattr(payment, name) for name in _said_by(intent)}
    if intent.status != payment.status:
        payment.become(intent.status)
    for name, value in _said_by(intent).items():
        setattr(payment, name, value)
    return known != _said_by(intent)


def _said_by(intent: Intent) -> dict[str, Any]:
    return {
        "provider_reference": intent.reference,
        "status": intent.status,
        "amount_captured": intent.amount_captured,
        "tries": intent.tries,
        "method": asdict(intent.method) if intent.method else None,
        "last_error": asdict(intent.last_error) if intent.last_error else None,
        "outcome_unknown": False,
    }


def _settle(refund: Refund, outcome: RefundOutcome) -> None:
    refund.become(outcome.status)
    refund.provider_reference, refund.failure_reason = outcome.reference, outcome.failure_reason
    refund.change()
    if refund.has_ended:
        is_given_back = refund.status == Refund.Status.SUCCEEDED
        refund.payment.settle_refund(refund.amount, is_given_back=is_given_back)
        if is_given_back:
            LedgerEntry.objects.record_refund(refund)
