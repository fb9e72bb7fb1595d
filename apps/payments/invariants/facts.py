"""What payments tells so that others can compare."""

from datetime import datetime

from django.db.models import QuerySet

from apps.payments.models import Payment, Refund
from chassis.identifiers import first_id
from chassis.invariants import Fact, Span


def payments(span: Span) -> list[Fact]:
    """All payments of an order, order by order."""
    rows = Payment.objects.all()
    if span.since:
        rows = rows.filter(order_id__gte=first_id("ord", span.since))
    page = span.of(rows, "order_id").values_list("order_id", flat=True).distinct()
    found: dict[str, Fact] = {key: {"key": key, "payments": []} for key in page[: span.limit]}
    for row in _with_refunds(rows.filter(order_id__in=found), span.settled_before):
        found[row["order_id"]]["payments"].append(row)
    return list(found.values())


MEMBERS = (
    "id",
    "order_id",
    "attempt",
    "status",
    "amount",
    "currency",
    "amount_authorized",
    "amount_captured",
    "amount_refunded",
)


def _with_refunds(payments: QuerySet[Payment], before: datetime) -> list[Fact]:
    rows = payments.order_by("order_id", "attempt").values(*MEMBERS, "amount_refund_pending", "updated_at")
    found = {row["id"]: {**row, "refunds": [], "is_settled": row["updated_at"] < before} for row in rows}
    refunds = Refund.objects.filter(payment__in=found).order_by("payment_id", "pk")
    for row in refunds.values("id", "payment_id", "refund_request_id", "amount", "status", "updated_at"):
        payment = found[row["payment_id"]]
        payment["is_settled"] &= row["updated_at"] < before
        payment["refunds"].append(row)
    return list(found.values())
