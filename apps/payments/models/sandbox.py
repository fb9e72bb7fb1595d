"""The books of the sandbox: what a real provider would keep on its own machines."""

from django.db import models
from django.db.models import F, Q

from chassis.identifiers import IdField


class SandboxIntent(models.Model):
    """A payment as the sandbox knows it."""

    class Status(models.TextChoices):
        REQUIRES_PAYMENT_METHOD = "requires_payment_method"
        SUCCEEDED = "succeeded"
        CANCELLED = "cancelled"

    reference = IdField("sbx")
    idempotency_key = models.CharField(max_length=64, unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=30, choices=Status.choices, default=Status.REQUIRES_PAYMENT_METHOD)
    method = models.CharField(max_length=40, blank=True)
    tries = models.PositiveIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(refunded__lte=F("captured")), name="payments_sandbox_refunded"),
        )

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.REQUIRES_PAYMENT_METHOD


class SandboxRefund(models.Model):
    """A refund as the sandbox knows it."""

    reference = IdField("sbr")
    idempotency_key = models.CharField(max_length=64, unique=True)
    intent = models.ForeignKey(SandboxIntent, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
