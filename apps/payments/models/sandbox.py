"""The books of the sandbox: what a real provider would keep on its own machines."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from chassis.identifiers import IdField
from chassis.leases import Leased, LeasedQuerySet


class SandboxIntent(models.Model):
    """A payment as the sandbox knows it."""

    class Status(models.TextChoices):
        REQUIRES_PAYMENT_METHOD = "requires_payment_method"
        REQUIRES_ACTION = "requires_action"
        PROCESSING = "processing"
        AUTHORIZED = "authorized"
        SUCCEEDED = "succeeded"
        CANCELLED = "cancelled"

    reference = IdField("sbx")
    idempotency_key = models.CharField(max_length=64, unique=True)
    payment_id = models.CharField(max_length=30, blank=True, db_index=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captures_by_hand = models.BooleanField(default=False)
    status = models.CharField(max_length=30, choices=Status.choices, default=Status.REQUIRES_PAYMENT_METHOD)
    method = models.CharField(max_length=40, blank=True)
    tries = models.PositiveIntegerField(default=0)
    authorized = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(refunded__lte=F("captured")), name="payments_sandbox_refunded"),
        )

    @property
    def is_open(self) -> bool:
        """Whether it can be paid: also anew, by somebody who was asked for more and did not do it."""
        return self.status in {self.Status.REQUIRES_PAYMENT_METHOD, self.Status.REQUIRES_ACTION}


class SandboxRefund(models.Model):
    """A refund as the sandbox knows it; without a `refund_id` it was made by somebody else than payments."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    reference = IdField("sbr")
    idempotency_key = models.CharField(max_length=64, unique=True)
    refund_id = models.CharField(max_length=30, blank=True)
    intent = models.ForeignKey(SandboxIntent, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.SUCCEEDED)
    failure_reason = models.CharField(max_length=100, null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class SandboxChange(Leased):
    """What will happen in the sandbox by itself, when its time has come: at `due_at`."""

    class Kind(models.TextChoices):
        SUCCEED = "succeed"
        DECLINE = "decline"
        LAPSE = "lapse"
        REFUND_OUTSIDE = "refund_outside"
        SETTLE_REFUND = "settle_refund"
        FAIL_REFUND = "fail_refund"

    intent = models.ForeignKey(SandboxIntent, models.CASCADE, related_name="changes")
    refund = models.ForeignKey(SandboxRefund, models.CASCADE, null=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)

    objects: ClassVar[Any] = LeasedQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("due_at",), condition=Q(done_at=None), name="payments_sandboxchange_due"),)


class SandboxWebhook(Leased):
    """One delivery of an event of the sandbox. Of an event that is sent twice there are two."""

    event_id = models.CharField(max_length=40)
    type = models.CharField(max_length=40)
    intent = models.ForeignKey(SandboxIntent, models.CASCADE, related_name="webhooks")

    objects: ClassVar[Any] = LeasedQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("due_at",), condition=Q(done_at=None), name="payments_sandboxwebhook_due"),)
