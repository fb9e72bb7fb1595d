"""What happens in the sandbox by itself, by a clock that can be moved."""

from datetime import timedelta

from django.db.models import F
from django.db.transaction import atomic

from apps.payments.models import SandboxChange, SandboxIntent, SandboxRefund
from apps.payments.providers.sandbox.books import Kind, Status, become, give_back_outside, locked, succeed
from apps.payments.providers.sandbox.webhooks import tell

PAYMENTS = "payments"


def bring_nearer(seconds: int) -> int:
    """Move the sandbox's clock on: everything that will happen happens so much sooner. Returns how much is due now.

    Counted before anybody can see it: a worker may let it happen before whoever moved the clock does.
    """
    with atomic(using=PAYMENTS):
        SandboxChange.objects.waiting().update(due_at=F("due_at") - timedelta(seconds=seconds))
        return SandboxChange.objects.due().count()


def settle(worker: str) -> int:
    """Let happen what is due; returns how much that was."""
    taken = SandboxChange.objects.due().lease(worker)
    for change in taken:
        with atomic(using=PAYMENTS):
            _happen(change, locked(change.intent_id))
            change.finish()
    return len(taken)


def _happen(change: SandboxChange, books: SandboxIntent) -> None:
    """What no longer fits how things stand does not happen."""
    if change.kind in {Kind.SETTLE_REFUND, Kind.FAIL_REFUND}:
        refund = SandboxRefund.objects.get(pk=change.refund_id)
        _end_refund(refund, books, is_paid=change.kind == Kind.SETTLE_REFUND)
    elif change.kind == Kind.REFUND_OUTSIDE and books.captured > books.refunded:
        give_back_outside(books, books.captured - books.refunded)
    else:
        _move_on(change.kind, books)


def _move_on(kind: str, books: SandboxIntent) -> None:
    before = books.status
    if kind == Kind.LAPSE and before == Status.AUTHORIZED:
        become(books, Status.CANCELLED)
    elif kind == Kind.DECLINE and before == Status.PROCESSING:
        become(books, Status.REQUIRES_PAYMENT_METHOD)
    elif kind == Kind.SUCCEED and before in {Status.PROCESSING, Status.CANCELLED}:
        succeed(books)
    if books.status != before:
        tell(books, f"intent.{books.status}")


def _end_refund(refund: SandboxRefund, books: SandboxIntent, *, is_paid: bool) -> None:
    refund.status = SandboxRefund.Status.SUCCEEDED if is_paid else SandboxRefund.Status.FAILED
    if not is_paid:
        refund.failure_reason = "expired_or_canceled_card"
        books.refunded -= refund.amount
        books.save()
    refund.save()
    tell(books, f"refund.{refund.status}")
