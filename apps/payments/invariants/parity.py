"""Whether providers say of payments and refunds what payments does (I15), asked while no transaction is open."""

from collections.abc import Iterator

from apps.payments.models import Payment, Refund
from apps.payments.providers import RefundOutcome, reach
from chassis.invariants import Fact, Span

Status = Refund.Status
NOT_GIVEN = (Status.FAILED, Status.CANCELLED)
UNDER_WAY = (Status.REQUESTED, Status.SUBMITTED, Status.PENDING)


def parity(span: Span) -> list[Fact]:
    """Each payment that its provider knows, and what differs there: two questions for each.

    Raises ProviderUnavailable (503).
    """
    known = Payment.objects.exclude(provider_reference="").filter(updated_at__lt=span.settled_before)
    if span.since:
        known = known.filter(created_at__gte=span.since)
    page = span.of(known, "pk").prefetch_related("refunds")[: span.limit]
    return [{"key": payment.id, "differences": [*_differences(payment)]} for payment in page]


def _differences(payment: Payment) -> Iterator[str]:
    provider = reach(payment.provider)
    intent = provider.retrieve(payment.provider_reference)
    for name in ("status", "amount_captured"):
        ours, theirs = getattr(payment, name), getattr(intent, name)
        if ours != theirs:
            yield f"{name} is {ours}, {payment.provider} says {theirs}"
    yield from _of_refunds(payment, provider.refunds(payment.provider_reference))


def _of_refunds(payment: Payment, outcomes: list[RefundOutcome]) -> Iterator[str]:
    ours = {refund.id: refund for refund in payment.refunds.all()}
    by_reference = {refund.provider_reference: refund.id for refund in ours.values()}
    for outcome in outcomes:
        refund = ours.pop(outcome.refund_id or by_reference.get(outcome.reference, ""), None)
        if refund:
            yield from _of_refund(refund, outcome)
        elif outcome.status not in NOT_GIVEN:
            yield f"{outcome.reference} gives {outcome.amount} back, and is none of ours"
    for refund in ours.values():
        if refund.status in (Status.PENDING, Status.SUCCEEDED):
            yield f"{refund.id} is {refund.status}, {payment.provider} does not have it"


def _of_refund(refund: Refund, outcome: RefundOutcome) -> Iterator[str]:
    if refund.amount != outcome.amount:
        yield f"{refund.id} gives {refund.amount} back, {outcome.reference} {outcome.amount}"
    if outcome.status not in (UNDER_WAY if refund.status in UNDER_WAY else (refund.status,)):
        yield f"{refund.id} is {refund.status}, {outcome.reference} is {outcome.status}"
