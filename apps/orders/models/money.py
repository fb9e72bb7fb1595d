"""The money that orders asked for, and what it gave back."""

from django.db import models
from django.db.models import Q

from apps.orders.models.orders import Order
from chassis import leases
from chassis.identifiers import IdField


class PaymentAttempt(leases.Leased):
    """The intent to be paid, committed before payments is asked. `key` makes every repetition the same command."""

    class Status(models.TextChoices):
        OPENING = "opening"
        OPEN = "open"
        CANCELLING = "cancelling"
        SUCCEEDED = "succeeded"
        ABANDONED = "abandoned"

    LIVE = (Status.OPENING, Status.OPEN)

    id = IdField("att")
    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPENING)
    provider = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payment_id = models.CharField(max_length=30, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("order", "number", name="attempt_number"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=("opening", "open")), name="one_live_attempt"
            ),
        )


class RefundRequest(leases.Leased):
    """The intent to give money back, committed before payments is asked. It counts as given from this instant."""

    class Status(models.TextChoices):
        REQUESTED = "requested"
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = IdField("rfr")
    order = models.ForeignKey(Order, models.PROTECT, related_name="refund_requests")
    payment_id = models.CharField(max_length=30)
    refund_id = models.CharField(max_length=30, null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=30)
    lines = models.JSONField(default=list)
    created_by = models.CharField(max_length=40)
    command_key = models.CharField(max_length=64, null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
