"""The money that orders asked for, and what it gave back."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.orders.models.orders import Order
from chassis import leases
from chassis.identifiers import IdField


class Followed(leases.Leased):
    """Work at payments that is not done before payments has said how it ended, of itself or because it was asked."""

    status: Any
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    @staticmethod
    def asked_for_later() -> dict[str, Any]:
        """What a row has from now on that payments will tell of, unless that is lost on the way."""
        due_at = timezone.now() + timedelta(seconds=settings.ORDER_POLL_SECONDS)
        return {"done_at": None, "due_at": due_at, "failures": 0, "leased_until": None, "leased_by": ""}

    def look_again(self) -> None:
        """Ask again when it is twice as old, five leases later at the latest, unless it has ended meanwhile."""
        age = (timezone.now() - self.created_at).total_seconds()
        wait = timedelta(seconds=min(max(age, settings.ORDER_POLL_SECONDS), leases.longest_wait_seconds()))
        changes = {**self.asked_for_later(), "due_at": timezone.now() + wait}
        type(self).objects.waiting().filter(pk=self.pk, status=self.status).update(**changes)


class PaymentAttempt(Followed):
    """The intent to be paid, committed before payments is asked. `key` makes every repetition the same command."""

    class Status(models.TextChoices):
        OPENING = "opening"
        OPEN = "open"
        AUTHORIZED = "authorized"
        CAPTURING = "capturing"
        CANCELLING = "cancelling"
        SUCCEEDED = "succeeded"
        MISMATCHED = "mismatched"
        ABANDONED = "abandoned"

    LIVE = (Status.OPENING, Status.OPEN)
    # Its money is counted, or a person looks after it.
    TAKEN = (Status.SUCCEEDED, Status.MISMATCHED)

    id = IdField("att")
    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPENING)
    provider = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # Whose order it was when payments was asked first: the same question has to be asked whoever claims the order.
    customer_id = models.CharField(max_length=30, null=True)
    payment_id = models.CharField(max_length=30, blank=True)
    amount_authorized = models.BigIntegerField(default=0)
    amount_captured = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("order", "number", name="attempt_number"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=("opening", "open")), name="one_live_attempt"
            ),
        )

    def end(self, status: str) -> None:
        """Nothing more is to be done; in the transaction of what that means for the order."""
        self.status = status
        self.save(update_fields=["status", "payment_id", "amount_authorized", "amount_captured"])
        self.finish()

    def begin(self, status: str, **lease: Any) -> None:
        """Leave to the workers what `status` says, or to the request that brings its lease."""
        self.status, self.done_at, self.due_at = status, None, timezone.now()
        for name, value in lease.items():
            setattr(self, name, value)
        self.save(update_fields=["status", "payment_id", "done_at", "due_at", *lease])


class RefundRequest(Followed):
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
