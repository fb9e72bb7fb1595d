"""Opening, cancelling and following payments: commit what is meant, ask the provider, commit what it says."""

import logging
from collections.abc import Callable

from django.db.transaction import atomic

from apps.payments.models import Payment
from apps.payments.problems import PaymentDeclined, PaymentMismatch, ProviderUnavailable
from apps.payments.providers import Declined, Intent, Provider, Sandbox, reach
from apps.payments.services.outcomes import apply_intent
from chassis.audits import record

PAYMENTS = "payments"
Status = Payment.Status
logger = logging.getLogger("tearline")


def create_payment(
    *, order_id: str, attempt: int, amount: int, currency: str, provider: str, customer_id: str | None = None
) -> tuple[Payment, bool]:
    """The payment of this attempt of the order, and whether it is new.

    Raises PaymentMismatch if the attempt is another payment already. A provider that does not answer is no failure: the
    payment is then `created`, and a worker opens it.
    """
    # Before anything is written: a provider that is not here must leave no payment behind.
    reach(provider)
    values = {"amount": amount, "currency": currency, "provider": provider, "customer_id": customer_id}
    with atomic(using=PAYMENTS):
        row = {**values, **Payment.held_by_request()}
        payment, is_new = Payment.objects.get_or_create(order_id=order_id, attempt=attempt, defaults=row)
        if is_new:
            record(PAYMENTS, "payment.opened", payment.id, amount=(None, amount), currency=(None, currency))
    if any(getattr(payment, name) != value for name, value in values.items()):
        raise PaymentMismatch("Take the next attempt for another amount, currency, customer or provider")
    try:
        return _opened(payment), is_new
    except ProviderUnavailable:
        return Payment.objects.get(pk=payment.pk), is_new


def cancel_payment(*, payment_id: str) -> Payment:
    """The payment as it ended: cancelled, or succeeded if whoever pays was quicker.

    Raises InvalidState if the provider cannot end it now, ProviderUnavailable if it does not answer.
    """
    payment = _opened(Payment.objects.get(pk=payment_id))
    if not payment.has_ended:
        reference, key = payment.provider_reference, f"{payment.id}:cancel:1"
        payment = _ask(payment, lambda it: it.cancel(reference, idempotency_key=key))
    if not payment.has_ended:
        raise payment.refusal("cancel")
    return payment


def sync_payment(*, payment_id: str) -> Payment:
    """The payment as its provider sees it now. Raises ProviderUnavailable if it does not say."""
    payment = Payment.objects.get(pk=payment_id)
    if not payment.provider_reference:
        return _opened(payment)
    return _ask(payment, lambda it: it.retrieve(payment.provider_reference))


def confirm_sandbox_payment(*, payment_id: str, payment_method: str) -> Payment:
    """The payment, paid. Raises PaymentDeclined (402) if the method was chosen to be, and it stays open for another."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Status.SUCCEEDED:
        payment.require("confirm")
        payment = _ask(payment, lambda _: Sandbox().confirm(payment.provider_reference, payment_method))
    if payment.status == Status.REQUIRES_PAYMENT_METHOD and payment.last_error:
        raise PaymentDeclined(payment.last_error["message"], decline_code=payment.last_error["decline_code"])
    if payment.status != Status.SUCCEEDED:
        raise payment.refusal("confirm")
    return payment


def resume_payments(worker: str) -> int:
    """Open what a request left unopened, ask after what was not heard of; returns how many were taken."""
    taken = Payment.objects.due().lease(worker)
    for payment in taken:
        try:
            sync_payment(payment_id=payment.id).look_again()
        except ProviderUnavailable:
            logger.warning("payment %s: %s does not answer", payment.id, payment.provider)
        except Exception as exc:
            logger.exception("payment %s could not be resumed", payment.id)
            payment.try_later(repr(exc))
    return len(taken)


def _opened(payment: Payment) -> Payment:
    """The payment, known to its provider."""
    if payment.status != Status.CREATED:
        return payment
    # One key, whoever asks and however often: a lost answer is asked for again, and no second intent is made.
    return _ask(payment, lambda it: it.create(payment, idempotency_key=f"{payment.id}:create:1"))


def _ask(payment: Payment, question: Callable[[Provider], Intent]) -> Payment:
    """Ask the payment's provider, and make the payment what it says."""
    try:
        intent = question(reach(payment.provider))
    except Declined as refusal:
        intent = Intent(reference="", status=str(Status.FAILED), last_error=refusal.reason)
    except ProviderUnavailable as failure:
        if failure.outcome_unknown:
            payment.doubt()
        payment.try_later(str(failure))
        raise
    return apply_intent(payment_id=payment.id, intent=intent)
