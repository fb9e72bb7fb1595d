"""A payment: what is owed for one attempt of an order, and how far its provider has come with it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.payments.models.lifecycles import Lifecycle, LifecycleQuerySet
from chassis.identifiers import IdField
from chassis.signing import seal, unseal


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
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    FAILED = "failed"


class CaptureMethod(models.TextChoices):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Payment(Lifecycle):
    """One attempt to collect what an order costs. A decline does not end it: the same payment is tried again."""

    Status = PaymentStatus
    CaptureMethod = CaptureMethod
    NEXT: ClassVar[dict[str, frozenset[str]]] = {
        Status.CREATED: frozenset({*Status} - {Status.CREATED}),
        Status.REQUIRES_PAYMENT_METHOD: frozenset(
            {Status.REQUIRES_ACTION, Status.PROCESSING, Status.AUTHORIZED, Status.SUCCEEDED, Status.CANCELLED}
        ),
        Status.REQUIRES_ACTION: frozenset(
            {Status.REQUIRES_PAYMENT_METHOD, Status.PROCESSING, Status.AUTHORIZED, Status.SUCCEEDED, Status.CANCELLED}
        ),
        Status.PROCESSING: frozenset(
            {Status.REQUIRES_PAYMENT_METHOD, Status.AUTHORIZED, Status.SUCCEEDED, Status.CANCELLED}
        ),
        Status.AUTHORIZED: frozenset({Status.SUCCEEDED, Status.CANCELLED}),
        Status.SUCCEEDED: frozenset(),
        # Money that arrives all the same is never dropped.
        Status.CANCELLED: frozenset({Status.SUCCEEDED}),
        Status.FAILED: frozenset(),
    }
    ENDS: ClassVar[frozenset[str]] = frozenset({Status.SUCCEEDED, Status.CANCELLED, Status.FAILED})
    ACTIONS: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.CREATED: ("cancel",),
        Status.REQUIRES_PAYMENT_METHOD: ("confirm", "cancel"),
        Status.REQUIRES_ACTION: ("complete", "cancel"),
        Status.PROCESSING: ("cancel",),
        Status.AUTHORIZED: ("capture", "cancel"),
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
    capture_method = models.CharField(
        max_length=10,
        choices=CaptureMethod.choices,
        default=CaptureMethod.AUTOMATIC,
        db_default=CaptureMethod.AUTOMATIC,
    )
    amount_authorized = models.BigIntegerField(default=0, db_default=0)
    amount_to_capture = models.BigIntegerField(null=True)
    amount_captured = models.BigIntegerField(default=0)
    amount_refunded = models.BigIntegerField(default=0)
    amount_refund_pending = models.BigIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    method = models.JSONField(null=True)
    last_error = models.JSONField(null=True)
    next_action = models.JSONField(null=True)
    sealed_client_secret = models.BinaryField(default=b"")
    cancelled_at = models.DateTimeField(null=True)
    is_payer_erased = models.BooleanField(default=False, db_default=False)

    objects = PaymentQuerySet.as_manager()  # type: ignore[misc]  # what the base class has in its place is untyped

    class Meta:
        constraints = (
            models.UniqueConstraint("order_id", "attempt", name="payments_payment_attempt"),
            # What these forbid cannot happen; a bug that makes it happen ends here, before any money has moved.
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_payment_amount"),
            # More may come in than was asked for, and what is given back outside may be what we had set aside.
            models.CheckConstraint(condition=Q(amount_captured__gte=0), name="payments_payment_captured"),
            models.CheckConstraint(
                condition=Q(
                    amount_refunded__gte=0, amount_refund_pending__gte=0, amount_captured__gte=F("amount_refunded")
                ),
                name="payments_payment_refunded",
            ),
            models.CheckConstraint(
                condition=Q(amount_to_capture=None) | Q(amount_to_capture__gt=0), name="payments_payment_to_capture"
            ),
        )
        indexes = (
            models.Index(fields=("created_at",), name="payments_payment_created"),
            models.Index(fields=("provider_reference",), name="payments_payment_reference"),
            models.Index(fields=("customer_id", "created_at"), name="payments_payment_customer"),
            models.Index(fields=("due_at",), condition=Q(done_at=None), name="payments_payment_due"),
        )

    @property
    def amount_refundable(self) -> int:
        return max(0, self.amount_captured - self.amount_refunded - self.amount_refund_pending)

    @property
    def is_capture_meant(self) -> bool:
        """Whether the provider is to be asked, perhaps again, to take what is authorized."""
        return self.status == self.Status.AUTHORIZED and self.amount_to_capture is not None

    def unsealed_client_secret(self) -> str:
        """What the payer's browser pays with at the provider; empty where it is good for nothing."""
        return str(unseal("payments", bytes(self.sealed_client_secret))) if self.sealed_client_secret else ""

    def seal_again(self, secret: str) -> bytes:
        """The payer's secret as it is kept; that which is kept already if it is the same."""
        if secret == self.unsealed_client_secret():
            return bytes(self.sealed_client_secret)
        return seal("payments", secret) if secret else b""

    def become(self, status: str) -> None:
        super().become(status)
        if status == self.Status.CANCELLED:
            self.cancelled_at = timezone.now()

    def hears_late(self, *, status: str, tries: int) -> bool:
        """Whether a provider's word was overtaken: by a later try, or by what leaves no way to `status`."""
        return tries < self.tries or (status != self.status and status not in self.NEXT[self.status])

    def mean_to_capture(self, amount: int) -> None:
        """Have `amount` captured, by a worker if the one who asks does not come to it."""
        self.amount_to_capture = amount
        held = self.held_by_request()
        self.due_at, self.leased_by, self.leased_until = timezone.now(), held["leased_by"], held["leased_until"]
        self.change()

    def settle_refund(self, amount: int, *, is_given_back: bool) -> None:
        """Count what was set aside as refunded, or put it back."""
        self.amount_refund_pending -= amount
        self.amount_refunded += amount if is_given_back else 0
        self.change()

    def set_aside(self, amount: int) -> None:
        """Count what is being given back at the provider without having been held by `hold_for_refund`."""
        self.amount_refund_pending += amount
        self.change()

    def take_back_refund(self, amount: int) -> None:
        """Count as ours again what was given back and came back."""
        self.amount_refunded -= amount
        self.change()
