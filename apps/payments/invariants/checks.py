"""What must hold of payments, refunds and the ledger, as their rows show."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Sum, When, Window
from django.db.models.functions import Coalesce, Lag

from apps.payments.models import AuditEvent, LedgerEntry, OutboxEvent, Payment, ProviderEvent, Refund, SandboxIntent
from apps.payments.models.ledger import SALES
from chassis.invariants import Violation, each

UNDER_WAY = (Refund.Status.REQUESTED, Refund.Status.SUBMITTED, Refund.Status.PENDING)
GOES_BACK = F("amount_refunded") + F("amount_refund_pending")
Direction = LedgerEntry.Direction


def _per_payment(model: type[Model], amount: Any, **which: Any) -> Any:
    """What the rows of a payment come to, 0 where there are none."""
    rows = model._default_manager.filter(payment=OuterRef("pk"), **which).values("payment").order_by()
    return Coalesce(Subquery(rows.annotate(sum=Sum(amount)).values("sum")), 0)


def refunds() -> Iterator[Violation]:
    """I8: no more was given back than came, and the counters of a payment are what its refunds say."""
    given = _per_payment(Refund, "amount", status=Refund.Status.SUCCEEDED)
    pending = _per_payment(Refund, "amount", status__in=UNDER_WAY)
    counted = Payment.objects.annotate(given=given, pending=pending)
    told = ("id", "amount_captured", "amount_refunded", "amount_refund_pending", "given", "pending")
    too_much = counted.filter(amount_captured__lt=F("given")).values(*told)
    yield from each("I8", too_much, "{amount_captured} came, {given} were given back")
    wrong = counted.exclude(amount_refunded=F("given"), amount_refund_pending=F("pending")).values(*told)
    text = "{amount_refunded} refunded, {amount_refund_pending} pending; its refunds say {given} and {pending}"
    yield from each("I8", wrong, text)


def promised(before: datetime) -> Iterator[Violation]:
    """I8: nor will be; but while one of ours is under way somebody may have given back the same outside."""
    promised = Payment.objects.filter(updated_at__lt=before, amount_captured__lt=GOES_BACK)
    rows = promised.values("id", "amount_captured", "amount_refunded", "amount_refund_pending")
    yield from each("I8", rows, "{amount_captured} came, {amount_refunded} went back and {amount_refund_pending} will")


def ledger() -> Iterator[Violation]:
    """I13: both sides are equal, of every currency and payment, and what is left of a sale is what was kept."""
    yield from each("I13", _unbalanced("currency"), "debit {debit}, credit {credit}", subject="currency")
    yield from each("I13", _unbalanced("payment_id"), "debit {debit}, credit {credit}", subject="payment_id")
    booked = _per_payment(LedgerEntry, _signed(Direction.CREDIT), account=SALES)
    payments = Payment.objects.annotate(booked=booked, kept=F("amount_captured") - F("amount_refunded"))
    rows = payments.exclude(booked=F("kept")).values("id", "booked", "kept")
    yield from each("I13", rows, "the ledger says {booked}, captured less refunded is {kept}")
    foreign = LedgerEntry.objects.exclude(currency=F("payment__currency"))
    told = foreign.values("payment_id", "currency", "payment__currency")
    yield from each("I13", told, "booked in {currency}, paid in {payment__currency}", subject="payment_id")


def _unbalanced(column: str) -> QuerySet[Any, Any]:
    sides = {side: Coalesce(Sum("amount", filter=Q(direction=side)), 0) for side in ("debit", "credit")}
    return LedgerEntry.objects.values(column).order_by().annotate(**sides).exclude(debit=F("credit"))


def _signed(side: str) -> Any:
    return Case(When(direction=side, then=F("amount")), default=-F("amount"))


def stuck(before: datetime) -> Iterator[Violation]:
    """I14: a provider was not asked, or what it did is not known, or what it told was not heeded."""
    unasked = Q(status=Payment.Status.CREATED) | Q(status=Payment.Status.AUTHORIZED, amount_to_capture__isnull=False)
    unknown = Payment.objects.waiting().filter(unasked | Q(outcome_unknown=True), updated_at__lt=before)
    told = unknown.values("id", "status", "last_failure")
    yield from each("I14", told, "{status}, and what became of it is not known: {last_failure}")
    refunds = Refund.objects.filter(status__in=("requested", "submitted"), created_at__lt=before)
    rows = refunds.values("id", "status", "created_at", "last_failure")
    yield from each("I14", rows, "{status} since {created_at}: {last_failure}")
    unheeded = Q(done_at=None) | Q(status=ProviderEvent.Status.DEAD)
    events = ProviderEvent.objects.filter(unheeded, created_at__lt=before)
    rows = events.values("id", "status", "provider", "event_id", "last_failure")
    yield from each("I14", rows, "{event_id} of {provider} is {status}: {last_failure}")


def histories() -> Iterator[Violation]:
    """I16: what was told of a payment is a life that a payment can have, and ends as the payment stands."""
    earlier = Window(Lag("type"), partition_by="stream", order_by="number")
    steps = OutboxEvent.objects.filter(type__in=BECOMES).annotate(earlier=earlier)
    rows = steps.filter(_impossible()).values("stream", "type", "earlier")
    yield from each("I16", rows, "{type} after {earlier}", subject="stream")
    facts = OutboxEvent.objects.filter(stream=OuterRef("pk"), type__in=BECOMES).order_by("-number")
    told = Payment.objects.annotate(told=Subquery(facts.values("type")[:1]))
    for fact, status in BECOMES.items():
        is_last = Q(status=status) if status in FINAL else ~Q(status__in=FINAL)
        wrong = told.filter(told=fact).exclude(is_last).values("id", "status", "told")
        yield from each("I16", wrong, "it is {status}, and the last that was told is {told}")


# The facts that change what a payment is, and what it is then. That it can be paid again is told of declines only.
BECOMES = {
    "payment.requires_action": Payment.Status.REQUIRES_ACTION,
    "payment.processing": Payment.Status.PROCESSING,
    "payment.authorized": Payment.Status.AUTHORIZED,
    "payment.succeeded": Payment.Status.SUCCEEDED,
    "payment.cancelled": Payment.Status.CANCELLED,
    "payment.failed": Payment.Status.FAILED,
}
FINAL = (Payment.Status.AUTHORIZED, *Payment.ENDS)


def _impossible() -> Q:
    """What no way leads to, after what leaves few ways."""
    illegal = Q(pk=None)
    for fact, status in BECOMES.items():
        if status in FINAL:
            then = [other for other, becomes in BECOMES.items() if becomes not in Payment.NEXT[status]]
            illegal |= Q(earlier=fact, type__in=then)
    return illegal


def acts() -> Iterator[Violation]:
    """I17: somebody has opened each payment."""
    acts = AuditEvent.objects.filter(subject=OuterRef("pk"), action="payment.opened")
    yield from each("I17", Payment.objects.filter(~Exists(acts)).values("id"), "it was opened, and nobody did it")


def unknown_charges(before: datetime) -> Iterator[Violation]:
    """I15, as far as the sandbox's books are ours: no money came of which payments knows nothing."""
    known = Payment.objects.filter(provider_reference=OuterRef("pk"))
    charged = SandboxIntent.objects.filter(~Exists(known), captured__gt=0, created_at__lt=before)
    rows = charged.values("pk", "captured", "currency", "idempotency_key")
    text = "the sandbox took {captured} {currency} for {idempotency_key}, and no payment has this reference"
    yield from each("I15", rows, text, subject="pk")
