"""What must hold of payments, refunds and the ledger, and what payments tells so that others can compare."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from apps.payments.models import AuditEvent, LedgerEntry, Payment, Refund, SandboxIntent
from apps.payments.models.ledger import SALES
from chassis.identifiers import first_id
from chassis.invariants import Fact, Invariants, Span, Violation, each

NOT_GIVEN = (Refund.Status.FAILED, Refund.Status.CANCELLED)
UNDER_WAY = (Refund.Status.REQUESTED, Refund.Status.SUBMITTED, Refund.Status.PENDING)
Direction = LedgerEntry.Direction


def _per_payment(model: type[Model], amount: Any, **which: Any) -> Any:
    """What the rows of a payment come to, 0 where there are none."""
    rows = model._default_manager.filter(payment=OuterRef("pk"), **which).values("payment").order_by()
    return Coalesce(Subquery(rows.annotate(sum=Sum(amount)).values("sum")), 0)


def _refunds() -> Iterator[Violation]:
    """I8: no more is given back than came, and the counters of a payment are what its refunds say."""
    given = _per_payment(Refund, "amount", status=Refund.Status.SUCCEEDED)
    pending = _per_payment(Refund, "amount", status__in=UNDER_WAY)
    counted = Payment.objects.annotate(given=given, pending=pending)
    told = ("id", "amount_captured", "amount_refunded", "amount_refund_pending", "given", "pending")
    too_much = counted.filter(amount_captured__lt=F("given") + F("pending")).values(*told)
    yield from each("I8", too_much, "{amount_captured} came, {given} were given back and {pending} will be")
    wrong = counted.exclude(amount_refunded=F("given"), amount_refund_pending=F("pending")).values(*told)
    text = "{amount_refunded} refunded, {amount_refund_pending} pending; its refunds say {given} and {pending}"
    yield from each("I8", wrong, text)


def _ledger() -> Iterator[Violation]:
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


def _stuck(before: datetime) -> Iterator[Violation]:
    """I14: its provider was not asked, or what it did is not known."""
    unasked = Q(status=Payment.Status.CREATED, created_at__lt=before)
    unknown = Q(outcome_unknown=True, updated_at__lt=before)
    payments = Payment.objects.waiting().filter(unasked | unknown).values("id", "status", "last_failure")
    yield from each("I14", payments, "{status}, and what became of it is not known: {last_failure}")
    refunds = Refund.objects.filter(status__in=("requested", "submitted"), created_at__lt=before)
    rows = refunds.values("id", "status", "created_at", "last_failure")
    yield from each("I14", rows, "{status} since {created_at}: {last_failure}")


def _acts() -> Iterator[Violation]:
    """I17: somebody has opened each payment."""
    acts = AuditEvent.objects.filter(subject=OuterRef("pk"), action="payment.opened")
    yield from each("I17", Payment.objects.filter(~Exists(acts)).values("id"), "it was opened, and nobody did it")


def _unknown_charges(before: datetime) -> Iterator[Violation]:
    """I15, as far as the sandbox's books are ours: no money came of which payments knows nothing."""
    known = Payment.objects.filter(provider_reference=OuterRef("pk"))
    charged = SandboxIntent.objects.filter(~Exists(known), captured__gt=0, created_at__lt=before)
    rows = charged.values("pk", "captured", "currency", "idempotency_key")
    text = "the sandbox took {captured} {currency} for {idempotency_key}, and no payment has this reference"
    yield from each("I15", rows, text, subject="pk")


def _payments(span: Span) -> list[Fact]:
    """All payments of an order, order by order."""
    payments = Payment.objects.all()
    if span.since:
        payments = payments.filter(order_id__gte=first_id("ord", span.since))
    page = span.of(payments, "order_id").values_list("order_id", flat=True).distinct()
    found: dict[str, Fact] = {key: {"key": key, "payments": []} for key in page[: span.limit]}
    for row in _with_refunds(payments.filter(order_id__in=found), span.settled_before):
        found[row["order_id"]]["payments"].append(row)
    return list(found.values())


MEMBERS = ("id", "order_id", "attempt", "status", "amount", "currency", "amount_captured", "amount_refunded")


def _with_refunds(payments: QuerySet[Payment], before: datetime) -> list[Fact]:
    rows = payments.order_by("order_id", "attempt").values(*MEMBERS, "amount_refund_pending", "updated_at")
    found = {row["id"]: {**row, "refunds": [], "is_settled": row["updated_at"] < before} for row in rows}
    refunds = Refund.objects.filter(payment__in=found).order_by("payment_id", "pk")
    for row in refunds.values("id", "payment_id", "refund_request_id", "amount", "status", "updated_at"):
        payment = found[row["payment_id"]]
        payment["is_settled"] &= row["updated_at"] < before
        payment["refunds"].append(row)
    return list(found.values())


INVARIANTS = Invariants((_refunds, _ledger, _acts), (_stuck, _unknown_charges), {"payments": _payments})
