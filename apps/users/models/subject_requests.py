"""What people ask of all services at once: what is kept of them, or that it goes."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from apps.users.models.people import User
from apps.users.models.records import Operation
from chassis.identifiers import IdField
from chassis.leases import Leased, LeasedQuerySet
from chassis.operations import begin
from chassis.topology import SERVICES

DAY = timedelta(days=1)


class Kind(models.TextChoices):
    EXPORT = "users.export"
    ERASURE = "users.erasure"


class SubjectRequestQuerySet(LeasedQuerySet):
    def of(self, user_id: str, kind: str) -> Self:
        return self.filter(user_id=user_id, kind=kind)

    def counted(self) -> Self:
        """Of the last day, and of some use."""
        in_vain = (Operation.Status.FAILED, Operation.Status.CANCELLED)
        return self.filter(created_at__gt=timezone.now() - DAY).exclude(operation__status__in=in_vain)


class SubjectRequest(Leased):
    """One wish of somebody: workers ask one service after the other, and its operation says how far that is."""

    Kind = Kind

    id = IdField("sub")
    operation = models.OneToOneField(Operation, models.CASCADE, related_name="subject_request")
    user = models.ForeignKey(User, models.CASCADE, related_name="subject_requests")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = SubjectRequestQuerySet.as_manager()  # type: ignore[misc]  # what the base class has in its place is untyped

    def __str__(self) -> str:
        return self.id

    @classmethod
    def ask(cls, user: User, kind: str, *services: str, due_at: datetime | None = None) -> Self:
        """Keep what somebody wants of these services, in this order, within the open transaction."""
        facts = {"owner": user.pk, "media_type": "application/json", "is_irrevocable": kind == Kind.ERASURE}
        operation = begin(user._meta.app_label, kind, **facts)
        request = cls.objects.create(operation=operation, user=user, kind=kind, due_at=due_at or timezone.now())
        for number, service in enumerate(services):
            request.parts.create(service=service, number=number)
        return request

    def next_part(self) -> "SubjectPart | None":
        """The service whose turn it is; None when all have had theirs."""
        return self.parts.exclude(status__in=SubjectPart.ENDS).order_by("number").first()

    def go_on(self, *, after_seconds: int = 0) -> None:
        """Give it back to the workers: nothing has failed, and there is more to do."""
        self.failures, self.leased_until, self.leased_by = 0, None, ""
        self.due_at = timezone.now() + timedelta(seconds=after_seconds)
        self.save(update_fields=["failures", "leased_until", "leased_by", "due_at"])


class PartStatus(models.TextChoices):
    WAITING = "waiting"
    COMPLETED = "completed"
    RETAINED = "retained"


class SubjectPart(models.Model):
    """What one service has to do with it. `position` is where the next piece begins."""

    Status = PartStatus
    ENDS = (Status.COMPLETED, Status.RETAINED)

    request = models.ForeignKey(SubjectRequest, models.CASCADE, related_name="parts")
    service = models.CharField(max_length=20, choices=[(name, name) for name in SERVICES])
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    position = models.CharField(max_length=30, blank=True)
    retained_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("request", "service", name="users_subject_part"),)

    def __str__(self) -> str:
        return f"{self.service} {self.status}"
