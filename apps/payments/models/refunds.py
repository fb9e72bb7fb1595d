"""A refund: money of a payment on its way back."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.payments.models.lifecycles import Lifecycle, LifecycleQuerySet
from apps.payments.models.payments import Payment
from chassis.identifiers import IdField


class RefundQuerySet(LifecycleQuerySet):
    def of(self, payments: QuerySet[Payment]) -> Self:
        """The refunds of `payments`, each with its payment."""
        return self.filter(payment__in=payments).select_related("payment")

    def submit(self, refund_id: str) -> bool:
        """Note that the provider is about to be asked; returns whether nobody has asked before."""
        requested = self.filter(pk=refund_id, status=Refund.Status.REQUESTED)
        change = {"version": F("version") + 1, "updated_at": timezone.now()}
        return bool(requested.update(status=Refund.Status.SUBMITTED, **change))

    def take_back(self, refund_id: str) -> None:
        """Note that the provider was not reached after all, and so nobody has asked."""
        submitted = self.filter(pk=refund_id, status=Refund.Status.SUBMITTED)
        submitted.update(status=Refund.Status.REQUESTED, version=F("version") + 1, updated_at=timezone.now())


class RefundStatus(models.TextChoices):
    REQUESTED = "requested"
    SUBMITTED = "submitted"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RefundSource(models.TextChoices):
    REQUESTED = "requested"
    EXTERNAL = "external"


class Refund(Lifecycle):
    """Money to be given back. Its amount is set aside on the payment from the first moment until it has ended.

    One whose source is external was made at the provider, by somebody else; nothing was set aside for it.
    """

    Status = RefundStatus
    Source = RefundSource
    NEXT: ClassVar[dict[str, frozenset[str]]] = {
        Status.REQUESTED: frozenset({Status.SUBMITTED, Status.CANCELLED}),
        Status.SUBMITTED: frozenset(
            {Status.REQUESTED, Status.PENDING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}
        ),
        Status.PENDING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}),
        # Days later the payer's bank may send it back.
        Status.SUCCEEDED: frozenset({Status.FAILED}),
        Status.FAILED: frozenset(),
        Status.CANCELLED: frozenset(),
    }
    ENDS: ClassVar[frozenset[str]] = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})
    ACTIONS: ClassVar[dict[str, tuple[str, ...]]] = {Status.REQUESTED: ("cancel",)}

    id = IdField("ref")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    refund_request_id = models.CharField(max_length=64, unique=True)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.REQUESTED)
    provider_reference = models.CharField(max_length=100, blank=True)
    source = models.CharField(
        max_length=10, choices=RefundSource.choices, default=Source.REQUESTED, db_default=Source.REQUESTED
    )
    failure_reason = models.CharField(max_length=100, null=True)

    objects = RefundQuerySet.as_manager()  # type: ignore[misc]  # what the base class has in its place is untyped

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(amount__gt=0), name="payments_refund_amount"),)
        indexes = (
            models.Index(fields=("created_at",), name="payments_refund_created"),
            models.Index(fields=("due_at",), condition=Q(done_at=None), name="payments_refund_due"),
        )

    @property
    def order_id(self) -> str:
        return self.payment.order_id

    @property
    def currency(self) -> str:
        return self.payment.currency
