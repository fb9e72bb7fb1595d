"""The ledger: double entry, and written once."""

from typing import Any, Never

from django.db import models
from django.db.models import Q

from apps.payments.models.payments import Payment
from apps.payments.models.refunds import Refund
from chassis.identifiers import IdField

SALES = "sales"


class LedgerIsAppendOnly(RuntimeError):
    """A mistake in the ledger is corrected by a further entry; this is a bug in the caller."""


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    def record_capture(self, payment: Payment, amount: int) -> None:
        """The provider holds so much more money for us, earned by a sale."""
        total, reference = payment.amount_captured, payment.provider_reference
        named = reference if amount == total else f"{reference}:{total}"
        self._record(payment, None, kind=LedgerEntry.Kind.CAPTURE, amount=amount, reference=named)

    def record_refund(self, refund: Refund) -> None:
        """The provider has given money back, and the sale is worth that much less."""
        self._record_refund(refund, LedgerEntry.Kind.REFUND)

    def record_reversal(self, refund: Refund) -> None:
        """What was given back has come back to us: the refund is undone."""
        self._record_refund(refund, LedgerEntry.Kind.REFUND_REVERSAL)

    def _record_refund(self, refund: Refund, kind: str) -> None:
        named = refund.provider_reference or refund.id
        self._record(refund.payment, refund, kind=kind, amount=refund.amount, reference=named)

    def update(self, **changes: Any) -> Never:
        raise LedgerIsAppendOnly

    def delete(self) -> Never:
        raise LedgerIsAppendOnly

    def _record(self, payment: Payment, refund: Refund | None, *, kind: str, amount: int, reference: str) -> None:
        """Both sides at once; the same fact a second time is an IntegrityError."""
        Direction = LedgerEntry.Direction  # noqa: N806  a class by its own name
        sides = (
            (Direction.DEBIT, Direction.CREDIT)
            if kind != LedgerEntry.Kind.REFUND
            else (Direction.CREDIT, Direction.DEBIT)
        )
        same = {"payment": payment, "refund": refund, "kind": kind, "reference": reference}
        money = {"amount": amount, "currency": payment.currency}
        for account, direction in zip((f"provider:{payment.provider}", SALES), sides, strict=True):
            self.create(account=account, direction=direction, **same, **money)


class LedgerEntry(models.Model):
    """One side of a fact about money. It never changes, and never goes away."""

    class Direction(models.TextChoices):
        DEBIT = "debit"
        CREDIT = "credit"

    class Kind(models.TextChoices):
        CAPTURE = "capture"
        REFUND = "refund"
        REFUND_REVERSAL = "refund_reversal"

    id = IdField("led")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="ledger")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="ledger")
    account = models.CharField(max_length=40)
    direction = models.CharField(max_length=6, choices=Direction.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    reference = models.CharField(max_length=130)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint("payment", "kind", "account", "reference", name="payments_ledger_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_ledger_amount"),
        )

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise LedgerIsAppendOnly
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> Never:
        raise LedgerIsAppendOnly
