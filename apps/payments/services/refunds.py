"""Giving money back: set it aside, commit, ask the provider, commit what it says."""

import logging

from django.db.transaction import atomic

from apps.payments.models import Payment, Refund
from apps.payments.problems import ProviderUnavailable, RefundExceedsCaptured, RefundMismatch
from apps.payments.providers import Declined, RefundOutcome, reach
from apps.payments.services.outcomes import apply_refund
from chassis.audits import record

PAYMENTS = "payments"
logger = logging.getLogger("tearline")


def refund_payment(*, payment_id: str, refund_request_id: str, amount: int, reason: str) -> tuple[Refund, bool]:
    """The refund of this request, and whether it is new.

    Raises InvalidState unless the payment succeeded, RefundExceedsCaptured if less than `amount` is left of it, and
    RefundMismatch if the request is another refund already. A provider that does not answer is no failure: a worker
    goes on from there.
    """
    refund, is_new = _request(payment_id, refund_request_id, amount, reason)
    if refund.has_ended:
        return refund, is_new
    try:
        return _submit(refund), is_new
    except ProviderUnavailable:
        return Refund.objects.select_related("payment").get(pk=refund.pk), is_new


def resume_refunds(worker: str) -> int:
    """Go on with what a request left behind, and ask after what is pending; returns how many were taken."""
    taken = Refund.objects.due().lease(worker)
    for refund in taken:
        try:
            _submit(refund).look_again()
        except ProviderUnavailable:
            logger.warning("refund %s: %s does not answer", refund.id, refund.payment.provider)
        except Exception as exc:
            logger.exception("refund %s could not be resumed", refund.id)
            refund.try_later(repr(exc))
    return len(taken)


def _request(payment_id: str, refund_request_id: str, amount: int, reason: str) -> tuple[Refund, bool]:
    values = {"payment_id": payment_id, "amount": amount, "reason": reason}
    with atomic(using=PAYMENTS):
        payment = Payment.objects.locked().get(pk=payment_id)
        row = {**values, **Refund.held_by_request()}
        refund, is_new = Refund.objects.get_or_create(refund_request_id=refund_request_id, defaults=row)
        if is_new:
            _set_aside(payment, amount)
            record(PAYMENTS, "refund.requested", payment.id, refund=(None, {"id": refund.id, "amount": amount}))
    if any(getattr(refund, name) != value for name, value in values.items()):
        raise RefundMismatch("Take a new refund_request_id for another payment, amount or reason")
    return refund, is_new


def _set_aside(payment: Payment, amount: int) -> None:
    """Decided by the database in the statement that does it, so that two refunds at once cannot both take the rest."""
    payment.require("refund")
    if not Payment.objects.hold_for_refund(payment.id, amount):
        payment.refresh_from_db()
        left = payment.amount_refundable
        raise RefundExceedsCaptured(f"{left} {payment.currency} are left of it", amount_refundable=left)


def _submit(refund: Refund) -> Refund:
    """Ask the provider for the refund, and make it what the provider says. Raises ProviderUnavailable."""
    Refund.objects.submit(refund.id)
    # One key, whoever asks and however often: the money goes back once.
    payment, named = refund.payment, {"refund_id": refund.id, "idempotency_key": f"{refund.id}:create:1"}
    try:
        outcome = reach(payment.provider).refund(payment.provider_reference, refund.amount, **named)
    except Declined as refusal:
        outcome = RefundOutcome(reference="", status=str(Refund.Status.FAILED), failure_reason=refusal.reason.code)
    except ProviderUnavailable as failure:
        refund.try_later(str(failure))
        raise
    return apply_refund(refund_id=refund.id, outcome=outcome)
