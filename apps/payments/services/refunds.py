"""Giving money back: set it aside, commit, ask the provider, commit what it says."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q
from django.db.transaction import atomic

from apps.payments.models import Payment, Refund
from apps.payments.problems import ProviderUnavailable, RefundExceedsCaptured, RefundMismatch
from apps.payments.providers import Declined, RefundOutcome, reach
from apps.payments.services.refund_outcomes import apply_cancellation, apply_external, apply_refund
from chassis.audits import record

PAYMENTS = "payments"
Status = Refund.Status
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
        return _resume(refund), is_new
    except ProviderUnavailable:
        return Refund.objects.select_related("payment").get(pk=refund.pk), is_new


def cancel_refund(*, refund_id: str) -> Refund:
    """The refund, cancelled. Raises InvalidState once the provider may have been asked for it."""
    with atomic(using=PAYMENTS):
        payment = Payment.objects.locked().get(refunds=refund_id)
        refund: Refund = Refund.objects.locked().get(pk=refund_id)
        refund.payment = payment
        if refund.status != Status.CANCELLED:
            refund.require("cancel")
            apply_cancellation(refund)
            record(PAYMENTS, "refund.cancelled", payment.id, refund=({"id": refund.id}, None))
    return refund


def sync_refunds(payment: Payment) -> None:
    """Make all refunds of the payment what its provider says, also those that were made there by others."""
    for outcome in reach(payment.provider).refunds(payment.provider_reference):
        ours = Q(pk=outcome.refund_id) | Q(provider_reference=outcome.reference)
        known = Refund.objects.filter(ours, payment=payment).first()
        if known:
            apply_refund(refund_id=known.id, outcome=outcome)
        elif outcome.status not in {Status.FAILED, Status.CANCELLED}:
            apply_external(payment_id=payment.id, outcome=outcome)


def resume_refunds(worker: str) -> int:
    """Go on with what a request left behind, and ask after what is pending; returns how many were taken."""
    taken = Refund.objects.due().lease(worker)
    for refund in taken:
        try:
            _resume(refund).look_again()
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


def _resume(refund: Refund) -> Refund:
    """Ask the provider for the refund, or after it where it may have it. Raises ProviderUnavailable."""
    if refund.status != Status.PENDING and not refund.key_may_be_forgotten:
        return _submit(refund)
    with _postponed(refund):
        sync_refunds(refund.payment)
    refund.refresh_from_db()
    if refund.has_ended or refund.status == Status.PENDING:
        return refund
    # The provider was seen not to have it; under a key that it has forgotten it would make it again.
    refund.take_new_key()
    return _submit(refund)


def _submit(refund: Refund) -> Refund:
    """Ask the provider for the refund, and make it what the provider says. Raises ProviderUnavailable."""
    is_first = Refund.objects.submit(refund.id)
    refund.refresh_from_db(fields=["status", "version"])
    if refund.status != Status.SUBMITTED:
        return refund
    # One key, whoever asks and however often: the money goes back once.
    payment, named = refund.payment, {"refund_id": refund.id, "idempotency_key": refund.create_key}
    try:
        with _postponed(refund, is_first=is_first):
            outcome = reach(payment.provider).refund(payment.provider_reference, refund.amount, **named)
    except Declined as refusal:
        outcome = RefundOutcome(reference="", status=str(Status.FAILED), failure_reason=refusal.reason.code)
    return apply_refund(refund_id=refund.id, outcome=outcome)


@contextmanager
def _postponed(refund: Refund, *, is_first: bool = False) -> Iterator[None]:
    """Have a worker ask again if the provider does not answer; what it cannot have heard of may still be cancelled."""
    try:
        yield
    except ProviderUnavailable as failure:
        if failure.outcome_unknown:
            refund.doubt()
        elif is_first:
            Refund.objects.take_back(refund.id)
        refund.try_later(str(failure))
        raise
