"""Opening, capturing, cancelling payments: commit what is meant, ask the provider, commit what it says."""

import logging

from django.db.transaction import atomic

from apps.payments.events import PaymentCreated
from apps.payments.models import Payment
from apps.payments.problems import CaptureExceedsAuthorized, PaymentMismatch, ProviderUnavailable
from apps.payments.providers import Declined, Intent, reach
from apps.payments.services.outcomes import apply_intent
from apps.payments.services.questions import ask
from apps.payments.services.refunds import sync_refunds
from chassis.audits import record
from chassis.outbox import announce

PAYMENTS = "payments"
Status = Payment.Status
logger = logging.getLogger("tearline")


def create_payment(
    *,
    order_id: str,
    attempt: int,
    amount: int,
    currency: str,
    provider: str,
    customer_id: str | None = None,
    capture_method: str = Payment.CaptureMethod.AUTOMATIC,
) -> tuple[Payment, bool]:
    """The payment of this attempt of the order, and whether it is new.

    Raises PaymentMismatch if the attempt is another payment already, AmountBelowMinimum or CurrencyNotCollected if the
    provider will never collect it. A provider that does not answer is no failure: the payment is then `created`, and a
    worker opens it.
    """
    # Before anything is written: a provider that is not here, or cannot collect this, must leave no payment behind.
    reach(provider).require_payable(amount, currency)
    values = {"amount": amount, "currency": currency, "provider": provider, "customer_id": customer_id}
    values["capture_method"] = capture_method
    with atomic(using=PAYMENTS):
        row = {**values, **Payment.held_by_request()}
        payment, is_new = Payment.objects.get_or_create(order_id=order_id, attempt=attempt, defaults=row)
        if is_new:
            record(PAYMENTS, "payment.opened", payment.id, amount=(None, amount), currency=(None, currency))
            announce(PaymentCreated.of(payment))
    if any(getattr(payment, name) != value for name, value in values.items()):
        raise PaymentMismatch("Take the next attempt for another amount, currency, customer or provider")
    try:
        return _opened(payment), is_new
    except ProviderUnavailable:
        return Payment.objects.get(pk=payment.pk), is_new


def capture_payment(*, payment_id: str, amount: int | None = None) -> Payment:
    """The payment with `amount` of what is authorized taken, by default all of it; what was taken before stays so.

    Raises InvalidState unless it is authorized, CaptureExceedsAuthorized, and ProviderUnavailable: a worker then sees
    to it.
    """
    payment = _mean_to_capture(payment_id, amount)
    if payment.status != Status.SUCCEEDED:
        payment = _captured(payment)
    if payment.status != Status.SUCCEEDED or amount not in {None, payment.amount_captured}:
        raise payment.refusal("capture")
    return payment


def cancel_payment(*, payment_id: str) -> Payment:
    """The payment as it ended: cancelled, or succeeded if whoever pays was quicker.

    Raises InvalidState if the provider cannot end it now, ProviderUnavailable if it does not answer.
    """
    payment = _opened(Payment.objects.get(pk=payment_id))
    if not payment.has_ended:
        # Providers keep refusals with their keys: what was refused then may be possible as it is now.
        reference, key = payment.provider_reference, f"{payment.id}:cancel:{payment.version}"
        payment = ask(payment, lambda it: it.cancel(reference, idempotency_key=key))
    if not payment.has_ended:
        raise payment.refusal("cancel")
    return payment


def sync_payment(*, payment_id: str) -> Payment:
    """The payment and its refunds as its provider sees them now. Raises ProviderUnavailable if it does not say."""
    payment = Payment.objects.get(pk=payment_id)
    if not payment.provider_reference:
        return _opened(payment)
    payment = ask(payment, lambda it: it.retrieve(payment.provider_reference))
    if payment.amount_captured:
        sync_refunds(payment)
        payment.refresh_from_db()
    return payment


def resume_payments(worker: str) -> int:
    """Finish what a request left undone, ask after what was not heard of; returns how many were taken."""
    taken = Payment.objects.due().lease(worker)
    for payment in taken:
        try:
            _resume(payment).look_again()
        except ProviderUnavailable:
            logger.warning("payment %s: %s does not answer", payment.id, payment.provider)
        except Exception as exc:
            logger.exception("payment %s could not be resumed", payment.id)
            payment.try_later(repr(exc))
    return len(taken)


def _resume(payment: Payment) -> Payment:
    return _captured(payment) if payment.is_capture_meant else sync_payment(payment_id=payment.id)


def _opened(payment: Payment) -> Payment:
    """The payment, known to its provider."""
    if payment.status != Status.CREATED:
        return payment
    try:
        return _found(payment) if payment.key_may_be_forgotten else _created(payment)
    except Declined as refusal:
        intent = Intent(reference="", status=str(Status.FAILED), last_error=refusal.reason)
        return apply_intent(payment_id=payment.id, intent=intent)


def _created(payment: Payment) -> Payment:
    # One key, whoever asks and however often: a lost answer is asked for again, and no second intent is made.
    return ask(payment, lambda it: it.create(payment, idempotency_key=payment.create_key))


def _found(payment: Payment) -> Payment:
    """What the provider has of it. Only where that is nothing is it made anew, with another key."""
    missing = Intent(reference="", status=str(payment.status))
    found = ask(payment, lambda it: it.find(payment) or missing)
    if found.provider_reference:
        return found
    payment.take_new_key()
    return _created(payment)


def _mean_to_capture(payment_id: str, amount: int | None) -> Payment:
    """The payment, with what is to be captured of it committed; unchanged if that was captured already."""
    with atomic(using=PAYMENTS):
        payment: Payment = Payment.objects.locked().get(pk=payment_id)
        if payment.status == Status.SUCCEEDED:
            return payment
        payment.require("capture")
        wanted = payment.amount_authorized if amount is None else amount
        if wanted > payment.amount_authorized:
            most = payment.amount_authorized
            raise CaptureExceedsAuthorized(f"{most} {payment.currency} are authorized", amount_authorized=most)
        if payment.amount_to_capture not in {None, wanted}:
            raise payment.refusal("another capture")
        payment.mean_to_capture(wanted)
        record(PAYMENTS, "payment.capture_requested", payment.id, amount=(None, wanted))
    return payment


def _captured(payment: Payment) -> Payment:
    """The payment after its provider was asked to capture what is meant to be; as it stands if that is refused."""
    reference, amount = payment.provider_reference, payment.amount_to_capture
    key = f"{payment.id}:capture:{amount}"
    try:
        return ask(payment, lambda it: it.capture(reference, amount or 0, idempotency_key=key))
    except Declined:
        Payment.objects.filter(pk=payment.pk).update(amount_to_capture=None)
        return sync_payment(payment_id=payment.id)
