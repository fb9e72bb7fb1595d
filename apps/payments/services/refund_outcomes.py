"""What a provider says of refunds becomes what payments knows, and what it announces: in one transaction, once."""

from django.db.transaction import atomic

from apps.payments.events import RefundEvent, RefundExternal, RefundFailed, RefundPending, RefundSucceeded
from apps.payments.models import LedgerEntry, Payment, Refund
from apps.payments.providers import RefundOutcome
from chassis.audits import record
from chassis.outbox import announce

PAYMENTS = "payments"
Status = Refund.Status

FACTS: dict[str, type[RefundEvent]] = {
    Status.PENDING: RefundPending,
    Status.SUCCEEDED: RefundSucceeded,
    Status.FAILED: RefundFailed,
    Status.CANCELLED: RefundFailed,
}


def apply_refund(*, refund_id: str, outcome: RefundOutcome) -> Refund:
    """Make the refund what its provider says it is. What is known already, or comes too late, changes nothing."""
    with atomic(using=PAYMENTS):
        # The payment before the refund: the one order in which anybody locks them.
        payment = Payment.objects.locked().get(refunds=refund_id)
        refund: Refund = Refund.objects.locked().get(pk=refund_id)
        refund.payment = payment
        if refund.status == Status.REQUESTED:
            refund.become(Status.SUBMITTED)
        if outcome.status in Refund.NEXT[refund.status]:
            _settle(refund, outcome)
            announce(_fact(refund))
    return refund


def apply_cancellation(refund: Refund) -> None:
    """Let what was not yet submitted come to nothing, inside the transaction that has locked it and its payment."""
    _settle(refund, RefundOutcome(reference="", status=str(Status.CANCELLED)))
    announce(_fact(refund))


def apply_external(*, payment_id: str, outcome: RefundOutcome) -> None:
    """Know of a refund that somebody made at the provider, from when on it is a refund like all others."""
    with atomic(using=PAYMENTS):
        payment = Payment.objects.locked().get(pk=payment_id)
        request = {"refund_request_id": f"external:{outcome.reference}", "reason": "external"}
        row = {"payment": payment, "amount": outcome.amount, "source": Refund.Source.EXTERNAL, **request}
        if Refund.objects.filter(refund_request_id=request["refund_request_id"]).exists():
            return
        refund = Refund.objects.create(status=Status.SUBMITTED, provider_reference=outcome.reference, **row)
        payment.set_aside(outcome.amount)
        _settle(refund, outcome)
        record(PAYMENTS, "refund.found", payment.id, refund=(None, {"id": refund.id, "amount": refund.amount}))
        announce(_fact(refund))


def _fact(refund: Refund) -> RefundEvent:
    is_news = refund.source == Refund.Source.EXTERNAL and refund.status == Status.SUCCEEDED
    return (RefundExternal if is_news else FACTS[refund.status]).of_refund(refund)


def _settle(refund: Refund, outcome: RefundOutcome) -> None:
    was_given_back = refund.status == Status.SUCCEEDED
    refund.become(outcome.status)
    refund.provider_reference = outcome.reference or refund.provider_reference
    refund.failure_reason, refund.outcome_unknown = outcome.failure_reason, False
    refund.change()
    if was_given_back:
        refund.payment.take_back_refund(refund.amount)
        LedgerEntry.objects.record_reversal(refund)
    elif refund.has_ended:
        is_given_back = refund.status == Status.SUCCEEDED
        refund.payment.settle_refund(refund.amount, is_given_back=is_given_back)
        if is_given_back:
            LedgerEntry.objects.record_refund(refund)
