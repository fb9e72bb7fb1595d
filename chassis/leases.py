"""Work that any worker may pick up, and that no two do at once: rows with a lease."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import connections, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chassis.invariants import kinds_of
from chassis.statements import update

# In leases: five minutes, where a lease is one.
LONGEST_WAIT = 5


class LeasedQuerySet(models.QuerySet[Any]):
    def waiting(self) -> Self:
        """What is not done, whether due or not."""
        return self.filter(done_at=None)

    def due(self) -> Self:
        """What a worker may take now: not done, its time has come, and nobody holds a lease on it."""
        now = timezone.now()
        return self.waiting().filter(Q(leased_until=None) | Q(leased_until__lt=now), due_at__lte=now)

    def heads(self) -> Self:
        """Of each stream, only what comes first: leasing that is leasing the stream, so order holds within it."""
        same = self.model._default_manager.using(self.db).filter(stream=OuterRef("stream"), done_at=None)
        lane = {self.model.lane: OuterRef(self.model.lane)} if self.model.lane else {}
        return self.filter(~Exists(same.filter(number__lt=OuterRef("number"), **lane)))

    def lease_heads(self, worker: str) -> list[Any]:
        """Take the first of each stream that is due; where nothing waits, as mostly, a small question says so."""
        return self.heads().due().lease(worker) if self.waiting().exists() else []

    def lease(self, worker: str, *, limit: int = 20) -> list[Any]:
        """Take up to `limit` rows for LEASE_SECONDS, with what they are `select_related` to; several workers may."""
        if not self.exists():
            return []
        with transaction.atomic(using=self.db):
            _read_in_order(self.db)
            free = self.select_related(None).only("pk").select_for_update(skip_locked=True, of=("self",))
            taken = self.model._default_manager.using(self.db).filter(
                pk__in=[row.pk for row in free.order_by("due_at")[:limit]]
            )
            taken.update(leased_by=worker, leased_until=timezone.now() + timedelta(seconds=settings.LEASE_SECONDS))
            taken.query.select_related = self.query.select_related
            return sorted(taken, key=lambda row: row.due_at)

    def give_back(self, worker: str) -> int:
        """End the leases of a worker that stops, so that the next one need not wait for them to run out."""
        return self.waiting().filter(leased_by=worker).update(leased_by="", leased_until=None)


class Leased(models.Model):
    """A row that is work until `done_at` is set."""

    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, editable=False)
    leased_by = models.CharField(max_length=80, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    last_failure = models.CharField(max_length=500, blank=True, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True

    @staticmethod
    def held_by_request() -> dict[str, Any]:
        """What a row begins with that a request will finish itself: no worker takes it unless the request dies."""
        return {"leased_by": "request", "leased_until": timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)}

    def finish(self) -> None:
        """Say that it is done, in the transaction of its effect where it has one."""
        self.done_at, self.leased_until, self.leased_by = timezone.now(), None, ""
        update(self, "done_at", "leased_until", "leased_by")

    def try_later(self, reason: str, *, at: datetime | None = None) -> None:
        """Give it back after a failure; it is due again later and later, five leases later at most."""
        self.failures += 1
        self.last_failure = reason[:500]
        self.due_at = at or timezone.now() + timedelta(
            seconds=min(longest_wait_seconds(), 0.25 * 2 ** min(self.failures, 12))
        )
        self.leased_until, self.leased_by = None, ""
        update(self, "failures", "last_failure", "due_at", "leased_until", "leased_by")


class Streamed(Leased):
    """Work in streams: within one, `number` by `number`; between streams, in any order. A `lane` divides a stream."""

    lane: ClassVar[str] = ""
    stream = models.CharField(max_length=64)
    number = models.PositiveIntegerField()

    class Meta:
        abstract = True


def _read_in_order(database: str) -> None:
    """Let the open transaction read rows as an index has them, and stop when it has enough.

    PostgreSQL counts a queue when it is short. Once it is long it would sort the whole of it for each few rows.
    """
    if connections[database].vendor == "postgresql":
        with connections[database].cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")


def longest_wait_seconds() -> int:
    """Nothing that waits is left alone for longer than that."""
    seconds: int = LONGEST_WAIT * settings.LEASE_SECONDS
    return seconds


def leased_models(service: str) -> list[Any]:
    """Every kind of work that a service has in tables."""
    return kinds_of(service, Leased)
