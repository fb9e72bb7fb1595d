"""What providers told by webhook: that something happened, never how it stands."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from chassis.identifiers import IdField
from chassis.leases import Leased, LeasedQuerySet

# What cannot be handled so often, within some ten minutes, waits for a person.
MOST_FAILURES = 10


class ProviderEventStatus(models.TextChoices):
    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    DEAD = "dead"


class ProviderEvent(Leased):
    """One webhook of a provider, once however often it comes: its id, type and the payment there; nothing else of it.

    Received until it was processed, or ignored because it is about nothing of ours. Dead is what failed too often;
    staff have it replayed.
    """

    Status = ProviderEventStatus

    id = IdField("pev")
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    reference = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVED)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = LeasedQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint("provider", "event_id", name="payments_providerevent_once"),)
        indexes = (
            models.Index(fields=("created_at",), name="payments_providerevent_created"),
            models.Index(fields=("due_at",), condition=models.Q(done_at=None), name="payments_providerevent_due"),
        )

    def end(self, status: str) -> None:
        """Be no work any more."""
        self.status = status
        self.save(update_fields=["status"])
        self.finish()

    def fail(self, reason: str, *, may_die: bool) -> None:
        """Try again later and later, or leave it to a person after too many failures."""
        self.try_later(reason)
        if may_die and self.failures >= MOST_FAILURES:
            self.end(self.Status.DEAD)

    def replay(self) -> None:
        """Be handled as if it had just come."""
        self.status, self.failures, self.last_failure, self.done_at = self.Status.RECEIVED, 0, "", None
        self.due_at, self.leased_until, self.leased_by = timezone.now(), None, ""
        self.save()
