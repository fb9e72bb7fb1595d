"""A payment: what is owed for one attempt of an order, and how far its provider has come with it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.payments.models.lifecycles import Lifecycle, LifecycleQuerySet
from chassis.identifiers import IdField


class PaymentQuerySet(LifecycleQuerySet):
    def of_customer(self, customer_id: str) -> Self:
        return self.filter(customer_id=customer_id)

    def hold_for_refund(self, payment_id: str, amount: int) -> bool:
        """Set `amount` aside to be refunded if that much is left: decided and done in one statement."""
        taken = F("amount_refunded") + F("amount_refund_pending") + amount
        change = {"amount_refund_pending": F("amount_refund_pending") + amount, "version": F("version") + 1}
        enough = self.filter(pk=payment_id, amount_captured__gte=taken)
        return bool(enough.update(**change, updated_at=timezone.now()))


class PaymentStatus(models.TextChoices):
    CREATED = "created"
    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Payment(Lifecycle):
    """One attempt to collect what an order costs. A decline does not end it: the same payment is tried again."""

    Status = PaymentStatus
    NEXT: ClassVar[dict[str, frozenset[str]]] = {
        Status.CREATED: frozenset(
            {Status.REQUIRES_PAYMENT_METHOD, Status.PROCESSING, Status.SUCCEEDED, Status.CANCELLED, Status.FAILED}
        ),
        Status.REQUIRES_PAYMENT_METHOD: frozenset({Status.PROCESSING, Status.SUCCEEDED, Status.CANCELLED}),
        Status.PROCESSING: frozenset({Status.REQUIRES_PAYMENT_METHOD, Status.SUCCEEDED, Status.CANCELLED}),
        Status.SUCCEEDED: frozenset(),
        Status.CANCELLED: frozenset(),
        Status.FAILED: frozenset(),
    }
    ACTIONS: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.CREATED: ("cancel",),
        Status.REQUIRES_PAYMENT_METHOD: ("confirm", "cancel"),
        Status.PROCESSING: ("cancel",),
        Status.SUCCEEDED: ("refund",),
    }

    id = IdField("pay")
    order_id = models.CharField(max_length=30)
    attempt = models.PositiveIntegerField()
    customer_id = models.CharField(max_length=30, null=True)
    provider = models.CharField(max_length=20)
    provider_reference = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=30, choices=Status.choices, default=Status.CREATED)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    amount_captured = models.BigIntegerField(default=0)
    amount_refunded = models.BigIntegerField(default=0)
    amount_refund_pending = models.BigIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    method = models.JSONField(null=True)
    last_error = models.JSONField(null=True)
    outcome_unknown = models.BooleanField(default=False)
    cancelled_at = models.DateTimeField(null=True)

    objects = PaymentQuerySet.as_manager()  # type: ignore[misc]  # what the base class has in its place is untyped

    class Meta:
        constraints = (
            models.UniqueConstraint("order_id", "attempt", name="payments_payment_attempt"),
            # What these forbid cannot happen; a bug that makes it happen ends here, before any money has moved.
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_payment_amount"),
            models.CheckConstraint(
                condition=Q(amount_captured__gte=0, amount_captured__lte=F("amount")), name="payments_payment_captured"
            ),
            models.CheckConstraint(
                condition=Q(
                    amount_refunded__gte=0,
                    amount_refund_pending__gte=0,
                    amount_captured__gte=F("amount_refunded") + F("amount_refund_pending"),
                ),
                name="payments_payment_refunded",
            ),
        )
        indexes = (
            models.Index(fields=("created_at",), name="payments_payment_created"),
            models.Index(fields=("customer_id", "created_at"), name="payments_payment_customer"),
            models.Index(fields=("due_at",), condition=Q(done_at=None), name="payments_payment_due"),
        )

    @property
    def amount_refundable(self) -> int:
        return self.amount_captured - self.amount_refunded - self.amount_refund_pending

    def become(self, status: str) -> None:
        super().become(status)
        if status == self.Status.CANCELLED:
            self.cancelled_at = timezone.now()

    def hears_late(self, *, status: str, tries: int) -> bool:
        """Whether a provider's word was overtaken: by a later try, or by an end that leaves no way to `status`."""
        return tries < self.tries or (status != self.status and status not in self.NEXT[self.status])

    def settle_refund(self, amount: int, *, is_given_back: bool) -> None:
        """Count what was set aside as refunded, or put it back."""
        self.amount_refund_pending -= amount
        self.amount_refunded += amount if is_given_back else 0
        self.change()

    def doubt(self) -> None:
        """Note that the provider may have done what it was asked, without having said so."""
        # In one statement, because no transaction is open here and somebody may just have learned the outcome.
        change = {"outcome_unknown": True, "version": F("version") + 1, "updated_at": timezone.now()}
        Payment.objects.waiting().filter(pk=self.pk, outcome_unknown=False).update(**change)
