"""What a provider says of a payment becomes what payments knows, and what it announces: in one transaction, once."""

from dataclasses import asdict
from typing import Any

from django.db.transaction import atomic

from apps.payments.events import (
    PaymentAuthorized,
    PaymentCancelled,
    PaymentDeclined,
    PaymentEvent,
    PaymentFailed,
    PaymentProcessing,
    PaymentRequiresAction,
    PaymentSucceeded,
)
from apps.payments.models import LedgerEntry, Payment
from apps.payments.providers import Intent
from chassis.audits import record
from chassis.outbox import announce

PAYMENTS = "payments"
Status = Payment.Status

FACTS: dict[str, type[PaymentEvent]] = {
    Status.REQUIRES_ACTION: PaymentRequiresAction,
    Status.PROCESSING: PaymentProcessing,
    Status.AUTHORIZED: PaymentAuthorized,
    Status.SUCCEEDED: PaymentSucceeded,
    Status.CANCELLED: PaymentCancelled,
    Status.FAILED: PaymentFailed,
}
TRIED = {Status.REQUIRES_ACTION, Status.PROCESSING}


OF_THE_PAYER = {"method", "last_error", "next_action", "sealed_client_secret"}


def apply_intent(*, payment_id: str, intent: Intent) -> Payment:
    """Make the payment what its provider says it is. What is known already, or comes too late, changes nothing."""
    with atomic(using=PAYMENTS):
        payment: Payment = Payment.objects.locked().get(pk=payment_id)
        if payment.hears_late(status=intent.status, tries=intent.tries):
            return payment
        fact, before, captured = _fact(payment, intent), payment.status, payment.amount_captured
        if _learn(payment, intent):
            payment.change()
        if payment.amount_captured > captured:
            LedgerEntry.objects.record_capture(payment, payment.amount_captured - captured)
        if fact:
            announce(fact.of(payment))
        if fact is PaymentCancelled:
            record(PAYMENTS, "payment.cancelled", payment.id, status=(before, payment.status))
    return payment


def _fact(payment: Payment, intent: Intent) -> type[PaymentEvent] | None:
    """The one thing that is new, if any."""
    if intent.status != payment.status and intent.status in FACTS:
        return FACTS[intent.status]
    was_tried = intent.tries > payment.tries or payment.status in TRIED
    is_declined = intent.status == Status.REQUIRES_PAYMENT_METHOD and was_tried and intent.last_error
    return PaymentDeclined if is_declined else None


def _learn(payment: Payment, intent: Intent) -> bool:
    """Take over what the intent says; returns whether anything is different now."""
    said = {**_said_by(intent), "sealed_client_secret": payment.seal_again(intent.client_secret)}
    if payment.is_payer_erased:
        # The provider still knows with what they paid; here that is forgotten.
        said = {name: value for name, value in said.items() if name not in OF_THE_PAYER}
    is_new = any(getattr(payment, name) != value for name, value in said.items())
    if intent.status != payment.status:
        payment.become(intent.status)
    for name, value in said.items():
        setattr(payment, name, value)
    return is_new


def _said_by(intent: Intent) -> dict[str, Any]:
    return {
        "provider_reference": intent.reference,
        "status": intent.status,
        "amount_authorized": intent.amount_authorized,
        "amount_captured": intent.amount_captured,
        "tries": intent.tries,
        "method": asdict(intent.method) if intent.method else None,
        "last_error": asdict(intent.last_error) if intent.last_error else None,
        "next_action": dict(intent.next_action) if intent.next_action else None,
        "outcome_unknown": False,
    }
